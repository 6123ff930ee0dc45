# The smtplib of Python.
needs python3 || return 0

for kind in plain auth three lmtp; do
  if [[ $kind == lmtp ]]; then start --lmtp; else start; fi
  sends python3 "$here/clients/send_smtplib.py" "$port" $kind
  check "smtplib, $kind" mail "$([[ $kind == three ]] && echo 3 || echo 1)" "$bob" "$carol"
done
if can_tls smtplib python3 -c 'import ssl'; then
  start_tls "${starttls[@]}" && sends python3 "$here/clients/send_smtplib.py" "$port" starttls
  inside 'smtplib, STARTTLS, AUTH' mail 1 "$bob" "$carol"
  start_tls "${implicit[@]}" && sends python3 "$here/clients/send_smtplib.py" "$port" implicit
  inside 'smtplib, implicit TLS, AUTH' mail 1 "$bob" "$carol"
fi
