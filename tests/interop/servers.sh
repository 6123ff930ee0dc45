# The client of each host sends to real servers, and what they have stored is compared with what it was given. What a server puts in
# front of the message is left out: Received, Return-Path, Delivered-To and the like, and X-... fields (`text_of`).
#
# How each is started is in servers/. Such a file sets
#   missing     a function: why this server cannot be had, or nothing
#   run_server  a function: starts it; port, tls_port (TLS from the first octet) and lmtp_port are those that it has
#   idle        a function: whether everything is delivered (default: with its answer)
#   collect     a function: brings what is stored into box/LOCAL-PART/, a file for each message (default: it is there)
#   crlf        whether it stores line ends as they came; otherwise as LF
#   knows       whether it refuses nobody@mx.example.org
#   many        whether it takes mail for r1 to r300@mx.example.org
#   tls_broken  whether STARTTLS is offered, and then fails
#   notices     whether it tells ann@client.test what has been delivered, where DSN asks for it
#   more_modes  a function: what is to be tried with this server only

columns=() rows=()
declare -A cells

in_path() { is_program "$1" || { echo "$1 is not installed"; return 1; }; }
# Of a server that chooses its ports itself.
read_ports() { wait_for 10 test -f ports && read -r port tls_port lmtp_port <ports; }

test_server() {
  local server=$1 peer="to $1" host mode port='' tls_port='' lmtp_port='' crlf='' knows=yes many=yes notices='' tls_broken='' why
  idle() { :; }
  collect() { :; }
  more_modes() { :; }
  . "$here/servers/$server.sh"
  columns+=("$server")
  why=$(missing) || true
  [[ -s host.pem ]] || why='there are no certificates'
  [[ -z $why ]] || { skip "$server" "$why"; return 0; }
  rm -rf box ports
  : >server.log
  if run_server && answering; then
    for host in "${client_hosts[@]}"; do
      . "$here/modes.sh"
      more_modes
    done
  else
    host=${client_hosts[0]}
    verdict FAILED "$server: does not start"
    sed 's/^/    /' server.log
  fi
  stop_all
}

answering() {
  local each
  for each in $port $tls_port $lmtp_port; do wait_for 15 answers "$each" || return; done
}

# tries MODE: whether this host does. The blocking client knows one recipient, and no options.
tries() {
  mode=$1
  [[ $host != blocking ]] || one_of "$mode" pipelining '3 MB' || return
  meets_everything || one_of "$mode" pipelining '3 MB' 'BDAT, small chunks' 'STARTTLS, AUTH' 'implicit TLS, AUTH'
}
# attempt PORT OPTION... FILE...: sends as the mode says; what has to be true of it afterwards is asked one by one, and
# what is not is gathered in $wrong.
attempt() {
  local to=$1
  shift
  wrong=() note=ok exit_status=0
  collect
  rm -rf box/*
  if [[ $host == blocking ]]; then
    attempt_blocking "$@"
  else
    # Certificates tell of localhost.
    timeout 60 "$binaries/${client_of[$host]}" --to localhost:"$to" --helo client.test --from ann@client.test \
      --transcript "$@" >outcomes 2>transcript || exit_status=$?
    shows 'C: [EL]HLO'
  fi
}
# It shows nothing but the replies.
attempt_blocking() {
  local from=ann@client.test rcpt=''
  while (($# > 1)); do
    [[ $1 != --from ]] || from=$2
    [[ $1 != --rcpt ]] || rcpt=$2
    shift 2
  done
  timeout 60 "$binaries/ehlo-blocking-client" localhost "$to" "$from" "$rcpt" <"$1" >outcomes 2>&1 || exit_status=$?
  sed 's/^/S: /; s/\r$//' outcomes >transcript
}
has_dialogue() { [[ $host != blocking ]]; }
wrong() { wrong+=("$*"); }
ends_with() { [[ $exit_status == "$1" ]] || wrong "exit status $exit_status"; }
fails() { [[ $exit_status =~ ^(69|75|76)$ ]] || wrong "exit status $exit_status"; }
shows() { ! has_dialogue || grep -qE -- "$1" transcript outcomes || wrong "no '$1' in the dialogue"; }
hides() { ! has_dialogue || ! grep -qE -- "$1" transcript || wrong "'$1' in the dialogue"; }
# follows FIRST SECOND: the line behind the first FIRST is a SECOND; the engine's events do not count.
follows() { ! has_dialogue || grep -v '^ *-- ' transcript | grep -A 1 -m 1 -- "$1" | tail -n 1 | grep -q -- "$2"; }
offers() { grep -qE "S: 250[- ]$1( |\$)" transcript; }
# Where the extension is not offered, the client has to do without, and the verdict is in brackets.
without() { note='(ok)'; }

added='^(Received|Return-[Pp]ath|Delivered-To|Envelope-to|Delivery-date|X-[A-Za-z-]+):|^[[:blank:]]'
# text_of FILE: without the fields that the server has put in front.
text_of() {
  local first
  first=$(grep -an -m 1 '^From: ' "$1" | cut -d : -f 1)
  [[ -n $first ]] || return 1
  ! head -n $((first - 1)) "$1" | grep -aqvE "$added" || return 1
  tail -n +"$first" "$1"
}
# What is in a Maildir's tmp is not delivered yet.
stored_files() { find "$1" -path '*/tmp/*' -prune -o -type f -print 2>/dev/null; }
copies() { stored_files "$1" | wc -l; }
# is_same TEXT FILE
is_same() { text_of "$2" | cmp - "$1${crlf:+.crlf}" >difference 2>&1; }
enough() { idle && collect && (($(copies box) >= $1)); }
# arrived FILE COUNT LOCAL-PART...: so many copies of the file for each, and nothing else.
arrived() {
  local text=$1 count=$2 to file
  shift 2
  wait_for $((${#wrong[@]} == 0 ? 15 : 0)) enough $(($# * count)) || true
  (($(copies box) == $# * count)) || wrong "$(copies box) copies stored, not $(($# * count))"
  for to; do
    (($(copies "box/$to") == count)) || wrong "not $count for $to"
    while read -r file; do
      is_same "$text" "$file" || wrong "$to got something else: $(head -n 1 difference)"
    done < <(stored_files "box/$to")
  done
}
notified() {
  local delivered
  delivered=$(grep -rliE '^Original-Envelope-ID: (a\+b=c|a\+2Bb\+3Dc)' box/ann 2>/dev/null |
    xargs -r grep -hE '^Action: delivered' | wc -l)
  ((delivered == 2)) && idle
}
nothing_arrived() { arrived mail.lf 0; }

# report [ROW]: the verdict on the last attempt; several modes may share a row.
report() {
  local row=${1-$mode} what="${client_of[$host]}: $server, $mode"
  one_of "$row" "${rows[@]}" || rows+=("$row")
  if ((${#wrong[@]} == 0)); then
    [[ ${cells[$server,$row]-} == FAILED ]] || cells[$server,$row]=$note
    verdict "$note" "$what"
  else
    cells[$server,$row]=FAILED
    verdict FAILED "$what"
    printf '    %s\n' "${wrong[@]}"
    { cat transcript outcomes; echo '-- what the server says:'; tail -n 30 server.log; } | cut -c 1-300 | sed 's/^/    /'
  fi
}

print_modes() {
  local mode server width=22
  ((${#rows[@]} != 0)) || return 0
  printf "\n%-${width}s" 'all clients to'
  printf ' %-11s' "${columns[@]}"
  echo
  for mode in "${rows[@]}"; do
    printf "%-${width}s" "$mode"
    for server in "${columns[@]}"; do printf ' %-11s' "${cells[$server,$mode]:--}"; done
    echo
  done
  echo '(ok): not offered there, and done without, or not sent, as it has to be. -: not to be had there.'
}
