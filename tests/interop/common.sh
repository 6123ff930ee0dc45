# What all parts need: processes that end with us, ports, waiting, verdicts, the message, the certificates.

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
chmod 755 "$work"  # servers deliver as another user
processes=()
clean_up() {
  stop_all
  rm -rf "$work"
}
trap clean_up EXIT
cd "$work"

# Each in a group of its own, so that its children end with it. What it says is in server.log, or in $log.
background() {
  setsid "$@" >>"${log-server.log}" 2>&1 </dev/null &
  processes+=($!)
}
stop_all() {
  local process
  for process in "${processes[@]}"; do kill -- "-$process" 2>/dev/null || true; done
  for process in "${processes[@]}"; do
    wait "$process" 2>/dev/null || true
    wait_for 3 is_gone "$process" || kill -9 -- "-$process" 2>/dev/null || true
  done
  processes=()
}

is_gone() { ! kill -0 -- "-$1" 2>/dev/null; }

next_port=$((10000 + RANDOM % 20000))  # below those that the system gives to connecting sockets
# free_port VARIABLE
free_port() {
  while answers "$next_port"; do next_port=$((next_port + 1)); done
  printf -v "$1" %d "$next_port"
  next_port=$((next_port + 1))
}
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# without_received FILE: a stored message without the Received field that the server has put before it, which ends in a
# date. One without it is not a message as it should be, and gets a line that says so.
without_received() {
  local first last
  first=$(sed -n '/^Received: from /{=;q}' "$1")
  [[ -n $first ]] || { echo 'No Received field.'; cat "$1"; return; }
  last=$(sed -n "$first,\${/[+-][0-9]\{4\}\r\$/{=;q}}" "$1")
  head -n $((first - 1)) "$1"
  tail -n +$((last + 1)) "$1"
}

# wait_for SECONDS CONDITION...
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS <= end)) || return 1
    sleep 0.02
  done
}

passed=0 failed=0 reasons=()
# verdict ok|(ok)|FAILED WHAT: of the $host with $peer, a real program; the matrix counts them.
verdict() {
  printf '%-8s%s\n' "$@"
  local outcome=ok
  if [[ $1 == FAILED ]]; then
    outcome=FAILED failed=$((failed + 1))
  else
    passed=$((passed + 1))
  fi
  count_in_matrix "$outcome"
}
# skip WHAT WHY: said once.
skip() {
  ! one_of "$1: $2" "${reasons[@]}" || return 0
  reasons+=("$1: $2")
  echo "skipped $1: $2"
}
is_program() { command -v "$1" >/dev/null; }

# The Python that has these modules: Debian's packages are for Debian's own, which need not be the first in PATH.
python_for() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c "import $1" 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}

# one_of WORD LIST...
one_of() {
  local each
  for each in "${@:2}"; do [[ $each != "$1" ]] || return 0; done
  return 1
}

# Dots in every place that needs care, a line of 990 octets, 8-bit text, spaces at the ends of lines.
{
  printf '%s\n' 'From: Ann <ann@client.test>' 'To: Bob <bob@mx.example.org>' 'Subject: interop' \
    'Date: Sat, 21 Nov 2026 18:00:00 +0000' 'Message-ID: <1@client.test>' 'MIME-Version: 1.0' \
    'Content-Type: text/plain; charset=utf-8' 'Content-Transfer-Encoding: 8bit' '' \
    'Hello.' '.' '.leading dot' '..two dots' '' ' spaces ' $'\ttab\t' 'äöü 用户'
  printf 'x%.0s' {1..990}
  printf '\n.\nlast line\n'
} >mail.lf
sed 's/$/\r/' mail.lf >mail
# 3 MB, in lines of all lengths, every other with a dot at its beginning.
{
  head -n 9 mail.lf
  awk 'BEGIN {
    for (i = 0; i < 12500; ++i) {
      line = i % 2 ? "." : "-"
      while (length(line) < i % 480) line = line "......x"
      print line
    }
  }'
} >large.lf
sed 's/ö\|ä\|ü\|用户\|8bit/?/g; s/utf-8/us-ascii/' mail.lf >ascii.lf
for file in mail ascii large; do sed 's/$/\r/' $file.lf >$file.lf.crlf; done
echo secret >password
echo wrong >password.wrong

# An authority of our own, and what it says about localhost.
make_certificates() {
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj '/CN=an authority' &&
    openssl req -newkey rsa:2048 -nodes -keyout host.key -out host.csr -subj /CN=localhost &&
    openssl x509 -req -in host.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out host.pem -days 2 \
      -extfile <(echo 'subjectAltName = DNS:localhost, IP:127.0.0.1')
}
# Without certificates, or without TLS in our own programs, nothing is sent over TLS.
tls=''
if ! is_program openssl; then
  skip 'everything over TLS' 'openssl, which makes the certificates, is not installed'
else
  make_certificates 2>openssl.log || { cat openssl.log; exit 1; }
  if { "$binaries/ehlo-serve" --starttls 2>&1 || true; } | grep -q 'built without TLS'; then
    skip 'everything over TLS' 'ehlo was built without it'
  else
    tls=yes
  fi
fi
