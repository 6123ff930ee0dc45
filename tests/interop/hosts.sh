# The hosts of examples/, each with a server, a client, or both: a column of the matrix. The first one meets everything;
# the others, which share with it what is about mail, without --full only what is most different.

declare -A server_of=([poll]=ehlo-serve [blocking]=ehlo-blocking-server [libuv]=ehlo-libuv-server
  [io_uring]=ehlo-io_uring-server [asio]=ehlo-asio-server)
declare -A client_of=([poll]=ehlo-send [blocking]=ehlo-blocking-client [libuv]=ehlo-libuv-client
  [asio]=ehlo-asio-client)
meets_everything() { [[ -n $full || $host == poll ]]; }

# Why the host's PROGRAM cannot be had, or nothing. Exit status 69 says what the kernel lacks, or what it forbids.
why_not() {
  local status=0
  [[ -x $binaries/$1 ]] || { echo 'not built'; return; }
  [[ $1 == ehlo-io_uring-server ]] || return 0
  timeout 0.3 "$binaries/$1" --listen 127.0.0.1:0 --discard >probe 2>&1 || status=$?
  ((status != 69)) || tail -n 1 probe
}
# find_hosts ARRAY PROGRAM-OF-EACH: those that can be had.
find_hosts() {
  local -n found=$1 program_of=$2
  local host why
  for host in "${hosts[@]}"; do
    [[ -n ${program_of[$host]-} ]] || continue
    why=$(why_not "${program_of[$host]}")
    if [[ -z $why ]]; then found+=("$host"); else skip "${program_of[$host]}" "$why"; fi
  done
}
server_hosts=() client_hosts=()
find_hosts server_hosts server_of
find_hosts client_hosts client_of

peers=()
declare -A matrix
# count_in_matrix ok|FAILED: for $peer and $host.
count_in_matrix() {
  one_of "$peer" "${peers[@]}" || peers+=("$peer")
  matrix[$peer,$host,$1]=$((${matrix[$peer,$host,$1]-0} + 1))
}
print_matrix() {
  local peer host bad width=18
  ((${#peers[@]} != 0)) || return 0
  printf "\n%-${width}s" ''
  printf ' %-10s' "${hosts[@]}"
  echo
  for peer in "${peers[@]}"; do
    printf "%-${width}s" "$peer"
    for host in "${hosts[@]}"; do
      bad=${matrix[$peer,$host,FAILED]-}
      printf ' %-10s' "${bad:+FAILED }${bad:-${matrix[$peer,$host,ok]--}}"
    done
    echo
  done
  echo 'How many ways of sending were tried, and all of them well; or how many failed. -: cannot be had, or not there.'
}
