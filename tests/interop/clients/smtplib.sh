# The smtplib of Python.
needs python3 || return 0

for kind in plain auth several lmtp; do
  start $kind && sends python3 "$here/clients/send_smtplib.py" "$port" $kind
  check "smtplib, $kind" mail "$([[ $kind == several ]] && echo 3 || echo 1)" "$bob" "$carol"
done
if can_tls smtplib python3 -c 'import ssl'; then
  start starttls && sends python3 "$here/clients/send_smtplib.py" "$port" starttls
  inside 'smtplib, STARTTLS, AUTH' mail 1 "$bob" "$carol"
  start implicit && sends python3 "$here/clients/send_smtplib.py" "$port" implicit
  inside 'smtplib, implicit TLS, AUTH' mail 1 "$bob" "$carol"
fi
