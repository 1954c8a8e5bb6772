//! The world as one unit sees it. Plain data: what a test says, and what it compares.

use crate::emulator::{
    juju::{ConfigValue, Databag, OpenPort, Status, StatusName},
    pebble::Pebble,
};
use ops_core::{
    interface::{EndpointSpec, Interface, RemoteApplication, Schema as _, Typed},
    names::{ApplicationName, ContainerName, EndpointName, RelationId, SecretId},
};
use std::collections::{BTreeMap, BTreeSet};

/// The world as one unit sees it, before an event or after it.
///
/// The unit is number 0 of an application that is called as the charm is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct State {
    /// The model's name.
    pub model: String,
    /// Whether the unit leads.
    pub leader: bool,
    /// What the operator has set. Other options have their defaults.
    pub config: BTreeMap<String, ConfigValue>,
    /// The relations.
    pub relations: BTreeMap<RelationId, Relation>,
    /// The secrets that the unit could come across.
    pub secrets: BTreeMap<SecretId, Secret>,
    /// The containers.
    pub containers: BTreeMap<ContainerName, Container>,
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
}

impl Default for State {
    fn default() -> Self {
        Self {
            model: "testing".to_owned(),
            leader: false,
            config: BTreeMap::new(),
            relations: BTreeMap::new(),
            secrets: BTreeMap::new(),
            containers: BTreeMap::new(),
            ports: BTreeSet::new(),
            unit_status: Status::new(StatusName::Unknown, ""),
            application_status: None,
            workload_version: String::new(),
            stored: BTreeMap::new(),
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
        self.model = name.into();
        self
    }

    /// The operator has set this option.
    #[must_use]
    pub fn config(mut self, option: impl Into<String>, value: impl Into<ConfigValue>) -> Self {
        self.config.insert(option.into(), value.into());
        self
    }

    /// This container is there and can be reached, with nothing planned.
    #[must_use]
    pub fn container(self, name: ContainerName) -> Self {
        self.with_container(name, Container::default())
    }

    /// This container is there, as given.
    #[must_use]
    pub fn with_container(mut self, name: ContainerName, container: Container) -> Self {
        self.containers.insert(name, container);
        self
    }

    /// This relation is there.
    #[must_use]
    pub fn relation(mut self, relation: &Relation) -> Self {
        self.relations.insert(relation.id, relation.clone());
        self
    }

    /// This secret is there.
    #[must_use]
    pub fn secret(mut self, secret: &Secret) -> Self {
        self.secrets.insert(secret.id.clone(), secret.clone());
        self
    }

    /// The relation with this id, as it is after a run.
    #[must_use]
    pub fn relation_of(&self, relation: &Relation) -> Option<&Relation> {
        self.relations.get(&relation.id)
    }
}

/// One relation, with the databags of both sides.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Relation {
    /// Its id.
    pub id: RelationId,
    /// The endpoint of this charm.
    pub endpoint: EndpointName,
    /// The other application; this one in a peer relation.
    pub application: ApplicationName,
    /// What this application wrote.
    pub local_application: Databag,
    /// What this unit wrote.
    pub local_unit: Databag,
    /// What the other application wrote. Empty in a peer relation.
    pub remote_application: Databag,
    /// The other units, and what they wrote.
    pub remote_units: BTreeMap<u32, Databag>,
}

impl Relation {
    /// A relation of an endpoint with one unit of an application called `remote`, and empty databags.
    #[must_use]
    pub fn new<E: EndpointSpec>(_: E, id: u32) -> Self {
        Self {
            id: RelationId::new(id),
            endpoint: EndpointName::from_static(E::NAME),
            application: ApplicationName::from_static("remote"),
            local_application: Databag::new(),
            local_unit: Databag::new(),
            remote_application: Databag::new(),
            remote_units: BTreeMap::from([(0, Databag::new())]),
        }
    }

    /// A peer relation without other units.
    #[must_use]
    pub fn peer<E: EndpointSpec>(endpoint: E, id: u32) -> Self {
        Self { remote_units: BTreeMap::new(), ..Self::new(endpoint, id) }
    }

    /// The other application has this name.
    #[must_use]
    pub fn with(mut self, application: &'static str) -> Self {
        self.application = ApplicationName::from_static(application);
        self
    }

    /// The other application wrote this key.
    #[must_use]
    pub fn remote_key(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.remote_application.insert(key.into(), value.into());
        self
    }

    /// The other application wrote this. What the interface cannot write is left out.
    #[must_use]
    pub fn remote_data<E: EndpointSpec, I: Interface>(
        mut self,
        _: Typed<E, I>,
        data: &RemoteApplication<E, I>,
    ) -> Self {
        let bag = data.encode().unwrap_or_default();
        let exposed = bag.into_iter().map(|(key, value)| (key, value.expose().to_owned()));
        self.remote_application.extend(exposed);
        self
    }

    /// This application wrote this key in an earlier dispatch.
    #[must_use]
    pub fn local_key(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.local_application.insert(key.into(), value.into());
        self
    }
}

/// One secret.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Secret {
    /// Its id.
    pub id: SecretId,
    /// Who owns it.
    pub owner: Owner,
    /// The label that its owner gave it; empty without one.
    pub label: String,
    /// The revisions by number, the newest last.
    pub revisions: BTreeMap<u64, BTreeMap<String, String>>,
    /// Whether this application may read it, if somebody else owns it.
    pub granted: bool,
    /// The revision that this unit follows, once it has read it.
    pub tracked: Option<u64>,
}

/// Who owns a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// This application.
    Application,
    /// This unit.
    Unit,
    /// The operator.
    Operator,
}

/// Keys only: a failing comparison must not print secrets.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: BTreeMap<u64, Vec<&String>> =
            self.revisions.iter().map(|(number, keys)| (*number, keys.keys().collect())).collect();
        f.debug_struct("Secret")
            .field("id", &self.id)
            .field("owner", &self.owner)
            .field("label", &self.label)
            .field("revisions", &keys)
            .field("granted", &self.granted)
            .field("tracked", &self.tracked)
            .finish()
    }
}

impl Secret {
    /// A secret of the operator, granted to this application.
    #[must_use]
    pub fn granted(id: &SecretId, keys: &[(&str, &str)]) -> Self {
        Self::new(id, Owner::Operator, "", keys)
    }

    /// A secret of the operator that nobody granted to this application.
    #[must_use]
    pub fn withheld(id: &SecretId, keys: &[(&str, &str)]) -> Self {
        Self { granted: false, ..Self::granted(id, keys) }
    }

    /// A secret of this application, by its label.
    #[must_use]
    pub fn owned(id: &SecretId, label: &str, keys: &[(&str, &str)]) -> Self {
        Self::new(id, Owner::Application, label, keys)
    }

    /// The content of the latest revision.
    #[must_use]
    pub fn latest(&self) -> Option<&BTreeMap<String, String>> {
        self.revisions.values().next_back()
    }

    /// Another revision, which is the latest now.
    #[must_use]
    pub fn revised(mut self, keys: &[(&str, &str)]) -> Self {
        let next = self.revisions.keys().next_back().map_or(1, |last| last + 1);
        self.revisions.insert(next, owned(keys));
        self
    }

    fn new(id: &SecretId, owner: Owner, label: &str, keys: &[(&str, &str)]) -> Self {
        Self {
            id: id.clone(),
            owner,
            label: label.to_owned(),
            revisions: BTreeMap::from([(1, owned(keys))]),
            granted: true,
            tracked: None,
        }
    }
}

fn owned(keys: &[(&str, &str)]) -> BTreeMap<String, String> {
    keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// One container: whether it can be reached, and its Pebble.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Container {
    /// Whether its socket answers.
    pub reachable: bool,
    /// The daemon.
    pub pebble: Pebble,
}

impl Default for Container {
    fn default() -> Self {
        Self { reachable: true, pebble: Pebble::default() }
    }
}

impl Container {
    /// A container that cannot be reached yet.
    #[must_use]
    pub fn unreachable() -> Self {
        Self { reachable: false, ..Self::default() }
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
