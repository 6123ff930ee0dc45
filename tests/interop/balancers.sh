# Somebody who speaks for its clients stands before the server of each host: what is stored names the client, and is
# compared, octet by octet, with what was sent. Who that is, is in balancers/. Such a file sets
#   missing  a function: why it cannot be had, or nothing
#   stand_before_it  a function: the checks of one $host

# backend NAME OPTION...: an instance of its own, with the Maildir NAME and the log NAME.log; its port is in $port.
backend() {
  local name=$1 log=$1.log
  shift
  rm -rf "$name" "$log"
  : >"$log"
  background "$serve" --listen 127.0.0.1:0 --hostname mx.example.org --maildir "$name" --transcript "$@"
  wait_for 5 listening "$log" || wrong "$name does not start"
}
count_in() { find "$1/new" -type f 2>/dev/null | wc -l; }
# holds COUNT CLIENT TEXT MAILDIR...: so many of its messages are this text, from this client ('' if none is named).
holds() {
  local count=0 file
  {
    printf 'Return-Path: <ann@client.test>\r\n'
    printf 'Delivered-To: %s\r\nX-Original-To: %s\r\n' "$bob" "$bob"
    [[ -z $2 ]] || printf 'X-Original-Client: %s\r\n' "$2"
    cat "$3"
  } >expected
  while read -r file; do
    ! without_received "$file" | cmp -s expected - || count=$((count + 1))
  done < <(find "${@:4}" -path '*/new/*' -type f)
  ((count == $1)) || wrong "$count, not $1, messages of '$2' in ${*:4}"
}

# judge WHAT: the verdict on all that is in $wrong.
judge() {
  local what="${server_of[$host]}: $balancer, $1"
  if ((${#wrong[@]} == 0)); then
    verdict ok "$what"
  else
    verdict FAILED "$what"
    printf '    %s\n' "${wrong[@]}"
    tail -n 30 ./*.log | cut -c 1-300 | sed 's/^/    /'
  fi
  wrong=()
}

test_balancer() {
  local balancer=$1 peer="behind $1" host serve port why tried=yes wrong=()
  # swaks with an address of its own, so that it is nobody else's; what it adds is one more empty line.
  local swaks=(swaks --from ann@client.test --to "$bob" --data @mail.lf --helo client.test --local-interface 127.0.0.9)
  { cat mail; printf '\r\n'; } >mail.swaks
  . "$here/balancers/$balancer.sh"
  why=$(in_path swaks && missing) || true
  [[ -z $why ]] || { skip "$balancer" "$why"; return 0; }
  for host in "${server_hosts[@]}"; do
    [[ $host != blocking ]] || continue  # it knows nothing of them
    serve=$binaries/${server_of[$host]}
    stand_before_it
    stop_all
  done
}
