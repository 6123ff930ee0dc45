"""The server's side of Dovecot's authentication protocol, for Postfix: PLAIN, user and secret. `passwords.py SOCKET`."""
import base64
import os
import socketserver
import sys


class Client(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("VERSION\t1\t1", "MECH\tPLAIN\tplaintext", "SPID\t1", "CUID\t1", "COOKIE\t" + 32 * "0", "DONE")
        for line in self.rfile:
            command, *words = line.decode().rstrip("\n").split("\t")
            if command == "AUTH":
                response = next(word[5:] for word in words if word.startswith("resp="))
                good = base64.b64decode(response).split(b"\0")[1:] == [b"user", b"secret"]
                self.say(f"OK\t{words[0]}\tuser=user" if good else f"FAIL\t{words[0]}\tuser=user")

    def say(self, *lines):
        self.wfile.write("".join(line + "\n" for line in lines).encode())


with socketserver.ThreadingUnixStreamServer(sys.argv[1], Client) as server:
    server.daemon_threads = True
    os.chmod(sys.argv[1], 0o666)
    server.serve_forever()
