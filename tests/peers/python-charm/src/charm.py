#!/usr/bin/env python3
"""A charm that uses a little of everything of ops."""

import io
import json
import logging
import pathlib

import ops

logger = logging.getLogger(__name__)

CONTAINER = 'web'
PASSWORD = 'site-password'
VERSION = pathlib.Path('version')


class PythonCharm(ops.CharmBase):
    """Serves a page; asks for a database; gives its relations a password that rotates."""

    _stored = ops.StoredState()

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self._stored.set_default(seen=[], deferred=0, brokens=[])
        self.container = self.unit.get_container(CONTAINER)
        observe, on = framework.observe, self.on
        for event in (
            on.install,
            on.start,
            on.config_changed,
            on.leader_elected,
            on.upgrade_charm,
            on.update_status,
            on.stop,
            on.remove,
            on.secret_changed,
            on['site'].relation_created,
            on['site'].relation_joined,
            on['site'].relation_changed,
            on['database'].relation_joined,
            on['database'].relation_changed,
            on['database'].relation_departed,
            on['peers'].relation_changed,
            on['data'].storage_attached,
            on['data'].storage_detaching,
        ):
            observe(event, self._on_any)
        observe(on[CONTAINER].pebble_ready, self._on_pebble_ready)
        observe(on[CONTAINER].pebble_custom_notice, self._on_notice)
        observe(on[CONTAINER].pebble_check_failed, self._on_check)
        observe(on[CONTAINER].pebble_check_recovered, self._on_check)
        observe(on['database'].relation_broken, self._on_database_broken)
        observe(on.secret_rotate, self._on_secret_rotate)
        observe(on.secret_remove, self._on_secret_remove)
        observe(on.report_action, self._on_report)
        observe(on.break_action, self._on_break)
        observe(on.collect_unit_status, self._on_collect_unit_status)
        observe(on.collect_app_status, self._on_collect_app_status)

    # Events

    def _note(self, text: str):
        self._stored.seen.append(text)

    def _on_any(self, event: ops.EventBase):
        self._note(event.handle.kind)
        if self.config['fail']:
            raise RuntimeError('told to fail')
        self._reconcile()

    def _on_pebble_ready(self, event: ops.PebbleReadyEvent):
        self._note(event.handle.kind)
        if not self._database() and self._stored.deferred < 1:
            self._stored.deferred += 1
            event.defer()
        self._reconcile()

    def _on_notice(self, event: ops.PebbleCustomNoticeEvent):
        notice = event.notice
        table = notice.last_data.get('table', '')
        self._note(f'notice {notice.key} {table} x{notice.occurrences}')
        self._reconcile()

    def _on_check(self, event: ops.PebbleCheckEvent):
        self._note(f'{event.handle.kind} {event.info.name} {event.info.status.value}')

    def _on_database_broken(self, event: ops.RelationBrokenEvent):
        self._stored.brokens.append(event.relation.id)
        assert not event.relation.active
        self._reconcile()

    def _on_secret_rotate(self, event: ops.SecretRotateEvent):
        content = event.secret.peek_content()
        number = int(content['password'].removeprefix('password-')) + 1
        event.secret.set_content({'password': f'password-{number}'})
        # It follows its own secret: only then nobody uses the old revision.
        event.secret.get_content(refresh=True)
        self._note(f'rotate {event.secret.label}')

    def _on_secret_remove(self, event: ops.SecretRemoveEvent):
        event.remove_revision()
        self._note(f'remove {event.revision}')

    # What it is for

    def _reconcile(self):
        self._serve()
        self._share()
        self._ask_for_a_database()
        self.unit.set_ports(8080)

    def _serve(self):
        if not self.container.can_connect():
            return
        page = f'{self.config["title"]} {self.config["ratio"]}\n'
        self.container.push('/srv/www/index.html', page, make_dirs=True, permissions=0o644)
        self.container.push('/srv/www/logo.bin', io.BytesIO(bytes(range(256))))
        assert self.container.pull('/srv/www/logo.bin', encoding=None).read() == bytes(range(256))
        environment = {'WORKERS': str(self.config['workers']), **self._database()}
        if token := self._token():
            environment['TOKEN'] = token
        layer: ops.pebble.LayerDict = {
            'summary': 'the page',
            'services': {
                'web': {
                    'override': 'replace',
                    'command': 'web --dir /srv/www',
                    'startup': 'enabled',
                    'environment': environment,
                }
            },
            'checks': {
                'up': {
                    'override': 'replace',
                    'level': 'alive',
                    'period': '1s',
                    'threshold': 1,
                    'tcp': {'port': 8080},
                }
            },
        }
        self.container.add_layer('web', layer, combine=True)
        self.container.replan()
        version, complaints = self.container.exec(['web', '--version'], timeout=10).wait_output()
        assert complaints is None or isinstance(complaints, str)
        self.unit.set_workload_version(version.strip())

    def _share(self):
        for relation in self.model.relations['site']:
            relation.data[self.unit]['address'] = str(
                self.model.get_binding(relation).network.ingress_address
            )
            if not self.unit.is_leader():
                continue
            try:
                secret = self.model.get_secret(label=PASSWORD)
            except ops.SecretNotFoundError:
                content = {'password': 'password-1'}
                secret = self.app.add_secret(
                    content, label=PASSWORD, rotate=ops.SecretRotate.DAILY
                )
            secret.grant(relation)
            relation.data[self.app]['password'] = secret.get_info().id

    def _ask_for_a_database(self):
        if not self.unit.is_leader():
            return
        for relation in self.model.relations['database']:
            if relation.active:
                relation.data[self.app]['database'] = self.app.name

    def _database(self):
        for relation in self.model.relations['database']:
            if relation.active and (url := relation.data[relation.app].get('url')):
                return {'DATABASE': url}
        return {}

    def _token(self):
        secret_id = self.config.get('token')
        return secret_id and self.model.get_secret(id=secret_id).get_content(refresh=True)['token']

    # Status

    def _on_collect_unit_status(self, event: ops.CollectStatusEvent):
        if not self.container.can_connect():
            event.add_status(ops.WaitingStatus('no Pebble'))
        elif not self.container.get_services('web'):
            event.add_status(ops.MaintenanceStatus('not started'))
        elif not self.container.get_service('web').is_running():
            event.add_status(ops.BlockedStatus('the service does not run'))
        if not self._database():
            event.add_status(ops.WaitingStatus('no database'))
        event.add_status(ops.ActiveStatus())

    def _on_collect_app_status(self, event: ops.CollectStatusEvent):
        event.add_status(ops.ActiveStatus(f'{self.app.planned_units()} planned'))

    # Actions

    def _on_report(self, event: ops.ActionEvent):
        event.log('looking')
        peers = self.model.get_relation('peers')
        event.set_results({
            'greeting': event.params['greeting'],
            'wanted': event.params['wanted'],
            'seen': json.dumps(list(self._stored.seen)),
            'brokens': json.dumps(list(self._stored.brokens)),
            'deferred': self._stored.deferred,
            'leader': str(self.unit.is_leader()).lower(),
            'peers': json.dumps(sorted(unit.name for unit in peers.units) if peers else []),
            'storage': json.dumps([str(s.location) for s in self.model.storages['data']]),
            'version': VERSION.read_text().strip() if VERSION.exists() else '',
        })

    def _on_break(self, event: ops.ActionEvent):
        if event.params.get('how') == 'message':
            event.fail('as wished')
            return
        raise RuntimeError('told to fail')


if __name__ == '__main__':
    ops.main(PythonCharm)
