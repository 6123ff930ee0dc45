# smtp-sink, which comes with Postfix. The last line of what it offers is empty. It knows how to behave badly.
knows=''

missing() { in_path smtp-sink; }

# sink VARIABLE OPTION...
sink() {
  local user=()
  ((EUID != 0)) || user=(-u root)
  free_port "$1"
  background smtp-sink "${user[@]}" -d sink/ "${@:2}" 127.0.0.1:"${!1}" 10
}
run_server() {
  mkdir sink
  sink port
  sink lmtp_port -L
}

# Its files name the recipients, and have one empty line more.
collect() {
  local file to
  for file in sink/*; do
    [[ -f $file ]] || continue
    while read -r to; do
      mkdir -p "box/$to"
      head -c -1 "$file" >"box/$to/${file#*/}"
    done < <(sed -n 's/^X-Rcpt-Args: <\(.*\)@.*/\1/p' "$file")
    rm "$file"
  done
}

# odd MODE EXIT-STATUS DIALOGUE OPTION...: of a sink with these options. It keeps even what it refuses.
odd() {
  local odd_port
  tries "$1" || return 0
  sink odd_port "${@:4}"
  wait_for 5 answers "$odd_port" || wrong 'no server'
  attempt "$odd_port" "${clear[@]}" ascii.lf
  ends_with "$2"
  shows "$3"
  [[ $2 != 0 ]] || arrived ascii.lf 1 "${to[@]}"
  report 'refusals, losses'
}
more_modes() {
  odd 'no EHLO' 0 'C: HELO' -e
  odd 'MAIL refused' 69 'S: 500' -f MAIL
  odd 'RCPT refused for now' 75 'S: 450' -r RCPT
  odd 'DATA refused' 69 'S: 500' -f DATA
  odd 'text refused' 69 'S: 500' -f .
  odd '421 to RCPT' 75 'S: 421' -Q RCPT
  odd '421 to the text' 75 'S: 421' -Q .
  odd 'gone at EHLO' 75 'C: EHLO' -q EHLO
  odd 'gone at DATA' 75 'C: DATA' -q DATA
  odd 'gone at the dot' 75 'unknown: .*may have been delivered' -q .
  odd 'gone at QUIT' 0 'C: QUIT' -q QUIT
}
