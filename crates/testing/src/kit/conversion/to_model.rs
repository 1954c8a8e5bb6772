//! The model in which one unit finds what a [`State`] says.

use crate::{
    emulator::juju::{
        Access, CharmMetadata, Consumer, Endpoint, Grantee, Hook, Member, Model, ModelError, Owner,
        Role, Scope, Secret as StoredSecret, Side, StatusRecord, Storage,
    },
    state::{Owner as Who, Relation, RelationKind, Secret, State},
};
use ops_core::{
    JujuVersion,
    names::{ApplicationName, EndpointName, UnitName},
};
use std::{collections::BTreeMap, sync::Arc};

/// The endpoint that the other side of a relation has.
const REMOTE_ENDPOINT: EndpointName = EndpointName::from_static("remote");

/// What a context knows, and a state does not.
#[derive(Debug)]
pub(in super::super) struct Facts<'a> {
    pub(in super::super) charm: &'a Arc<CharmMetadata>,
    pub(in super::super) unit: &'a UnitName,
    pub(in super::super) version: JujuVersion,
    pub(in super::super) seed: u64,
    pub(in super::super) machine: &'a str,
    pub(in super::super) principal: Option<&'a UnitName>,
    pub(in super::super) trusted: bool,
}

/// The model in which the unit finds what the state says, when this hook runs.
pub(in super::super) fn model(
    state: &State,
    hook: &Hook,
    facts: &Facts<'_>,
) -> Result<Model, ModelError> {
    let unit = facts.unit;
    let mut model = Model::new(state.model.name.as_str(), facts.version);
    model.uuid.clone_from(&state.model.uuid);
    model.kind = state.model.kind;
    model.cloud.clone_from(&state.model.cloud);
    model.now = state.now;
    model.counters.seed = facts.seed;
    // A charm that makes a secret anew must not be given the same random bytes for it.
    let latest = state.secrets.values().map(Secret::latest_revision);
    model.counters.contexts = latest.sum();
    let name = model.add_application(unit.application().as_str(), Arc::clone(facts.charm))?;
    // Peer relations are the state's to say, like the others.
    model.relations.clear();
    model.insert_unit(unit)?;
    add_other_units(&mut model, state, &name, unit)?;
    if state.leader {
        model.set_leader(unit)?;
    }
    let application = model.application_mut(name.as_str())?;
    application.config = Arc::new(state.config.clone());
    application.workload_version.clone_from(&state.workload_version);
    application.trusted = facts.trusted;
    application.resources.clone_from(&state.resources);
    let record = |status| StatusRecord { status, since: state.now };
    application.status = state.application_status.clone().map(record);
    let own = model.unit_mut(unit)?;
    own.status = record(state.unit_status.clone());
    own.ports.clone_from(&state.ports);
    own.state.clone_from(&state.stored);
    facts.machine.clone_into(&mut own.machine);
    own.principal = facts.principal.cloned();
    for (binding, network) in &state.networks {
        own.networks.insert(binding.clone(), network.clone());
    }
    own.storage = storage(state, hook);
    let numbers = state.storages.values().map(|storage| storage.index.saturating_add(1));
    model.counters.storage = numbers.max().unwrap_or_default();
    for relation in state.relations.values() {
        add_relation(&mut model, facts.charm, unit, relation)?;
    }
    for secret in state.secrets.values() {
        model.secrets.insert(secret.id.clone(), stored_secret(secret, &name, unit));
    }
    Ok(model)
}

/// The other units that are planned: the peers first.
fn add_other_units(
    model: &mut Model,
    state: &State,
    application: &ApplicationName,
    unit: &UnitName,
) -> Result<(), ModelError> {
    if state.planned_units <= 1 {
        return Ok(());
    }
    let peers = state.relations.values().filter(|relation| relation.kind == RelationKind::Peer);
    let peers = peers.flat_map(|relation| relation.remote_units.keys().copied());
    let mut missing = state.planned_units - 1;
    for number in peers.chain(0..=state.planned_units) {
        let Ok(other) = UnitName::new(format!("{application}/{number}")) else { continue };
        if missing > 0 && other != *unit && !model.units.contains_key(&other) {
            model.insert_unit(&other)?;
            missing -= 1;
        }
    }
    Ok(())
}

fn storage(state: &State, hook: &Hook) -> BTreeMap<String, Storage> {
    let stored = |(id, storage): (&String, &crate::state::Storage)| {
        let arrives = matches!(hook, Hook::StorageAttached { storage, .. } if storage == id);
        let stored = Storage {
            kind: storage.kind,
            location: storage.location.to_string_lossy().into_owned(),
            attached: storage.attached || arrives,
            dying: storage.dying,
        };
        (id.clone(), stored)
    };
    state.storages.iter().map(stored).collect()
}

fn add_relation(
    model: &mut Model,
    charm: &CharmMetadata,
    unit: &UnitName,
    relation: &Relation,
) -> Result<(), ModelError> {
    let declared = || charm.endpoints.get(&relation.endpoint).map(|spec| spec.interface.clone());
    let interface = relation.interface.clone().or_else(declared).unwrap_or_default();
    let member = |settings: &BTreeMap<String, String>| Member {
        in_scope: true,
        settings: settings.clone(),
        version: 1,
    };
    let application = unit.application();
    let others = relation.remote_units.iter().filter_map(|(number, settings)| {
        Some((relation.unit_name(&application, *number)?, member(settings)))
    });
    let mut own = Side {
        application: application.clone(),
        endpoint: relation.endpoint.clone(),
        settings: relation.local_application.clone(),
        version: 1,
        units: BTreeMap::from([(unit.clone(), member(&relation.local_unit))]),
    };
    let mut sides = Vec::with_capacity(2);
    if relation.kind == RelationKind::Peer {
        own.units.extend(others);
        sides.push(own);
    } else {
        sides.push(own);
        sides.push(Side {
            application: relation.application.clone(),
            endpoint: REMOTE_ENDPOINT,
            settings: relation.remote_application.clone(),
            version: 1,
            units: others.collect(),
        });
        add_other_application(model, relation, &interface)?;
    }
    let relation = crate::emulator::juju::Relation {
        id: relation.id,
        interface,
        sides,
        dying: false,
        suspended: false,
        other_model: relation.remote_model.clone(),
    };
    model.relations.insert(relation.id, relation);
    Ok(())
}

fn add_other_application(
    model: &mut Model,
    relation: &Relation,
    interface: &str,
) -> Result<(), ModelError> {
    let name = &relation.application;
    if model.applications.contains_key(name) {
        return Ok(());
    }
    let scope = match relation.kind {
        RelationKind::Subordinate => Scope::Container,
        RelationKind::Regular | RelationKind::Peer => Scope::Global,
    };
    let interface = interface.to_owned();
    let endpoint = Endpoint { role: Role::Provider, interface, limit: None, scope };
    let charm = CharmMetadata {
        name: name.to_string(),
        endpoints: BTreeMap::from([(REMOTE_ENDPOINT, endpoint)]),
        ..CharmMetadata::default()
    };
    model.add_application(name.as_str(), charm)?;
    Ok(())
}

fn stored_secret(secret: &Secret, application: &ApplicationName, unit: &UnitName) -> StoredSecret {
    let owner = match &secret.owner {
        Who::Application => Owner::Application(application.clone()),
        Who::Unit => Owner::Unit(unit.clone()),
        Who::Operator => Owner::Model,
        Who::OtherApplication(name) => Owner::Application(name.clone()),
        Who::OtherUnit(name) => Owner::Unit(name.clone()),
    };
    let mut grants = secret.grants.clone();
    if secret.granted {
        let access = Access { relation: secret.granted_through };
        grants.insert(Grantee::Application(application.clone()), access);
    }
    let label = &secret.consumer_label;
    let consumer = |tracked| (unit.clone(), Consumer { tracked, label: label.clone() });
    StoredSecret {
        owner,
        label: secret.label.clone(),
        description: secret.description.clone(),
        revisions: secret.revisions.clone(),
        rotate: secret.rotate,
        rotates: secret.rotates,
        grants,
        consumers: secret.tracked.map(consumer).into_iter().collect(),
    }
}
