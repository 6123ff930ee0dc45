# HAProxy, in TCP mode, before two instances of a server that take the client's address from its PROXY header. It comes
# to them from 127.0.0.8; swaks is at 127.0.0.9, and the host's own client at 127.0.0.1.
missing() { in_path haproxy; }

stand_before_it() {
  local one two bare v1 v2 v1_bare v2_bare stats pid_of_two client version
  two_backends
  backend bare
  bare=$port
  start_haproxy
  for version in v1 v2; do
    send_through "${!version}"
    judge "PROXY $version"
  done
  if meets_everything; then
    check_health
    judge 'health checks'
  fi
  without_header
  judge 'a client that comes by itself'
  meets_everything || return 0
  for version in v1 v2; do
    refused_by_bare "$version"
    judge "PROXY $version where no header is expected"
  done
  lose_one
  judge 'one of two killed'
}

two_backends() {
  local options=(--proxy-protocol --user user:secret)
  if [[ -n $tls ]]; then options+=(--starttls host.pem host.key); else options+=(--allow-plaintext-auth); fi
  backend one "${options[@]}"
  one=$port
  [[ $host != poll ]] || options+=(--threads 2)
  backend two "${options[@]}"
  two=$port pid_of_two=${processes[-1]}
}

# What a check takes of a server shows that it works; a server that refuses is tried no more, and the other one is.
start_haproxy() {
  local port_name
  for port_name in v1 v2 v1_bare v2_bare stats; do free_port $port_name; done
  cat >haproxy.cfg <<CONFIGURATION
global
  stats socket ipv4@127.0.0.1:$stats
defaults
  mode tcp
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  balance roundrobin
  retries 2
  option redispatch 1
  unique-id-format %{+X}o%ci:%cp-%rt
  default-server source 127.0.0.8
listen v1
  bind 127.0.0.1:$v1
  option smtpchk EHLO balancer.test
  server one 127.0.0.1:$one send-proxy check check-send-proxy inter 1s
  server two 127.0.0.1:$two send-proxy check check-send-proxy inter 1s
listen v2
  bind 127.0.0.1:$v2
  option smtpchk EHLO balancer.test
  server one 127.0.0.1:$one send-proxy-v2 proxy-v2-options crc32c,unique-id check check-send-proxy inter 1s
  server two 127.0.0.1:$two send-proxy-v2 proxy-v2-options crc32c,unique-id check check-send-proxy inter 1s
listen v1_bare
  bind 127.0.0.1:$v1_bare
  server bare 127.0.0.1:$bare send-proxy
listen v2_bare
  bind 127.0.0.1:$v2_bare
  server bare 127.0.0.1:$bare send-proxy-v2
CONFIGURATION
  log=haproxy.log background haproxy -f haproxy.cfg -db
  wait_for 5 answers "$stats" || wrong 'HAProxy does not start'
}

# Two connections of each client, one of them with TLS and a login: each server gets its half of them.
send_through() {
  local inside=() with_tls=()
  if [[ -n $tls ]]; then
    inside=(--tls --tls-verify --tls-ca-path ca.pem --auth PLAIN --auth-user user --auth-password secret)
    with_tls=(--tls require --ca ca.pem --user user --password-file password)
  fi
  rm -f one/new/* two/new/*
  sends "${swaks[@]}" --server localhost:"$1"
  sends "${swaks[@]}" --server localhost:"$1" "${inside[@]}"
  send_own "$1" mail.lf mail.lf
  send_own "$1" "${with_tls[@]}" mail.lf
  holds 2 127.0.0.9 mail.swaks one two
  holds 3 127.0.0.1 mail one two
  (($(count_in one) + $(count_in two) == 5)) || wrong 'not 5 messages'
  (($(count_in one) == 3)) || wrong "$(count_in one) messages in one of them"
  [[ -z $tls ]] || (($(cat one.log two.log | grep -c ' -- TLS: TLSv1') >= 2)) || wrong 'no TLS'
}
# send_own PORT OPTION... FILE...: with the host's client, or with ehlo-send if it has none.
send_own() {
  client=${client_of[$host]-ehlo-send}
  sends "$binaries/$client" --to localhost:"$1" --from ann@client.test --rcpt "$bob" "${@:2}"
}

# The balancer speaks for itself, says EHLO and QUIT, and thinks well of the answers.
healthy() {
  exec 3<>"/dev/tcp/127.0.0.1/$stats"
  echo 'show stat' >&3
  (($(grep -E '^v[12],(one|two),' <&3 | cut -d , -f 18,37 | grep -c '^UP,L7OK') == 4))
}
check_health() {
  wait_for 5 healthy || wrong 'not all four are up'
  grep -q 'C: EHLO balancer.test' one.log || wrong 'no check in the transcript'
  ! grep -qE -- '-- (PROXY: [^f]|refused)' one.log two.log || wrong 'a check is refused'
}

refused_by_bare() {
  local through=${1}_bare
  : >bare.log
  sends "${swaks[@]}" --server 127.0.0.1:"${!through}"
  grep -q 'S: 500 ' bare.log || wrong 'no 500'
  grep -q '^status' client.log || wrong 'swaks was content'
  (($(count_in bare) == 0)) || wrong 'it is stored'
}

without_header() {
  exec 3<>"/dev/tcp/127.0.0.1/$one"
  printf 'EHLO client.test\r\n' >&3
  [[ $(timeout 5 cat <&3 || echo 'still open') == '' ]] || wrong 'it got an answer, or is not closed'
}

# Before the balancer has checked it again.
lose_one() {
  rm -f one/new/* two/new/*
  kill -9 -- "-$pid_of_two"
  wait "$pid_of_two" 2>/dev/null || true
  sends "${swaks[@]}" --server 127.0.0.1:"$v1"
  sends "${swaks[@]}" --server 127.0.0.1:"$v2"
  send_own "$v1" --tls never mail.lf
  send_own "$v2" --tls never mail.lf
  holds 2 127.0.0.9 mail.swaks one
  holds 2 127.0.0.1 mail one
}
