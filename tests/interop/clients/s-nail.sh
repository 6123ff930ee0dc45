# s-nail writes a header of its own, and wraps no line that is shorter than 500 octets.
needs s-nail || return 0

sed '1,/^$/d; /^xxx/d' mail.lf >body.lf
sed 's/$/\r/' body.lf >body
plain=(s-nail -:/ -Sv15-compat -Sttycharset=utf-8 -Smime-encoding=8b -Shostname=client.test -r ann@client.test -s interop)
given() { sed '1,/^\r$/d'; }
start plain
sends "${plain[@]}" -Smta=smtp://127.0.0.1:"$port" -Ssmtp-auth=none "$bob" "$carol" <body.lf
check 's-nail' body 1 "$bob" "$carol"
start auth
sends "${plain[@]}" -Smta=smtp://user:secret@127.0.0.1:"$port" -Ssmtp-auth=plain "$bob" "$carol" <body.lf
check 's-nail, AUTH PLAIN' body 1 "$bob" "$carol"
if [[ -n $tls ]]; then
  start starttls
  sends "${plain[@]}" -Stls-ca-file=ca.pem -Stls-verify=strict -Ssmtp-use-starttls -Ssmtp-auth=login \
    -Smta=smtp://user:secret@localhost:"$port" "$bob" "$carol" <body.lf
  inside 's-nail, STARTTLS, AUTH LOGIN' body 1 "$bob" "$carol"
  start implicit
  sends "${plain[@]}" -Stls-ca-file=ca.pem -Stls-verify=strict -Ssmtp-auth=plain \
    -Smta=smtps://user:secret@localhost:"$port" "$bob" "$carol" <body.lf
  inside 's-nail, implicit TLS, AUTH PLAIN' body 1 "$bob" "$carol"
fi
