needs node || return 0
node -e 'require("nodemailer")' 2>/dev/null || { skip nodemailer 'the npm package is not installed (NODE_PATH)'; return 0; }

for kind in plain auth several; do
  start $kind && sends node "$here/clients/send_nodemailer.js" "$port" $kind
  check "nodemailer, $kind" mail "$([[ $kind == several ]] && echo 20 || echo 1)" "$bob" "$carol"
done
if [[ -n $tls ]]; then
  start starttls && sends node "$here/clients/send_nodemailer.js" "$port" starttls
  inside 'nodemailer, STARTTLS, AUTH' mail 1 "$bob" "$carol"
  start implicit && sends node "$here/clients/send_nodemailer.js" "$port" implicit
  inside 'nodemailer, implicit TLS, AUTH' mail 1 "$bob" "$carol"
fi
