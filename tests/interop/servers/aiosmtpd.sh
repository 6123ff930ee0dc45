# aiosmtpd: see aiosmtpd_server.py. Debian's package is for Debian's own Python, which need not be the first in PATH.
crlf=yes

python_with_aiosmtpd() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import aiosmtpd' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}
missing() { python_with_aiosmtpd >/dev/null || echo 'the Python package aiosmtpd is not installed'; }

run_server() {
  background "$(python_with_aiosmtpd)" "$here/servers/aiosmtpd_server.py"
  read_ports
}
