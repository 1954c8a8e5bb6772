//! A [`State`] as a model of the emulated Juju, and back.

use super::{Relation, Secret, State, state::Owner as Who};
use crate::emulator::juju::{
    Access, CharmMetadata, Consumer, Content, Endpoint, Grantee, Member, Model, ModelError, Owner,
    Revision, Role, Scope, Secret as StoredSecret, Side, StatusRecord,
};
use ops_core::{
    JujuVersion,
    names::{ApplicationName, EndpointName, UnitName},
};
use std::{collections::BTreeMap, sync::Arc};

/// The endpoint that the other side of a relation has.
const REMOTE_ENDPOINT: EndpointName = EndpointName::from_static("remote");

/// The model in which `unit` of `charm` finds what the state says.
pub(super) fn model(
    state: &State,
    charm: &Arc<CharmMetadata>,
    unit: &UnitName,
    version: JujuVersion,
) -> Result<Model, ModelError> {
    let mut model = Model::new(state.model.as_str(), version);
    let name = model.add_application(unit.application().as_str(), Arc::clone(charm))?;
    // Peer relations are the state's to say, like the others.
    model.relations.clear();
    model.insert_unit(unit)?;
    if state.leader {
        model.set_leader(unit)?;
    }
    let now = model.now;
    let application = model.application_mut(name.as_str())?;
    application.config = Arc::new(state.config.clone());
    application.workload_version.clone_from(&state.workload_version);
    application.status =
        state.application_status.clone().map(|status| StatusRecord { status, since: now });
    let own = model.unit_mut(unit)?;
    own.status = StatusRecord { status: state.unit_status.clone(), since: now };
    own.ports.clone_from(&state.ports);
    own.state.clone_from(&state.stored);
    for relation in state.relations.values() {
        add_relation(&mut model, charm, unit, relation)?;
    }
    for secret in state.secrets.values() {
        let stored = stored_secret(secret, &name, unit, now);
        model.secrets.insert(secret.id.clone(), stored);
    }
    Ok(model)
}

fn add_relation(
    model: &mut Model,
    charm: &CharmMetadata,
    unit: &UnitName,
    relation: &Relation,
) -> Result<(), ModelError> {
    let spec = charm.endpoints.get(&relation.endpoint);
    let interface = spec.map_or_else(String::new, |spec| spec.interface.clone());
    let is_peer = spec.is_some_and(|spec| spec.role == Role::Peer);
    let member = |settings: &BTreeMap<String, String>| Member {
        in_scope: true,
        settings: settings.clone(),
        version: 1,
    };
    let mut own = Side {
        application: unit.application(),
        endpoint: relation.endpoint.clone(),
        settings: relation.local_application.clone(),
        version: 1,
        units: BTreeMap::from([(unit.clone(), member(&relation.local_unit))]),
    };
    let other = if is_peer { unit.application() } else { relation.application.clone() };
    let others = relation.remote_units.iter().filter_map(|(number, settings)| {
        Some((UnitName::new(format!("{other}/{number}")).ok()?, member(settings)))
    });
    let mut sides = Vec::with_capacity(2);
    if is_peer {
        own.units.extend(others);
        sides.push(own);
    } else {
        sides.push(own);
        sides.push(Side {
            application: other.clone(),
            endpoint: REMOTE_ENDPOINT,
            settings: relation.remote_application.clone(),
            version: 1,
            units: others.collect(),
        });
        add_other_application(model, &other, &interface)?;
    }
    let relation = crate::emulator::juju::Relation {
        id: relation.id,
        interface,
        sides,
        dying: false,
        suspended: false,
    };
    model.relations.insert(relation.id, relation);
    Ok(())
}

fn add_other_application(
    model: &mut Model,
    name: &ApplicationName,
    interface: &str,
) -> Result<(), ModelError> {
    if model.applications.contains_key(name) {
        return Ok(());
    }
    let endpoint = Endpoint {
        role: Role::Provider,
        interface: interface.to_owned(),
        limit: None,
        scope: Scope::Global,
    };
    let charm = CharmMetadata {
        name: name.to_string(),
        endpoints: BTreeMap::from([(REMOTE_ENDPOINT, endpoint)]),
        ..CharmMetadata::default()
    };
    model.add_application(name.as_str(), charm).map(drop)
}

fn stored_secret(
    secret: &Secret,
    application: &ApplicationName,
    unit: &UnitName,
    now: crate::emulator::juju::Timestamp,
) -> StoredSecret {
    let owner = match secret.owner {
        Who::Application => Owner::Application(application.clone()),
        Who::Unit => Owner::Unit(unit.clone()),
        Who::Operator => Owner::Model,
    };
    let mut stored = StoredSecret::new(owner, Content::default(), now);
    stored.label.clone_from(&secret.label);
    let revision = |content: &BTreeMap<String, String>| Revision {
        content: Content(Arc::new(content.clone())),
        created: now,
        expires: None,
    };
    stored.revisions =
        secret.revisions.iter().map(|(number, content)| (*number, revision(content))).collect();
    if secret.granted && secret.owner == Who::Operator {
        let grantee = Grantee::Application(application.clone());
        stored.grants.insert(grantee, Access { relation: None });
    }
    if let Some(tracked) = secret.tracked {
        stored.consumers.insert(unit.clone(), Consumer { tracked, label: String::new() });
    }
    stored
}

/// What the model says to `unit`, with what the state alone knows taken from the one before.
pub(crate) fn state(before: &State, model: Model, unit: &UnitName) -> State {
    let mut after = State { containers: before.containers.clone(), ..State::default() };
    let name = unit.application();
    after.model = model.name.clone();
    after.leader = model.is_leader(unit);
    for (id, relation) in &model.relations {
        if let Some(relation) = seen_relation(relation, &name, unit) {
            after.relations.insert(*id, relation);
        }
    }
    for (id, stored) in &model.secrets {
        after.secrets.insert(id.clone(), seen_secret(id, stored, unit));
    }
    let Model { mut applications, mut units, .. } = model;
    if let Some(application) = applications.remove(&name) {
        after.config = Arc::unwrap_or_clone(application.config);
        after.workload_version = application.workload_version;
        after.application_status = application.status.map(|record| record.status);
    }
    if let Some(own) = units.remove(unit) {
        after.unit_status = own.status.status;
        after.ports = own.ports;
        after.stored = own.state;
    }
    after
}

fn seen_relation(
    relation: &crate::emulator::juju::Relation,
    name: &ApplicationName,
    unit: &UnitName,
) -> Option<Relation> {
    let own = relation.side(name.as_str())?;
    let other = relation.other_side(name.as_str())?;
    let others = other.units.iter().filter(|(member, _)| *member != unit);
    Some(Relation {
        id: relation.id,
        endpoint: own.endpoint.clone(),
        application: if relation.is_peer() {
            ApplicationName::from_static("remote")
        } else {
            other.application.clone()
        },
        local_application: own.settings.clone(),
        local_unit: own.units.get(unit).map(|own| own.settings.clone()).unwrap_or_default(),
        remote_application: if relation.is_peer() {
            BTreeMap::new()
        } else {
            other.settings.clone()
        },
        remote_units: others
            .map(|(member, data)| (member.number(), data.settings.clone()))
            .collect(),
    })
}

fn seen_secret(id: &ops_core::names::SecretId, stored: &StoredSecret, unit: &UnitName) -> Secret {
    Secret {
        id: id.clone(),
        owner: match stored.owner {
            Owner::Application(_) => Who::Application,
            Owner::Unit(_) => Who::Unit,
            Owner::Model => Who::Operator,
        },
        label: stored.label.clone(),
        revisions: stored
            .revisions
            .iter()
            .map(|(number, revision)| (*number, (*revision.content.0).clone()))
            .collect(),
        granted: stored.owner != Owner::Model || stored.is_readable_by(unit),
        tracked: stored.consumers.get(unit).map(|consumer| consumer.tracked),
    }
}
