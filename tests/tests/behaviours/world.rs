//! What a case says of the world, as a `State`; its events, as hooks.

use ops_core::names::{
    ApplicationName, ContainerName, EndpointName, RelationId, SecretId, StorageName,
};
use ops_pebble::{Client, Combine};
use ops_testing::{
    Container, Context, OpenPort, Relation, RelationKind, Secret, State, Storage,
    emulator::{
        juju::{ConfigValue, Hook, Status, StatusName},
        pebble::{Behaviour, Daemon, ExecHandler, Pebble},
    },
};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path, rc::Rc};

type Bag = BTreeMap<String, String>;

/// What a unit sees.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct World {
    leader: bool,
    model_uuid: Option<String>,
    config: BTreeMap<String, ConfigValue>,
    unit_status: Option<(StatusName, String)>,
    app_status: Option<(StatusName, String)>,
    relations: Vec<Related>,
    secrets: Vec<Kept>,
    containers: BTreeMap<String, Contained>,
    ports: Vec<String>,
    storages: Vec<Stored>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Related {
    id: u32,
    endpoint: String,
    app: Option<String>,
    #[serde(default)]
    local_app: Bag,
    #[serde(default)]
    local_unit: Bag,
    #[serde(default)]
    remote_app: Bag,
    remote_units: Option<BTreeMap<String, Bag>>,
    remote_model: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    id: String,
    owner: String,
    label: Option<String>,
    content: Bag,
    latest: Option<Bag>,
    /// How many there were; the last one is what everybody reads.
    revisions: Option<u64>,
    #[serde(default)]
    grants: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Contained {
    reachable: Option<bool>,
    layers: Vec<(String, Value)>,
    files: BTreeMap<String, String>,
    exec: Vec<(Vec<String>, i64, String)>,
    /// Services that exit as soon as they are started, with this code.
    fails: BTreeMap<String, i64>,
    running: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    name: String,
    index: u32,
    #[serde(default)]
    files: BTreeMap<String, String>,
}

impl World {
    /// It, with the files of its storages below this directory.
    pub(crate) fn state(&self, files: &Path) -> State {
        let mut state = State::default();
        state.leader = self.leader;
        state.config.clone_from(&self.config);
        if let Some(uuid) = &self.model_uuid {
            state.model.uuid.clone_from(uuid);
        }
        if let Some((name, message)) = &self.unit_status {
            state.unit_status = Status::new(*name, message);
        }
        state.application_status =
            self.app_status.as_ref().map(|(name, message)| Status::new(*name, message));
        for related in &self.relations {
            state = state.relation(&related.relation());
        }
        for kept in &self.secrets {
            let secret = kept.secret(&state);
            state = state.secret(&secret);
        }
        for (name, contained) in &self.containers {
            let name = ContainerName::new(name.as_str()).unwrap();
            state = state.with_container(name, contained.container());
        }
        for port in &self.ports {
            let (number, _) = port.split_once('/').unwrap();
            state = state.port(OpenPort::tcp(number.parse().unwrap()));
        }
        for stored in &self.storages {
            state = state.storage(&stored.storage(files));
        }
        state
    }
}

impl Related {
    fn relation(&self) -> Relation {
        let mut relation =
            Relation::named(EndpointName::new(self.endpoint.as_str()).unwrap(), self.id);
        if self.endpoint == "cluster" {
            relation.kind = RelationKind::Peer;
        }
        if let Some(application) = &self.app {
            relation.application = ApplicationName::new(application.as_str()).unwrap();
        }
        relation.local_application.extend(self.local_app.clone());
        relation.local_unit.extend(self.local_unit.clone());
        relation.remote_application.extend(self.remote_app.clone());
        if let Some(units) = &self.remote_units {
            relation = relation.remote_units([]);
            for (number, bag) in units {
                relation
                    .remote_units
                    .insert(number.parse().unwrap(), bag.clone().into_iter().collect());
            }
        }
        relation.remote_model.clone_from(&self.remote_model);
        relation
    }
}

impl Kept {
    fn secret(&self, state: &State) -> Secret {
        let id = SecretId::parse(&self.id).unwrap();
        let label = self.label.as_deref().unwrap_or_default();
        let borrowed =
            |bag: &'_ Bag| -> Vec<(String, String)> { bag.clone().into_iter().collect() };
        let content = borrowed(&self.content);
        let keys: Vec<_> =
            content.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let mut secret = match self.owner.as_str() {
            "app" => Secret::owned(&id, label, &keys),
            "unit" => Secret::owned_by_unit(&id, label, &keys),
            _ => Secret::granted(&id, &keys),
        };
        for _ in 1..self.revisions.unwrap_or(1) {
            secret = secret.revised(&keys);
        }
        if let Some(latest) = &self.latest {
            let latest = borrowed(latest);
            let keys: Vec<_> =
                latest.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            secret = secret.revised(&keys).tracked(1);
        }
        for relation in self.grants.keys() {
            let relation = RelationId::new(relation.parse().unwrap());
            secret = secret.granted_to(&state.relations[&relation]);
        }
        secret
    }
}

impl Contained {
    fn container(&self) -> Container {
        let mut pebble = Pebble::new();
        for (path, text) in &self.files {
            pebble = pebble.file(path, text.as_str());
        }
        for (prefix, code, stdout) in &self.exec {
            let handler = ExecHandler::new(prefix.clone()).exit_code(*code);
            pebble = pebble.exec_handler(handler.stdout(stdout.as_str()));
        }
        for (service, code) in &self.fails {
            pebble = pebble.behaviour(service.as_str(), Behaviour::exits_quickly(*code));
        }
        let daemon = Daemon::new(pebble);
        let client = Client::new(Rc::new(daemon.clone()));
        for (label, layer) in &self.layers {
            client.add_layer_text(label, &layer.to_string(), Combine::Yes).unwrap();
        }
        if !self.running.is_empty() {
            let names: Vec<&str> = self.running.iter().map(String::as_str).collect();
            client.start(&names).unwrap();
        }
        let mut container = Container::default();
        container.pebble = daemon.state();
        container.pebble.clear_effects();
        container.reachable = self.reachable.unwrap_or(true);
        container
    }
}

impl Stored {
    fn storage(&self, files: &Path) -> Storage {
        let location = files.join(&self.name).join(self.index.to_string());
        fs::create_dir_all(&location).unwrap();
        for (name, text) in &self.files {
            fs::write(location.join(name), text).unwrap();
        }
        Storage::new(StorageName::new(self.name.as_str()).unwrap(), self.index).location(location)
    }
}

/// The hook that a case means.
pub(crate) fn hook(ctx: &Context, event: &Value, state: &State) -> Hook {
    let on = ctx.on();
    if let Some(name) = event.as_str() {
        return match name {
            "install" => on.install(),
            "start" => on.start(),
            "stop" => on.stop(),
            "remove" => on.remove(),
            "config-changed" => on.config_changed(),
            "update-status" => on.update_status(),
            "upgrade-charm" => on.upgrade_charm(),
            "leader-elected" => on.leader_elected(),
            _ => panic!("no event {name}"),
        };
    }
    let number = |index: usize| event[index].as_u64().and_then(|number| u32::try_from(number).ok());
    let text = |index: usize| event[index].as_str().unwrap();
    let relation = || &state.relations[&RelationId::new(number(1).unwrap())];
    let secret = || &state.secrets[&SecretId::parse(text(1)).unwrap()];
    match (text(0), number(2)) {
        ("relation-created", _) => on.relation_created(relation()),
        ("relation-broken", _) => on.relation_broken(relation()),
        ("relation-joined", None) => on.relation_joined(relation()),
        ("relation-joined", Some(unit)) => on.relation_joined_by(relation(), unit),
        ("relation-changed", None) => on.relation_changed(relation()),
        ("relation-changed", Some(unit)) => on.relation_changed_by(relation(), unit),
        ("relation-departed", None) => on.relation_departed(relation()),
        ("relation-departed", Some(unit)) => {
            let hook = on.relation_departed_by(relation(), unit);
            match (hook, number(3)) {
                (Hook::RelationDeparted { relation, unit, departing }, Some(number)) => {
                    let name = format!("{}/{number}", departing.application());
                    let departing = ops_core::names::UnitName::new(name).unwrap();
                    Hook::RelationDeparted { relation, unit, departing }
                }
                (hook, _) => hook,
            }
        }
        ("secret-changed", _) => on.secret_changed(secret()),
        ("secret-rotate", _) => on.secret_rotate(secret()),
        ("secret-expired", Some(revision)) => on.secret_expired(secret(), revision.into()),
        ("secret-remove", Some(revision)) => on.secret_remove(secret(), revision.into()),
        ("pebble-ready", _) => on.pebble_ready(ContainerName::new(text(1)).unwrap()),
        ("storage-attached", Some(index)) => {
            on.storage_attached(&state.storages[&format!("{}/{index}", text(1))])
        }
        ("action", _) => on.action_with(text(1), &event[2]),
        (name, _) => panic!("no event {name}"),
    }
}
