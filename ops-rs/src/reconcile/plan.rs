//! Desired state, as data: what a plan says, before anything compares it with what is there.
//!
//! A plan is made of scopes. Each scope is filled by a closure, and a `?` in the closure holds that scope
//! alone: what runs keeps running, and the other scopes converge. Printing a plan shows no secret.

mod container;

use crate::hook_command::PortRange;
use ops_core::{
    Fault, Secret, Text,
    interface::{Databag, EndpointSpec, Interface, OwnApplication, OwnUnit, Schema as _, Typed},
    names::{ContainerName, EndpointName, RelationId},
};
use serde::{Serialize, Serializer};
use std::{collections::BTreeMap, collections::BTreeSet, fmt};

pub use container::ContainerPlan;
pub(super) use container::File;

/// The part of the world that a scope speaks about. It prints as `container/web`, `ports`, ...
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// A secret of this charm, by its label.
    Secret(String),
    /// A container: its layer, files and services.
    Container(ContainerName),
    /// The version that Juju shows for the application.
    WorkloadVersion,
    /// This application's databags on an endpoint.
    ApplicationData(EndpointName),
    /// This unit's databags on an endpoint.
    UnitData(EndpointName),
    /// The unit's ports.
    Ports,
    /// Everything that a part of the reconciler plans: its plan failed, so its scopes are not known.
    Part(&'static str),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(label) => write!(f, "secret/{label}"),
            Self::Container(name) => write!(f, "container/{name}"),
            Self::WorkloadVersion => f.write_str("workload-version"),
            Self::ApplicationData(endpoint) => write!(f, "application-data/{endpoint}"),
            Self::UnitData(endpoint) => write!(f, "unit-data/{endpoint}"),
            Self::Ports => f.write_str("ports"),
            Self::Part(name) => write!(f, "part/{name}"),
        }
    }
}

// By hand: a map in JSON needs text for keys.
impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What should be. Made by [`Reconcile::plan`](super::Reconcile::plan), written by apply.
///
/// A scope that the plan does not mention is left alone. A held one is too, and its fault becomes part of
/// the status.
#[must_use = "a plan does nothing until `plan` returns it"]
#[derive(Default, Clone, PartialEq, Serialize)]
pub struct Plan {
    scopes: BTreeMap<Scope, Desired>,
    held: BTreeMap<Scope, Fault>,
    claimed_twice: BTreeSet<Scope>,
}

/// One way to print it, so that there is one to read and one to search for secrets: as JSON, on one line or,
/// with `{:#?}`, indented.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = match f.alternate() {
            true => serde_json::to_string_pretty(self),
            false => serde_json::to_string(self),
        };
        f.write_str(&json.map_err(|_| fmt::Error)?)
    }
}

/// What one scope should be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Desired {
    Secret(SecretPlan),
    Container(ContainerPlan),
    WorkloadVersion(String),
    Data(DataPlan),
    Ports(BTreeSet<PortRange>),
}

/// What the databags of an endpoint should hold: keys that are not named are left alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct DataPlan {
    /// For relations that have no entry of their own.
    pub(super) every: Option<Databag>,
    pub(super) each: BTreeMap<RelationId, Databag>,
}

impl Plan {
    /// A plan that says nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a container should run. A `?` inside holds this container, and nothing else.
    ///
    /// It holds it too, as a bug, when a [`restart_on`](ContainerPlan::restart_on) names a service or a
    /// file that is not planned.
    pub fn container(
        &mut self,
        name: ContainerName,
        fill: impl FnOnce(&mut ContainerPlan) -> Result<(), Fault>,
    ) -> &mut Self {
        let mut container = ContainerPlan::new(&name);
        let filled = fill(&mut container)
            .and_then(|()| container.restarts_what_it_plans())
            .map(|()| Desired::Container(container));
        self.put(Scope::Container(name), filled)
    }

    /// A secret of this charm, by its label. Secrets of the application are the leader's to write; other
    /// units skip the scope. A `?` inside holds this secret, and nothing else.
    pub fn secret(
        &mut self,
        label: impl Into<String>,
        fill: impl FnOnce(&mut SecretPlan) -> Result<(), Fault>,
    ) -> &mut Self {
        let label = label.into();
        let mut secret = SecretPlan { label: label.clone(), ..SecretPlan::default() };
        let filled = fill(&mut secret).map(|()| Desired::Secret(secret));
        self.put(Scope::Secret(label), filled)
    }

    /// What this application writes into every relation of an endpoint. The leader writes it; other units
    /// skip the scope. A `?` inside holds this endpoint's application data, and nothing else.
    pub fn application_data<E: EndpointSpec, I: Interface>(
        &mut self,
        _: Typed<E, I>,
        data: impl FnOnce() -> Result<OwnApplication<E, I>, Fault>,
    ) -> &mut Self {
        let encode = |data: OwnApplication<E, I>| Ok(data.encode()?);
        let bag = data().and_then(encode);
        self.data(Scope::ApplicationData(EndpointName::from_static(E::NAME)), bag, None)
    }

    /// What this application writes into one relation of an endpoint, in place of what
    /// [`application_data`](Self::application_data) says for all.
    pub fn application_data_of<E: EndpointSpec, I: Interface>(
        &mut self,
        _: Typed<E, I>,
        relation: RelationId,
        data: impl FnOnce() -> Result<OwnApplication<E, I>, Fault>,
    ) -> &mut Self {
        let encode = |data: OwnApplication<E, I>| Ok(data.encode()?);
        let bag = data().and_then(encode);
        self.data(Scope::ApplicationData(EndpointName::from_static(E::NAME)), bag, Some(relation))
    }

    /// What this unit writes into every relation of an endpoint. A `?` inside holds this endpoint's unit
    /// data, and nothing else.
    pub fn unit_data<E: EndpointSpec, I: Interface>(
        &mut self,
        _: Typed<E, I>,
        data: impl FnOnce() -> Result<OwnUnit<E, I>, Fault>,
    ) -> &mut Self {
        let encode = |data: OwnUnit<E, I>| Ok(data.encode()?);
        let bag = data().and_then(encode);
        self.data(Scope::UnitData(EndpointName::from_static(E::NAME)), bag, None)
    }

    /// A TCP port that should be open.
    pub fn port(&mut self, port: u16) -> &mut Self {
        self.ports([PortRange::tcp(port)])
    }

    /// Ports that should be open, with those that the plan already has.
    pub fn ports(&mut self, ports: impl IntoIterator<Item = PortRange>) -> &mut Self {
        if self.held.contains_key(&Scope::Ports) {
            return self;
        }
        let empty = || Desired::Ports(BTreeSet::new());
        if let Desired::Ports(open) = self.scopes.entry(Scope::Ports).or_insert_with(empty) {
            open.extend(ports);
        }
        self
    }

    /// The version that Juju shows for the application.
    pub fn workload_version(&mut self, version: impl Into<String>) -> &mut Self {
        self.put(Scope::WorkloadVersion, Ok(Desired::WorkloadVersion(version.into())))
    }

    /// Keeps what is there in a scope, and says why. Ports and databags, which several calls may plan
    /// together, are held whatever was or will be planned for them; any other scope has one master.
    pub fn hold(&mut self, scope: Scope, why: Fault) -> &mut Self {
        match scope {
            Scope::Ports | Scope::ApplicationData(_) | Scope::UnitData(_) => {
                self.hold_shared(scope, why)
            }
            _ => self.put(scope, Err(why)),
        }
    }

    /// Adds the plan of a part. If it failed, everything that the part planned before is held.
    pub fn part(&mut self, name: &'static str, part: Result<Self, Fault>) -> &mut Self {
        match part {
            Ok(part) => {
                for (scope, desired) in part.scopes {
                    match (scope, desired) {
                        (Scope::Ports, Desired::Ports(ports)) => {
                            self.ports(ports);
                        }
                        (scope, desired) => {
                            self.put(scope, Ok(desired));
                        }
                    }
                }
                for (scope, fault) in part.held {
                    if scope == Scope::Ports {
                        self.hold(scope, fault);
                    } else {
                        self.put(scope, Err(fault));
                    }
                }
                self.claimed_twice.extend(part.claimed_twice);
            }
            Err(fault) => {
                self.put(Scope::Part(name), Err(fault));
            }
        }
        self
    }

    /// The scopes that keep what they have, and why.
    pub fn held(&self) -> impl Iterator<Item = (&Scope, &Fault)> {
        self.held.iter()
    }

    /// The scopes that the plan speaks about and does not hold.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.keys()
    }

    /// Whether it says nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty() && self.held.is_empty()
    }

    pub(super) fn makes_secrets(&self) -> bool {
        self.scopes.keys().any(|scope| matches!(scope, Scope::Secret(_)))
    }

    pub(super) fn desired(&self) -> impl Iterator<Item = (&Scope, &Desired)> {
        self.scopes.iter()
    }

    /// A scope with two masters. Nothing of such a plan is applied.
    pub(super) fn conflict(&self) -> Option<Fault> {
        let scopes: Vec<String> = self.claimed_twice.iter().map(Scope::to_string).collect();
        let text = format!("planned more than once: {}", scopes.join(", "));
        (!scopes.is_empty()).then(|| Fault::bug(text))
    }

    fn put(&mut self, scope: Scope, desired: Result<Desired, Fault>) -> &mut Self {
        if self.scopes.contains_key(&scope) || self.held.contains_key(&scope) {
            self.claimed_twice.insert(scope);
            return self;
        }
        match desired {
            Ok(desired) => {
                self.scopes.insert(scope, desired);
            }
            Err(fault) => {
                self.held.insert(scope, fault);
            }
        }
        self
    }

    fn hold_shared(&mut self, scope: Scope, why: Fault) -> &mut Self {
        self.scopes.remove(&scope);
        self.held.entry(scope).or_insert(why);
        self
    }

    /// Several relations of one endpoint share a scope: a fault in one holds the endpoint.
    fn data(
        &mut self,
        scope: Scope,
        bag: Result<Databag, Fault>,
        relation: Option<RelationId>,
    ) -> &mut Self {
        let bag = match bag {
            Ok(bag) => bag,
            Err(fault) => return self.hold_shared(scope, fault),
        };
        if self.held.contains_key(&scope) {
            return self;
        }
        let empty = || Desired::Data(DataPlan::default());
        let mut twice = false;
        if let Desired::Data(data) = self.scopes.entry(scope.clone()).or_insert_with(empty) {
            twice = match relation {
                Some(relation) => data.each.insert(relation, bag).is_some(),
                None => data.every.replace(bag).is_some(),
            };
        }
        if twice {
            self.claimed_twice.insert(scope);
        }
        self
    }
}

pub(super) fn secret_of(text: &Text) -> Option<&Secret> {
    match text {
        Text::Secret(secret) => Some(secret),
        Text::Plain(_) => None,
    }
}

/// A secret of this charm.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SecretPlan {
    /// For the tags of its values; the scope has it already.
    #[serde(skip)]
    label: String,
    pub(super) owner: Owner,
    pub(super) description: Option<String>,
    pub(super) keys: BTreeMap<String, Value>,
}

/// Who owns a secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Owner {
    #[default]
    Application,
    Unit,
}

/// The value of one key of a secret.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Value {
    /// Kept once it is there; made of this many random bytes, as hexadecimal digits, when it is not.
    RandomHex(usize),
    /// This.
    Known(Secret),
}

impl SecretPlan {
    /// Every secret that the plan copies into this one.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.keys.values().filter_map(|value| match value {
            Value::Known(secret) => Some(secret),
            Value::RandomHex(_) => None,
        })
    }

    /// Owned by this unit rather than by the application.
    pub fn owned_by_unit(&mut self) -> &mut Self {
        self.owner = Owner::Unit;
        self
    }

    /// A description for the operator.
    pub fn description(&mut self, text: impl Into<String>) -> &mut Self {
        self.description = Some(text.into());
        self
    }

    /// A key with a value that this charm knows. Plain text is not printed from here on.
    pub fn key(&mut self, key: impl Into<String>, value: impl Into<Text>) -> &mut Self {
        let key = key.into();
        let value = match value.into() {
            Text::Secret(secret) => secret,
            Text::Plain(text) => Secret::new(text, format!("{}/{key}@new", self.label)),
        };
        self.keys.insert(key, Value::Known(value));
        self
    }

    /// A key with a value that is made once, of this many random bytes in lower-case hexadecimal digits.
    pub fn random_hex(&mut self, key: impl Into<String>, bytes: usize) -> &mut Self {
        self.keys.insert(key.into(), Value::RandomHex(bytes));
        self
    }
}

#[cfg(test)]
mod tests;
