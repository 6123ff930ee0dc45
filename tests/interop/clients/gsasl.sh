# gsasl of GNU SASL: it logs in, and sends no mail. The only one here that binds a login to its TLS channel.
needs gsasl || return 0

logs_in_by() {
  start starttls && sends gsasl --smtp --connect localhost:"$port" --x509-ca-file ca.pem --authentication-id user \
    --password secret --mechanism "$1" "${@:2}" </dev/null
  [[ -n $tried ]] || return 0
  stop_all
  if grep -q "C: AUTH $1\$" server.log && grep -q 'S: 235 ' server.log; then
    verdict ok "${server_of[$host]}: gsasl, STARTTLS, AUTH $1"
  else
    verdict FAILED "${server_of[$host]}: gsasl, STARTTLS, AUTH $1"
    sed 's/^/    /' server.log client.log | tail -60
  fi
}
if [[ $host != blocking ]] && can_tls gsasl grep -q -- --x509-ca-file <(gsasl --help); then
  logs_in_by SCRAM-SHA-256-PLUS
  logs_in_by SCRAM-SHA-1-PLUS
  logs_in_by SCRAM-SHA-256 --no-cb
fi
