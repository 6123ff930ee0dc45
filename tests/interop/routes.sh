# ehlo-deliver finds the servers of a domain in the DNS of a real name server, and delivers to ehlo-serve on several
# addresses of this machine, all with one port: what it finds, whom it tries, what becomes of the message.

# The zones. 127.0.0.2, .3 and .4 have servers, the last one refuses some recipients; nobody is at 127.0.0.9.
zones() {
  cat <<'END'
mx-host=two.test,dead.two.test,10
mx-host=two.test,good.two.test,20
host-record=dead.two.test,127.0.0.9
host-record=good.two.test,127.0.0.2
mx-host=equal.test,s2.equal.test,10
mx-host=equal.test,s3.equal.test,10
host-record=s2.equal.test,127.0.0.2
host-record=s3.equal.test,127.0.0.3
mx-host=refusing.test,s4.refusing.test,10
mx-host=refusing.test,good.two.test,20
host-record=s4.refusing.test,127.0.0.4
host-record=implicit.test,127.0.0.3
dns-rr=null.test,15,000000
mx-host=alias-of-host.test,mail.alias-of-host.test,10
cname=mail.alias-of-host.test,good.two.test
cname=alias-of-domain.test,two.test
mx-host=own.test,better.own.test,5
mx-host=own.test,CLIENT.test,10
mx-host=own.test,good.two.test,20
host-record=better.own.test,127.0.0.3
mx-host=loop.test,here.loop.test,10
mx-host=loop.test,good.two.test,20
host-record=here.loop.test,127.0.0.1
dns-rr=broken.test,15,00050331323701300130013200
dns-rr=broken.test,15,000a00
mx-host=broken.test,nowhere.test,20
mx-host=half.test,nowhere.test,10
mx-host=half.test,good.two.test,20
txt-record=textonly.test,nothing
mx-host=dead.test,dead.two.test,10
mx-host=tls.test,s3.equal.test,10
mx-host=tls.test,s4.refusing.test,20
END
}

# delivers WHAT STATUS RECIPIENTS [OPTION...]: attempt after attempt is in `said`, what is reported in `reports`.
delivers() {
  local what=$1 expected=$2 recipients=() status=0 each
  for each in $3; do recipients+=(--rcpt "$each"); done
  shift 3
  rm -f s[234]/new/*
  "${tool[@]}" "${recipients[@]}" "$@" mail >reports 2>said || status=$?
  checked=$what
  ((status == expected)) || wrong+=("exit status $status, not $expected")
}
# Each line of standard error, without the port: exactly these.
said() { diff <(printf -- '-- %s\n' "$@" | sed '/^-- $/d') <(sed "s/ port $port//; s/:$port:/:/" said) >difference || wrong+=("said: $(<difference)"); }
# Each report, without the name that the server has given to the message.
reports() { diff <(printf 'mail: %s\n' "$@") <(sed 's/ stored as .*//' reports) >difference || wrong+=("reports: $(<difference)"); }
# How many messages each server has then.
stored_at_each() {
  local counts
  counts="$(count_in s2) $(count_in s3) $(count_in s4)"
  [[ $counts == "$1" ]] || wrong+=("stored: $counts, not $1")
  if ((${#wrong[@]} == 0)); then
    verdict ok "ehlo-deliver: $checked"
  else
    verdict FAILED "ehlo-deliver: $checked"
    printf '    %s\n' "${wrong[@]}"
    sed 's/^/    /' said reports
  fi
  wrong=()
}

serve_at() {  # NUMBER OPTION...
  background "$binaries/ehlo-serve" --listen "127.0.0.$1:$port" --hostname "s$1.test" --maildir "s$1" --local-domain '*' "${@:2}"
}

test_route() {
  local peer="by MX ($1)" host=poll port dns_port wrong=() checked='' tool why=''
  [[ -x $binaries/ehlo-deliver ]] || why='not built'
  [[ -z $why ]] || { skip ehlo-deliver "$why"; return 0; }
  is_program dnsmasq || PATH=$PATH:/usr/sbin
  in_path dnsmasq >reason || { skip ehlo-deliver "$(<reason)"; return 0; }
  free_port port
  free_port dns_port
  { printf '%s\n' no-resolv no-hosts no-poll bind-interfaces listen-address=127.0.0.1 "port=$dns_port" local=/test/ && zones; } >dns.conf
  log=dns.log background dnsmasq -C dns.conf --keep-in-foreground --log-facility=- --pid-file= --user="$(id -un)"
  serve_at 2
  serve_at 3
  serve_at 4 --refuse 'gone@refusing.test=550 5.1.1 gone' --refuse 'later@refusing.test=450 4.2.0 later' ${tls:+--starttls host.pem host.key}
  tool=("$binaries/ehlo-deliver" --quiet --dns "127.0.0.1:$dns_port" --port "$port" --loopback --helo client.test --from ann@client.test)
  if wait_for 5 answers "$dns_port" && wait_for 5 all_listen; then
    deliver_to_all
    [[ -z $tls ]] || deliver_over_tls
  else
    verdict FAILED 'dnsmasq or ehlo-serve: does not start'
    tail -n 20 dns.log server.log
  fi
  stop_all
}
all_listen() { (($(grep -c '^listening' server.log) == 3)); }

deliver_to_all() {
  delivers 'two servers, the first is dead' 0 b@two.test
  said 'two.test: MX 10 dead.two.test 127.0.0.9' 'two.test: MX 20 good.two.test 127.0.0.2' \
    'attempt 1: dead.two.test at 127.0.0.9' '127.0.0.9: Connection refused' 'attempt 2: good.two.test at 127.0.0.2'
  reports 'b@two.test: delivered: 250 2.0.0'
  stored_at_each '1 0 0'

  delivers 'nobody is there' 75 b@dead.test
  said 'dead.test: MX 10 dead.two.test 127.0.0.9' 'attempt 1: dead.two.test at 127.0.0.9' '127.0.0.9: Connection refused'
  reports 'b@dead.test: not tried: connection ended 4.4.1'
  stored_at_each '0 0 0'

  # Of the numbers from 1 to 6, some put one first, some the other.
  local random first=''
  for random in 1 2 3 4 5 6; do
    delivers "equal preferences, $random" 0 b@equal.test --random "$random"
    first+=" $(sed -n 's/^-- attempt 1: \(s.\)\.equal.*/\1/p' said)"
  done
  [[ $first == *s2* && $first == *s3* ]] || wrong+=("always the same first: $first")
  checked='equal preferences: each is the first for some numbers'
  stored_at_each "$([[ $first == *s2 ]] && echo '1 0 0' || echo '0 1 0')"

  delivers 'null MX' 69 b@null.test
  said ''
  reports 'b@null.test: not tried: the domain does not accept mail 556 5.1.10'
  stored_at_each '0 0 0'

  delivers 'no MX record: the domain itself' 0 b@implicit.test
  said 'implicit.test: no MX record; implicit.test 127.0.0.3' 'attempt 1: implicit.test at 127.0.0.3'
  reports 'b@implicit.test: delivered: 250 2.0.0'
  stored_at_each '0 1 0'

  delivers 'no such domain' 69 b@nowhere.test
  said ''
  reports 'b@nowhere.test: not tried: the domain does not exist 550 5.1.2'
  stored_at_each '0 0 0'

  delivers 'a domain without servers' 69 b@textonly.test
  said 'textonly.test: no MX record; textonly.test'
  reports 'b@textonly.test: not tried: no server of the domain has an address 550 5.4.4'
  stored_at_each '0 0 0'

  delivers 'the DNS refuses to answer' 75 b@elsewhere.example
  said ''
  reports 'b@elsewhere.example: not tried: the DNS gives no answer for the domain 451 4.4.3'
  stored_at_each '0 0 0'

  delivers 'the DNS is not there' 75 b@two.test --dns 127.0.0.9:1
  said ''
  reports 'b@two.test: not tried: the DNS gives no answer for the domain 451 4.4.3'
  stored_at_each '0 0 0'

  delivers 'a server that is an alias' 0 b@alias-of-host.test
  said 'alias-of-host.test: MX 10 mail.alias-of-host.test (an alias of good.two.test) 127.0.0.2' \
    'attempt 1: mail.alias-of-host.test at 127.0.0.2'
  stored_at_each '1 0 0'

  delivers 'a domain that is an alias' 0 b@alias-of-domain.test
  said 'alias-of-domain.test: MX 10 dead.two.test 127.0.0.9' 'alias-of-domain.test: MX 20 good.two.test 127.0.0.2' \
    'attempt 1: dead.two.test at 127.0.0.9' '127.0.0.9: Connection refused' 'attempt 2: good.two.test at 127.0.0.2'
  stored_at_each '1 0 0'

  delivers 'our own host ends the list' 0 b@own.test
  said 'own.test: MX 5 better.own.test 127.0.0.3' 'own.test: our own host is among them; only better ones are tried' \
    'attempt 1: better.own.test at 127.0.0.3'
  stored_at_each '0 1 0'

  delivers 'our own host by its address, and nothing better' 69 b@loop.test
  said 'loop.test: our own host is among them; only better ones are tried'
  reports 'b@loop.test: not tried: mail for the domain loops back to this server 554 5.4.6'
  stored_at_each '0 0 0'

  delivers 'an address, the root and nothing as servers' 69 b@broken.test
  said 'broken.test: MX 20 nowhere.test' 'broken.test: MX records that name the root: 1' \
    'broken.test: MX records with an address in place of a name: 1'
  reports 'b@broken.test: not tried: no server of the domain has an address 550 5.4.4'
  stored_at_each '0 0 0'

  delivers 'a server without an address, and one with' 0 b@half.test
  said 'half.test: MX 10 nowhere.test' 'half.test: MX 20 good.two.test 127.0.0.2' 'attempt 1: good.two.test at 127.0.0.2'
  stored_at_each '1 0 0'

  delivers 'an address literal' 0 'b@[127.0.0.3]'
  said '[127.0.0.3]: 127.0.0.3' 'attempt 1: 127.0.0.3'
  stored_at_each '0 1 0'

  delivers 'a 550 is not tried elsewhere' 69 gone@refusing.test
  reports 'gone@refusing.test: refused for good: 550 5.1.1 gone'
  stored_at_each '0 0 0'

  delivers 'nor is a 450' 75 later@refusing.test
  reports 'later@refusing.test: refused for now: 450 4.2.0 later'
  stored_at_each '0 0 0'

  delivers 'three domains, one message to each' 75 'b@two.test b@implicit.test c@TWO.test later@refusing.test'
  said 'two.test: MX 10 dead.two.test 127.0.0.9' 'two.test: MX 20 good.two.test 127.0.0.2' \
    'attempt 1: dead.two.test at 127.0.0.9' '127.0.0.9: Connection refused' 'attempt 2: good.two.test at 127.0.0.2' \
    'implicit.test: no MX record; implicit.test 127.0.0.3' 'attempt 1: implicit.test at 127.0.0.3' \
    'refusing.test: MX 10 s4.refusing.test 127.0.0.4' 'refusing.test: MX 20 good.two.test 127.0.0.2' \
    'attempt 1: s4.refusing.test at 127.0.0.4'
  reports 'b@two.test: delivered: 250 2.0.0' 'c@TWO.test: delivered: 250 2.0.0' \
    'b@implicit.test: delivered: 250 2.0.0' 'later@refusing.test: refused for now: 450 4.2.0 later'
  stored_at_each '1 1 0'
}

# The first server offers no TLS, the second does; its certificate is for another name.
deliver_over_tls() {
  delivers 'TLS required: the server that offers it' 0 b@tls.test --tls require --insecure
  said 'tls.test: MX 10 s3.equal.test 127.0.0.3' 'tls.test: MX 20 s4.refusing.test 127.0.0.4' \
    'attempt 1: s3.equal.test at 127.0.0.3' 'TLS is required and cannot be had' 'attempt 2: s4.refusing.test at 127.0.0.4'
  stored_at_each '0 0 1'

  delivers 'a name that the certificate does not prove' 75 b@tls.test --tls require --ca ca.pem
  reports 'b@tls.test: not tried: the TLS handshake failed 4.7.5'
  stored_at_each '0 0 0'

  # It knows one cipher, and we another.
  printf '%s\n' 'openssl_conf = a' '[a]' 'ssl_conf = b' '[b]' 'system_default = c' '[c]' 'MaxProtocol = TLSv1.2' \
    'CipherString = ECDHE-RSA-AES128-GCM-SHA256' >theirs.cnf
  sed 's/AES128-GCM-SHA256/AES256-GCM-SHA384/' theirs.cnf >ours.cnf
  stop_all
  : >server.log
  log=dns.log background dnsmasq -C dns.conf --keep-in-foreground --log-facility=- --pid-file= --user="$(id -un)"
  OPENSSL_CONF=$PWD/theirs.cnf serve_at 4 --starttls host.pem host.key
  wait_for 5 grep -q '^listening' server.log && wait_for 5 answers "$dns_port" || wrong+=('does not start')
  OPENSSL_CONF=$PWD/ours.cnf delivers 'opportunistic TLS that fails: once more in clear text' 0 b@refusing.test
  grep -v 'handshake failed' said >said.rest || true
  mv said.rest said
  said 'refusing.test: MX 10 s4.refusing.test 127.0.0.4' 'refusing.test: MX 20 good.two.test 127.0.0.2' \
    'attempt 1: s4.refusing.test at 127.0.0.4' 'attempt 1, once more: s4.refusing.test at 127.0.0.4, in clear text'
  stored_at_each '0 0 1'
}
