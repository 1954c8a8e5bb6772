"""The same work as in work.rs, done with ops.pebble: TASK SOCKET PATH SIZE, counts as lines, costs as lines."""

import os
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
    task, socket, path, size = sys.argv[1:5]
    client = pebble.Client(socket, timeout=60)
    work = {
        'plan': lambda: client.get_plan(),
        'exec': lambda: client.exec(['true']).wait(),
        'push': lambda: client.push(path, Text(int(size))),
        'pull': lambda: pull(client, path),
    }[task]
    for line in sys.stdin:
        # All threads of the process, to the nanosecond.
        before, began = time.process_time(), time.monotonic()
        if task == 'pull':
            threading.Thread(target=give_up, args=(before, began), daemon=True).start()
        for _ in range(int(line)):
            work()
        report(before, began)


def give_up(before, began):
    time.sleep(PATIENCE)
    report(before, began)
    os._exit(0)


def report(before, began):
    own, wall = time.process_time() - before, time.monotonic() - began
    print(int(wall * 1e9), int(own * 1e9), resident(), flush=True)


def pull(client, path):
    with client.pull(path, encoding=None) as source, open('/dev/null', 'wb') as sink:
        shutil.copyfileobj(source, sink)


main()
