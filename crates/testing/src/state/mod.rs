//! The world as one unit sees it. Plain data: what a test says, what it compares, and what a file keeps.
//!
//! Nothing here runs a charm, and nothing knows how the emulated Juju keeps the same things.

mod container;
pub(crate) mod deferred;
mod file;
mod model;
mod raw;
mod relation;
mod secret;
mod shown;
mod storage;

pub use container::Container;
pub use deferred::{Deferred, DeferredError};
pub use file::StateFileError;
pub use model::ModelInfo;
pub use raw::{Raw, Settable, raw};
pub use relation::{Relation, RelationKind};
pub use secret::{Owner, Secret};
pub(crate) use shown::Redaction;
pub use shown::{Difference, StateDiff};
pub use storage::Storage;

use crate::emulator::juju::{ConfigValue, Network, OpenPort, Status, StatusName, Timestamp};
use ops_core::names::{ContainerName, RelationId, SecretId};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// The world as one unit sees it, before an event or after it.
///
/// Which unit that is, under which version of Juju, on which machine: that is the
/// [`Context`](crate::Context)'s to say.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct State {
    /// The model.
    pub model: ModelInfo,
    /// Whether the unit leads.
    pub leader: bool,
    /// How many units the application is to have, this one included: what `goal-state` lists.
    pub planned_units: u32,
    /// What the operator has set. Other options have their defaults.
    pub config: BTreeMap<String, ConfigValue>,
    /// The relations.
    pub relations: BTreeMap<RelationId, Relation>,
    /// The networks by binding, where they differ from the one that every binding has; the entry `""`
    /// replaces that one.
    pub networks: BTreeMap<String, Network>,
    /// The containers.
    pub containers: BTreeMap<ContainerName, Container>,
    /// The storages by their ids, such as `data/0`.
    pub storages: BTreeMap<String, Storage>,
    /// The files behind the charm's resources, by the resource's name.
    pub resources: BTreeMap<String, PathBuf>,
    /// The secrets that the unit could come across.
    pub secrets: BTreeMap<SecretId, Secret>,
    /// The ports that are open.
    pub ports: BTreeSet<OpenPort>,
    /// The unit's status.
    pub unit_status: Status,
    /// The application's status, if its leader set one.
    pub application_status: Option<Status>,
    /// The workload's version.
    pub workload_version: String,
    /// What the charm keeps in Juju's unit state.
    pub stored: BTreeMap<String, String>,
    /// What time it is. It stands still during a run, but for what the charm sleeps.
    pub now: Timestamp,
}

impl Default for State {
    /// A unit that is alone, knows nobody, and was told nothing.
    fn default() -> Self {
        Self {
            model: ModelInfo::default(),
            leader: false,
            planned_units: 1,
            config: BTreeMap::new(),
            relations: BTreeMap::new(),
            networks: BTreeMap::new(),
            containers: BTreeMap::new(),
            storages: BTreeMap::new(),
            resources: BTreeMap::new(),
            secrets: BTreeMap::new(),
            ports: BTreeSet::new(),
            unit_status: Status::new(StatusName::Unknown, ""),
            application_status: None,
            workload_version: String::new(),
            stored: BTreeMap::new(),
            now: Timestamp::BEGINNING,
        }
    }
}

impl State {
    /// The unit leads.
    #[must_use]
    pub fn leader(mut self) -> Self {
        self.leader = true;
        self
    }

    /// The model has this name.
    #[must_use]
    pub fn model(mut self, name: impl Into<String>) -> Self {
        self.model.name = name.into();
        self
    }

    /// The model is this one.
    #[must_use]
    pub fn with_model(mut self, model: ModelInfo) -> Self {
        self.model = model;
        self
    }

    /// The application is to have so many units, this one included.
    #[must_use]
    pub fn planned_units(mut self, number: u32) -> Self {
        self.planned_units = number;
        self
    }

    /// The operator has set this option: `state.config(meta::options::PORT, 9090)`, or any by
    /// [`raw`] name.
    #[must_use]
    pub fn config<O: Settable>(mut self, option: O, value: impl Into<O::Value>) -> Self {
        self.config.insert(option.option_name().to_owned(), value.into().into());
        self
    }

    /// This container is there and can be reached, with nothing planned.
    #[must_use]
    pub fn container(self, name: impl Into<ContainerName>) -> Self {
        self.with_container(name, Container::default())
    }

    /// This container is there, as given.
    #[must_use]
    pub fn with_container(mut self, name: impl Into<ContainerName>, container: Container) -> Self {
        self.containers.insert(name.into(), container);
        self
    }

    /// This relation is there. One among peers plans for as many units as it has.
    #[must_use]
    pub fn relation(mut self, relation: &Relation) -> Self {
        if relation.kind == RelationKind::Peer {
            let units = u32::try_from(relation.remote_units.len()).unwrap_or(u32::MAX);
            self.planned_units = self.planned_units.max(units.saturating_add(1));
        }
        self.relations.insert(relation.id, relation.clone());
        self
    }

    /// This secret is there.
    #[must_use]
    pub fn secret(mut self, secret: &Secret) -> Self {
        self.secrets.insert(secret.id.clone(), secret.clone());
        self
    }

    /// This storage is there.
    #[must_use]
    pub fn storage(mut self, storage: &Storage) -> Self {
        self.storages.insert(storage.id(), storage.clone());
        self
    }

    /// This binding has a network of its own; the binding `""` stands for all that have none.
    #[must_use]
    pub fn network(mut self, binding: impl Into<String>, network: Network) -> Self {
        self.networks.insert(binding.into(), network);
        self
    }

    /// The file behind this resource.
    #[must_use]
    pub fn resource(mut self, name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        self.resources.insert(name.into(), path.into());
        self
    }

    /// This port is open.
    #[must_use]
    pub fn port(mut self, port: OpenPort) -> Self {
        self.ports.insert(port);
        self
    }

    /// It is this time.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// The relation with this id, as it is after a run. One of another endpoint or kind is another relation.
    #[must_use]
    pub fn relation_of(&self, relation: &Relation) -> Option<&Relation> {
        let found = self.relations.get(&relation.id);
        found.filter(|it| it.endpoint == relation.endpoint && it.kind == relation.kind)
    }

    /// The secret with this id, as it is after a run.
    #[must_use]
    pub fn secret_of(&self, secret: &Secret) -> Option<&Secret> {
        self.secrets.get(&secret.id)
    }

    /// The secret of this application, or of this unit, that its owner gave this label.
    #[must_use]
    pub fn secret_labelled(&self, label: &str) -> Option<&Secret> {
        let owned = |secret: &&Secret| matches!(secret.owner, Owner::Application | Owner::Unit);
        self.secrets.values().filter(owned).find(|secret| secret.label == label)
    }

    /// The container of this name.
    #[must_use]
    pub fn container_of(&self, name: impl AsRef<str>) -> Option<&Container> {
        self.containers.get(name.as_ref())
    }

    /// The storage with this id, as it is after a run.
    #[must_use]
    pub fn storage_of(&self, storage: &Storage) -> Option<&Storage> {
        self.storages.get(&storage.id())
    }

    /// The relations of an endpoint, by id: `state.relations_of("database")`.
    pub fn relations_of<'a>(&'a self, endpoint: &'a str) -> impl Iterator<Item = &'a Relation> {
        self.relations.values().filter(move |relation| relation.endpoint == endpoint)
    }

    /// Changes the relation with this id; it is put there first if it is not.
    #[must_use]
    pub fn change_relation(
        mut self,
        relation: &Relation,
        change: impl FnOnce(&mut Relation),
    ) -> Self {
        change(self.relations.entry(relation.id).or_insert_with(|| relation.clone()));
        self
    }

    /// Changes the secret with this id; it is put there first if it is not.
    #[must_use]
    pub fn change_secret(mut self, secret: &Secret, change: impl FnOnce(&mut Secret)) -> Self {
        change(self.secrets.entry(secret.id.clone()).or_insert_with(|| secret.clone()));
        self
    }

    /// Changes the container of this name; one that can be reached is put there first if there is none.
    #[must_use]
    pub fn change_container(
        mut self,
        name: ContainerName,
        change: impl FnOnce(&mut Container),
    ) -> Self {
        change(self.containers.entry(name).or_default());
        self
    }

    /// Changes the storage with this id; it is put there first if it is not.
    #[must_use]
    pub fn change_storage(mut self, storage: &Storage, change: impl FnOnce(&mut Storage)) -> Self {
        change(self.storages.entry(storage.id()).or_insert_with(|| storage.clone()));
        self
    }
}

/// A status as the SDK's authors write it equals one as Juju shows it.
impl PartialEq<ops::Status> for Status {
    fn eq(&self, other: &ops::Status) -> bool {
        let severity = match other.severity() {
            ops::status::Severity::Active => StatusName::Active,
            ops::status::Severity::Waiting => StatusName::Waiting,
            ops::status::Severity::Maintenance => StatusName::Maintenance,
            ops::status::Severity::Blocked => StatusName::Blocked,
        };
        self.name == severity && self.message == other.message()
    }
}
