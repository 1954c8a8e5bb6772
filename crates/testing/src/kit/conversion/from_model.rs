//! What a model says to one of its units.

use crate::{
    emulator::juju::{
        Grantee, Hook, Model, Owner, Relation as StoredRelation, Role, Scope,
        Secret as StoredSecret, Storage as StoredStorage,
    },
    state::{Container, ModelInfo, Owner as Who, Relation, RelationKind, Secret, State, Storage},
};
use ops_core::names::{ApplicationName, ContainerName, SecretId, StorageName, UnitName};
use std::{collections::BTreeMap, sync::Arc};

impl State {
    /// The world as this unit of a model sees it, with these containers.
    ///
    /// What other units follow of a secret, and what they have, is not part of it.
    #[must_use]
    pub fn of_unit(
        mut model: Model,
        unit: &UnitName,
        containers: BTreeMap<ContainerName, Container>,
    ) -> Self {
        let name = unit.application();
        let mut state = Self { containers, ..Self::default() };
        state.leader = model.is_leader(unit);
        let units = model.units_of(name.as_str()).filter(|(_, unit)| !unit.dying).count();
        state.planned_units = u32::try_from(units).unwrap_or(u32::MAX);
        let relations = std::mem::take(&mut model.relations).into_iter();
        state.relations = relations
            .filter_map(|(id, relation)| Some((id, seen_relation(&model, relation, &name, unit)?)))
            .collect();
        let Model {
            name: model, uuid, kind, cloud, now, mut applications, mut units, secrets, ..
        } = model;
        state.model = ModelInfo { name: model, uuid, kind, cloud };
        state.now = now;
        state.secrets = secrets
            .into_iter()
            .map(|(id, stored)| (id.clone(), seen_secret(id, stored, &name, unit)))
            .collect();
        if let Some(application) = applications.remove(&name) {
            state.config = Arc::unwrap_or_clone(application.config);
            state.resources = application.resources;
            state.workload_version = application.workload_version;
            state.application_status = application.status.map(|record| record.status);
        }
        if let Some(own) = units.remove(unit) {
            state.unit_status = own.status.status;
            state.ports = own.ports;
            state.stored = own.state;
            state.networks = own.networks;
            state.storages = own
                .storage
                .into_iter()
                .filter_map(|(id, stored)| Some((id.clone(), seen_storage(&id, stored)?)))
                .collect();
        }
        state
    }
}

/// The state after a hook that ran in the model made of the one before, with the containers as they are now. A
/// hook that ended well and was about something that goes leaves it gone.
pub(in super::super) fn after(
    before: &State,
    mut model: Model,
    containers: BTreeMap<ContainerName, Container>,
    unit: &UnitName,
    ended_well: Option<&Hook>,
) -> State {
    match ended_well {
        Some(Hook::RelationBroken { relation }) => model.remove_relation(*relation),
        Some(Hook::RelationDeparted { relation, unit: gone, .. }) => {
            if let Some(relation) = model.relations.get_mut(relation) {
                relation.sides.iter_mut().for_each(|side| drop(side.units.remove(gone)));
            }
        }
        Some(Hook::StorageDetaching { storage, .. }) => {
            if let Some(unit) = model.units.get_mut(unit) {
                unit.storage.remove(storage);
            }
        }
        _ => {}
    }
    let mut after = State::of_unit(model, unit, containers);
    after.planned_units = before.planned_units;
    after.networks.clone_from(&before.networks);
    for (id, relation) in &mut after.relations {
        if let Some(before) = before.relations.get(id) {
            relation.interface.clone_from(&before.interface);
            relation.kind = before.kind;
            if relation.kind == RelationKind::Peer {
                relation.application.clone_from(&before.application);
            }
        }
    }
    after
}

fn seen_relation(
    model: &Model,
    relation: StoredRelation,
    name: &ApplicationName,
    unit: &UnitName,
) -> Option<Relation> {
    let (id, is_peer) = (relation.id, relation.is_peer());
    let mut sides = relation.sides;
    let own = sides.iter().position(|side| side.application == *name)?;
    let own = sides.swap_remove(own);
    let mut units = own.units;
    let member = units.remove(unit);
    let mut seen = Relation::named(own.endpoint, id.number());
    seen.interface = Some(relation.interface);
    seen.local_application = own.settings;
    seen.local_unit = member.map(|own| own.settings).unwrap_or_default();
    if is_peer {
        seen.kind = RelationKind::Peer;
        seen.application = own.application;
    } else {
        let other = sides.pop()?;
        let is_contained = |application: &ApplicationName, endpoint: &str| {
            let charm = model.applications.get(application).map(|application| &application.charm);
            let endpoint = charm.and_then(|charm| charm.endpoints.get(endpoint));
            endpoint.is_some_and(|endpoint| {
                endpoint.scope == Scope::Container && endpoint.role != Role::Peer
            })
        };
        if is_contained(name, seen.endpoint.as_str())
            || is_contained(&other.application, other.endpoint.as_str())
        {
            seen.kind = RelationKind::Subordinate;
        }
        seen.remote_model = relation.other_model;
        seen.remote_application = other.settings;
        seen.application = other.application;
        units = other.units;
    }
    let others = units.into_iter().filter(|(_, member)| member.in_scope);
    seen.remote_units = others.map(|(member, data)| (member.number(), data.settings)).collect();
    Some(seen)
}

fn seen_secret(
    id: SecretId,
    stored: StoredSecret,
    name: &ApplicationName,
    unit: &UnitName,
) -> Secret {
    let owner = match stored.owner {
        Owner::Application(owner) if owner == *name => Who::Application,
        Owner::Application(owner) => Who::OtherApplication(owner),
        Owner::Unit(owner) if owner == *unit => Who::Unit,
        Owner::Unit(owner) => Who::OtherUnit(owner),
        Owner::Model => Who::Operator,
    };
    let StoredSecret { label, description, revisions, rotate, rotates, .. } = stored;
    let (mut grants, mut consumers) = (stored.grants, stored.consumers);
    let granted = grants.remove(&Grantee::Application(name.clone()));
    let consumer = consumers.remove(unit);
    let tracked = consumer.as_ref().map(|consumer| consumer.tracked);
    Secret {
        id,
        owner,
        label,
        description,
        revisions,
        rotate,
        rotates,
        granted: granted.is_some(),
        granted_through: granted.and_then(|access| access.relation),
        grants,
        tracked,
        consumer_label: consumer.map(|consumer| consumer.label).unwrap_or_default(),
    }
}

fn seen_storage(id: &str, stored: StoredStorage) -> Option<Storage> {
    let (name, index) = id.split_once('/')?;
    let mut storage = Storage::new(StorageName::new(name).ok()?, index.parse().ok()?);
    storage.kind = stored.kind;
    storage.location = stored.location.into();
    storage.attached = stored.attached;
    storage.dying = stored.dying;
    Some(storage)
}
