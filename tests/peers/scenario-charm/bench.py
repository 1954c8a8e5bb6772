"""Prints the median time of one Scenario run of the charm beside, in nanoseconds: bench.py RUNS."""

import statistics
import sys
import time

import ops
from ops import testing


class Web(ops.CharmBase):
    """One option, one database, one service, one key for the other side."""

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        framework.observe(self.on.config_changed, self._update)
        framework.observe(self.on["database"].relation_changed, self._update)
        framework.observe(self.on["web"].pebble_ready, self._update)
        framework.observe(self.on.collect_unit_status, self._collect_status)

    def _url(self):
        relation = self.model.get_relation("database")
        return relation.data[relation.app].get("url") if relation and relation.app else None

    def _update(self, _: ops.EventBase):
        port, url = self.config["port"], self._url()
        relation = self.model.get_relation("database")
        if relation:
            relation.data[self.unit]["port"] = str(port)
        container = self.unit.get_container("web")
        if url and container.can_connect():
            command = f"web --port {port} --url {url}"
            service = {"override": "replace", "command": command, "startup": "enabled"}
            container.add_layer("web", ops.pebble.Layer({"services": {"web": service}}), combine=True)
            container.replan()

    def _collect_status(self, event: ops.CollectStatusEvent):
        if not self._url():
            event.add_status(ops.WaitingStatus("there is no database"))
        event.add_status(ops.ActiveStatus())


META = {
    "name": "web",
    "requires": {"database": {"interface": "sql"}},
    "containers": {"web": {}},
}
CONFIG = {"options": {"port": {"type": "int", "default": 8000}}}


def run(state: testing.State) -> testing.State:
    """One run, with a Context of its own, as each test has one."""
    ctx = testing.Context(Web, meta=META, config=CONFIG)
    return ctx.run(ctx.on.config_changed(), state)


def main() -> None:
    database = testing.Relation("database", remote_app_data={"url": "sql://database:5432"})
    state = testing.State(
        leader=True,
        config={"port": 8080},
        relations={database},
        containers={testing.Container("web", can_connect=True)},
    )
    out = run(state)
    assert out.unit_status == testing.ActiveStatus(), out.unit_status
    assert out.get_relation(database.id).local_unit_data["port"] == "8080"
    for _ in range(20):
        run(state)
    times = []
    for _ in range(int(sys.argv[1])):
        start = time.perf_counter_ns()
        run(state)
        times.append(time.perf_counter_ns() - start)
    print(round(statistics.median(times)))


main()
