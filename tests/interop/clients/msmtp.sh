needs msmtp || return 0

plain=(msmtp --from=ann@client.test --domain=client.test
  --set-from-header=off --set-date-header=off --set-msgid-header=off)
send=("${plain[@]}" --host=127.0.0.1 --tls=off)
start plain && sends "${send[@]}" --port="$port" --auth=off "$bob" "$carol" <mail.lf
check 'msmtp' mail 1 "$bob" "$carol"
start auth && sends "${send[@]}" --port="$port" --auth=plain --user=user --passwordeval='echo secret' "$bob" "$carol" <mail.lf
check 'msmtp, AUTH PLAIN' mail 1 "$bob" "$carol"
start lmtp && sends "${send[@]}" --port="$port" --auth=off --protocol=lmtp "$bob" "$carol" <mail.lf
check 'msmtp, LMTP' mail 1 "$bob" "$carol"
if can_tls msmtp grep -q '^TLS/SSL library: [^n]' <(msmtp --version); then
  send=("${plain[@]}" --host=localhost --tls=on --tls-trust-file=ca.pem --auth=plain --user=user
    --passwordeval='echo secret')
  start starttls && sends "${send[@]}" --port="$port" --tls-starttls=on "$bob" "$carol" <mail.lf
  inside 'msmtp, STARTTLS, AUTH PLAIN' mail 1 "$bob" "$carol"
  start implicit && sends "${send[@]}" --port="$port" --tls-starttls=off "$bob" "$carol" <mail.lf
  inside 'msmtp, implicit TLS, AUTH PLAIN' mail 1 "$bob" "$carol"
fi
