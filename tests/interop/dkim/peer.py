"""Messages to be signed, and the programs that sign and verify them beside ours. In the working directory are the keys
dkim-rsa.pem and dkim-ed25519.pem of example.com, and dkim-keys with their records.

peer.py messages TO [--full]    every kind of body, each with one kind of header; or with all of them
peer.py python3-dkim|opendkim sign FROM TO    TO/HEADER-BODY/NAME is the message FROM/NAME, signed with both keys
peer.py python3-dkim|opendkim verify FILE...    prints of each signature `FILE ALGORITHM RESULT`

What no message here has, for the peers see another one then: CR or LF alone, which python3-dkim makes a line end, and so
does OpenDKIM when it reads a file; white space in front of a colon, which python3-dkim refuses; NUL, at which a line ends
for OpenDKIM; VT and FF in a header, which it takes for WSP.
"""
import base64
import os
import re
import subprocess
import sys

DOMAIN = 'example.com'
KEYS = (('rsa', 'rsa-sha256'), ('ed25519', 'ed25519-sha256'))
PAIRS = [(header, body) for header in ('simple', 'relaxed') for body in ('simple', 'relaxed')]

HEADERS = {
    'plain': b'From: Ann <ann@example.com>\r\nTo: Bob <bob@example.net>\r\nSubject: hello\r\n'
             b'Date: Sun, 22 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n',
    'folded': b'From: Ann\r\n <ann@example.com>\r\nTo: Bob\t <bob@example.net>,\r\n\t\t Eve  <eve@example.net>\r\n'
              b'Subject: two  spaces\tand a tab \t\r\n \tgo on  \r\nReferences: <1@a>\r\n <2@b>\r\n\t<3@c>\r\n',
    'colons': b'FROM:ann@example.com\r\nto:   bob@example.net\r\nSUBJECT:\tCase Of The Value\r\nCc:\r\nReply-To: \r\n'
              b'References:\r\n <1@a>\r\n',
    'repeated': b'Received: one\r\nResent-From: a@example.com\r\nFrom: ann@example.com\r\nTo: x@example.net\r\n'
                b'Resent-From: b@example.com\r\nTo: y@example.net\r\nSubject: first\r\nSubject: second\r\n',
    '8bit': b'From: J\xf6rg <joerg@example.com>\r\nSubject: \xe4\xf6\xfc  \xdf\xff \x80\r\nTo: b@example.net\r\n',
    'smtputf8': 'From: Jörg <jörg@example.com>\r\nTo: 用户 <用户@例子.example>\r\nSubject: grüße \u00a0\u2003 an  alle\r\n'
                .encode(),
    'long': b'From: ann@example.com\r\nSubject: ' + b'x' * 900 + b'\r\nReferences:' + b' <a@b>\r\n' * 100,
}
BODIES = {
    'text': b'Hello.\r\n\r\nHow are you?\r\n',
    'none': None,  # nor an empty line in front of it
    'empty': b'',
    'line': b'\r\n',
    'lines': b'\r\n\r\n\r\n',
    'behind': b'text\r\n\r\n\r\n\r\n',
    'before': b'\r\n\r\ntext\r\n',
    'between': b'one\r\n\r\n\r\ntwo\r\n',
    'spaces': b'a  b\t\tc \t d\r\n  indented\r\n\ttab\r\ntrailing \t \r\n',
    'white': b' \r\n\t\r\n \t \r\n',
    'whiteend': b'text\r\n \r\n\t\r\n\r\n  \r\n',
    'unended': b'one\r\nno line end',
    '8bit': b'\xe4\xf6\xfc \xff\x80  \xc3\xa9\r\n',
    'dots': b'.\r\n..\r\n. \r\n',
    'long': b'word  ' * 160 + b'\r\n' + b'x' * 998 + b'\r\n',
    'large': b''.join(b'%d %s\r\n' % (i, b'word ' * (i % 17)) for i in range(3000)),
}


def messages(directory, full):
    names = list(HEADERS)
    for number, (kind, body) in enumerate(BODIES.items()):
        for header in names if full else [names[number % len(names)]]:
            write(f'{directory}/{header}-{kind}', HEADERS[header] + (b'' if body is None else b'\r\n' + body))


def read(name):
    with open(name, 'rb') as file:
        return file.read()


def write(name, octets):
    with open(name, 'wb') as file:
        file.write(octets)


class Python3Dkim:
    def __init__(self):
        import dkim
        self.dkim = dkim
        self.records = dict(line.split(b' ', 1) for line in read('dkim-keys').splitlines())
        # The last 32 octets of the PKCS #8 structure are the key.
        der = subprocess.run('openssl pkey -in dkim-ed25519.pem -outform DER'.split(), check=True, capture_output=True)
        self.keys = {'rsa': read('dkim-rsa.pem'), 'ed25519': base64.b64encode(der.stdout[-32:])}

    def knows(self, name, header, body):
        return True

    def makes(self, algorithm, header):
        return True

    def sign(self, names, selector, algorithm, header, body):
        for name in names:
            yield self.dkim.sign(read(name), selector.encode(), DOMAIN.encode(), self.keys[selector],
                                 canonicalize=(header.encode(), body.encode()), signature_algorithm=algorithm.encode())

    def verify(self, names):
        for name in names:
            message = read(name)
            fields = [value for key, value in self.dkim.DKIM(message).headers if key.lower() == b'dkim-signature']
            yield [(re.search(rb'a=([a-z0-9-]+)', field).group(1).decode(), self.verify_one(message, index))
                   for index, field in enumerate(fields)]

    def verify_one(self, message, index):
        try:
            passed = self.dkim.DKIM(message).verify(index, dnsfunc=lambda key, timeout: self.records[key.strip(b'.')])
            return 'pass' if passed else 'fail'
        except self.dkim.DKIMException as error:
            return f'fail: {error}'


class Opendkim:
    """In its test mode, which reads messages from files and says which fields it would insert."""

    def knows(self, name, header, body):
        header_kind, body_kind = os.path.basename(name).split('-')
        # It puts one space behind each colon; and a message that ends within a line it takes for malformed.
        return not (header == 'simple' and header_kind == 'colons') and not (body == 'relaxed' and body_kind == 'unended')

    def makes(self, algorithm, header):
        # 2.11.0~beta2: itself, python3-dkim and we find them wrong.
        return not (algorithm == 'ed25519-sha256' and header == 'simple')

    def inserted(self, names, *configuration):
        write('opendkim.conf', '\n'.join(configuration + ('RequireSafeKeys no', '')).encode())
        done = subprocess.run(['opendkim', '-x', 'opendkim.conf', '-t', ','.join(names), '-vv'], capture_output=True)
        fields = done.stdout.split(b'### INSHEADER')[1:]
        if len(names) == 1 and len(fields) != 1:
            return [done.stderr]
        if len(fields) == len(names):
            return fields
        return [self.inserted([name], *configuration)[0] for name in names]  # which one?

    def sign(self, names, selector, algorithm, header, body):
        for said in self.inserted(names, 'Mode s', f'Domain {DOMAIN}', f'Selector {selector}',
                                  f'KeyFile dkim-{selector}.pem', f'Canonicalization {header}/{body}',
                                  f'SignatureAlgorithm {algorithm}', 'OversignHeaders From'):
            value = re.search(rb"hname='DKIM-Signature' hvalue='(.*)'", said, re.DOTALL).group(1)
            yield b'DKIM-Signature: ' + value.replace(b'\n', b'\r\n') + b'\r\n'

    def verify(self, names):
        for said in self.inserted(names, 'Mode v', 'TestPublicKeys dkim-keys', 'AlwaysAddARHeader yes'):
            yield [(re.search(r'header\.a=(\S+)|$', facts).group(1), result)
                   for result, facts in re.findall(r'dkim=(\w+)([^;]*)', said.decode(errors='replace'))]


def sign_all(peer, source, target):
    for header, body in PAIRS:
        directory = f'{target}/{header}-{body}'
        os.makedirs(directory)
        names = [name for name in sorted(os.listdir(source)) if peer.knows(name, header, body)]
        messages = {name: read(f'{source}/{name}') for name in names}
        for selector, algorithm in KEYS:
            if not peer.makes(algorithm, header):
                continue
            fields = peer.sign([f'{source}/{name}' for name in names], selector, algorithm, header, body)
            for name, field in zip(names, fields, strict=True):
                messages[name] = field + messages[name]
        for name in names:
            write(f'{directory}/{name}', messages[name])


def verify_all(peer, names):
    def knows(name):
        pair = os.path.basename(os.path.dirname(name)).split('-')
        return len(pair) != 2 or peer.knows(name, *pair)

    names = [name for name in names if knows(name)]
    for name, results in zip(names, peer.verify(names), strict=True):
        for algorithm, result in results or [('-', 'nothing said')]:
            print(name, algorithm, result)


if sys.argv[1] == 'messages':
    messages(sys.argv[2], '--full' in sys.argv)
else:
    peer = {'python3-dkim': Python3Dkim, 'opendkim': Opendkim}[sys.argv[1]]()
    if sys.argv[2] == 'sign':
        sign_all(peer, *sys.argv[3:])
    else:
        verify_all(peer, sys.argv[3:])
