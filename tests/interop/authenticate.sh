# ehlo-serve checks who sends to it: what a real name server says of the senders' domains, what is signed by
# ehlo-send, what becomes of the message, and what is written into it.

# The records of the senders. What is longer than 255 octets is of several strings.
records() {
  cat <<END
txt-record=signed.test,"v=spf1 -all"
txt-record=_dmarc.signed.test,"v=DMARC1; p=reject"
txt-record=rsa._domainkey.signed.test,$(in_strings "v=DKIM1; k=rsa; p=$(openssl pkey -in rsa.key -pubout -outform DER | base64 -w0)")
txt-record=ed._domainkey.signed.test,"v=DKIM1; k=ed25519; p=$(openssl pkey -in ed.key -pubout -outform DER | tail -c 32 | base64 -w0)"
txt-record=quarantine.test,"v=spf1 ~all"
txt-record=_dmarc.quarantine.test,"v=DMARC1; p=quarantine"
txt-record=pass.test,"v=spf1 include:included.test -all"
txt-record=included.test,"v=spf1 mx:hosts.test -all"
mx-host=hosts.test,client.hosts.test,10
host-record=client.hosts.test,127.0.0.1
txt-record=_dmarc.pass.test,"v=DMARC1; p=reject; aspf=s"
txt-record=reverse.test,"v=spf1 ptr:hosts.test -all"
txt-record=fail.test,"v=spf1 -all exp=explanation.fail.test"
txt-record=explanation.fail.test,"%{i} is none of us"
END
}
in_strings() { printf '%s' "$1" | fold -w 255 | sed 's/.*/"&"/' | paste -sd,; }

letter() { printf '%s\n' "From: Ann <ann@$1>" 'To: bob@mx.example.org' 'Subject: who is it?' '' 'Hello.'; }

# sends_to SERVER FROM FILE [OPTION...]: the reply to the message is in $reply, what the server has stored in $kept.
sends_to() {
  local server=$1 from=$2 file=$3
  rm -rf "$server"/{,.Junk/}new/*
  "$binaries/ehlo-send" --quiet --to "127.0.0.1:${ports[$server]}" --helo client.test --from "$from" \
    --rcpt bob@mx.example.org "${@:4}" "$file" >reports 2>said || true
  reply=$(sed -n 's/.*: \([245][0-9][0-9] .*\)/\1/p' reports)
  kept=$(find "$server" -path '*/new/*' -type f)
}
replied() { [[ $reply == "$1"* ]] || wrong+=("replied: $reply, not $1"); }
# Authentication-Results as it was stored: on one line, without the signature's own octets.
found() {
  local line=''
  [[ -z $kept ]] || line=$(tr -d '\r' <"$kept" | sed -n '/^Authentication-Results: mx/{:a;N;/\n[^\t]/{s/\n[^\t].*//;s/\n\t/ /g;p;q};ba}' | sed 's/ header.b=[^ ;]*//g')
  [[ $line == "Authentication-Results: mx.example.org; $1" ]] || wrong+=("found: $line, not $1")
}
is_so() {
  if ((${#wrong[@]} == 0)); then
    verdict ok "ehlo-serve: $1"
  else
    verdict FAILED "ehlo-serve: $1"
    printf '    %s\n' "${wrong[@]}"
    sed 's/^/    /' said reports
    [[ -z $kept ]] || sed 's/^/    /' "$kept"
  fi
  wrong=()
}

receive_at() {  # NAME OPTION...
  : >"$1.log"
  log=$1.log background "$binaries/ehlo-serve" --listen 127.0.0.1:0 --hostname mx.example.org --maildir "$1" \
    --dns "127.0.0.1:$dns_port" "${@:2}"
  wait_for 5 listening "$1.log" && ports[$1]=$port
}
ask_about_senders() {
  free_port dns_port
  { printf '%s\n' no-resolv no-hosts no-poll bind-interfaces listen-address=127.0.0.1 "port=$dns_port" local=/test/ && records; } >senders.conf
  log=senders.log background dnsmasq -C senders.conf --keep-in-foreground --log-facility=- --pid-file= --user="$(id -un)"
  dns_process=$!
  wait_for 5 answers "$dns_port"
}

test_authentication() {
  local peer="checks senders" host=poll port dns_port dns_process reply='' kept='' wrong=()
  local -A ports=()
  "$binaries/ehlo-serve" --stdio --discard --authenticate report </dev/null >reason 2>&1 ||
    { skip 'ehlo-serve --authenticate' "$(sed 's/.*--authenticate: //' reason)"; return 0; }
  is_program dnsmasq || PATH=$PATH:/usr/sbin
  in_path dnsmasq >reason || { skip 'ehlo-serve --authenticate' "$(<reason)"; return 0; }
  in_path openssl >reason || { skip 'ehlo-serve --authenticate' "$(<reason)"; return 0; }
  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key 2>/dev/null
  openssl genpkey -algorithm ED25519 -out ed.key
  if ask_about_senders && receive_at enforce --authenticate enforce --threads 2 ${tls:+--starttls host.pem host.key} &&
    receive_at report --authenticate report && receive_at hasty --authenticate enforce --dns-patience 1; then
    check_signatures
    check_policies
    check_without_answers
  else
    verdict FAILED 'dnsmasq or ehlo-serve: does not start'
    tail -n 20 senders.log enforce.log report.log hasty.log
  fi
  stop_all
}

check_signatures() {
  local both=(--dkim-sign signed.test:rsa:rsa.key --dkim-sign signed.test:ed:ed.key)
  local spf='spf=fail smtp.mailfrom=signed.test' header='header.d=signed.test header.s'
  letter signed.test >letter
  sends_to enforce ann@signed.test letter "${both[@]}" ${tls:+--tls require --insecure}
  replied '250 2.0.0 stored as'
  found "$spf; dkim=pass $header=rsa header.a=rsa-sha256; dkim=pass $header=ed header.a=ed25519-sha256; dmarc=pass header.from=signed.test"
  is_so 'signatures of both algorithms pass'

  # What has been signed, as it was stored, is not what is sent on.
  tr -d '\r' <"$kept" | sed -n '/^DKIM-Signature:/,$p' | sed 's/Hello/Hallo/' >letter
  local why='dkim=fail reason="the body hash did not verify"'
  local broken="$spf; $why $header=rsa header.a=rsa-sha256; $why $header=ed header.a=ed25519-sha256; dmarc=fail reason=policy header.from=signed.test policy.dmarc=reject"
  sends_to enforce ann@signed.test letter
  replied '550 5.7.1 rejected per the DMARC policy of signed.test'
  [[ -z $kept ]] || wrong+=('it is stored')
  is_so 'a broken signature is refused where the policy is to be enforced'
  sends_to report ann@signed.test letter
  replied 250
  found "$broken"
  is_so 'and told of where it is not'

  printf '%s\n' 'Authentication-Results: mx.example.org;' '  dkim=pass header.d=signed.test' \
    'Authentication-Results: elsewhere.test; spf=pass' | cat - <(letter signed.test) >letter
  sends_to report ann@signed.test letter
  replied 250
  found "$spf; dkim=none; dmarc=fail reason=policy header.from=signed.test policy.dmarc=reject"
  [[ $(grep -c '^Authentication-Results: mx' "$kept") == 1 ]] || wrong+=('a forged field was left')
  grep -q '^Authentication-Results: elsewhere.test; spf=pass' "$kept" || wrong+=("another's field is gone")
  [[ $(sed -n 's/^\(Authentication-Results\|Received-SPF\|Received\):.*/\1/p' "$kept" | head -n 3 | paste -sd' ') == 'Authentication-Results Received-SPF Received' ]] || wrong+=('the fields are not in their order')
  is_so 'a forged field is taken out'
}

check_policies() {
  letter quarantine.test >letter
  sends_to enforce ann@quarantine.test letter
  replied 250
  [[ $kept == enforce/.Junk/new/* ]] || wrong+=("it is in $kept")
  found 'spf=softfail smtp.mailfrom=quarantine.test; dkim=none; dmarc=fail reason=policy header.from=quarantine.test policy.dmarc=quarantine'
  is_so 'quarantine is a folder'

  letter pass.test >letter
  sends_to enforce ann@pass.test letter
  found 'spf=pass smtp.mailfrom=pass.test; dkim=none; dmarc=pass header.from=pass.test'
  is_so 'SPF passes by include and mx'
  sends_to enforce '' letter
  replied '550 5.7.1'
  is_so 'the null reverse-path is checked by its HELO name, which is aligned with nothing'

  letter reverse.test >letter
  sends_to enforce ann@reverse.test letter
  found 'spf=pass smtp.mailfrom=reverse.test; dkim=none; dmarc=none reason="no record" header.from=reverse.test'
  is_so 'SPF passes by ptr'

  letter fail.test >letter
  sends_to enforce ann@fail.test letter
  replied '550 5.7.23 SPF: the domain of the sender does not allow this client; it explains: 127.0.0.1 is none of us'
  is_so 'SPF fails where there is no policy'

  letter nothing.test >letter
  sends_to enforce ann@nothing.test letter
  found 'spf=none reason="the domain does not exist" smtp.mailfrom=nothing.test; dkim=none; dmarc=none reason="no record" header.from=nothing.test'
  is_so 'a domain that says nothing'

  # The name server refuses to answer about what is not in its zones.
  letter elsewhere.example >letter
  sends_to enforce ann@elsewhere.example letter
  replied '451 4.4.3'
  is_so 'a domain of which the DNS does not tell'

  if is_program swaks; then
    rm -rf enforce/new/*
    swaks --silent 2 --server "127.0.0.1:${ports[enforce]}" --ehlo client.test --from ann@pass.test \
      --to bob@mx.example.org --header 'From: ann@pass.test' >reports 2>said || wrong+=('swaks: refused')
    kept=$(find enforce/new -type f)
    found 'spf=pass smtp.mailfrom=pass.test; dkim=none; dmarc=pass header.from=pass.test'
    is_so 'a message of swaks'
  else
    skip 'swaks to ehlo-serve --authenticate' 'swaks is not installed'
  fi
}

# A name server that is stopped does not answer; what it was asked meanwhile it answers when it goes on.
check_without_answers() {
  local senders=() number process answered=0 greeting=''
  letter pass.test >letter
  kill -STOP -- "-$dns_process"
  sends_to hasty ann@pass.test letter
  replied '451 4.4.3'
  is_so 'a name server that does not answer'

  rm -rf enforce/new/* waiting.*
  for number in 1 2 3 4 5 6; do
    "$binaries/ehlo-send" --transcript --to "127.0.0.1:${ports[enforce]}" --helo client.test --from ann@pass.test \
      --rcpt bob@mx.example.org letter >"waiting.$number" 2>&1 &
    senders+=($!)
  done
  wait_for 5 all_wait || wrong+=('not all come to their message')
  exec 3<>"/dev/tcp/127.0.0.1/${ports[enforce]}"
  read -r -t 5 greeting <&3 && [[ $greeting == 220* ]] || wrong+=('nobody else is served')
  exec 3>&-
  kill -CONT -- "-$dns_process"
  for process in "${senders[@]}"; do ! wait "$process" || answered=$((answered + 1)); done
  [[ $answered == 6 && $(find enforce/new -type f | wc -l) == 6 ]] || wrong+=("$answered of 6 were answered")
  kept=''
  is_so 'several messages wait for a slow name server at once'
}
all_wait() { (($(grep -l 'S: 354' waiting.* 2>/dev/null | wc -l) == 6)); }
