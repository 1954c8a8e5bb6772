//! One relation, with the databags of both sides.

use crate::emulator::juju::Databag;
use ops_core::{
    interface::{EndpointSpec, Interface, RemoteApplication, RemoteUnit, Role, Schema, Typed},
    names::{ApplicationName, EndpointName, RelationId, UnitName},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One relation, with the databags of both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Relation {
    /// Its id.
    pub id: RelationId,
    /// The endpoint of this charm.
    pub endpoint: EndpointName,
    /// The interface that is spoken; `None` is the one that the metadata declares.
    #[serde(default)]
    pub interface: Option<String>,
    /// With whom it is.
    #[serde(default)]
    pub kind: RelationKind,
    /// The other application. In a peer relation it is this one, whatever stands here.
    pub application: ApplicationName,
    /// What this application wrote.
    #[serde(default)]
    pub local_application: Databag,
    /// What this unit wrote.
    #[serde(default)]
    pub local_unit: Databag,
    /// What the other application wrote. Empty in a peer relation.
    #[serde(default)]
    pub remote_application: Databag,
    /// The other units by number, and what they wrote.
    #[serde(default)]
    pub remote_units: BTreeMap<u32, Databag>,
    /// The UUID of the model in which the other application lives, if it is another one.
    #[serde(default)]
    pub remote_model: Option<String>,
}

/// With whom a relation is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelationKind {
    /// With another application.
    #[default]
    Regular,
    /// Among the units of this application.
    Peer,
    /// Between a subordinate and its principal: one unit on each side, on the same machine.
    Subordinate,
}

impl Relation {
    /// A relation of an endpoint with one unit of an application called `remote`, and empty databags.
    /// One of an endpoint under `peers` is among the units of this application.
    #[must_use]
    pub fn new<E: EndpointSpec>(_: E, id: u32) -> Self {
        let mut relation = Self::named(EndpointName::from_static(E::NAME), id);
        if <E::Role as Role>::NAME == "peers" {
            relation.kind = RelationKind::Peer;
        }
        relation
    }

    /// A relation of an endpoint that the metadata may not declare, as [`new`](Self::new).
    #[must_use]
    pub fn named(endpoint: impl Into<EndpointName>, id: u32) -> Self {
        Self {
            id: RelationId::new(id),
            endpoint: endpoint.into(),
            interface: None,
            kind: RelationKind::Regular,
            application: ApplicationName::from_static("remote"),
            local_application: Databag::new(),
            local_unit: Databag::new(),
            remote_application: Databag::new(),
            remote_units: BTreeMap::from([(0, Databag::new())]),
            remote_model: None,
        }
    }

    /// A peer relation without other units.
    #[must_use]
    pub fn peer<E: EndpointSpec>(endpoint: E, id: u32) -> Self {
        let remote_units = BTreeMap::new();
        Self { remote_units, kind: RelationKind::Peer, ..Self::new(endpoint, id) }
    }

    /// A relation of a subordinate with its principal, or the other way round: with unit 0 of an
    /// application called `remote`.
    #[must_use]
    pub fn subordinate<E: EndpointSpec>(endpoint: E, id: u32) -> Self {
        Self { kind: RelationKind::Subordinate, ..Self::new(endpoint, id) }
    }

    /// The other application has this name.
    #[must_use]
    pub fn with(mut self, application: &'static str) -> Self {
        self.application = ApplicationName::from_static(application);
        self
    }

    /// The relation speaks this interface, whatever the metadata says.
    #[must_use]
    pub fn interface(mut self, interface: impl Into<String>) -> Self {
        self.interface = Some(interface.into());
        self
    }

    /// The other application lives in the model with this UUID.
    #[must_use]
    pub fn remote_model(mut self, uuid: impl Into<String>) -> Self {
        self.remote_model = Some(uuid.into());
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
        self.remote_application.extend(written(data));
        self
    }

    /// There is another unit of this number, with an empty databag.
    #[must_use]
    pub fn remote_unit(mut self, number: u32) -> Self {
        self.remote_units.entry(number).or_default();
        self
    }

    /// There are these other units and no more. Each that was there keeps its databag.
    #[must_use]
    pub fn remote_units(mut self, numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut before = std::mem::take(&mut self.remote_units);
        let kept = |number| (number, before.remove(&number).unwrap_or_default());
        self.remote_units = numbers.into_iter().map(kept).collect();
        self
    }

    /// Another unit wrote this key.
    #[must_use]
    pub fn remote_unit_key(
        mut self,
        number: u32,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.remote_units.entry(number).or_default().insert(key.into(), value.into());
        self
    }

    /// Another unit wrote this. What the interface cannot write is left out.
    #[must_use]
    pub fn remote_unit_data<E: EndpointSpec, I: Interface>(
        mut self,
        _: Typed<E, I>,
        number: u32,
        data: &RemoteUnit<E, I>,
    ) -> Self {
        self.remote_units.entry(number).or_default().extend(written(data));
        self
    }

    /// This application wrote this key in an earlier dispatch.
    #[must_use]
    pub fn local_key(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.local_application.insert(key.into(), value.into());
        self
    }

    /// This unit wrote this key in an earlier dispatch.
    #[must_use]
    pub fn local_unit_key(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.local_unit.insert(key.into(), value.into());
        self
    }

    /// The name of another unit, as this application's charm sees it. In a peer relation it is a unit of
    /// `own`.
    #[must_use]
    pub(crate) fn unit_name(&self, own: &ApplicationName, number: u32) -> Option<UnitName> {
        let application = if self.kind == RelationKind::Peer { own } else { &self.application };
        UnitName::new(format!("{application}/{number}")).ok()
    }
}

fn written(data: &impl Schema) -> impl Iterator<Item = (String, String)> {
    let bag = data.encode().unwrap_or_default();
    bag.into_iter().map(|(key, value)| (key, value.expose().to_owned()))
}
