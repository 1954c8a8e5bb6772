#!/usr/bin/env python3
"""The Hook Service operator on Python ops: what charm-example is measured against.

Of the observability relations it has those that a settled config-changed looks at.
"""

import json
import logging
import re
import secrets

import ops
import yaml

logger = logging.getLogger(__name__)

CONTAINER = SERVICE = LAYER = 'hook-service'
CHECK = 'ready'
PORT = 8080
HYDRA = 'hydra-token-hook'
INGRESS = 'ingress'
LOGGING = 'logging'
TRACING = 'tracing'
PEER = 'hook-service'
TOKEN_LABEL = 'apitokensecret'
TOKEN_KEY = 'api-token'
TOKEN_ID_KEY = 'api-token-secret'
CONSUMER_OPTION = 'salesforce_consumer_secret'
REQUIRED_OPTIONS = ('salesforce_domain', CONSUMER_OPTION)


class ConsumerSecretError(Exception):
    """The Salesforce secret cannot be used; the message is the unit's status."""


class HookService(ops.CharmBase):
    """Brings the workload and the relations to what config and secrets ask for."""

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.container = self.unit.get_container(CONTAINER)
        self._problem = ''
        events = [
            self.on.config_changed,
            self.on.leader_elected,
            self.on.secret_changed,
            self.on.start,
            self.on.update_status,
            self.on.upgrade_charm,
            self.on[CONTAINER].pebble_ready,
            self.on[CONTAINER].pebble_check_failed,
            self.on[CONTAINER].pebble_check_recovered,
            self.on[HYDRA].relation_created,
            self.on[HYDRA].relation_changed,
            self.on[INGRESS].relation_created,
            self.on[INGRESS].relation_changed,
            self.on[INGRESS].relation_broken,
            self.on[LOGGING].relation_changed,
            self.on[TRACING].relation_changed,
            self.on[PEER].relation_created,
            self.on[PEER].relation_changed,
        ]
        for event in events:
            framework.observe(event, self._on_event)
        framework.observe(self.on.collect_unit_status, self._on_collect_status)

    # Events

    def _on_event(self, event: ops.EventBase):
        if isinstance(event, ops.PebbleReadyEvent):
            self.unit.open_port('tcp', PORT)
        if isinstance(event, ops.PebbleCheckFailedEvent) and event.info.name == CHECK:
            logger.warning('The service is not running')
        if isinstance(event, ops.PebbleCheckRecoveredEvent) and event.info.name == CHECK:
            logger.info('The service is online again')
        self._reconcile()
        if isinstance(event, ops.PebbleReadyEvent):
            self.unit.set_workload_version(self._version())

    def _reconcile(self):
        if self.unit.is_leader():
            self._write_route()
        if not self.container.can_connect() or self._missing_options():
            return
        token = self._token() or self._create_token()
        if not token:
            return
        if self.unit.is_leader():
            self._publish_token_id()
            self._write_hook(token)
        try:
            environment = self._environment(token)
        except ConsumerSecretError as error:
            self._problem = str(error)
            return
        self._run(environment)

    # Workload

    def _environment(self, token: str) -> dict[str, str]:
        config = self.config
        enabled = bool(config['salesforce_enabled'])
        key = secret = domain = ''
        if enabled:
            key, secret = self._consumer_secret()
            domain = str(config['salesforce_domain'])
        traces = self._traces()
        return {
            'OTEL_HTTP_ENDPOINT': traces,
            'OTEL_GRPC_ENDPOINT': '',
            'TRACING_ENABLED': 'true' if traces else 'false',
            'LOG_LEVEL': str(config['log_level']).upper(),
            'PORT': str(PORT),
            'API_TOKEN': token,
            'SALESFORCE_ENABLED': 'true' if enabled else 'false',
            'SALESFORCE_CONSUMER_KEY': key,
            'SALESFORCE_CONSUMER_SECRET': secret,
            'SALESFORCE_DOMAIN': domain,
            'HTTP_PROXY': str(config['http_proxy']),
            'HTTPS_PROXY': str(config['https_proxy']),
            'NO_PROXY': str(config['no_proxy']),
        }

    def _run(self, environment: dict[str, str]):
        layer = ops.pebble.Layer({
            'summary': 'hook-service-operator layer',
            'description': 'pebble config layer for hook-service-operator',
            'services': {
                SERVICE: {
                    'override': 'replace',
                    'summary': 'entrypoint of the hook-service-operator image',
                    'command': 'hook-service serve',
                    'startup': 'disabled',
                    'environment': environment,
                }
            },
            'checks': {
                CHECK: {
                    'override': 'replace',
                    'http': {'url': f'http://localhost:{PORT}/api/v0/status'},
                }
            },
            'log-targets': self._log_targets(),
        })
        self.container.add_layer(LAYER, layer, combine=True)
        try:
            if self.container.get_service(SERVICE).is_running():
                self.container.replan()
            else:
                self.container.start(SERVICE)
        except ops.pebble.Error:
            logger.exception('The service does not start')

    def _version(self) -> str:
        try:
            output, _ = self.container.exec([SERVICE, 'version'], timeout=20).wait_output()
        except ops.pebble.Error as error:
            logger.error('cannot read the version of the workload: %s', error)
            return ''
        found = re.search(r'App Version:\s*(\S+)\s*$', output)
        return found.group(1) if found else ''

    def _service_is_up(self) -> bool:
        try:
            services = self.container.get_services(SERVICE)
            checks = self.container.get_checks(CHECK)
        except ops.pebble.Error:
            return False
        up = ops.pebble.CheckStatus.UP
        return services[SERVICE].is_running() and CHECK in checks and checks[CHECK].status == up

    # Secrets and configuration

    def _missing_options(self) -> list[str]:
        if not self.config['salesforce_enabled']:
            return []
        return [name for name in REQUIRED_OPTIONS if not self.config.get(name)]

    def _token(self) -> str:
        try:
            return self.model.get_secret(label=TOKEN_LABEL).get_content().get(TOKEN_KEY, '')
        except (ops.SecretNotFoundError, ops.ModelError):
            pass
        peer = self.model.get_relation(PEER)
        identity = peer.data[self.app].get(TOKEN_ID_KEY) if peer else None
        if not identity:
            return ''
        try:
            secret = self.model.get_secret(id=identity, label=TOKEN_LABEL)
            return secret.get_content().get(TOKEN_KEY, '')
        except (ops.SecretNotFoundError, ops.ModelError):
            return ''

    def _create_token(self) -> str:
        if not self.unit.is_leader():
            return ''
        token = secrets.token_hex(16)
        self.app.add_secret({TOKEN_KEY: token}, label=TOKEN_LABEL)
        return token

    def _publish_token_id(self):
        peer = self.model.get_relation(PEER)
        if not peer or peer.data[self.app].get(TOKEN_ID_KEY):
            return
        peer.data[self.app][TOKEN_ID_KEY] = self.model.get_secret(label=TOKEN_LABEL).get_info().id

    def _consumer_secret(self) -> tuple[str, str]:
        try:
            secret = self.model.get_secret(id=str(self.config[CONSUMER_OPTION]))
            content = secret.get_content(refresh=True)
        except ops.SecretNotFoundError:
            raise ConsumerSecretError(f'Secret {CONSUMER_OPTION} not found') from None
        except ops.ModelError:
            raise ConsumerSecretError(f'Secret {CONSUMER_OPTION} is not granted') from None
        for key in ('consumer-key', 'consumer-secret'):
            if key not in content:
                raise ConsumerSecretError(f'Secret {CONSUMER_OPTION} lacks key {key}')
        return content['consumer-key'], content['consumer-secret']

    # Relations

    def _address(self) -> str:
        return f'http://{self.app.name}.{self.model.name}.svc.cluster.local:{PORT}'

    def _write_hook(self, token: str):
        for relation in self.model.relations[HYDRA]:
            write(relation.data[self.app], {
                'url': f'{self._address()}/api/v0/hook/hydra',
                'auth_config_value': token,
                'auth_config_name': 'Authorization',
                'auth_config_in': 'header',
            })

    def _write_route(self):
        for relation in self.model.relations[INGRESS]:
            host = relation.data[relation.app].get('external_host', '') if relation.app else ''
            route = yaml.safe_dump(self._route(host))
            write(relation.data[self.app], {'raw': 'True', 'config': route})

    def _route(self, host: str) -> dict:
        name = f'{self.model.name}-{self.app.name}'
        middleware, service = f'juju-sidecar-noprefix-{name}', f'juju-{name}-api-service'
        router = {
            'rule': f'PathPrefix(`/{name}/ui`)',
            'middlewares': [middleware],
            'service': service,
        }
        routers = {f'juju-{name}-api-router': {**router, 'entryPoints': ['web']}}
        if host:
            routers[f'juju-{name}-api-router-tls'] = {
                **router,
                'middlewares': [middleware],
                'entryPoints': ['websecure'],
                'tls': {'domains': [{'main': host, 'sans': [f'*.{host}']}]},
            }
        strip = {'forceSlash': False, 'prefixes': [f'/{name}']}
        return {
            'http': {
                'middlewares': {middleware: {'stripPrefix': strip}},
                'routers': routers,
                'services': {service: {'loadBalancer': {'servers': [{'url': self._address()}]}}},
            }
        }

    def _log_targets(self) -> dict[str, dict]:
        targets = {}
        for relation in self.model.relations[LOGGING]:
            for unit in relation.units:
                if endpoint := relation.data[unit].get('endpoint'):
                    targets[unit.name] = {
                        'override': 'replace',
                        'type': 'loki',
                        'location': json.loads(endpoint)['url'],
                        'services': ['all'],
                    }
        return targets

    def _traces(self) -> str:
        for relation in self.model.relations[TRACING]:
            receivers = relation.data[relation.app].get('receivers', '[]') if relation.app else '[]'
            for receiver in json.loads(receivers):
                if receiver['protocol']['name'] == 'otlp_http':
                    return receiver['url'].partition('://')[2]
        return ''

    # Status

    def _on_collect_status(self, event: ops.CollectStatusEvent):
        connected = self.container.can_connect()
        if not connected:
            event.add_status(ops.WaitingStatus('Container is not connected yet'))
        if missing := self._missing_options():
            event.add_status(ops.BlockedStatus(f'Missing required configuration: {missing}'))
        if self._problem:
            event.add_status(ops.BlockedStatus(self._problem))
        if not self._token():
            event.add_status(ops.WaitingStatus('Waiting for secrets creation'))
        planned = connected and SERVICE in self.container.get_plan().services
        if planned and not self._service_is_up():
            text = 'Failed to start the service, please check the hook-service container logs'
            event.add_status(ops.BlockedStatus(text))
        event.add_status(ops.ActiveStatus())


def write(bag: ops.RelationDataContent, values: dict[str, str]):
    """Writes only what differs: every assignment is a process."""
    for key, value in values.items():
        if bag.get(key) != value:
            bag[key] = value


if __name__ == '__main__':
    ops.main(HookService)
