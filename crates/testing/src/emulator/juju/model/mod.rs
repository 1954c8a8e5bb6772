//! The emulated Juju model: plain data that can be cloned, compared, kept on disk and changed by hand.
//!
//! Nothing here runs a hook. Changes that a person makes (deploy, relate, configure, grant) are
//! methods; changes that a charm makes come from a [`Session`](super::Session).

mod application;
mod cloud;
mod relation;
mod secret;
mod unit;

pub use application::Application;
pub use cloud::{CloudCredential, CloudSpec};
pub(super) use relation::write_databag;
pub use relation::{Databag, Member, Relation, Side};
pub use secret::{Access, Consumer, Content, Grantee, Owner, Revision, Rotate, Secret};
pub use unit::{
    Address, AgentStatus, BindAddress, Network, OpenPort, PortRange, Protocol, Status, StatusName,
    StatusRecord, Unit,
};

pub(super) use super::storage::Storage;
use super::{metadata::CharmMetadata, time::Timestamp};
use ops_core::{
    JujuVersion,
    names::{ApplicationName, EndpointName, RelationId, SecretId, UnitName},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{collections::BTreeMap, sync::Arc};

/// A Juju model with everything in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The model's name.
    pub name: String,
    /// The model's UUID.
    pub uuid: String,
    /// What it runs on.
    pub kind: ModelKind,
    /// The cloud it lives in, as far as anybody has said.
    #[serde(default)]
    pub cloud: Option<CloudSpec>,
    /// The version of its agents.
    #[serde(serialize_with = "version_out", deserialize_with = "version_in")]
    pub version: JujuVersion,
    /// What time it is. Only the owner of the model moves it.
    pub now: Timestamp,
    /// Applications by name.
    pub applications: BTreeMap<ApplicationName, Application>,
    /// Units by name.
    pub units: BTreeMap<UnitName, Unit>,
    /// Relations by id.
    pub relations: BTreeMap<RelationId, Relation>,
    /// Secrets by id.
    pub secrets: BTreeMap<SecretId, Secret>,
    /// How much a charm may write.
    pub quotas: Quotas,
    /// Where the next numbers come from.
    pub counters: Counters,
}

/// What a model runs on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// A Kubernetes cluster.
    #[default]
    Kubernetes,
    /// Machines.
    Machine,
}

/// How much a charm may write; more is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotas {
    /// Bytes of keys and values in one databag, checked at the flush.
    pub databag: usize,
    /// Bytes of keys and values in a unit's state, checked at the flush.
    pub state: usize,
    /// Bytes of one secret value in base64, checked at once.
    pub secret_value: usize,
    /// Bytes of all values of one secret in base64, checked at once.
    pub secret: usize,
}

impl Default for Quotas {
    /// Those of recent agents: 16 MiB, 2 MiB, and a million bytes for secrets.
    fn default() -> Self {
        Self { databag: 16 << 20, state: 2 << 20, secret_value: 1_000_000, secret: 1_000_000 }
    }
}

/// Where the next numbers come from: the same steps from the same seed give the same ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// The seed of ids that look random.
    pub seed: u64,
    /// The number of the next relation.
    pub relations: u32,
    /// How many secret ids were given.
    pub secrets: u64,
    /// How many hook contexts were opened.
    pub contexts: u64,
    /// How many addresses were given.
    pub addresses: u32,
    /// How many actions were run.
    pub actions: u64,
    /// The number of the next storage.
    #[serde(default)]
    pub storage: u32,
}

/// A change to the model that Juju would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ModelError(pub(super) String);

impl ModelError {
    pub(crate) fn not_found(what: &str, name: impl std::fmt::Display) -> Self {
        Self(format!("{what} \"{name}\" not found"))
    }
}

impl Default for Model {
    /// A Kubernetes model called `testing` under Juju 3.6.14.
    fn default() -> Self {
        Self::new("testing", JujuVersion::new(3, 6, 14))
    }
}

impl Model {
    /// A Kubernetes model with nothing in it.
    pub fn new(name: impl Into<String>, version: JujuVersion) -> Self {
        Self {
            name: name.into(),
            uuid: "6f4f4c1e-9d2a-4f0b-8a57-0d6c1f0e7b11".to_owned(),
            kind: ModelKind::default(),
            cloud: None,
            version,
            now: Timestamp::BEGINNING,
            applications: BTreeMap::new(),
            units: BTreeMap::new(),
            relations: BTreeMap::new(),
            secrets: BTreeMap::new(),
            quotas: Quotas::default(),
            counters: Counters::default(),
        }
    }

    /// Deploys an application without units, with its peer relations.
    ///
    /// # Errors
    /// The name is no application's name, or is taken.
    pub fn add_application(
        &mut self,
        name: &str,
        charm: impl Into<Arc<CharmMetadata>>,
    ) -> Result<ApplicationName, ModelError> {
        let name = ApplicationName::new(name).map_err(|e| ModelError(e.to_string()))?;
        if self.applications.contains_key(&name) {
            return Err(ModelError(format!("application \"{name}\" already exists")));
        }
        self.applications.insert(name.clone(), Application::new(charm.into()));
        self.add_peers(&name);
        Ok(name)
    }

    /// Replaces the charm of an application: each new peer endpoint gets its relation, and each unit the storage
    /// that it must have by now.
    ///
    /// # Errors
    /// There is no such application.
    pub(crate) fn replace_charm(
        &mut self,
        application: &ApplicationName,
        charm: Arc<CharmMetadata>,
    ) -> Result<(), ModelError> {
        self.application_mut(application.as_str())?.charm = charm;
        self.add_peers(application);
        let units: Vec<UnitName> = self
            .units_of(application.as_str())
            .filter(|(_, unit)| !unit.dying)
            .map(|(unit, _)| unit.clone())
            .collect();
        units.iter().try_for_each(|unit| self.add_required_storage(unit))
    }

    /// Relates the units of an application to each other, by each peer endpoint that has no relation yet.
    fn add_peers(&mut self, application: &ApplicationName) {
        let Some(found) = self.applications.get(application) else { return };
        let has_relation = |name: &EndpointName| {
            let mut sides = self.relations.values().filter_map(|r| r.side(application.as_str()));
            sides.any(|side| side.endpoint == *name)
        };
        let peers: Vec<(EndpointName, String)> = found
            .charm
            .endpoints
            .iter()
            .filter(|(name, endpoint)| {
                endpoint.role == super::metadata::Role::Peer && !has_relation(name)
            })
            .map(|(name, endpoint)| (name.clone(), endpoint.interface.clone()))
            .collect();
        for (endpoint, interface) in peers {
            let id = self.next_relation();
            let side = Side::new(application.clone(), endpoint);
            self.relations.insert(id, Relation::new(id, interface, vec![side]));
        }
    }

    /// Adds the next unit of an application. It has joined no relation: see
    /// [`enter_scope`](Self::enter_scope) and [`enter_scopes`](Self::enter_scopes).
    ///
    /// # Errors
    /// There is no such application.
    pub fn add_unit(&mut self, application: &str) -> Result<UnitName, ModelError> {
        let found = self.application_mut(application)?;
        let number = found.next_unit;
        found.next_unit += 1;
        let name = UnitName::new(format!("{application}/{number}"))
            .map_err(|e| ModelError(e.to_string()))?;
        self.insert_unit(&name)?;
        Ok(name)
    }

    /// Adds a unit under a name of one's own choice.
    ///
    /// # Errors
    /// There is no such application, or the unit exists.
    pub fn insert_unit(&mut self, name: &UnitName) -> Result<(), ModelError> {
        let application = self.application_mut(name.application().as_str())?;
        application.next_unit = application.next_unit.max(name.number().saturating_add(1));
        if self.units.contains_key(name) {
            return Err(ModelError(format!("unit \"{name}\" already exists")));
        }
        let number = self.counters.addresses;
        self.counters.addresses += 1;
        self.units.insert(name.clone(), Unit::new(number, self.now));
        self.add_required_storage(name)
    }

    /// Makes this unit the leader of its application, and no other.
    ///
    /// # Errors
    /// There is no such application.
    pub fn set_leader(&mut self, unit: &UnitName) -> Result<(), ModelError> {
        self.application_mut(unit.application().as_str())?.leader = Some(unit.clone());
        Ok(())
    }

    /// Whether the unit leads its application.
    #[must_use]
    pub fn is_leader(&self, unit: &UnitName) -> bool {
        let application = application_of(unit);
        self.applications.get(application).is_some_and(|a| a.leader.as_ref() == Some(unit))
    }

    /// The application of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn application(&self, name: &str) -> Result<&Application, ModelError> {
        self.applications.get(name).ok_or_else(|| ModelError::not_found("application", name))
    }

    /// The application of this name, to be changed.
    ///
    /// # Errors
    /// There is none.
    pub fn application_mut(&mut self, name: &str) -> Result<&mut Application, ModelError> {
        self.applications.get_mut(name).ok_or_else(|| ModelError::not_found("application", name))
    }

    /// The unit of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn unit(&self, name: &UnitName) -> Result<&Unit, ModelError> {
        self.units.get(name).ok_or_else(|| ModelError::not_found("unit", name))
    }

    /// The unit of this name, to be changed.
    ///
    /// # Errors
    /// There is none.
    pub fn unit_mut(&mut self, name: &UnitName) -> Result<&mut Unit, ModelError> {
        self.units.get_mut(name).ok_or_else(|| ModelError::not_found("unit", name))
    }

    /// The units of an application, in order of their names.
    pub fn units_of<'a>(
        &'a self,
        application: &'a str,
    ) -> impl Iterator<Item = (&'a UnitName, &'a Unit)> + 'a {
        self.units.iter().filter(move |(name, _)| application_of(name) == application)
    }

    /// The status that others see of an application: its own, or the worst of its units' if its
    /// leader never set one.
    #[must_use]
    pub fn application_status(&self, application: &str) -> StatusRecord {
        let own = self.applications.get(application).and_then(|a| a.status.clone());
        own.unwrap_or_else(|| {
            self.units_of(application)
                .map(|(_, unit)| &unit.status)
                .max_by_key(|record| record.status.name.severity())
                .cloned()
                .unwrap_or_else(|| StatusRecord {
                    status: Status::new(StatusName::Unknown, ""),
                    since: self.now,
                })
        })
    }

    pub(super) fn next_relation(&mut self) -> RelationId {
        let id = RelationId::new(self.counters.relations);
        self.counters.relations += 1;
        id
    }

    /// An id that no secret has yet.
    pub(super) fn next_secret(&mut self) -> Option<SecretId> {
        loop {
            let id = self.made_secret_id()?;
            if !self.secrets.contains_key(&id) {
                return Some(id);
            }
        }
    }

    /// An id of 20 characters `[0-9a-v]`, as xid makes them, from the seed and a counter.
    fn made_secret_id(&mut self) -> Option<SecretId> {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
        let number = self.counters.secrets;
        self.counters.secrets += 1;
        let mut bits = mix(self.counters.seed, number);
        // Ids begin with their time: all of these years begin with this letter.
        let mut id = String::from("secret:d");
        for at in 0..19 {
            if at == 12 {
                bits = mix(bits, number);
            }
            id.extend(ALPHABET.get((bits & 31) as usize).map(|b| char::from(*b)));
            bits >>= 5;
        }
        SecretId::parse(&id).ok()
    }

    /// The random part of the next context id: 32 hexadecimal digits.
    pub(super) fn next_context(&mut self) -> String {
        let number = self.counters.contexts;
        self.counters.contexts += 1;
        let high = mix(self.counters.seed ^ 0xc0de, number);
        format!("{high:016x}{:016x}", mix(high, number))
    }
}

/// The part of a unit's name before the `/`, without making a new text.
pub(super) fn application_of(unit: &UnitName) -> &str {
    unit.as_str().rsplit_once('/').map_or(unit.as_str(), |(application, _)| application)
}

/// SplitMix64: spreads a seed and a counter over 64 bits.
fn mix(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn version_out<S: Serializer>(version: &JujuVersion, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(version)
}

fn version_in<'de, D: Deserializer<'de>>(deserializer: D) -> Result<JujuVersion, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}
