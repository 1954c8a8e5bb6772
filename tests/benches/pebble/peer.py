"""The same work as in work.rs, done with ops.pebble: TASK SOCKET COUNT PATH, then what it cost on standard output."""

import os
import resource
import shutil
import sys
import threading
import time

from ops import pebble


# A pull of 256 MiB takes many minutes: after so many seconds it has lost.
PATIENCE = 30


def resident():
    with open('/proc/self/status') as status:
        return next(int(line.split()[1]) for line in status if line.startswith('VmHWM:'))


LINES = b'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n' * 1024


class Text:
    """A file of lines of 64 bytes, read in pieces."""

    def __init__(self, size):
        self.left = size

    def read(self, size=-1):
        size = min(self.left, len(LINES) if size < 0 else size)
        self.left -= size
        return LINES[:size]


def main():
    task, socket, count, path = sys.argv[1:5]
    count = int(count)
    client = pebble.Client(socket, timeout=60)
    work = {
        'plan': lambda: client.get_plan(),
        'exec': lambda: client.exec(['true']).wait(),
        'push': lambda: push(client, path),
        'pull': lambda: pull(client, path),
    }[task]
    if task in ('plan', 'exec'):
        work()
    before = os.times()
    began = time.monotonic()
    if task == 'pull':
        give_up = threading.Timer(PATIENCE, lambda: (report(task, before, began), os._exit(0)))
        give_up.daemon = True
        give_up.start()
    for _ in range(count):
        work()
    report(task, before, began)


def report(task, before, began):
    wall = time.monotonic() - began
    after = os.times()
    own = after.user + after.system - before.user - before.system
    usage = resource.getrusage(resource.RUSAGE_SELF)
    if task not in ('plan', 'exec'):
        own = usage.ru_utime + usage.ru_stime
    print(int(wall * 1e9), int(own * 1e9), resident(), flush=True)


def push(client, path):
    client.push(path, Text(int(os.environ['SIZE'])))


def pull(client, path):
    with client.pull(path, encoding=None) as source, open('/dev/null', 'wb') as sink:
        shutil.copyfileobj(source, sink)


main()
