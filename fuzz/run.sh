#!/usr/bin/env bash
# Runs every fuzz target for a while: fuzz/run.sh SECONDS BINDIR [TARGET]... First it replays its seeds, which are made
# here from the session scripts and the captures of real clients; what is found is kept in BINDIR/../corpus. One target a
# core runs at a time; one that fails leaves the input in BINDIR/../crashes and ends the run.
set -euo pipefail
seconds=$1
bin=$(cd "$2" && pwd)
shift 2
data=$(cd "$(dirname "$0")/../tests/data" && pwd)
work=$(dirname "$bin")
dictionary=$(cd "$(dirname "$0")" && pwd)/smtp.dict

# What the client says in a session script: `C: line` is a line, `C| text` raw octets with escapes.
said_in_script() {
  sed -n -e 's/^C: \{0,1\}\(.*\)$/\1\\r\\n/p' -e 's/^C| \{0,1\}\(.*\)$/\1/p' "$1" | tr -d '\n' | sed 's/%/%%/g' |
    { IFS= read -r text || true; printf '%b' "$text"; }
}

# The first octets of an input choose options and cuts: a few choices for each text.
seed() {  # DIRECTORY NAME < text
  local text=$1/.text head number=0
  cat >"$text"
  for head in '\x00\x2d\x00\x1f\xff\x00\x00\x00' '\x01\x2f\x00\x1f\xff\x00\x01\x00' '\x0a\xff\x80\x05\x20\x52\x01\x00' '\x10\x0c\x00\x1f\xff\x05\x00\x00'; do
    { printf '%b' "$head"; cat "$text"; } >"$1/$2-$((number++))"
  done
  rm "$text"
}

# The same for a client: sixteen octets, and behind them what a server says.
client_seed() {  # DIRECTORY NAME < text
  local text=$1/.text head number=0
  cat >"$text"
  for head in '\x00\x31\x03\x00\xff\x01\x00\x09\x07\x26\xff\xff\x00\x0d\x00\x00' '\x10\x91\x03\x04\xff\x01\x74\x4f\x05\x0a\xff\xff\x10\x0d\x00\x00' '\x1a\x40\x00\x06\x00\x02\x03\x8f\x0b\x0a\xff\xff\x20\x0d\x05\x01' \
    '\x02\x74\x00\x80\x10\x00\x38\x85\x03\x02\xff\xff\x30\x36\x06\x02' '\x00\x11\x00\x00\xff\x03\x02\x0c\x03\x26\xff\x18\x67\x00\x00\x00' '\x14\x01\x00\x01\x08\x04\x09\x9c\x09\x05\x09\xff\x00\x10\x00\x06' '\x00\x11\x00\x00\xff\x01\x00\x09\x07\x26\xff\xff\xc0\x0d\x00\x80'; do
    { printf '%b' "$head"; cat "$text"; } >"$1/$2-$((number++))"
  done
  rm "$text"
}

# Four octets for limits and cuts, and a PROXY header as HAProxy sends them.
proxy_seeds() {  # DIRECTORY
  local text number=0 v2='\x0d\x0a\x0d\x0a\x00\x0d\x0aQUIT\x0a'
  for text in 'PROXY UNKNOWN\x0d\x0a' 'PROXY TCP4 192.0.2.1 198.51.100.2 40001 25\x0d\x0aEHLO' \
    'PROXY TCP6 2001:db8::1 ::ffff:192.0.2.1 1 65535\x0d\x0a' "$v2"'\x20\x00\x00\x00' \
    "$v2"'!\x11\x00\x13\x7f\x00\x00\x01\x7f\x00\x00\x01\xbe\xd4\xd5\xd1\x03\x00\x04B)\x0c\x8eEHLO' \
    "$v2"'!\x11\x00\x25\x7f\x00\x00\x01\x7f\x00\x00\x01\xb8\xb4\x88\xef\x01\x00\x04smtp \x00\x0f\x01\x00\x00\x00\x00!\x00\x07TLSv1.3' \
    "$v2"'!!\x00\x28'"$(printf '2%.0s' {1..36})"'\x05\x00\x01X' "$v2"'!1\x00\xd8'"$(printf 'a%.0s' {1..216})"; do
    printf '%b' '\xff\xff\x05\x20'"$text" >"$1/proxy-$((number++))"
  done
}

# What is tried, the mechanism's number, and what a peer says: each message behind its length.
sasl_seeds() {  # DIRECTORY
  local text number=0
  for text in '\x00\x06\x46r=nonce-of-a-test-1000more,s=YSBzYWx0,i=4096' '\x00\x04\x02{}' '\x00\x05\x09<1.2@mx.org>' \
    '\x01\x02\x02\x0d\x00tim\x00password' '\x01\x03\x02\x1buser=tim\x01auth=Bearer t\x01\x01' \
    '\x01\x04\x02\x14n,,\x01auth=Bearer t\x01\x01' '\x01\x07\x02\x13n,,n=tim,r=nonce123' \
    '\x02\x06\x01\x07 ' '\x02\x09\x02\x10\x01' '\x03\x00n,a=x=2Cy,n=tim,r=abc' '\x03\x00r=abc,s=YSBzYWx0,i=4096' \
    '\x03\x00c=biws,r=abcdef,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts='; do
    printf '%b' "$text" >"$1/sasl-$((number++))"
  done
}

# Recipients and networks; a host and a policy; flags, certificates and records; what a client says of itself; messages.
route_seeds() {  # DIRECTORY
  local target text number=0
  while IFS=' ' read -r target text; do
    mkdir -p "$1/$target"
    printf '%b' "$text" >"$1/$target/$((number++))"
  done <<'SEEDS'
relay <a%b@A.example>
relay <@x,@y:a@z.b.example>
relay <"a\\@b"@c.example>
relay a!b@[IPv6:::ffff:192.0.2.1]
relay ::ffff:192.0.2.0/120
mta_sts  id=20160831085700Z; x=y
mta_sts mx.example.com\nversion: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.com\r\nmax_age: 604800\r\n
dane \x01\x02\x09\x04\x01\x00\x08\x01\x09\x07\x02\x04\x03\x00\x09
received \x2a\x09a.example\xfeb.example\xfec@d.example\xfeann\xfe"a b"@c\xfeReceived : x\r\n\r\n
dkim_canonical \x04\xff\x01\x02\x06\x02To:  a \r\n\tb\r\nX : c\r\n\r\n a\t b \r\n\r\nc\r\r\n \r\n
dkim_canonical \x1f\x08\x07\x03\x06\x06Received: a\r\nSubject:b\r\nReceived: c\r\n\r\n \r\n\td  e
received \xf4\x80a(b)\\ c\xfe\xfe\xfe\xfe\xferEcEiVeD:\n\n
authentication_results  example.com; dkim=pass (x) reason="good" header.i=@b.c; auth=pass smtp.auth=a@b\r\n (y)
authentication_results  "Doe, J" (c) <@x,@y:a@example.org>, G: b@c.d;
dmarc v=DMARC1; p=reject; sp=none; np=quarantine; psd=n; t=y; pct=50; rua=mailto:a@b!10m; fo=1:d
dkim_verifier \x00v=1; a=b ; p = Zm9v\r\n Yg==
dkim_verifier \x01\x02\x00\x09joe@a.org\x01\x06\nb\t \nc\x10Hi \t there\r\n \r\n\x01\x01
dkim_verifier \x02\x0ak=rsa; t=y\x02\x03l=1\x05; t=1\x01From: a\r\nX: b\r\n\r\nHello.\r\n
SEEDS
}

# Both sides of a session in turns, an octet before each piece: whose it is and how long.
dialogue_seed() {  # DIRECTORY < its files
  local at=0 count=1 side piece
  while ((count != 0)); do
    count=0
    for side in 's2c 128' 'c2s 0'; do
      piece=$(tail -c +$((at + 1)) "$1/${side% *}.bin" | head -c 100 | wc -c)
      ((piece == 0)) && continue
      count=1
      printf '%b' "\\x$(printf '%02x' $((${side#* } + piece - 1)))"
      tail -c +$((at + 1)) "$1/${side% *}.bin" | head -c 100
    done
    at=$((at + 100))
  done
}

make_seeds() {
  local file name
  rm -rf "$work/seeds"
  mkdir -p "$work/seeds/sessions" "$work/seeds/lines" "$work/seeds/replies" "$work/seeds/servers" "$work/seeds/proxy" \
    "$work/seeds/sasl" "$work/seeds/dialogue"
  proxy_seeds "$work/seeds/proxy"
  sasl_seeds "$work/seeds/sasl"
  route_seeds "$work/seeds"
  for file in "$data"/captures_servers/*/s2c.bin; do
    dialogue_seed "$(dirname "$file")" >"$work/seeds/dialogue/$(basename "$(dirname "$file")")"
  done
  for file in "$data"/captures/*/c2s.bin; do
    name=$(basename "$(dirname "$file")")
    seed "$work/seeds/sessions" "$name" <"$file"
  done
  for file in "$data"/sessions/*.txt; do
    name=$(basename "$file" .txt)
    said_in_script "$file" | seed "$work/seeds/sessions" "$name"
  done
  # The records of the SPF suite.
  mkdir -p "$work/seeds/spf"
  sed -n 's/^zone [^ ]* TXT //p' "$data/sender/spf/rfc7208-tests.txt" | sort -u | split -l 1 -a 3 - "$work/seeds/spf/record-"
  # What servers say: the replies of a script together.
  for file in "$data"/sessions/*.txt; do
    name=$(basename "$file" .txt)
    sed -n 's/^S: \{0,1\}\(.*\)$/\1\r/p' "$file" | seed "$work/seeds/replies" "$name"
  done
  for file in "$data"/captures_servers/*/s2c.bin; do
    name=$(basename "$(dirname "$file")")
    client_seed "$work/seeds/servers" "$name" <"$file"
  done
  for file in "$data"/client_sessions/*.txt; do
    name=$(basename "$file" .txt)
    sed -n 's/^S: \{0,1\}\(.*\)$/\1\r/p' "$file" | client_seed "$work/seeds/servers" "$name"
  done
  # The grammar's targets take one line each.
  sed -n -E 's/^C: ([A-Za-z]{4,8}( .*)?)$/\1/p' "$data"/sessions/*.txt | sort -u | split -l 1 -a 4 - "$work/seeds/lines/line-"
}

make_seeds
targets=("$@")
if ((${#targets[@]} == 0)); then
  for program in "$bin"/ehlo-fuzz-*; do targets+=("$(basename "$program" | sed 's/^ehlo-fuzz-//')"); done
fi

fuzz_one() {  # TARGET
  local target=$1 seeds corpus crashes log runs coverage what
  case $target in
    path | command) seeds=$work/seeds/lines ;;
    reply | ehlo_response) seeds=$work/seeds/replies ;;
    proxy_header) seeds=$work/seeds/proxy ;;
    sasl | dialogue | mta_sts | dane | relay | received | dkim_canonical | dmarc | authentication_results | spf | dkim_verifier) seeds=$work/seeds/$target ;;
    client_session) seeds=$work/seeds/servers ;;
    *) seeds=$work/seeds/sessions ;;
  esac
  corpus=$work/corpus/$target
  crashes=$work/crashes/$target
  mkdir -p "$corpus" "$crashes"
  log=$work/$target.log
  what=$(printf '%-16s %4d seeds, %d s:' "$target" "$(find "$seeds" -type f | wc -l)" "$seconds")
  if ! "$bin/ehlo-fuzz-$target" -max_total_time="$seconds" -max_len=8192 -timeout=20 -rss_limit_mb=4096 \
    -dict="$dictionary" -artifact_prefix="$crashes/" -print_final_stats=1 "$corpus" "$seeds" >"$log" 2>&1; then
    echo "$what FAILED"
    grep -v '^    #' "$log" | tail -n 60
    return 1
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  coverage=$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$log" | tail -n 1)
  echo "$what $runs executions, $coverage"
}

cores=$(nproc)
running=0
failed=0
for target in "${targets[@]}"; do
  if ((running == cores)); then
    wait -n || failed=1
    running=$((running - 1))
  fi
  ((failed == 0)) || break
  fuzz_one "$target" &
  running=$((running + 1))
done
for (( ; running != 0; running--)); do wait -n || failed=1; done
exit "$failed"
