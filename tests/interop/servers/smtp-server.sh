# smtp-server, of Nodemailer's authors: see smtp-server.js.
crlf=yes

missing() {
  in_path node || return
  node -e 'require("smtp-server")' 2>/dev/null || echo 'the npm package smtp-server is not installed (NODE_PATH)'
}

run_server() {
  background node "$here/servers/smtp-server.js"
  read_ports
}
