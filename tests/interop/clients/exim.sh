# Exim sends from a queue of its own, which needs its user; it puts its Received: line before the message.
needs exim4 || return 0

mkdir -m 777 -p spool logs
cat >exim.conf <<EXIM
exim_path = $(realpath "$(command -v exim4)")
primary_hostname = client.test
spool_directory = $work/spool
log_file_path = $work/logs/%slog
keep_environment =
trusted_users = root
never_users =
begin routers
all:
  driver = manualroute
  transport = out
  route_list = * 127.0.0.1::PORT byname
  self = send
begin transports
out:
  driver = smtp
  allow_localhost
  hosts_try_chunking = CHUNKING
  dkim_domain =
begin authenticators
EXIM
given() { sed -n '/^From: /,$p'; }
for transfer in BDAT DATA; do
  [[ $transfer == BDAT ]] && hosts_try='*' kind=bdat || hosts_try='' kind=plain
  start $kind
  sends exim4 -C "$work/exim.conf" -DPORT="$port" -DCHUNKING="$hosts_try" -odf -oi -f ann@client.test "$bob" "$carol" <mail.lf
  went_by $transfer
  check "exim, $transfer" mail 1 "$bob" "$carol"
done
