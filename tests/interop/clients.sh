# Real clients send to ehlo-serve, over the loopback or a pipe, and what it has stored is compared with what they were
# given. How each is called is in clients/.

serve=$binaries/ehlo-serve
base=(--hostname mx.example.org --maildir box --user user:secret)
options=("${base[@]}" --allow-plaintext-auth)
starttls=(--starttls host.pem host.key --require-tls)
implicit=(--implicit-tls host.pem host.key)
bob=bob@mx.example.org
carol=carol@mx.example.org

# start OPTION...: a server of its own for each case; its port is in $port.
start() { start_with "${options[@]}" "$@"; }
# start_tls OPTION...: the same with TLS; who wants to log in, or send at all, has to be inside of it.
start_tls() { start_with "${base[@]}" "$@"; }
start_with() {
  rm -rf box
  : >server.log
  background "$serve" --listen 127.0.0.1:0 --transcript "$@"
  wait_for 5 listening || { cat server.log; exit 1; }
}
listening() { port=$(sed -n 's/^listening on 127.0.0.1://p' server.log) && [[ -n $port ]]; }

# stored EXPECTED COUNT RECIPIENT...: so many messages, each with these octets, to these recipients.
stored() {
  local expected=$1 count=$2 file
  shift 2
  [[ -d box/new && $(find box/new -type f | wc -l) -eq $count ]] || { echo "    not $count messages"; return 1; }
  for file in box/new/*; do
    {
      sed -n '1p' "$file"
      printf 'Delivered-To: %s\r\nX-Original-To: %s\r\n' $(printf '%s\n' "$@" | sed 'p')
      cat "$expected"
    } | cmp - "$file" || return 1
  done
}

# check NAME EXPECTED COUNT RECIPIENT...: the verdict on what has been sent since start.
check() {
  local name=$1
  shift
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
sends() { timeout 30 "$@" >client.log 2>&1 || echo "status $?" >>client.log; }

needs() { is_program "$1" || { skip "$client" "$1 is not installed"; return 1; }; }
# Whether something is there that a program needs for TLS: `can_tls PROGRAM CONDITION...`.
can_tls() {
  local program=$1
  shift
  [[ -n $tls ]] || return 1
  "$@" >/dev/null 2>&1 || { skip "$program over TLS" 'it was built without TLS, or lacks a part of it'; return 1; }
}

test_client() {
  local client=$1 port send plain login
  . "$here/clients/$client.sh"
}
