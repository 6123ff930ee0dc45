# Real clients send to the server of each host, over the loopback or a pipe, and what it has stored is compared with
# what they were given. How each is called is in clients/.

base=(--hostname mx.example.org --maildir box --user user:secret --token user:tok-3n)
bob=bob@mx.example.org
carol=carol@mx.example.org

# start KIND OPTION...: a server of its own for each case; its port is in $port. Who wants to log in, or send at all, has
# to be inside of TLS where that is the kind. Where the case is not for this host, what follows does nothing.
start() {
  local kind=$1 options=()
  tried=''
  is_for_host "$kind" || return 0
  case $kind in
    starttls) options=(--starttls host.pem host.key --require-tls) ;;
    implicit) options=(--implicit-tls host.pem host.key) ;;
    lmtp) options=(--lmtp --allow-plaintext-auth) ;;
    *) options=(--allow-plaintext-auth) ;;
  esac
  # With a transcript the engine is given one octet at a time.
  [[ $kind == large ]] || options+=(--transcript)
  start_with "${base[@]}" "${options[@]}" "${@:2}"
}
start_with() {
  tried=yes
  rm -rf box
  mkdir box
  : >server.log
  case $host in
    blocking) background "$serve" 0 box ;;
    *) background "$serve" --listen 127.0.0.1:0 "$@" ;;
  esac
  wait_for 5 listening server.log || { cat server.log; exit 1; }
}
# listening LOG
listening() { port=$(sed -n 's/^listening on 127.0.0.1://p' "$1") && [[ -n $port ]]; }

# The blocking server is in clear text, and knows no users. A kind that is not named here is tried with the first only.
is_for_host() {
  [[ $host != blocking ]] || one_of "$1" plain several many large utf8 bdat || return
  meets_everything && return
  one_of "$1" plain many large bdat starttls implicit && ! one_of "$1" "${kinds_tried[@]}" || return
  kinds_tried+=("$1")
}

# What is stored before the message, of which a part may be what the client has put there itself.
envelope() {
  [[ $host != blocking ]] || return 0
  printf 'Return-Path: <%s>\r\n' "$from"
  printf 'Delivered-To: %s\r\nX-Original-To: %s\r\n' $(printf '%s\n' "$@" | sed 'p')
}
given() { cat; }
stored_messages() { find box/new box/[0-9]* -type f 2>/dev/null || true; }

# stored EXPECTED COUNT RECIPIENT...: so many messages, each with these octets, to these recipients.
stored() {
  local expected=$1 count=$2 file lines
  shift 2
  (($(stored_messages | wc -l) == count)) || { echo "    not $count messages"; return 1; }
  lines=$(envelope "$@" | wc -l)
  while read -r file; do
    [[ $host == blocking ]] || { without_received "$file" >stored_message; file=stored_message; }
    head -n "$lines" "$file" | cmp - <(envelope "$@") || return 1
    tail -n +$((lines + 1)) "$file" | given | cmp - "$expected" || return 1
  done < <(stored_messages)
}

# check NAME EXPECTED COUNT RECIPIENT...: the verdict on what has been sent since start.
check() {
  local name="${server_of[$host]}: $1"
  shift
  [[ -n $tried ]] || return 0
  stop_all
  if stored "$@"; then
    verdict ok "$name"
  else
    verdict FAILED "$name"
    sed 's/^/    /' server.log client.log 2>/dev/null | tail -60
  fi
}
# inside NAME EXPECTED COUNT RECIPIENT...: as check, and the transcript shows TLS and a login inside of it.
inside() {
  grep -q ' -- TLS: TLSv1' server.log && grep -q 'S: 235 ' server.log || rm -rf box
  check "$@"
}
# went_by COMMAND: or nothing is good. The blocking server has no transcript.
went_by() { [[ -z $tried || $host == blocking ]] || grep -q "C: $1" server.log || rm -rf box; }
sends() { [[ -z $tried ]] || timeout 30 "$@" >client.log 2>&1 || echo "status $?" >>client.log; }

needs() { is_program "$1" || { skip "$client" "$1 is not installed"; return 1; }; }
# Whether something is there that a program needs for TLS: `can_tls PROGRAM CONDITION...`.
can_tls() {
  local program=$1
  shift
  [[ -n $tls ]] || return 1
  "$@" >/dev/null 2>&1 || { skip "$program over TLS" 'it was built without TLS, or lacks a part of it'; return 1; }
}

test_client() {
  local client=$1 peer="from $1" from=ann@client.test host serve port send plain login kinds_tried tried
  for host in "${server_hosts[@]}"; do
    serve=$binaries/${server_of[$host]} kinds_tried=() tried=''
    . "$here/clients/$client.sh"
  done
  given() { cat; }
}
