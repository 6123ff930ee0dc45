# OpenSMTPD, with its own configuration; its queue and its control socket have fixed places, so it has to be the only
# one on the machine. It delivers into a Maildir for each recipient.
many=''

missing() {
  in_path smtpd || return
  [[ $EUID == 0 ]] || { echo 'OpenSMTPD has to be started by root'; return; }
  { smtpd -h 2>&1 || true; } | grep -q OpenSMTPD || { echo 'smtpd is another program'; return; }
  [[ ! -S /var/run/smtpd.sock ]] || echo 'it seems to be running already (/var/run/smtpd.sock)'
}

run_server() {
  free_port port
  free_port tls_port
  mkdir -m 777 -p box
  chmod 600 host.key
  cat >opensmtpd.conf <<CONFIGURATION
pki localhost cert "$work/host.pem"
pki localhost key "$work/host.key"
table logins { "user" = "$(openssl passwd -6 secret)" }
table users { "bob@mx.example.org" = "nobody", "carol@mx.example.org" = "nobody" }
smtp max-message-size 50M
listen on 127.0.0.1 port $port tls pki localhost auth-optional <logins> hostname mx.example.org
listen on 127.0.0.1 port $tls_port smtps pki localhost auth-optional <logins> hostname mx.example.org
action box maildir "$work/box/%{rcpt.user}" virtual <users>
match from any for domain mx.example.org action box
CONFIGURATION
  background smtpd -d -f "$work/opensmtpd.conf"
  # That of Debian 12 fails in every handshake.
  [[ -n $tls ]] && wait_for 10 answers "$tls_port" || return
  openssl s_client -connect 127.0.0.1:"$tls_port" </dev/null >/dev/null 2>&1 && return
  skip 'opensmtpd, what needs TLS' 'openssl s_client cannot make the handshake with it either'
  tls_broken=yes
}

idle() { [[ -z $(find /var/spool/smtpd/{incoming,queue} -type f 2>/dev/null) ]]; }
