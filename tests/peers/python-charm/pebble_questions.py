#!/usr/bin/env python3
"""Asks a Pebble, by the client of ops, and prints what it answered: the same for any Pebble.

Arguments: the socket, and a directory in the workload that may be written to.
"""

import re
import sys

from ops import pebble

socket, root = sys.argv[1:]
client = pebble.Client(socket)


def ask(what, question):
    try:
        answer = repr(question())
    except pebble.APIError as error:
        answer = f'APIError {error.code} {error.status} {error.message}'
    except pebble.PathError as error:
        answer = f'PathError {error.kind} {error.message}'
    except pebble.ExecError as error:
        answer = f'ExecError {error.exit_code} {error.stdout!r} {error.stderr!r}'
    except pebble.ChangeError as error:
        answer = f'ChangeError {error.err}'
    # A file is written beside its place first, under a name that nobody can foretell.
    answer = re.sub(r'\.[0-9]+~', '.TEMPORARY~', answer.replace(root, 'ROOT'))
    print(f'{what}: {answer}')


# Notices
def show(notice):
    return (notice.id, notice.user_id, notice.type, notice.key, notice.occurrences, notice.last_data)


def notify(key, **data):
    return lambda: client.notify(pebble.NoticeType.CUSTOM, key, data=data)


def notices(**query):
    return lambda: sorted(show(notice)[2:] for notice in client.get_notices(**query))


custom = [pebble.NoticeType.CUSTOM]
ask('the first notice', lambda: client.get_notice(notify('example.com/a/b', n='1')()).occurrences)
first = notify('example.com/a/b', n='2')()
ask('the same again', lambda: show(client.get_notice(first))[2:])
ask('another is another', lambda: notify('example.com/c')() != first)
ask('all of them', notices(types=custom))
ask('by key', notices(types=custom, keys=['example.com/c', 'example.com/d']))
ask('by another type', notices(types=['no-such-type'], keys=['example.com/c']))
ask('order', lambda: [n.key for n in client.get_notices(types=custom)])
ask('a key that is none', notify('no-domain'))
ask('a key in capitals', notify('Example.com/a'))
ask('no such notice', lambda: client.get_notice('99999'))

# Files
ask('push', lambda: client.push(f'{root}/a/b.txt', 'é\n', make_dirs=True, permissions=0o640))
ask('pull', lambda: client.pull(f'{root}/a/b.txt').read())
ask('push bytes', lambda: client.push(f'{root}/a/bytes', bytes(range(256))))
ask('pull bytes', lambda: client.pull(f'{root}/a/bytes', encoding=None).read() == bytes(range(256)))
ask('list', lambda: sorted((f.path, f.type, f.size) for f in client.list_files(f'{root}/a')))
ask('permissions', lambda: oct(client.list_files(f'{root}/a/b.txt')[0].permissions))
ask('pattern', lambda: [f.name for f in client.list_files(f'{root}/a', pattern='*.txt')])
ask('itself', lambda: [f.name for f in client.list_files(f'{root}/a', itself=True)])
ask('no parent', lambda: client.push(f'{root}/none/file', ''))
ask('no file', lambda: client.pull(f'{root}/none').read())
ask('no directory', lambda: client.list_files(f'{root}/none'))
ask('make', lambda: client.make_dir(f'{root}/d'))
ask('make again', lambda: client.make_dir(f'{root}/d'))
ask('make again with parents', lambda: client.make_dir(f'{root}/d', make_parents=True))
ask('remove', lambda: client.remove_path(f'{root}/a/b.txt'))
ask('remove again', lambda: client.remove_path(f'{root}/a/b.txt'))
ask('remove a full one', lambda: client.remove_path(f'{root}/a'))
ask('remove all of it', lambda: client.remove_path(f'{root}/a', recursive=True))
ask('relative', lambda: client.pull('a').read())

# Commands
ask('exec', lambda: client.exec(['true']).wait_output())
failing = ['sh', '-c', 'echo out; echo err >&2; exit 3']
ask('exec fails', lambda: client.exec(failing).wait_output())
ask('exec reads', lambda: client.exec(['cat'], stdin='hello\n').wait_output())
ask('exec combined', lambda: client.exec(['cat'], stdin='x', combine_stderr=True).wait_output())
ask('exec missing', lambda: client.exec(['/no/such/program']).wait_output())

# Layers, services, checks
layer = {
    'services': {'web': {'override': 'replace', 'command': 'cat', 'environment': {'A': 'yes'}}},
    'checks': {'up': {'override': 'replace', 'threshold': 5, 'exec': {'command': 'true'}}},
}
ask('layer', lambda: client.add_layer('one', layer))
ask('layer again', lambda: client.add_layer('one', layer))
ask('layer combined', lambda: client.add_layer('one', layer, combine=True))
ask('plan', lambda: client.get_plan().to_dict())
ask('services', lambda: [(s.name, s.startup, s.current) for s in client.get_services()])
ask('checks', lambda: [(c.name, c.level, c.startup, c.threshold) for c in client.get_checks()])
ask('stop checks', lambda: client.stop_checks(['up']))
ask('checks stopped', lambda: [(c.name, c.status) for c in client.get_checks()])
ask('start checks', lambda: client.start_checks(['up']))
ask('unknown check', lambda: client.start_checks(['down']))
ask('unknown service', lambda: client.start_services(['none']))
ask('bad layer', lambda: client.add_layer('two', {'services': {'web': {'command': 'x'}}}))
