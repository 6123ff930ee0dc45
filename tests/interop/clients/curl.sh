needs curl || return 0

send=(curl --silent --show-error --mail-from ann@client.test --mail-rcpt "$bob" --mail-rcpt "$carol")
start plain && sends "${send[@]}" --url "smtp://127.0.0.1:$port/client.test" --upload-file mail
check 'curl' mail 1 "$bob" "$carol"
start auth && sends "${send[@]}" --url "smtp://127.0.0.1:$port/client.test" --upload-file mail.lf --crlf --user user:secret
check 'curl, AUTH, --crlf' mail 1 "$bob" "$carol"
start utf8 && sends curl --silent --show-error --url "smtp://127.0.0.1:$port/client.test" --upload-file mail \
  --mail-from 'jörg@client.test' --mail-rcpt '用户@mx.example.org'
from=jörg@client.test check 'curl, SMTPUTF8' mail 1 '用户@mx.example.org'
start large && sends "${send[@]}" --url "smtp://127.0.0.1:$port/client.test" --upload-file large.lf --crlf
check 'curl, 3 MB' large.lf.crlf 1 "$bob" "$carol"
if can_tls curl grep -qw smtps <(curl --version); then
  send+=(--upload-file mail --cacert ca.pem --user user:secret)
  for version in 1.2 1.3; do
    start starttls &&
      sends "${send[@]}" --url "smtp://localhost:$port/client.test" --ssl-reqd --tlsv$version --tls-max $version
    grep -q "TLSv$version" server.log || rm -rf box
    inside "curl, STARTTLS, TLS $version, AUTH" mail 1 "$bob" "$carol"
  done
  if [[ $host == poll ]]; then
    for mechanism in CRAM-MD5 OAUTHBEARER; do
      options=(--login-options AUTH=$mechanism)
      [[ $mechanism == CRAM-MD5 ]] || options+=(--oauth2-bearer tok-3n)  # which it prefers to XOAUTH2
      start starttls && sends "${send[@]}" "${options[@]}" --url "smtp://localhost:$port/client.test" --ssl-reqd
      went_by "AUTH $mechanism"
      inside "curl, STARTTLS, AUTH $mechanism" mail 1 "$bob" "$carol"
    done
  fi
  start implicit && sends "${send[@]}" --url "smtps://localhost:$port/client.test"
  inside 'curl, implicit TLS, AUTH' mail 1 "$bob" "$carol"
fi
