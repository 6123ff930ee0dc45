needs swaks || return 0

# What swaks adds: one more empty line behind the text.
{ cat mail; printf '\r\n'; } >mail.swaks
plain=(swaks --from ann@client.test --to "$bob,$carol" --data @mail.lf --helo client.test)
start plain && sends "${plain[@]}" --server 127.0.0.1:"$port"
check 'swaks' mail.swaks 1 "$bob" "$carol"
start auth && sends "${plain[@]}" --server 127.0.0.1:"$port" --pipeline --auth LOGIN --auth-user user --auth-password secret
check 'swaks, pipelining, AUTH LOGIN' mail.swaks 1 "$bob" "$carol"
if [[ $host == poll ]]; then
  start auth && sends "${plain[@]}" --server 127.0.0.1:"$port" --auth CRAM-MD5 --auth-user user --auth-password secret
  went_by 'AUTH CRAM-MD5'
  check 'swaks, AUTH CRAM-MD5' mail.swaks 1 "$bob" "$carol"
fi
start lmtp && sends "${plain[@]}" --server 127.0.0.1:"$port" --protocol LMTP
check 'swaks, LMTP' mail.swaks 1 "$bob" "$carol"
if [[ $host == poll ]]; then
  rm -rf box
  tried=yes
  sends "${plain[@]}" --pipe "$serve --stdio ${base[*]} --allow-plaintext-auth"
  check 'swaks, through a pipe' mail.swaks 1 "$bob" "$carol"
fi
if can_tls swaks perl -MNet::SSLeay -e 1; then
  login=(--auth-user user --auth-password secret --tls-verify --tls-ca-path ca.pem)
  start starttls && sends "${plain[@]}" --server localhost:"$port" --tls --auth LOGIN "${login[@]}"
  inside 'swaks, STARTTLS, AUTH LOGIN' mail.swaks 1 "$bob" "$carol"
  start implicit && sends "${plain[@]}" --server localhost:"$port" --tlsc --auth PLAIN "${login[@]}"
  inside 'swaks, implicit TLS, AUTH PLAIN' mail.swaks 1 "$bob" "$carol"
  start starttls --lmtp
  sends "${plain[@]}" --server localhost:"$port" --protocol LMTP --tls --auth PLAIN "${login[@]}"
  inside 'swaks, LMTP, STARTTLS, AUTH PLAIN' mail.swaks 1 "$bob" "$carol"
fi
