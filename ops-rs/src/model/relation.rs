//! Relations and their databags, typed by endpoint and interface.

use super::{LeaderProof, Memo, Model};
use crate::hook_command::{self, Bag, CommandError, Scope};
use ops_core::{
    Error, Fault, FaultKind, Probe, Text,
    interface::{
        EndpointSpec, Interface, OwnApplication, OwnUnit, Peers, RemoteApplication, RemoteUnit,
        Role, Schema, Typed,
    },
    names::{ApplicationName, EndpointName, RelationId, UnitName},
};
use serde::Serialize;
use std::{any::TypeId, cell::RefCell, collections::BTreeMap, marker::PhantomData, rc::Rc};

type Content = BTreeMap<String, String>;

/// What the other application wrote into one relation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Remote<T> {
    /// The relation.
    pub relation: RelationId,
    /// What it wrote.
    pub data: T,
}

/// One relation of an endpoint.
pub struct Relation<'m, E, I> {
    model: &'m Model,
    id: RelationId,
    types: PhantomData<fn() -> (E, I)>,
}

impl<E: EndpointSpec, I> std::fmt::Debug for Relation<'_, E, I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Relation({}:{})", E::NAME, self.id)
    }
}

impl Model {
    /// The relations of an endpoint, oldest first. One that this hook says is ending is left out.
    ///
    /// In `install` there are none but those with peers, and Juju is not asked: it announces each of the
    /// others with `relation-created`, after `install`.
    ///
    /// # Errors
    /// What `relation-ids` said.
    pub fn relations<E: EndpointSpec, I: Interface>(
        &self,
        _: Typed<E, I>,
    ) -> Result<Vec<Relation<'_, E, I>>, Fault> {
        let relation = |id: &RelationId| Relation { model: self, id: *id, types: PhantomData };
        let endpoint = EndpointName::from_static(E::NAME);
        if self.0.context.is_install() && E::Role::NAME != Peers::NAME {
            self.0.relations.ids.put(endpoint, Rc::new([]));
            return Ok(Vec::new());
        }
        Ok(self.relation_ids(&endpoint)?.iter().map(relation).collect())
    }

    /// What the other application wrote, for an endpoint that is related at most once.
    ///
    /// Absent: not related, or the other side has not written what the interface needs. Failed: related
    /// more than once (blocked), or the other side wrote what the interface does not allow (blocked).
    pub fn remote<E: EndpointSpec, I: Interface>(
        &self,
        endpoint: Typed<E, I>,
    ) -> Probe<Remote<RemoteApplication<E, I>>> {
        let relations = match self.relations(endpoint) {
            Ok(relations) => relations,
            Err(fault) => return Probe::Failed(fault),
        };
        match relations.as_slice() {
            [] => Probe::Absent,
            [relation] => {
                relation.remote_application().map(|data| Remote { relation: relation.id, data })
            }
            several => {
                let text =
                    format!("{} is related {} times, once is supported", E::NAME, several.len());
                Probe::Failed(Fault::blocked(text))
            }
        }
    }

    /// What this application wrote, for an endpoint that is related at most once. Of a peer relation
    /// every unit may read it, else only the leader (followers: absent).
    pub fn own<E: EndpointSpec, I: Interface>(
        &self,
        endpoint: Typed<E, I>,
    ) -> Probe<OwnApplication<E, I>> {
        match self.relations(endpoint).map(|mut relations| relations.pop()) {
            Ok(Some(relation)) => relation.own_application(),
            Ok(None) => Probe::Absent,
            Err(fault) => Probe::Failed(fault),
        }
    }

    pub(crate) fn relation_ids(&self, endpoint: &EndpointName) -> Result<Rc<[RelationId]>, Fault> {
        self.0.relations.ids.get(endpoint.clone(), || {
            let mut ids = hook_command::relation_ids(&self.0.juju, endpoint)?;
            ids.retain(|id| Some(*id) != self.0.ended);
            ids.sort_unstable();
            Ok(ids.into())
        })
    }

    fn remote_application_name(
        &self,
        endpoint: &EndpointName,
        id: RelationId,
    ) -> Result<Option<ApplicationName>, Fault> {
        self.0.relations.applications.get((endpoint.clone(), id), || {
            let announced = self.0.context.relation().filter(|relation| relation.id == id);
            match announced.and_then(|relation| relation.application.clone()) {
                Some(application) => Ok(Some(application)),
                None => {
                    Ok(unless_gone(hook_command::relation_application(&self.0.juju, endpoint, id))?
                        .flatten())
                }
            }
        })
    }

    /// A databag, with what this dispatch has written so far.
    pub(crate) fn bag(&self, address: &BagAddress) -> Result<Rc<Content>, Fault> {
        let content = self.0.relations.bags.get(address.clone(), || {
            let BagAddress { endpoint, id, owner } = address;
            let own = self.application();
            let bag = match owner {
                BagOwner::OwnApplication => Bag::Application(&own),
                BagOwner::OwnUnit => Bag::Unit(self.unit()),
                BagOwner::Application(name) => Bag::Application(name),
                BagOwner::Unit(name) => Bag::Unit(name),
            };
            let content = hook_command::relation_get(&self.0.juju, endpoint, *id, bag);
            Ok(Rc::new(unless_gone(content)?.unwrap_or_default()))
        })?;
        let pending = self.0.relations.pending.borrow();
        let Some(changes) = pending.get(address) else { return Ok(content) };
        let mut content = (*content).clone();
        for (key, (value, _)) in changes {
            if value.expose().is_empty() {
                content.remove(key);
            } else {
                content.insert(key.clone(), value.expose().to_owned());
            }
        }
        Ok(Rc::new(content))
    }

    /// Buffers keys of one of our databags; an empty value removes the key. Returns what differed.
    pub(crate) fn write_bag(
        &self,
        address: &BagAddress,
        values: &BTreeMap<String, Text>,
        hand: Hand,
    ) -> Result<Vec<String>, Fault> {
        let live = self.bag(address)?;
        let mut pending = self.0.relations.pending.borrow_mut();
        let changes = pending.entry(address.clone()).or_default();
        let mut written = Vec::new();
        for (key, value) in values {
            if let Some((earlier, by)) = changes.get(key)
                && *by != hand
                && earlier != value
            {
                let text = format!("{address} key {key} is written by the plan and by hand");
                return Err(Fault::bug(text));
            }
            if live.get(key).map_or("", String::as_str) != value.expose() {
                written.push(key.clone());
            }
            // Also what is there already: the other hand may want something else.
            changes.insert(key.clone(), (value.clone(), hand));
        }
        Ok(written)
    }
}

impl<E: EndpointSpec, I: Interface> Relation<'_, E, I> {
    /// The relation's id.
    #[must_use]
    pub fn id(&self) -> RelationId {
        self.id
    }

    /// The other application, or this one for a peer relation. `None`: the relation is going.
    ///
    /// # Errors
    /// What `relation-list --app` said.
    pub fn application(&self) -> Result<Option<ApplicationName>, Fault> {
        if TypeId::of::<E::Role>() == TypeId::of::<Peers>() {
            return Ok(Some(self.model.application()));
        }
        self.model.remote_application_name(&EndpointName::from_static(E::NAME), self.id)
    }

    /// The other units.
    ///
    /// # Errors
    /// What `relation-list` said.
    pub fn units(&self) -> Result<Rc<[UnitName]>, Fault> {
        let endpoint = EndpointName::from_static(E::NAME);
        self.model.0.relations.units.get((endpoint.clone(), self.id), || {
            let units = hook_command::relation_list(&self.model.0.juju, &endpoint, self.id);
            Ok(unless_gone(units)?.unwrap_or_default().into())
        })
    }

    /// What the other application wrote.
    pub fn remote_application(&self) -> Probe<RemoteApplication<E, I>> {
        match self.application() {
            Ok(Some(name)) => self.decoded(BagOwner::Application(name)),
            Ok(None) => Probe::Absent,
            Err(fault) => Probe::Failed(fault),
        }
    }

    /// What one of the other units wrote.
    pub fn remote_unit(&self, unit: &UnitName) -> Probe<RemoteUnit<E, I>> {
        self.decoded(BagOwner::Unit(unit.clone()))
    }

    /// What this application wrote. Followers may read it in a peer relation only; else it is absent.
    pub fn own_application(&self) -> Probe<OwnApplication<E, I>> {
        if E::Role::NAME != Peers::NAME {
            match self.model.leadership() {
                Ok(leadership) if leadership.is_leader() => {}
                Ok(_) => return Probe::Absent,
                Err(fault) => return Probe::Failed(fault),
            }
        }
        self.decoded(BagOwner::OwnApplication)
    }

    /// What this unit wrote.
    pub fn own_unit(&self) -> Probe<OwnUnit<E, I>> {
        self.decoded(BagOwner::OwnUnit)
    }

    fn decoded<S: Schema>(&self, owner: BagOwner) -> Probe<S> {
        let endpoint = EndpointName::from_static(E::NAME);
        let address = BagAddress { endpoint, id: self.id, owner };
        let content = match self.model.bag(&address) {
            Ok(content) => content,
            Err(fault) => return Probe::Failed(fault),
        };
        match S::decode(&content) {
            Ok(Some(data)) => Probe::Present(data),
            Ok(None) => Probe::Absent,
            Err(error) => {
                let text = format!("{address}: {error}");
                Probe::Failed(Error::new(FaultKind::Blocked, text).because(error).into())
            }
        }
    }
}

/// What should be there, by key, and who wants it. What is there already is not sent.
type Changes = BTreeMap<String, (Text, Hand)>;

#[derive(Debug, Default)]
pub(super) struct Relations {
    ids: Memo<EndpointName, Rc<[RelationId]>>,
    applications: Memo<(EndpointName, RelationId), Option<ApplicationName>>,
    units: Memo<(EndpointName, RelationId), Rc<[UnitName]>>,
    bags: Memo<BagAddress, Rc<Content>>,
    pending: RefCell<BTreeMap<BagAddress, Changes>>,
}

impl Relations {
    pub(super) fn discard(&self) {
        self.pending.borrow_mut().clear();
    }
}

/// Who asked for a write. The same key must not have two masters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hand {
    Plan,
    Author,
}

/// One databag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BagAddress {
    endpoint: EndpointName,
    id: RelationId,
    owner: BagOwner,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum BagOwner {
    OwnApplication,
    OwnUnit,
    Application(ApplicationName),
    Unit(UnitName),
}

impl BagAddress {
    /// Our application's bag: only who can show leadership gets its address.
    pub(crate) fn application(endpoint: EndpointName, id: RelationId, _: LeaderProof) -> Self {
        Self { endpoint, id, owner: BagOwner::OwnApplication }
    }

    /// Our unit's bag.
    pub(crate) fn unit(endpoint: EndpointName, id: RelationId) -> Self {
        Self { endpoint, id, owner: BagOwner::OwnUnit }
    }
}

impl std::fmt::Display for BagAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} ", self.endpoint, self.id)?;
        match &self.owner {
            BagOwner::OwnApplication => f.write_str("application databag"),
            BagOwner::OwnUnit => f.write_str("unit databag"),
            BagOwner::Application(name) => write!(f, "databag of {name}"),
            BagOwner::Unit(name) => write!(f, "databag of {name}"),
        }
    }
}

/// A relation may go between two commands: what it answers then is not a failure.
fn unless_gone<T>(result: Result<T, CommandError>) -> Result<Option<T>, CommandError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_gone() => Ok(None),
        Err(error) => Err(error),
    }
}

fn differing(there: &Content, changes: &Changes) -> Content {
    let wanted = changes.iter().map(|(key, (value, _))| (key, value.expose()));
    wanted
        .filter(|(key, value)| there.get(*key).map_or("", String::as_str) != *value)
        .map(|(key, value)| (key.clone(), value.to_owned()))
        .collect()
}

pub(super) fn flush(model: &Model) -> Vec<Fault> {
    let pending = std::mem::take(&mut *model.0.relations.pending.borrow_mut());
    let mut faults = Vec::new();
    for (address, changes) in pending {
        let scope = match address.owner {
            BagOwner::OwnApplication => Scope::Application,
            _ => Scope::Unit,
        };
        let values = match model.bag(&address) {
            Ok(there) => differing(&there, &changes),
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        if values.is_empty() {
            continue;
        }
        let sent = hook_command::relation_set(
            &model.0.juju,
            &address.endpoint,
            address.id,
            scope,
            &values,
        );
        match sent {
            // It went while this dispatch ran: nobody is left to read it, and nobody needs to act.
            Err(error) if error.is_gone() => {
                ::log::info!("nothing is written to {address}: the relation is gone ({error})");
            }
            Err(error) => faults.push(error.into()),
            Ok(()) => {}
        }
        model.0.relations.bags.forget(&address);
    }
    faults
}
