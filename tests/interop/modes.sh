# One message each way, from $host to the server at $port, $tls_port and $lmtp_port; sourced for each of both.
to=(bob carol)
[[ $host != blocking ]] || to=(bob)
both=($(printf -- '--rcpt %s@mx.example.org ' "${to[@]}"))
clear=("${both[@]}" --tls never)

if tries 'one by one'; then
  attempt "$port" "${clear[@]}" --no-pipelining mail.lf
  ends_with 0
  follows 'C: MAIL' 'S: 250' || wrong 'MAIL and RCPT in one go'
  arrived mail.lf 1 "${to[@]}"
  report
fi

if tries 'pipelining'; then
  attempt "$port" "${clear[@]}" mail.lf
  ends_with 0
  if offers PIPELINING; then follows 'C: MAIL' 'C: RCPT' || wrong 'MAIL and RCPT not in one go'; else without; fi
  arrived mail.lf 1 "${to[@]}"
  report
fi

if tries '3 on one connection'; then
  attempt "$port" "${clear[@]}" mail.lf mail.lf mail.lf
  ends_with 0
  (($(grep -c 'C: EHLO' transcript) == 1)) || wrong 'not one connection'
  arrived mail.lf 3 "${to[@]}"
  report
fi

if [[ -n $knows ]] && tries 'one of 3 refused'; then
  attempt "$port" --rcpt bob@mx.example.org --rcpt nobody@mx.example.org --rcpt carol@mx.example.org --tls never mail.lf
  ends_with 69
  arrived mail.lf 1 "${to[@]}"
  report
fi

# Refused as a whole, twice: what was sent ahead must not confuse the second.
if [[ -n $knows ]] && tries 'all refused, twice'; then
  attempt "$port" --rcpt nobody@mx.example.org --tls never mail.lf mail.lf
  ends_with 69
  (($(grep -c 'C: MAIL' transcript) == 2)) || wrong 'not two transactions on one connection'
  shows 'S: 221'
  nothing_arrived
  report
fi

if [[ -n $many ]] && tries '300 recipients'; then
  attempt "$port" $(printf -- '--rcpt r%d@mx.example.org ' {1..300}) --tls never mail.lf
  ends_with 0
  wait_for 10 enough 300 || true
  (($(copies box) == 300)) || wrong "$(copies box) copies stored, not 300"
  is_same mail.lf "$(stored_files box | head -n 1)" || wrong 'they got something else'
  report
fi

if tries '3 MB'; then
  attempt "$port" "${clear[@]}" large.lf
  ends_with 0
  arrived large.lf 1 "${to[@]}"
  report
fi

# chunked MODE EXPECTED FILE PORT OPTION...
chunked() {
  tries "$1" || return 0
  attempt "$4" --chunking "${@:5}" "$3"
  ends_with 0
  if offers CHUNKING; then
    shows "$2"
    hides 'C: DATA'
  else
    without
    shows 'C: DATA'
  fi
  arrived "$3" 1 "${to[@]}"
  report
}
chunked 'BDAT' 'C: BDAT [0-9]+ LAST' mail.lf "$port" "${clear[@]}"
if offers CHUNKING; then
  chunked 'BDAT, small chunks' 'C: BDAT 100$' mail.lf "$port" "${clear[@]}" --chunk-size 100
  chunked 'BDAT, one by one' 'C: BDAT 100$' mail.lf "$port" "${clear[@]}" --chunk-size 100 --no-pipelining
  if tries 'BDAT, all refused'; then
    attempt "$port" --rcpt nobody@mx.example.org --tls never --chunking --chunk-size 100 mail.lf mail.lf
    ends_with 69
    (($(grep -c 'C: MAIL' transcript) == 2)) || wrong 'not two transactions on one connection'
    shows 'S: 221'
    nothing_arrived
    report
  fi
  chunked 'BDAT, 3 MB' 'C: BDAT 4096$' large.lf "$port" "${clear[@]}" --chunk-size 4096
fi

if tries 'SMTPUTF8'; then
  attempt "$port" --tls never --from jörg@client.test --rcpt 用户@mx.example.org mail.lf
  if offers SMTPUTF8; then
    ends_with 0
    shows 'C: MAIL .*SMTPUTF8'
    arrived mail.lf 1 用户
  else
    fails
    hides 'C: MAIL'
    nothing_arrived
    without
  fi
  report
fi

if tries 'DSN'; then
  attempt "$port" "${clear[@]}" --dsn-notify never --dsn-ret headers --dsn-envid 'a+b=c' mail.lf
  ends_with 0
  if offers DSN; then
    shows 'C: MAIL .*RET=HDRS ENVID=a\+2Bb\+3Dc'
    shows 'C: RCPT .*NOTIFY=NEVER'
  else
    without
  fi
  arrived mail.lf 1 "${to[@]}"
  report
fi

# A notice of the delivery, with the name of the envelope (which Exim 4.96 leaves encoded).
if [[ -n $notices ]] && tries 'DSN, notices'; then
  attempt "$port" "${clear[@]}" --dsn-notify success,failure --dsn-envid 'a+b=c' mail.lf
  ends_with 0
  wait_for 10 notified || wrong 'no notice'
  rm -rf box/ann
  arrived mail.lf 1 "${to[@]}"
  report
fi

# With any certificate, and in clear text where TLS is not to be had, or fails.
if [[ -n $tls ]] && tries 'TLS if offered'; then
  attempt "$port" "${both[@]}" --tls opportunistic mail.lf
  ends_with 0
  if ! offers STARTTLS; then
    without
  elif [[ -n $tls_broken ]]; then
    shows 'once more in clear text'
  else
    shows 'TLS: TLSv1'
  fi
  arrived mail.lf 1 "${to[@]}"
  report
fi

login=(--ca ca.pem --user user --password-file password "${both[@]}")
if [[ -n $tls && -z $tls_broken ]]; then
  if tries 'STARTTLS, AUTH'; then
    attempt "$port" --tls require "${login[@]}" mail.lf
    if offers STARTTLS; then
      ends_with 0
      shows 'S: 235'
      arrived mail.lf 1 "${to[@]}"
    else
      fails
      hides 'C: (AUTH|MAIL)'
      nothing_arrived
      without
    fi
    report
  fi

  # Each mechanism that the server has; the one that is used by default is the strongest.
  if offers STARTTLS && meets_everything && has_dialogue; then
    offered=$(grep -hE '^S: 250[- ]AUTH ' transcript | tail -n 1)
    for mechanism in SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN; do
      [[ " $offered " == *" $mechanism "* ]] || continue
      attempt "$port" --tls require "${login[@]}" --auth "$mechanism" mail.lf
      mode="AUTH $mechanism"
      ends_with 0
      shows "C: AUTH $mechanism"
      shows 'S: 235'
      arrived mail.lf 1 "${to[@]}"
      report
    done
  fi

  if offers STARTTLS; then
    chunked 'STARTTLS, BDAT' 'C: BDAT 100$' mail.lf "$port" --tls require "${login[@]}" --chunk-size 100
    if tries 'wrong certificate'; then
      attempt "$port" --tls require --ca ca.pem --tls-name other.example.org "${both[@]}" mail.lf
      fails
      shows 'not tried: .*certificate'
      hides 'C: MAIL'
      nothing_arrived
      report
    fi
    if tries 'wrong password'; then
      attempt "$port" --tls require --ca ca.pem --user user --password-file password.wrong "${both[@]}" mail.lf
      fails
      shows 'S: 535'
      nothing_arrived
      report
    fi
  fi

  if [[ -n $tls_port ]] && tries 'implicit TLS, AUTH'; then
    attempt "$tls_port" --tls implicit "${login[@]}" mail.lf
    ends_with 0
    shows 'S: 235'
    arrived mail.lf 1 "${to[@]}"
    report
  fi
fi

if [[ -n $lmtp_port ]] && tries 'LMTP'; then
  attempt "$lmtp_port" --lmtp "${clear[@]}" mail.lf
  ends_with 0
  shows 'C: LHLO'
  arrived mail.lf 1 "${to[@]}"
  report
fi

if [[ -n $lmtp_port && -n $knows ]] && tries 'LMTP, one refused'; then
  attempt "$lmtp_port" --lmtp --rcpt nobody@mx.example.org "${clear[@]}" mail.lf
  ends_with 69
  arrived mail.lf 1 "${to[@]}"
  report
fi
