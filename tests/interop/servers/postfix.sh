# Postfix: an instance of its own, with all its configuration and queues under the working directory. It delivers into a
# Maildir for each recipient. It leaves the check of passwords to a daemon: Dovecot, with all mechanisms, or where that is
# not installed passwords.py, with PLAIN alone.

notices=yes

missing() {
  in_path postfix || return
  [[ $EUID == 0 ]] || { echo 'Postfix has to be started by root'; return; }
}

check_passwords() {
  if ! is_program dovecot; then
    skip 'postfix, SCRAM and CRAM-MD5' 'dovecot, which knows them, is not installed'
    background python3 "$here/servers/passwords.py" postfix/passwords
    return
  fi
  echo 'user:{PLAIN}secret::::::' >users
  chmod 644 users
  cat >dovecot.conf <<CONFIGURATION
base_dir = $work/dovecot
state_dir = $work/dovecot
log_path = $work/server.log
protocols =
ssl = no
auth_failure_delay = 0
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
passdb {
  driver = passwd-file
  args = $work/users
}
service auth {
  unix_listener $work/postfix/passwords {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
CONFIGURATION
  background dovecot -F -c dovecot.conf
  wait_for 10 test -S postfix/passwords
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
  check_passwords
  postfix -c "$work/postfix/etc" check >>server.log 2>&1  # makes the queue
  background "$daemons/master" -c "$work/postfix/etc" -s
}

idle() { [[ -z $(find postfix/spool/{maildrop,incoming,active,deferred} -type f) ]]; }
