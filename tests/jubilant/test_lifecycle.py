"""The life of the Hook Service charm, from its deployment to its removal.

The steps, and their order, are those of tests/lifecycle/run.
"""

import json
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

import jubilant
import pytest
from conftest import APPLICATION, IMAGE, OTHERS, Model, golden, new_consumer

DOMAIN = 'https://example.my.salesforce.com'


def test_deploy(model: Model, charm: pathlib.Path, pytestconfig: pytest.Config) -> None:
    """The charm says what is missing, is given it, and is integrated with all others."""
    if pytestconfig.getoption('--skip-deploy'):
        pytest.skip('it is deployed')
    juju = model.juju
    juju.deploy(charm, APPLICATION, resources={'oci-image': IMAGE}, trust=True)
    for name, other in OTHERS.items():
        config = {'external_hostname': 'example.com'} if name == 'traefik' else None
        juju.deploy(other.charm, name, channel=other.channel, config=config, trust=True)
    # Hydra is not active without its database, and tells the charm all the same what it wants.
    model.wait_message(
        "Missing required configuration: ['salesforce_domain', 'salesforce_consumer_secret']"
    )
    secret = juju.add_secret('salesforce', new_consumer())
    juju.grant_secret(secret, APPLICATION)
    juju.config(
        APPLICATION, {'salesforce_domain': DOMAIN, 'salesforce_consumer_secret': secret}
    )
    model.wait_active(1)
    for name in OTHERS:
        model.integrate(name)
    model.wait_active(1)


def test_scale_up(model: Model) -> None:
    """Three units, one of which leads; the others run with what it tells them."""
    model.juju.add_unit(APPLICATION, num_units=3 - len(model.units))
    model.wait_active(3)
    token = model.told('hydra')['auth_config_value']
    assert model.run_with('API_TOKEN', token)
    for unit in model.units:
        assert model.juju.show_unit(unit).opened_ports == ['8080/tcp']


def test_business_logic(model: Model) -> None:
    """The workload does what it is for."""
    assert model.juju.status().apps[APPLICATION].version == 'v1.0.0'
    for unit in model.units.values():
        base = f'http://{unit.address}:8080/api/v0'
        assert request(f'{base}/status') == 200
        # As Hydra does it, with what it was told.
        bag = model.told('hydra')
        header = {bag['auth_config_name']: bag['auth_config_value']}
        assert request(f'{base}/hook/hydra', b'{}', header) not in (401, 403)
        assert request(f'{base}/hook/hydra', b'{}') in (401, 403)


def request(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> int:
    """The status code. Polls: a service that was restarted takes a moment to listen."""
    deadline = time.monotonic() + 60
    while True:
        try:
            asked = urllib.request.Request(url, body, headers or {})
            with urllib.request.urlopen(asked, timeout=10) as reply:
                return reply.status
        except urllib.error.HTTPError as reply:
            return reply.code
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


@pytest.mark.parametrize('other', OTHERS)
def test_integrations(model: Model, other: str) -> None:
    """Each relation is removed, and made again."""
    model.separate(other)
    assert list(model.told(other)) == []
    model.wait_active(3)
    model.integrate(other)
    model.wait_active(3)
    CHECKS[other](model)


def check_hydra(model: Model) -> None:
    bag = dict(model.told('hydra'))
    assert model.run_with('API_TOKEN', bag.pop('auth_config_value'))
    name = model.juju.show_model().short_name
    assert bag == {
        'url': f'http://{APPLICATION}.{name}.svc.cluster.local:8080/api/v0/hook/hydra',
        'auth_config_in': 'header',
        'auth_config_name': 'Authorization',
    }


def check_traefik(model: Model) -> None:
    bag = model.told('traefik')
    wanted = golden(model, 'traefik_route/hook-service.yaml').replace('some-host', 'example.com')
    assert bag == {'raw': 'True', 'config': wanted}


def check_loki(model: Model) -> None:
    bag = model.told('loki')
    assert sorted(bag) == ['alert_rules', 'metadata']
    for key, value in bag.items():
        assert json.loads(value) == json.loads(golden(model, f'loki_push_api/{key}.json'))
    for unit in model.units:
        plan = model.plan(unit)
        assert 'loki/0:' in plan
        assert f'juju_unit: {unit}' in plan


def check_prometheus(model: Model) -> None:
    bag = model.told('prometheus')
    assert sorted(bag) == ['alert_rules', 'scrape_jobs', 'scrape_metadata']
    for key, value in bag.items():
        assert json.loads(value) == json.loads(golden(model, f'prometheus_scrape/{key}.json'))
    relations = model.juju.show_unit('prometheus/0').relation_info
    related = next(r.related_units for r in relations if r.endpoint == 'metrics-endpoint')
    for unit in model.units:
        assert related[unit].data['prometheus_scrape_unit_name'] == unit


def check_grafana(model: Model) -> None:
    bag = model.told('grafana')
    assert list(bag) == ['dashboards']
    template = json.loads(bag['dashboards'])['templates']['file:hook_service.json']
    assert template == json.loads(golden(model, 'grafana_dashboard/template.json'))


def check_tempo(model: Model) -> None:
    assert json.loads(model.told('tempo')['receivers']) == ['otlp_http']
    assert model.run_with('TRACING_ENABLED', 'true')


CHECKS = {
    'hydra': check_hydra,
    'traefik': check_traefik,
    'loki': check_loki,
    'prometheus': check_prometheus,
    'grafana': check_grafana,
    'tempo': check_tempo,
}


def test_no_actions(model: Model) -> None:
    """The charm has no actions; a command in a unit does instead."""
    with pytest.raises((jubilant.CLIError, ValueError)):
        model.juju.run(model.leader, 'list-groups')
    level = model.juju.exec('config-get', 'log_level', unit=model.leader)
    assert level.stdout.strip() == 'info'
    for name, unit in model.units.items():
        if not unit.leader:
            assert model.juju.exec('is-leader', unit=name).stdout.strip() == 'False'


def test_configuration(model: Model) -> None:
    """What is configured reaches the workload, and what is missing is said."""
    juju = model.juju
    juju.config(APPLICATION, {'log_level': 'debug'})
    juju.wait(lambda _: model.run_with('LOG_LEVEL', 'DEBUG'), successes=1)
    juju.config(APPLICATION, reset='log_level')
    juju.wait(lambda _: model.run_with('LOG_LEVEL', 'INFO'), successes=1)
    juju.config(APPLICATION, reset='salesforce_domain')
    model.wait_message("Missing required configuration: ['salesforce_domain']")
    assert model.run_with('SALESFORCE_DOMAIN', DOMAIN)
    juju.config(APPLICATION, {'salesforce_enabled': False})
    juju.wait(lambda _: model.run_with('SALESFORCE_ENABLED', 'false'), successes=1)
    juju.config(APPLICATION, {'salesforce_enabled': True, 'salesforce_domain': DOMAIN})
    juju.wait(lambda _: model.run_with('SALESFORCE_ENABLED', 'true'), successes=1)
    model.wait_active(3)


def test_secret_rotation(model: Model) -> None:
    """Another revision of the operator's secret reaches the workload."""
    consumer = new_consumer()
    model.juju.update_secret('salesforce', consumer)
    model.juju.wait(
        lambda _: model.run_with('SALESFORCE_CONSUMER_KEY', consumer['consumer-key']), successes=1
    )
    assert model.run_with('SALESFORCE_CONSUMER_SECRET', consumer['consumer-secret'])
    model.wait_active(3)


def test_scale_down(model: Model) -> None:
    """Two units are left, and nothing is lost."""
    before = model.databags()
    model.juju.remove_unit(APPLICATION, num_units=1)
    model.wait_active(2)
    assert model.databags() == before
    test_business_logic(model)


def delete_pod(model: Model, unit: str) -> None:
    """Juju has no command for it."""
    namespace = model.juju.show_model().short_name
    pod = unit.replace('/', '-')
    subprocess.run(['kubectl', '--namespace', namespace, 'delete', 'pod', pod], check=True)


def test_killed_leader(model: Model) -> None:
    """The pod of the leader is deleted: one unit leads afterwards, and what was told holds."""
    before = model.databags()
    delete_pod(model, model.leader)
    model.wait_active(2)
    assert model.databags() == before
    model.separate('hydra')
    model.integrate('hydra')
    model.wait_active(2)
    check_hydra(model)


def test_container_churn(model: Model) -> None:
    """Pebble restarts: the charm plans again what ran."""
    for unit in model.units:
        # Pebble is the container's first process: Kubernetes starts the container again.
        try:
            model.juju.ssh(unit, 'kill', '1', container=APPLICATION)
        except jubilant.CLIError:
            pass  # The connection ends with it.
    model.wait_active(2)
    assert model.run_with('TRACING_ENABLED', 'true')
    test_business_logic(model)


def test_pod_replacement(model: Model) -> None:
    """A unit gets another pod, in which it begins anew."""
    follower = next(name for name, unit in model.units.items() if not unit.leader)
    delete_pod(model, follower)
    model.wait_active(2)
    assert model.runs_with(follower, 'API_TOKEN', model.told('hydra')['auth_config_value'])


def test_upgrade_and_back(model: Model, charm: pathlib.Path, upgrade: pathlib.Path) -> None:
    """Another build takes over, and the first one again."""
    before = model.databags()
    for build in (upgrade, charm):
        revision = model.juju.status().apps[APPLICATION].charm_rev
        model.juju.refresh(APPLICATION, path=build, resources={'oci-image': IMAGE})
        model.juju.wait(
            lambda status, old=revision: status.apps[APPLICATION].charm_rev > old, successes=1
        )
        model.wait_active(2)
        assert model.databags() == before
        test_business_logic(model)


def test_removal(model: Model, pytestconfig: pytest.Config) -> None:
    """The application goes, and leaves nothing."""
    if pytestconfig.getoption('--keep'):
        pytest.skip('it is kept')
    model.juju.remove_application(APPLICATION)
    model.juju.wait(lambda status: APPLICATION not in status.apps, successes=1)
    for other in OTHERS:
        relations = model.juju.status().apps[other].relations.values()
        assert APPLICATION not in [one.related_app for found in relations for one in found]
