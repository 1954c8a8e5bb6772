//! The environment that Juju gives a charm, per version and per hook.
//!
//! Follows Juju's `context.HookVars` and `context.ContextDependentEnvVars`. Nothing here reads the
//! environment of this process.

use super::{
    hook::Hook,
    model::{Model, ModelKind, application_of},
};
use ops::host::Environment;
use ops_core::{JujuVersion, names::UnitName};
use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

/// Where things lie on the machine or in the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The unpacked charm, which is also the working directory.
    pub charm: PathBuf,
    /// The hook commands: the first entry on `PATH`.
    pub tools: PathBuf,
    /// The agent's socket.
    pub agent_socket: PathBuf,
    /// The rest of `PATH`.
    pub path: OsString,
    /// Variables of the agent that Juju hands on: `KUBERNETES_*`, and proxies if the model has any.
    pub passed_on: BTreeMap<OsString, OsString>,
}

impl Places {
    /// Where Juju has them for a unit.
    #[must_use]
    pub fn of(unit: &UnitName) -> Self {
        let agent = format!("unit-{}", unit.as_str().replace('/', "-"));
        Self {
            charm: format!("/var/lib/juju/agents/{agent}/charm").into(),
            tools: format!("/var/lib/juju/tools/{agent}").into(),
            agent_socket: format!("/var/lib/juju/agents/{agent}/agent.socket").into(),
            path: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/charm/bin".into(),
            passed_on: BTreeMap::new(),
        }
    }
}

/// The environment of one run of a unit's charm. `context_id` is that of the
/// [`Session`](super::Session).
#[must_use]
pub fn environment(
    model: &Model,
    unit: &UnitName,
    hook: &Hook,
    context_id: &str,
    places: &Places,
) -> Environment {
    let mut variables = Environment::with_capacity(64);
    variables.extend(places.passed_on.clone());
    let name = hook.name(model, unit);
    about_the_agent(&mut variables, model, places);
    about_the_unit(&mut variables, model, unit);
    variables.set("JUJU_CONTEXT_ID", context_id);
    let is_hook = !hook.is_action() && hook.commands().is_none();
    if is_hook {
        variables.set("JUJU_HOOK_NAME", &*name);
    } else {
        variables.set_static("JUJU_HOOK_NAME", "");
    }
    if hook.commands().is_none() {
        variables.set("JUJU_DISPATCH_PATH", hook.dispatch_path(model, unit));
    }
    about_the_hook(&mut variables, model, unit, hook);
    variables
}

fn about_the_agent(variables: &mut Environment, model: &Model, places: &Places) {
    variables.set("CHARM_DIR", &places.charm);
    variables.set("JUJU_CHARM_DIR", &places.charm);
    let mut socket = places.agent_socket.clone().into_os_string();
    // These two made their sockets in the abstract namespace.
    if (JujuVersion::new(3, 0, 0)..JujuVersion::new(3, 2, 0)).contains(&model.version) {
        let mut abstract_socket = OsString::from("@");
        abstract_socket.push(socket);
        socket = abstract_socket;
    }
    variables.set("JUJU_AGENT_SOCKET_ADDRESS", socket);
    variables.set_static("JUJU_AGENT_SOCKET_NETWORK", "unix");
    variables.set_static("JUJU_API_ADDRESSES", "10.152.183.1:17070");
    variables.set("JUJU_VERSION", model.version.to_string());
    variables.set_static(
        "CLOUD_API_VERSION",
        if model.kind == ModelKind::Kubernetes { "1.31.0" } else { "" },
    );
    for proxy in ["JUJU_CHARM_HTTP_PROXY", "JUJU_CHARM_HTTPS_PROXY", "JUJU_CHARM_FTP_PROXY"] {
        variables.set_static(proxy, "");
    }
    variables.set_static("JUJU_CHARM_NO_PROXY", "127.0.0.1,localhost,::1");
    if model.version < JujuVersion::new(4, 0, 0) {
        variables.set_static("JUJU_SLA", "unsupported");
        variables.set_static("JUJU_METER_STATUS", "AMBER");
        variables.set_static("JUJU_METER_INFO", "not set");
    }
    let mut path = places.tools.clone().into_os_string();
    path.push(":");
    path.push(&places.path);
    variables.set("PATH", path);
    variables.set_static("LANG", "C.UTF-8");
    variables.set_static("APT_LISTCHANGES_FRONTEND", "none");
    variables.set_static("DEBIAN_FRONTEND", "noninteractive");
    variables.set_static("TERM", "tmux-256color");
}

fn about_the_unit(variables: &mut Environment, model: &Model, unit: &UnitName) {
    let found = model.units.get(unit);
    let machine = found.map_or("", |unit| unit.machine.as_str());
    variables.set("JUJU_UNIT_NAME", unit.as_str());
    variables.set("JUJU_MODEL_NAME", &model.name);
    variables.set("JUJU_MODEL_UUID", &model.uuid);
    variables.set("JUJU_MACHINE_ID", machine);
    let principal = found.and_then(|unit| unit.principal.as_ref());
    variables.set("JUJU_PRINCIPAL_UNIT", principal.map_or("", UnitName::as_str));
    variables.set_static(
        "JUJU_AVAILABILITY_ZONE",
        if model.kind == ModelKind::Machine { "zone-1" } else { "" },
    );
}

fn about_the_hook(variables: &mut Environment, model: &Model, unit: &UnitName, hook: &Hook) {
    if let Some(id) = hook.relation() {
        let relation = model.relations.get(&id);
        let application = application_of(unit);
        let endpoint = relation
            .and_then(|relation| relation.side(application))
            .map_or("unknown", |side| side.endpoint.as_str());
        let remote = relation
            .and_then(|relation| relation.other_side(application))
            .map_or("", |side| side.application.as_str());
        variables.set("JUJU_RELATION", endpoint);
        variables.set("JUJU_RELATION_ID", format!("{endpoint}:{id}"));
        variables.set("JUJU_REMOTE_UNIT", hook.remote_unit().map_or("", UnitName::as_str));
        variables.set("JUJU_REMOTE_APP", remote);
    }
    match hook {
        Hook::RelationDeparted { departing, .. } => {
            variables.set("JUJU_DEPARTING_UNIT", departing.as_str());
        }
        Hook::StorageAttached { storage, location }
        | Hook::StorageDetaching { storage, location } => {
            variables.set("JUJU_STORAGE_ID", storage);
            variables.set("JUJU_STORAGE_LOCATION", location);
            let kind = model.units.get(unit).and_then(|unit| unit.storage.get(storage));
            let kind = kind.map(|storage| storage.kind).unwrap_or_default();
            variables.set("JUJU_STORAGE_KIND", kind.as_str());
        }
        Hook::SecretChanged { id, label } | Hook::SecretRotate { id, label } => {
            about_a_secret(variables, model, unit, id, label);
        }
        Hook::SecretExpired { id, label, revision }
        | Hook::SecretRemove { id, label, revision } => {
            about_a_secret(variables, model, unit, id, label);
            variables.set("JUJU_SECRET_REVISION", revision.to_string());
        }
        Hook::PebbleCustomNotice { id, key, .. } => {
            variables.set("JUJU_NOTICE_ID", id);
            variables.set_static("JUJU_NOTICE_TYPE", "custom");
            variables.set("JUJU_NOTICE_KEY", key);
        }
        Hook::PebbleCheckFailed { check, .. } | Hook::PebbleCheckRecovered { check, .. } => {
            variables.set("JUJU_PEBBLE_CHECK_NAME", check);
        }
        Hook::Action { name, id, .. } => {
            variables.set("JUJU_ACTION_NAME", name);
            variables.set("JUJU_ACTION_UUID", id);
            variables.set("JUJU_ACTION_TAG", format!("action-{id}"));
        }
        _ => {}
    }
    if let Some(container) = hook.container() {
        variables.set("JUJU_WORKLOAD_NAME", container.as_str());
    }
}

fn about_a_secret(
    variables: &mut Environment,
    model: &Model,
    unit: &UnitName,
    id: &ops_core::names::SecretId,
    label: &str,
) {
    variables.set("JUJU_SECRET_ID", id.as_str());
    let owned = model
        .secrets
        .get(id)
        .filter(|secret| secret.is_managed_by(unit, model.is_leader(unit)))
        .map_or("", |secret| secret.label.as_str());
    variables.set("JUJU_SECRET_LABEL", if label.is_empty() { owned } else { label });
}
