# Postfix: an instance of its own, with all its configuration and queues under the working directory. It delivers into a
# Maildir for each recipient. It leaves the check of passwords to a daemon, for which passwords.py stands in.

notices=yes

missing() {
  in_path postfix || return
  [[ $EUID == 0 ]] || { echo 'Postfix has to be started by root'; return; }
}

run_server() {
  local daemons relay
  daemons=$(dirname "$(find /usr/lib/postfix /usr/libexec/postfix -name master -type f 2>/dev/null | head -n 1)")
  free_port port
  free_port tls_port
  mkdir -p postfix/{etc,spool,data}
  chmod 755 postfix postfix/*
  chown postfix: postfix/data
  mkdir -m 777 -p box
  cat >postfix/etc/main.cf <<CONFIGURATION
compatibility_level = 3.6
queue_directory = $work/postfix/spool
data_directory = $work/postfix/data
daemon_directory = $daemons
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file_prefixes = $work
maillog_file = $work/server.log
myhostname = mx.example.org
mydestination =
mynetworks =
alias_maps =
alias_database =
local_header_rewrite_clients =
append_dot_mydomain = no
message_size_limit = 50000000
virtual_mailbox_domains = mx.example.org, client.test
virtual_mailbox_base = $work/box
virtual_mailbox_maps = regexp:{ {/^r[0-9]+@mx.example.org/ many/} },
  inline:{ {bob@mx.example.org = bob/}, {carol@mx.example.org = carol/},
    {用户@mx.example.org = 用户/}, {ann@client.test = ann/} }
virtual_uid_maps = static:$(id -u nobody)
virtual_gid_maps = static:$(id -g nobody)
virtual_minimum_uid = 1
default_transport = error:none of ours
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_cert_file = $work/host.pem
smtpd_tls_key_file = $work/host.key
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = $work/postfix/passwords
CONFIGURATION
  cat >postfix/etc/master.cf <<SERVICES
127.0.0.1:$port inet n - n - - smtpd
127.0.0.1:$tls_port inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
tlsmgr   unix - - n 1000? 1 tlsmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil    unix - - n - 1 anvil
virtual  unix - n n - - virtual
error    unix - - n - - error
retry    unix - - n - - error
postlog  unix-dgram n - n - 1 postlogd
SERVICES
  background python3 "$here/servers/passwords.py" postfix/passwords
  postfix -c "$work/postfix/etc" check >>server.log 2>&1  # makes the queue
  background "$daemons/master" -c "$work/postfix/etc" -s
}

idle() { [[ -z $(find postfix/spool/{maildrop,incoming,active,deferred} -type f) ]]; }
