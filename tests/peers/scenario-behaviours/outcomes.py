"""Runs cases.yaml in ops.testing, and prints what came of each as JSON: outcomes.json.

    $OPS_PYTHON tests/peers/scenario-behaviours/outcomes.py > tests/peers/scenario-behaviours/outcomes.json
"""

import copy
import json
import pathlib
import sys
import warnings

import scenario
import yaml
from ops import pebble
from scenario.errors import UncaughtCharmError

from charm import Conformance

HERE = pathlib.Path(__file__).parent
METADATA = yaml.safe_load((HERE.parents[1] / "charms/conformance/charmcraft.yaml").read_text())
for build in ("base", "platforms", "parts", "title"):
    METADATA.pop(build)

STATUSES = {
    "active": scenario.ActiveStatus,
    "blocked": scenario.BlockedStatus,
    "maintenance": scenario.MaintenanceStatus,
    "waiting": scenario.WaitingStatus,
}


def status_of(spec):
    return STATUSES[spec[0]](spec[1]) if spec else scenario.UnknownStatus()


def relation_of(spec):
    common = {
        "id": spec["id"],
        "local_app_data": spec.get("local-app", {}),
        "local_unit_data": spec.get("local-unit", {}),
    }
    units = {int(number): bag for number, bag in spec.get("remote-units", {"0": {}}).items()}
    if spec["endpoint"] == "cluster":
        return scenario.PeerRelation("cluster", peers_data=units, **common)
    return scenario.Relation(
        spec["endpoint"],
        remote_app_name=spec.get("app", "remote"),
        remote_app_data=spec.get("remote-app", {}),
        remote_units_data=units,
        remote_model_uuid=spec.get("remote-model"),
        **common,
    )


def secret_of(spec):
    owner = {"app": "app", "unit": "unit", "other": None}[spec["owner"]]
    grants = {int(number): set(names) for number, names in spec.get("grants", {}).items()}
    secret = scenario.Secret(
        spec["content"],
        latest_content=spec.get("latest"),
        id=spec["id"],
        owner=owner,
        label=spec.get("label"),
        remote_grants=grants,
    )
    if "latest" in spec:
        object.__setattr__(secret, "_latest_revision", 2)
    return secret


def container_of(name, spec):
    # Files are put in before each run: Scenario empties the container.
    return scenario.Container(
        name,
        can_connect=spec.get("reachable", True),
        layers={label: pebble.Layer(layer) for label, layer in spec.get("layers", [])},
        service_statuses={name: pebble.ServiceStatus.ACTIVE for name in spec.get("running", [])},
        execs={scenario.Exec(prefix, return_code=code, stdout=out) for prefix, code, out in spec.get("exec", [])},
    )


def state_of(spec, ctx, scratch):
    containers = []
    for name, container in spec.get("containers", {}).items():
        mounts = {}
        for number, (path, text) in enumerate(container.get("files", {}).items()):
            source = scratch / f"{name}-{number}"
            source.write_text(text)
            mounts[str(number)] = scenario.Mount(location=path, source=source)
        containers.append(scenario.state.dataclasses.replace(container_of(name, container), mounts=mounts))
    storages = []
    for storage in spec.get("storages", []):
        made = scenario.Storage(storage["name"], index=storage["index"])
        for path, text in storage.get("files", {}).items():
            (made.get_filesystem(ctx) / path).write_text(text)
        storages.append(made)
    return scenario.State(
        leader=spec.get("leader", False),
        config=spec.get("config", {}),
        relations={relation_of(relation) for relation in spec.get("relations", [])},
        secrets={secret_of(secret) for secret in spec.get("secrets", [])},
        containers=containers,
        storages=storages,
        opened_ports={
            {"tcp": scenario.TCPPort, "udp": scenario.UDPPort}[port.split("/")[1]](int(port.split("/")[0]))
            for port in spec.get("ports", [])
        },
        unit_status=status_of(spec.get("unit-status")),
        app_status=status_of(spec.get("app-status")),
        model=scenario.Model(
            name="testing", uuid=spec.get("model-uuid", "00000000-0000-4000-8000-000000000000")
        ),
        planned_units=spec.get("planned-units", 1),
    )


def event_of(ctx, on, state):
    if isinstance(on, str):
        return getattr(ctx.on, on.replace("-", "_"))()
    kind, *rest = on
    name = kind.replace("-", "_")
    if kind.startswith("relation-"):
        relation = state.get_relation(rest[0])
        if kind in ("relation-created", "relation-broken"):
            return getattr(ctx.on, name)(relation)
        given = {"remote_unit": rest[1]} if len(rest) > 1 else {}
        if len(rest) > 2:
            given["departing_unit"] = rest[2]
        return getattr(ctx.on, name)(relation, **given)
    if kind in ("secret-changed", "secret-rotate"):
        return getattr(ctx.on, name)(state.get_secret(id=rest[0]))
    if kind in ("secret-expired", "secret-remove"):
        return getattr(ctx.on, name)(state.get_secret(id=rest[0]), revision=rest[1])
    if kind == "pebble-ready":
        return ctx.on.pebble_ready(state.get_container(rest[0]))
    if kind == "storage-attached":
        return ctx.on.storage_attached(state.get_storage(rest[0], index=rest[1]))
    if kind == "action":
        return ctx.on.action(rest[0], params=rest[1])
    raise ValueError(kind)


def pair(status):
    return [status.name, status.message]


def shown(key, ctx, state, run):
    """One part of an outcome."""
    if key == "unit-statuses":
        return [pair(s) for s in ctx.unit_status_history] + [pair(state.unit_status)]
    if key == "app-statuses":
        return [pair(s) for s in ctx.app_status_history] + [pair(state.app_status)]
    if key == "unit-status":
        return pair(state.unit_status)
    if key == "version":
        return state.workload_version
    if key == "config":
        return {name: value for name, value in state.config.items() if name != "do"}
    if key == "ports":
        return sorted(f"{port.port}/{port.protocol}" for port in state.opened_ports)
    if key == "relations":
        return {
            str(r.id): {"local-app": dict(r.local_app_data), "local-unit": dict(r.local_unit_data)}
            for r in sorted(state.relations, key=lambda r: r.id)
        }
    if key == "secrets":
        return {s.id: {"tracked": s.tracked_content, "latest": s.latest_content} for s in state.secrets}
    if key == "grants":
        return {s.id: {str(n): sorted(names) for n, names in s.remote_grants.items()} for s in state.secrets}
    if key == "containers":
        return {
            c.name: {label: {n: s.command for n, s in layer.services.items()} for label, layer in c.layers.items()}
            for c in state.containers
        }
    if key == "layers":
        web = state.get_container("web")
        return {label: {n: [s.command, s.after] for n, s in layer.services.items()} for label, layer in web.layers.items()}
    if key == "checks":
        return {check.name: check.status.value for check in state.get_container("web").check_infos}
    if key == "files":
        root = state.get_container("web").get_filesystem(ctx)
        return {"/" + str(p.relative_to(root)): p.read_text() for p in sorted(root.rglob("*")) if p.is_file()}
    if key == "execs":
        return [list(args.command) for args in ctx.exec_history.get("web", [])]
    if key == "action":
        failed = run.get("action-failed")
        return {"failed": failed, "messages": ctx.action_logs, "results": ctx.action_results or {}}
    if key == "deferred":
        return [deferred.name.replace("_", "-") for deferred in state.deferred]
    if key == "requested":
        return dict(ctx.requested_storages)
    if key == "storage-files":
        return {
            f"{s.name}/{s.index}": {p.name: p.read_text() for p in sorted(s.get_filesystem(ctx).iterdir())}
            for s in state.storages
        }
    raise ValueError(key)


def outcome_of(case, scratch):
    # One for all runs of a case, since it owns the files; what it collects is cut at each run.
    ctx = scenario.Context(Conformance, meta=copy.deepcopy(METADATA), juju_version=case.get("juju", "3.6.14"))
    state = state_of(case.get("state", {}), ctx, scratch)
    outcome = []
    for spec in case["runs"]:
        config = state.config | {"do": json.dumps(spec.get("do", []))}
        state = scenario.state.dataclasses.replace(state, config=config, leader=spec.get("leader", state.leader))
        before = copy.deepcopy(state)
        for history in (ctx.unit_status_history, ctx.app_status_history, ctx.juju_log):
            history.clear()
        run, after = {"how": "done"}, None
        try:
            after = ctx.run(event_of(ctx, spec["event"], state), state)
        except scenario.ActionFailed as failed:
            run["action-failed"] = failed.message
            after = failed.state
        except UncaughtCharmError:
            run["how"] = "failed"
        said = [line.message.removeprefix("said ") for line in ctx.juju_log if line.message.startswith("said ")]
        answer = {"how": run["how"], "said": [json.loads(line) for line in said]}
        for key in case.get("show", []):
            if key == "input":
                answer[key] = "same" if state == before else "changed"
            elif after is not None:
                answer[key] = shown(key, ctx, after, run)
        outcome.append(answer)
        state = after if after is not None else state
    return outcome


def main():
    import tempfile

    warnings.simplefilter("ignore")
    cases = yaml.safe_load((HERE / "cases.yaml").read_text())
    outcomes = {}
    for name, case in cases.items():
        if "apart" in case:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            outcomes[name] = outcome_of(case, pathlib.Path(scratch))
    # One line for each case: what changes shows.
    lines = (f"{json.dumps(name)}: {json.dumps(outcome, sort_keys=True)}" for name, outcome in outcomes.items())
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
