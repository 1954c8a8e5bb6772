"""A charm on ops that understands the steps of tests/charms/conformance."""

import json
import logging

import ops
from ops import pebble

logger = logging.getLogger(__name__)


def word(error: Exception) -> str:
    """An error in a word that both SDKs have; else the name of its class."""
    text = str(error)
    if isinstance(error, ops.RelationDataAccessError | ops.RelationDataTypeError):
        return "denied"
    if isinstance(error, ops.SecretNotFoundError | ops.RelationNotFoundError):
        return "not-found"
    if isinstance(error, pebble.ConnectionError):
        return "unreachable"
    if isinstance(error, pebble.PathError):
        return error.kind
    if isinstance(error, pebble.APIError):
        return "not-found" if error.code == 404 else "refused"
    if isinstance(error, pebble.ChangeError):
        return "change-failed"
    if isinstance(error, ops.InvalidStatusError):
        return "invalid"
    if isinstance(error, ops.ModelError):
        if "permission denied" in text or "not the leader" in text:
            return "denied"
        if "not found" in text:
            return "not-found"
        if "invalid status" in text:
            return "invalid"
        return "refused"
    return type(error).__name__


class Conformance(ops.CharmBase):
    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        for name, bound in self.on.events().items():
            if name.endswith("_action"):
                framework.observe(bound, self._act)
            elif "collect" not in name and "commit" not in name:
                framework.observe(bound, self._on)

    def _steps(self):
        return json.loads(str(self.config["do"]))

    def _on(self, event: ops.EventBase):
        for verb, *rest in self._steps():
            if verb == "event":
                self._say(verb, self._describe(event))
            elif verb == "defer":
                event.defer()
                return
            else:
                self._take(verb, rest, event)

    def _act(self, event: ops.ActionEvent):
        for verb, *rest in self._steps():
            self._take(verb, rest, event)

    def _say(self, verb, value):
        logger.info("said %s", json.dumps([verb, value]))

    def _take(self, verb, rest, event):
        if verb == "fail":
            raise RuntimeError(rest[0])
        take = getattr(self, "_" + verb.replace("-", "_"))
        self._event = event
        try:
            value = take(*rest)
        except Exception as error:
            value = {"error": word(error)}
        self._say(verb, value)

    def _describe(self, event):
        # `_` for what Juju spells `-`, so the kind tells it.
        kind = event.handle.kind
        said = {"name": kind.replace("_", "-")}
        if isinstance(event, ops.RelationEvent):
            said["name"] = kind.replace("_relation_", "-relation-")
            said["relation"] = event.relation.id
            said["app"] = event.app.name if event.app else None
            said["unit"] = event.unit.name if event.unit else None
        if isinstance(event, ops.RelationDepartedEvent):
            said["departing"] = event.departing_unit.name if event.departing_unit else None
        if isinstance(event, ops.SecretEvent):
            said["secret"] = event.secret.id
            said["label"] = event.secret.label
        if isinstance(event, ops.SecretExpiredEvent | ops.SecretRemoveEvent):
            said["revision"] = event.revision
        if isinstance(event, ops.StorageEvent):
            said["storage"] = [event.storage.name, event.storage.index]
        return said

    # --- Juju ---

    def _status(self, kind, message):
        self.unit._backend.status_set(kind, message, is_app=False)

    def _app_status(self, kind, message):
        self.app.status = ops.StatusBase.from_name(kind, message)

    def _version(self, version):
        self.unit.set_workload_version(version)

    def _is_leader(self):
        return self.unit.is_leader()

    def _planned_units(self):
        return self.app.planned_units()

    def _config(self):
        return {name: value for name, value in self.config.items() if name != "do"}

    def _relations(self, endpoint):
        return sorted(relation.id for relation in self.model.relations[endpoint])

    def _relation(self, endpoint, number):
        relation = self.model.get_relation(endpoint, number)
        if relation is None:
            raise ops.RelationNotFoundError("not found")
        return relation

    def _relation_units(self, endpoint, number):
        return sorted(unit.name for unit in self._relation(endpoint, number).units)

    def _relation_model(self, endpoint, number):
        return self._relation(endpoint, number).remote_model.uuid

    def _bag(self, endpoint, number, who):
        relation = self._relation(endpoint, number)
        if who == "app":
            return relation.data[self.app]
        if who == "unit":
            return relation.data[self.unit]
        if who == "remote-app":
            return relation.data[relation.app]
        return relation.data[self.model.get_unit(who)]

    def _read(self, endpoint, number, who):
        return dict(self._bag(endpoint, number, who))

    def _write(self, endpoint, number, who, values):
        self._bag(endpoint, number, who).update(values)

    def _open_port(self, port):
        number, protocol = port.split("/")
        self.unit.open_port(protocol, int(number))

    def _close_port(self, port):
        number, protocol = port.split("/")
        self.unit.close_port(protocol, int(number))

    def _opened_ports(self):
        return sorted(f"{port.port}/{port.protocol}" for port in self.unit.opened_ports())

    def _store(self, name, value):
        self._stored_state().__setattr__(name, value)

    def _stored(self, name):
        return getattr(self._stored_state(), name, None)

    _kept = ops.StoredState()

    def _stored_state(self):
        return self._kept

    def _of(self, name):
        if name.startswith("secret:"):
            return self.model.get_secret(id=name)
        return self.model.get_secret(label=name)

    def _secret_get(self, name, how="tracked"):
        secret = self._of(name)
        if how == "peek":
            return secret.peek_content()
        return secret.get_content(refresh=how == "refresh")

    def _secret_add(self, owner, label, content):
        of = self.app if owner == "app" else self.unit
        of.add_secret(content, label=label)

    def _secret_set(self, name, content):
        self._of(name).set_content(content)

    def _secret_describe(self, name, description):
        self._of(name).set_info(description=description)

    def _secret_info(self, name):
        info = self._of(name).get_info()
        return {"label": info.label, "revision": info.revision}

    def _secret_grant(self, name, endpoint, number, unit=None):
        relation = self._relation(endpoint, number)
        self._of(name).grant(relation, unit=self.model.get_unit(unit) if unit else None)

    def _secret_revoke(self, name, endpoint, number, unit=None):
        # A relation that breaks is not listed, and can be revoked all the same.
        relation = self._event.relation
        self._of(name).revoke(relation, unit=self.model.get_unit(unit) if unit else None)

    def _secret_remove(self, name, revision=None):
        secret = self._of(name)
        secret.remove_revision(revision) if revision else secret.remove_all_revisions()

    def _storage_list(self, name):
        return sorted(f"{s.name}/{s.index}" for s in self.model.storages[name])

    def _location(self, name, index):
        return next(s.location for s in self.model.storages[name] if s.index == index)

    def _storage_read(self, name, index, path):
        return (self._location(name, index) / path).read_text()

    def _storage_write(self, name, index, path, text):
        (self._location(name, index) / path).write_text(text)

    def _storage_add(self, name, count):
        self.model.storages.request(name, count)

    def _action_params(self):
        return dict(self._event.params)

    def _action_set(self, results):
        self._event.set_results(results)

    def _action_log(self, message):
        self._event.log(message)

    def _action_fail(self, message):
        self._event.fail(message)

    # --- The container ---

    @property
    def _web(self):
        return self.unit.get_container("web")

    def _reachable(self):
        return self._web.can_connect()

    def _layer(self, label, layer):
        self._web.add_layer(label, layer, combine=True)

    def _replan(self):
        self._web.replan()

    def _start(self, names):
        self._web.start(*names)

    def _stop(self, names):
        self._web.stop(*names)

    def _restart(self, names):
        self._web.restart(*names)

    def _start_checks(self, names):
        return self._web.start_checks(*names)

    def _stop_checks(self, names):
        return self._web.stop_checks(*names)

    def _plan(self):
        plan = self._web.get_plan()
        services = {
            name: {"command": s.command, "after": list(s.after), "environment": dict(s.environment)}
            for name, s in plan.services.items()
        }
        return {"services": services, "checks": sorted(plan.checks)}

    def _services(self):
        return {name: "active" if s.is_running() else "inactive" for name, s in self._web.get_services().items()}

    def _checks(self):
        return {name: check.status.value for name, check in self._web.get_checks().items()}

    def _push(self, path, text, make_dirs=False):
        self._web.push(path, text, make_dirs=make_dirs)

    def _pull(self, path):
        return self._web.pull(path).read()

    def _list(self, path):
        return [file.name for file in self._web.list_files(path)]

    def _exec(self, command, service=None):
        try:
            stdout, _ = self._web.exec(command, service_context=service, timeout=5).wait_output()
            return [0, stdout]
        except pebble.ExecError as error:
            return [error.exit_code, error.stdout]

    def _notify(self, key):
        self._web.pebble.notify(pebble.NoticeType.CUSTOM, key)

    def _notices(self):
        return [notice.key for notice in self._web.get_notices()]
