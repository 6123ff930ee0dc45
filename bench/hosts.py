#!/usr/bin/env python3
"""What receiving costs each host, beside Postfix's smtp-sink: a Markdown table.

smtp-source sends messages of 4 KiB and of 64 KiB, each to 5 recipients, over 10 connections that stay open. Processor
time is the receiver's alone, user and system, for 1,000 messages, of which nothing is stored. Every receiver has its
turn in each round: the machine's noise cancels out in the ratio to smtp-sink, not in the figures. An idle session has
been greeted, and its EHLO answered; the octets are what one of 5,000 adds to the server's Pss.

Exit status 1: messages were not taken, or a limit is exceeded; 77: Postfix's programs are not there.
"""
import argparse
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from statistics import median

SINK = 'smtp-sink'
SIZES = (4096, 65536)
OPTIONS = ['--listen', '127.0.0.1:0', '--hostname', 'mx.example.org', '--discard']
HOSTS = {
    'poll': ['ehlo-serve', *OPTIONS],
    'threads': ['ehlo-serve', *OPTIONS, '--threads', '2'],
    'blocking': ['ehlo-blocking-server', '0', '.'],
    'libuv': ['ehlo-libuv-server', *OPTIONS],
    'io_uring': ['ehlo-io_uring-server', *OPTIONS],
    'asio': ['ehlo-asio-server', *OPTIONS],
}
LABELS = {'threads': 'ehlo-serve --threads 2', 'blocking': 'ehlo-blocking-server, which stores, in memory'}
# Of smtp-sink's time at each size; octets of an idle session.
LIMITS = {'poll': (1.0, 0.6, 2048), 'io_uring': (1.0, 0.6, 2048), 'libuv': (None, None, 2048)}
PATIENCE = 60  # seconds


def label(name):
    return LABELS.get(name) or HOSTS.get(name, [name])[0]


def program(name):  # Postfix's are where only root's PATH leads
    return shutil.which(name, path=os.environ.get('PATH', os.defpath) + ':/usr/sbin:/usr/local/sbin')


class Receiver:
    """Runs as long as the `with` block."""
    def __init__(self, name, binaries):
        memory = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='ehlo-bench-', dir=memory))
        self.name, self.log, self.port = name, self.folder / '.log', None
        if name == SINK:
            with socket.create_server(('127.0.0.1', 0)) as free:
                self.port = free.getsockname()[1]
            user = ['-u', 'nobody'] if os.geteuid() == 0 else []
            command = [program(SINK), *user, '-m', '10000', f'127.0.0.1:{self.port}', '1000']
        else:
            command = [os.path.abspath(os.path.join(binaries, HOSTS[name][0])), *HOSTS[name][1:]]
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        end = time.monotonic() + PATIENCE
        while not self.listening():
            if self.process.poll() is not None or time.monotonic() > end:
                why = f'{label(self.name)} does not start: {self.log.read_text(errors="replace").strip()}'
                self.__exit__()
                raise RuntimeError(why)
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)

    def listening(self):
        if self.name == SINK:
            with socket.socket() as probe:
                return probe.connect_ex(('127.0.0.1', self.port)) == 0
        line, end, _ = self.log.read_text(errors='replace').partition('\n')
        if end and line.startswith('listening on 127.0.0.1:'):
            self.port = int(line.rpartition(':')[2])
        return self.port is not None

    def cpu(self):  # nanoseconds of all threads, also of those that have ended and of io_uring's
        return time.clock_gettime_ns((~self.process.pid << 3) | 2)  # as clock_getcpuclockid(3)

    def pss(self):
        rollup = pathlib.Path(f'/proc/{self.process.pid}/smaps_rollup').read_text()
        return int(rollup.partition('\nPss:')[2].split()[0]) * 1024

    def take(self, length, messages):
        """Milliseconds of processor time for 1,000 messages, and messages a second."""
        # -d: further messages in the same connection; -c: counts the messages that were answered with 250.
        command = [program('smtp-source'), '-c', '-d', '-s', '10', '-r', '5', '-l', str(length), '-m', str(messages),
                   '-f', 'ann@client.test', '-t', 'bob@mx.example.org', f'127.0.0.1:{self.port}']
        cpu, begin = self.cpu(), time.monotonic()
        sender = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
        rate, settled = messages / (time.monotonic() - begin), None
        while settled != (settled := self.cpu()):  # the ends of the connections belong to it
            time.sleep(0.01)
        if sender.returncode != 0 or sender.stdout.split()[-1:] != [str(messages).encode()]:
            raise RuntimeError(f'{label(self.name)} has not taken {messages} messages: {sender.stdout[-300:]}')
        stored = [file for file in self.folder.iterdir() if file != self.log]
        if len(stored) != (messages if self.name == 'blocking' else 0):
            raise RuntimeError(f'{label(self.name)} has stored {len(stored)} files for {messages} messages')
        for file in stored:
            file.unlink()
        return (settled - cpu) / 1e6 * 1000 / messages, rate

    def idle_octets(self, count):
        def ask(line, code):
            for session in sessions:
                session.write(line)
                session.flush()
            for session in sessions:
                last = next((reply for reply in session if reply[3:4] == b' '), b'the end')
                if not last.startswith(code):
                    raise RuntimeError(f'{label(self.name)} answers {line} with {last}')

        before, sessions = self.pss(), []
        try:
            while len(sessions) < count:
                sessions.append(socket.create_connection(('127.0.0.1', self.port), PATIENCE).makefile('rwb'))
            ask(b'', b'220')
            ask(b'EHLO client.test\r\n', b'250')
            after = self.pss()
            ask(b'NOOP\r\n', b'250')  # all of them are still there
            return (after - before) / count
        finally:
            for session in sessions:
                session.close()


def table(binaries, names, limits, rounds, messages, sessions):
    """Prints it, and returns what is above its limit."""
    idle, taken = {}, {name: {size: [] for size in SIZES} for name in names}
    for name in names:
        with Receiver(name, binaries) as receiver:
            idle[name] = receiver.idle_octets(min(sessions, 500) if name == SINK else sessions)  # 1.3 GB otherwise
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            with Receiver(name, binaries) as receiver:
                receiver.take(max(SIZES), 100)  # warm
                for size in SIZES:
                    taken[name][size].append(receiver.take(size, messages))

    head = ''.join(f' {size // 1024} KiB: CPU ms | least | of {SINK} | messages/s |' for size in SIZES)
    print(f'\n| receiver |{head} idle session, octets |\n|---|{"--:|" * (4 * len(SIZES) + 1)}')
    excess = []
    for name in names:
        row, figures = [], []
        for size, runs in taken[name].items():
            cpu, rate = zip(*runs)
            figures.append(median(run[0] / sink[0] for run, sink in zip(runs, taken[SINK][size])))
            row.append(f'{median(cpu):.0f} | {min(cpu):.0f} | {figures[-1]:.2f} | {median(rate):.0f}')
        print(f'| {label(name)} | {" | ".join(row)} | {idle[name]:.0f} |')
        units = [f'of {SINK} at {size // 1024} KiB' for size in SIZES] + ['octets for an idle session']
        for figure, most, unit in zip([*figures, idle[name]], limits.get(name, ()), units):
            if most is not None and figure > most:
                excess.append(f'{label(name)}: {figure:.4g} {unit}, not at most {most}')
    return excess


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('binaries', metavar='BINDIR')
    parser.add_argument('hosts', metavar='HOST', nargs='*', help='one of ' + ', '.join(HOSTS) + '; default: all')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--quick', action='store_true', help='one round of few messages, no limits: does it work?')
    given = parser.parse_args()
    if unknown := set(given.hosts) - set(HOSTS):
        parser.error('no such host: ' + ', '.join(unknown))
    if not program(SINK) or not program('smtp-source'):
        print("skipped: Postfix's smtp-sink and smtp-source are not installed")
        return 77
    hosts = given.hosts or list(HOSTS)
    for name in [name for name in hosts if not os.access(os.path.join(given.binaries, HOSTS[name][0]), os.X_OK)]:
        print(f'skipped {name}: {HOSTS[name][0]} is not built')
        hosts.remove(name)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server ends, too
    amount = ({}, 1, 100, 200) if given.quick else (LIMITS, given.rounds, 1000, 5000)
    try:
        failures = table(given.binaries, [SINK, *hosts], *amount)
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as failure:
        failures = [failure]
    for failure in failures:
        print(f'FAILED {failure}')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
