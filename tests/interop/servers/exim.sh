# Exim, 4.94 or later, with its own configuration, queue and logs under the working directory. It delivers into a
# Maildir for each recipient. It goes on as the user that it was built for, who has to exist.

notices=yes
many=''

missing() {
  in_path exim4 || return
  [[ $EUID == 0 ]] || { echo 'Exim has to be started by root'; return; }
  exim4 -C /dev/null -bV >/dev/null 2>exim.why || head -n 1 exim.why
}

run_server() {
  free_port port
  free_port tls_port
  mkdir -m 777 -p exim exim/spool exim/log box
  chmod 644 host.key
  cat >exim/conf <<CONFIGURATION
exim_path = $(realpath "$(command -v exim4)")
primary_hostname = mx.example.org
spool_directory = $work/exim/spool
log_file_path = $work/exim/log/%slog
pid_file_path = $work/exim/pid
daemon_smtp_ports = $port : $tls_port
tls_on_connect_ports = $tls_port
local_interfaces = 127.0.0.1
keep_environment =
never_users =
deliver_drop_privilege
received_header_text =
dns_ipv4_lookup = *
host_lookup =
allow_utf8_domains
tls_advertise_hosts = *
tls_certificate = $work/host.pem
tls_privatekey = $work/host.key
smtputf8_advertise_hosts = *
dsn_advertise_hosts = *
chunking_advertise_hosts = *
pipelining_advertise_hosts = *
prdr_enable
smtp_accept_max_per_connection = 1000
domainlist ours = mx.example.org : client.test
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
begin acl
rcpt:
  deny message = no such user
       local_parts = nobody
  accept domains = +ours
begin routers
ours:
  driver = accept
  domains = +ours
  local_parts = bob : carol : ann : 用户
  transport = box
begin transports
box:
  driver = appendfile
  directory = $work/box/\$local_part_data
  maildir_format
  message_prefix =
  message_suffix =
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = \${if def:tls_in_cipher}
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{user}}{eq{\$auth3}{secret}}}}
  server_set_id = \$auth2
CONFIGURATION
  background exim4 -C "$work/exim/conf" -bdf
}

idle() { [[ -z $(find exim/spool/input -type f 2>/dev/null) ]]; }
