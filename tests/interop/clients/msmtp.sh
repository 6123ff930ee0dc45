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
  if [[ $host == poll ]]; then
    for mechanism in SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 OAUTHBEARER XOAUTH2; do
      secret=secret
      [[ $mechanism != *OAUTH* ]] || secret=tok-3n
      if ! msmtp --version | sed -n '/^Supported auth/,$p' | grep -qiw -- "$mechanism"; then
        skip "msmtp, AUTH $mechanism" 'it was built without'
        continue
      fi
      start starttls &&
        sends "${send[@]}" --auth="${mechanism,,}" --passwordeval="echo $secret" --port="$port" --tls-starttls=on \
          "$bob" "$carol" <mail.lf
      went_by "AUTH $mechanism"
      inside "msmtp, STARTTLS, AUTH $mechanism" mail 1 "$bob" "$carol"
    done
  fi
  start implicit && sends "${send[@]}" --port="$port" --tls-starttls=off "$bob" "$carol" <mail.lf
  inside 'msmtp, implicit TLS, AUTH PLAIN' mail 1 "$bob" "$carol"
fi
