"""The model in which the tests run, and what is deployed into it."""

import dataclasses
import hashlib
import json
import os
import pathlib
import secrets
from collections.abc import Iterator

import jubilant
import pytest

APPLICATION = 'hook-service'
IMAGE = 'ghcr.io/canonical/hook-service:v1.0.0'
ROOT = pathlib.Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Other:
    """An application that the charm is integrated with."""

    charm: str
    channel: str
    endpoint: str
    """The charm's endpoint."""
    theirs: str
    """The other one's."""


OTHERS = {
    'hydra': Other('hydra', 'latest/edge', 'hydra-token-hook', 'hydra-token-hook'),
    'traefik': Other('traefik-k8s', 'latest/stable', 'ingress', 'traefik-route'),
    'loki': Other('loki-k8s', '1/stable', 'logging', 'logging'),
    'prometheus': Other('prometheus-k8s', '1/stable', 'metrics-endpoint', 'metrics-endpoint'),
    'grafana': Other('grafana-k8s', '1/stable', 'grafana-dashboard', 'grafana-dashboard'),
    'tempo': Other('tempo-k8s', 'latest/edge', 'tracing', 'tracing'),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup('lifecycle')
    group.addoption('--charm', default=os.environ.get('CHARM_PATH'), help='the packed charm')
    group.addoption('--upgrade', help='another build of it, to upgrade to')
    group.addoption('--model', help='a model that exists; else one is made')
    group.addoption('--skip-deploy', action='store_true', help='with --model: all is there already')
    group.addoption('--keep', action='store_true', help='leave the application and the model')


@pytest.fixture(scope='session')
def juju(pytestconfig: pytest.Config) -> Iterator[jubilant.Juju]:
    if name := pytestconfig.getoption('--model'):
        yield jubilant.Juju(model=name, wait_timeout=20 * 60)
        return
    if pytestconfig.getoption('--skip-deploy'):
        pytest.exit('--skip-deploy needs --model, in which everything is deployed', returncode=2)
    with jubilant.temp_model(keep=pytestconfig.getoption('--keep')) as juju:
        juju.wait_timeout = 20 * 60
        yield juju


@pytest.fixture(scope='session')
def charm(pytestconfig: pytest.Config) -> pathlib.Path:
    path = pytestconfig.getoption('--charm')
    if not path:
        pytest.exit('say which charm: --charm, or CHARM_PATH', returncode=2)
    return pathlib.Path(path).resolve(strict=True)


@pytest.fixture(scope='session')
def upgrade(pytestconfig: pytest.Config) -> pathlib.Path:
    path = pytestconfig.getoption('--upgrade')
    if not path:
        pytest.skip('there is no other build: --upgrade')
    return pathlib.Path(path).resolve(strict=True)


@pytest.fixture(scope='session')
def model(juju: jubilant.Juju) -> 'Model':
    return Model(juju)


class Model:
    """What the tests ask about the model, again and again."""

    def __init__(self, juju: jubilant.Juju):
        self.juju = juju

    @property
    def units(self) -> dict[str, jubilant.statustypes.UnitStatus]:
        return self.juju.status().apps[APPLICATION].units

    @property
    def leader(self) -> str:
        return next(name for name, unit in self.units.items() if unit.leader)

    def told(self, other: str) -> dict[str, str]:
        """What the charm's application wrote for this one."""
        theirs = OTHERS[other].theirs
        relations = self.juju.show_unit(f'{other}/0').relation_info
        found = [relation for relation in relations if relation.endpoint == theirs]
        return found[0].app_data if found else {}

    def databags(self) -> dict[str, dict[str, str]]:
        """All that the others were told, whichever unit told it. The token stands as its hash."""
        bags = {other: self.told(other) for other in OTHERS}
        for bag in bags.values():
            if token := bag.get('auth_config_value'):
                bag['auth_config_value'] = hashlib.sha256(token.encode()).hexdigest()
        text = json.dumps(bags)
        for unit in self.units:
            text = text.replace(unit, f'{APPLICATION}/N')
        return json.loads(text)

    def plan(self, unit: str) -> str:
        """The plan of the workload's Pebble, as YAML."""
        return self.juju.ssh(unit, '/charm/bin/pebble', 'plan', container=APPLICATION)

    def runs_with(self, unit: str, variable: str, value: str) -> bool:
        """Whether the workload gets this value, which is not printed."""
        lines = [line.strip() for line in self.plan(unit).splitlines()]
        return any(f'{variable}: {quoted}' in lines for quoted in (value, f'"{value}"', f"'{value}'"))

    def run_with(self, variable: str, value: str) -> bool:
        return all(self.runs_with(unit, variable, value) for unit in self.units)

    def wait_active(self, number: int) -> None:
        """Waits for so many units, all active and idle, one of which leads."""

        def is_ready(status: jubilant.Status) -> bool:
            units = status.apps[APPLICATION].units.values()
            return (
                len(units) == number
                and sum(unit.leader for unit in units) == 1
                and jubilant.all_active(status, APPLICATION)
                and jubilant.all_agents_idle(status, APPLICATION)
            )

        self.juju.wait(is_ready, error=lambda status: jubilant.any_error(status, APPLICATION))

    def wait_message(self, message: str) -> None:
        """Waits until a unit says so."""

        def says(status: jubilant.Status) -> bool:
            units = status.apps[APPLICATION].units.values()
            return any(unit.workload_status.message == message for unit in units)

        self.juju.wait(says, successes=1)

    def integrate(self, other: str) -> None:
        found = OTHERS[other]
        self.juju.integrate(f'{APPLICATION}:{found.endpoint}', f'{other}:{found.theirs}')

    def separate(self, other: str) -> None:
        found = OTHERS[other]
        self.juju.remove_relation(f'{APPLICATION}:{found.endpoint}', f'{other}:{found.theirs}')
        self.juju.wait(
            lambda status: found.endpoint not in status.apps[APPLICATION].relations, successes=1
        )


def new_consumer() -> dict[str, str]:
    """A key and a secret that are nowhere else."""
    return {'consumer-key': secrets.token_hex(12), 'consumer-secret': secrets.token_hex(12)}


def golden(model: Model, file: str) -> str:
    """What the Python library writes, for the application in this model."""
    shown = model.juju.show_model()
    text = (ROOT / 'crates/interfaces/fixtures' / file).read_text()
    for old, new in (
        ('11111111-2222-4333-8444-555555555555', shown.model_uuid),
        ('11111111', shown.model_uuid[:8]),
        ('test-model', shown.short_name),
        ('test_model', shown.short_name.replace('-', '_')),
        (f'{APPLICATION}/0', model.leader),
    ):
        text = text.replace(old, new)
    return text
