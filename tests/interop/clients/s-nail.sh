# s-nail writes a header of its own, and wraps no line that is shorter than 500 octets.
needs s-nail || return 0

sed '1,/^$/d; /^xxx/d' mail.lf >body.lf
sed 's/$/\r/' body.lf >body
plain=(s-nail -:/ -Sv15-compat -Sttycharset=utf-8 -Smime-encoding=8b -Shostname=client.test -r ann@client.test -s interop)
# Leaves of the stored message what was given: the two lines of the delivery for each recipient, and the text.
only_text() {
  local file
  stop_all
  for file in box/new/*; do
    [[ -f $file ]] || continue
    { sed -n '1p' "$file"; sed -n '/^Delivered-To/p; /^X-Original-To/p' "$file"; sed '1,/^\r$/d' "$file"; } >stripped
    mv stripped "$file"
  done
}
start
sends "${plain[@]}" -Smta=smtp://127.0.0.1:"$port" -Ssmtp-auth=none "$bob" "$carol" <body.lf
only_text
check 's-nail' body 1 "$bob" "$carol"
start
sends "${plain[@]}" -Smta=smtp://user:secret@127.0.0.1:"$port" -Ssmtp-auth=plain "$bob" "$carol" <body.lf
only_text
check 's-nail, AUTH PLAIN' body 1 "$bob" "$carol"
if [[ -n $tls ]]; then
  start_tls "${starttls[@]}"
  sends "${plain[@]}" -Stls-ca-file=ca.pem -Stls-verify=strict -Ssmtp-use-starttls -Ssmtp-auth=login \
    -Smta=smtp://user:secret@localhost:"$port" "$bob" "$carol" <body.lf
  only_text
  inside 's-nail, STARTTLS, AUTH LOGIN' body 1 "$bob" "$carol"
  start_tls "${implicit[@]}"
  sends "${plain[@]}" -Stls-ca-file=ca.pem -Stls-verify=strict -Ssmtp-auth=plain \
    -Smta=smtps://user:secret@localhost:"$port" "$bob" "$carol" <body.lf
  only_text
  inside 's-nail, implicit TLS, AUTH PLAIN' body 1 "$bob" "$carol"
fi
