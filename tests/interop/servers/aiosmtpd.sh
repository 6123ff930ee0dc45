# aiosmtpd: see aiosmtpd_server.py.
crlf=yes

missing() { python_for aiosmtpd >/dev/null || echo 'the Python package aiosmtpd is not installed'; }

run_server() {
  background "$(python_for aiosmtpd)" "$here/servers/aiosmtpd_server.py"
  read_ports
}
