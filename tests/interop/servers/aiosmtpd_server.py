"""aiosmtpd on three ports: SMTP with STARTTLS, SMTP inside TLS, LMTP. A message goes into a file for each recipient."""
import asyncio
import os
import ssl
import uuid

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, AuthResult


class Box:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == "nobody@mx.example.org":
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            os.makedirs("box/" + address.split("@")[0], exist_ok=True)
            with open(f"box/{address.split('@')[0]}/{uuid.uuid4()}", "wb") as file:
                file.write(envelope.original_content)
        return "\r\n".join(["250 2.0.0 OK"] * (len(envelope.rcpt_tos) if isinstance(server, LMTP) else 1))


def check(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"user", b"secret")
    return AuthResult(success=good, handled=False)


async def main():
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain("host.pem", "host.key")
    settings = dict(handler=Box(), hostname="mx.example.org", enable_SMTPUTF8=True)
    with_auth = dict(settings, authenticator=check)
    listen = asyncio.get_running_loop().create_server
    servers = [
        await listen(lambda: SMTP(tls_context=tls, **with_auth), "127.0.0.1", 0),
        await listen(lambda: SMTP(auth_require_tls=False, **with_auth), "127.0.0.1", 0, ssl=tls),
        await listen(lambda: LMTP(**settings), "127.0.0.1", 0),
    ]
    with open("ports.new", "w") as ports:
        print(*(server.sockets[0].getsockname()[1] for server in servers), file=ports)
    os.rename("ports.new", "ports")
    await asyncio.Event().wait()


asyncio.run(main())
