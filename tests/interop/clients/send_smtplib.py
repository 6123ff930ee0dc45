"""Sends the file `mail` to two recipients: `smtplib.py PORT plain|auth|several|lmtp|starttls|implicit`."""
import smtplib
import ssl
import sys

port, kind = int(sys.argv[1]), sys.argv[2]
mail = open("mail", "rb").read()
to = ["bob@mx.example.org", "carol@mx.example.org"]


def connect():
    if kind == "implicit":
        trusted = ssl.create_default_context(cafile="ca.pem")
        return smtplib.SMTP_SSL("localhost", port, local_hostname="client.test", context=trusted)
    return (smtplib.LMTP if kind == "lmtp" else smtplib.SMTP)("localhost", port, local_hostname="client.test")


with connect() as s:
    if kind == "starttls":
        s.starttls(context=ssl.create_default_context(cafile="ca.pem"))
    if kind in ("auth", "starttls", "implicit"):
        s.login("user", "secret")
    for _ in range(3 if kind == "several" else 1):
        s.sendmail("ann@client.test", to, mail, ["BODY=8BITMIME"])
