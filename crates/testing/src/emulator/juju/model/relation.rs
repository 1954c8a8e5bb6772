//! Relations: who takes part, and what the sides wrote.

use super::{super::metadata::Role, Model, ModelError, application_of};
use ops_core::names::{ApplicationName, EndpointName, RelationId, UnitName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one application or unit wrote into a relation.
pub type Databag = BTreeMap<String, String>;

/// A relation between two applications, or among the units of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// Its number.
    pub id: RelationId,
    /// The interface spoken.
    pub interface: String,
    /// The two applications that take part; one in a peer relation.
    pub sides: Vec<Side>,
    /// Whether it is being removed.
    pub dying: bool,
    /// Whether an offer is suspended.
    pub suspended: bool,
    /// The UUID of the model that the other side is in, if that is another one.
    #[serde(default)]
    pub other_model: Option<String>,
}

/// One application's part in a relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// The application.
    pub application: ApplicationName,
    /// Its endpoint.
    pub endpoint: EndpointName,
    /// What its leader wrote for the whole application.
    pub settings: Databag,
    /// How often that changed; 0 means that it was never written.
    pub version: u64,
    /// Its units that are, or were, in the relation.
    pub units: BTreeMap<UnitName, Member>,
}

/// A unit's part in a relation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Whether it takes part now. The databag of one that left stays readable.
    pub in_scope: bool,
    /// What it wrote.
    pub settings: Databag,
    /// How often that changed.
    pub version: u64,
}

impl Side {
    pub(super) fn new(application: ApplicationName, endpoint: EndpointName) -> Self {
        Self { application, endpoint, settings: Databag::new(), version: 0, units: BTreeMap::new() }
    }

    /// Its units that take part now.
    pub fn members(&self) -> impl Iterator<Item = &UnitName> + '_ {
        self.units.iter().filter(|(_, member)| member.in_scope).map(|(name, _)| name)
    }
}

impl Relation {
    pub(super) fn new(id: RelationId, interface: String, sides: Vec<Side>) -> Self {
        Self { id, interface, sides, dying: false, suspended: false, other_model: None }
    }

    /// Whether it is among the units of one application.
    #[must_use]
    pub fn is_peer(&self) -> bool {
        self.sides.len() == 1
    }

    /// An application's own side.
    #[must_use]
    pub fn side(&self, application: &str) -> Option<&Side> {
        self.sides.iter().find(|side| side.application == application)
    }

    /// An application's own side, to be changed.
    pub fn side_mut(&mut self, application: &str) -> Option<&mut Side> {
        self.sides.iter_mut().find(|side| side.application == application)
    }

    /// The side that an application talks to: the other one, or its own in a peer relation.
    #[must_use]
    pub fn other_side(&self, application: &str) -> Option<&Side> {
        self.sides.iter().find(|side| side.application != application).or(self.sides.first())
    }

    /// What a unit wrote, if it ever was in the relation.
    #[must_use]
    pub fn member(&self, unit: &UnitName) -> Option<&Member> {
        self.side(application_of(unit))?.units.get(unit)
    }

    /// What a unit wrote, to be changed.
    pub fn member_mut(&mut self, unit: &UnitName) -> Option<&mut Member> {
        self.side_mut(application_of(unit))?.units.get_mut(unit)
    }

    /// Whether the unit takes part now.
    #[must_use]
    pub fn has_member(&self, unit: &UnitName) -> bool {
        self.member(unit).is_some_and(|member| member.in_scope)
    }
}

/// Writes changes into a databag; an empty value deletes its key. Says whether anything changed.
pub(crate) fn write_databag(
    bag: &mut Databag,
    changes: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
) -> bool {
    let mut changed = false;
    for (key, value) in changes {
        let (key, value) = (key.as_ref(), value.as_ref());
        changed |= if value.is_empty() {
            bag.remove(key).is_some()
        } else if bag.get(key).is_some_and(|held| held == value) {
            false
        } else {
            bag.insert(key.to_owned(), value.to_owned());
            true
        };
    }
    changed
}

impl Model {
    /// Relates two endpoints, each given as `application:endpoint`. No unit has joined yet.
    ///
    /// # Errors
    /// An application or endpoint does not exist, the interfaces differ, the roles do not fit, the
    /// relation exists, or an endpoint has reached its limit.
    pub fn relate(&mut self, one: &str, other: &str) -> Result<RelationId, ModelError> {
        let (one, role, interface) = self.endpoint(one)?;
        let (other, other_role, other_interface) = self.endpoint(other)?;
        let fits = matches!(
            (role, other_role),
            (Role::Provider, Role::Requirer) | (Role::Requirer, Role::Provider)
        );
        if !fits || interface != other_interface || one.application == other.application {
            return Err(ModelError(format!(
                "cannot relate {}:{} ({role:?} of {interface}) to {}:{} ({other_role:?} of {other_interface})",
                one.application, one.endpoint, other.application, other.endpoint
            )));
        }
        for side in [&one, &other] {
            self.check_limit(side)?;
        }
        let same = |relation: &Relation, side: &Side| {
            relation
                .side(side.application.as_str())
                .is_some_and(|found| found.endpoint == side.endpoint)
        };
        if self.relations.values().any(|r| !r.dying && same(r, &one) && same(r, &other)) {
            return Err(ModelError("relation already exists".to_owned()));
        }
        let id = self.next_relation();
        self.relations.insert(id, Relation::new(id, interface, vec![one, other]));
        Ok(id)
    }

    /// Relates two endpoints and lets every unit of both join: a settled relation.
    ///
    /// # Errors
    /// As [`relate`](Self::relate).
    pub fn integrate(&mut self, one: &str, other: &str) -> Result<RelationId, ModelError> {
        let id = self.relate(one, other)?;
        let units: Vec<UnitName> = self.units.keys().cloned().collect();
        for unit in units {
            if self.relations.get(&id).is_some_and(|r| r.side(application_of(&unit)).is_some()) {
                self.enter_scope(id, &unit)?;
            }
        }
        Ok(id)
    }

    /// Lets a unit join a relation of its application, with the addresses Juju writes for it.
    ///
    /// # Errors
    /// There is no such unit or relation, or the application has no part in it.
    pub fn enter_scope(&mut self, id: RelationId, unit: &UnitName) -> Result<(), ModelError> {
        let addresses = self.addresses(id, unit)?;
        let relation =
            self.relations.get_mut(&id).ok_or_else(|| ModelError::not_found("relation", id))?;
        let side = relation
            .side_mut(application_of(unit))
            .ok_or_else(|| ModelError(format!("unit \"{unit}\" has no part in relation {id}")))?;
        let member = side.units.entry(unit.clone()).or_default();
        member.in_scope = true;
        for (key, value) in addresses {
            member.settings.entry(key.to_owned()).or_insert(value);
        }
        Ok(())
    }

    /// Lets a unit join all relations of its application.
    ///
    /// # Errors
    /// There is no such unit.
    pub fn enter_scopes(&mut self, unit: &UnitName) -> Result<(), ModelError> {
        self.unit(unit)?;
        let ids: Vec<RelationId> = self
            .relations
            .values()
            .filter(|relation| relation.side(application_of(unit)).is_some())
            .map(|relation| relation.id)
            .collect();
        ids.into_iter().try_for_each(|id| self.enter_scope(id, unit))
    }

    /// Takes a unit out of a relation; what it wrote stays readable.
    pub fn leave_scope(&mut self, id: RelationId, unit: &UnitName) {
        if let Some(member) = self.relations.get_mut(&id).and_then(|r| r.member_mut(unit)) {
            member.in_scope = false;
        }
    }

    /// Removes a relation with everything written into it, and the secret grants that it carried.
    pub fn remove_relation(&mut self, id: RelationId) {
        self.relations.remove(&id);
        for secret in self.secrets.values_mut() {
            secret.grants.retain(|_, grant| grant.relation != Some(id));
        }
        for unit in self.units.values_mut() {
            unit.members.remove(&id);
        }
    }

    /// Writes into the databag of an application or a unit as that charm would: for the other side
    /// of a relation, which runs no charm here. An empty value deletes its key.
    ///
    /// # Errors
    /// There is no such relation, or the name has no part in it.
    pub fn write_databag<K: Into<String>, V: Into<String>>(
        &mut self,
        id: RelationId,
        name: &str,
        changes: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), ModelError> {
        let changes: Databag = changes.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        let missing = || ModelError(format!("{name:?} has no part in relation {id}"));
        let relation =
            self.relations.get_mut(&id).ok_or_else(|| ModelError::not_found("relation", id))?;
        let (bag, version) = match UnitName::new(name) {
            Ok(unit) => {
                let member = relation.member_mut(&unit).ok_or_else(missing)?;
                (&mut member.settings, &mut member.version)
            }
            Err(_) => {
                let side = relation.side_mut(name).ok_or_else(missing)?;
                (&mut side.settings, &mut side.version)
            }
        };
        *version += u64::from(write_databag(bag, &changes));
        Ok(())
    }

    fn endpoint(&self, text: &str) -> Result<(Side, Role, String), ModelError> {
        let (application, endpoint) = text
            .split_once(':')
            .ok_or_else(|| ModelError(format!("expected application:endpoint, got {text:?}")))?;
        let charm = &self.application(application)?.charm;
        let (name, found) = charm.endpoints.get_key_value(endpoint).ok_or_else(|| {
            ModelError(format!("application \"{application}\" has no \"{endpoint}\" relation"))
        })?;
        let application =
            ApplicationName::new(application).map_err(|e| ModelError(e.to_string()))?;
        Ok((Side::new(application, name.clone()), found.role, found.interface.clone()))
    }

    fn check_limit(&self, side: &Side) -> Result<(), ModelError> {
        let charm = &self.application(side.application.as_str())?.charm;
        let Some(limit) = charm.endpoints.get(&side.endpoint).and_then(|e| e.limit) else {
            return Ok(());
        };
        let count = self
            .relations
            .values()
            .filter_map(|relation| relation.side(side.application.as_str()))
            .filter(|found| found.endpoint == side.endpoint)
            .count();
        if count >= limit as usize {
            return Err(ModelError(format!(
                "establishing a new relation for {}:{} would exceed its maximum relation limit of {limit}",
                side.application, side.endpoint
            )));
        }
        Ok(())
    }

    fn addresses(
        &self,
        id: RelationId,
        unit: &UnitName,
    ) -> Result<Vec<(&'static str, String)>, ModelError> {
        let endpoint = self
            .relations
            .get(&id)
            .and_then(|r| r.side(application_of(unit)))
            .map_or("", |side| side.endpoint.as_str());
        let Some(network) = self.unit(unit)?.network(endpoint) else { return Ok(Vec::new()) };
        let mut addresses = vec![("egress-subnets", network.egress_subnets.join(","))];
        if let Some(address) = network.ingress_address() {
            addresses.push(("ingress-address", address.to_owned()));
            addresses.push(("private-address", address.to_owned()));
        }
        Ok(addresses)
    }
}
