//! Relations and their events: R19, R40 to R44, R46, R47, V1, A1 to A3, A5.

use super::{Case, Finding, Rule, names};
use crate::{
    emulator::juju::{Endpoint, Hook, Role, Scope},
    state::{Relation, RelationKind},
};
use ops_core::names::RelationId;

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Finding>) {
    for (id, relation) in &case.state.relations {
        let endpoint = &relation.endpoint;
        if *id != relation.id {
            let message = format!("the relation {} is kept as relation {id}", relation.id);
            found.push(Finding::new(Rule::R42, message));
        }
        if !names::is_endpoint(endpoint.as_str()) {
            let message = format!("{:?} cannot be the name of an endpoint", endpoint.as_str());
            found.push(Finding::new(Rule::V1, message));
        }
        let own = case.unit.number();
        if relation.kind == RelationKind::Peer && relation.remote_units.contains_key(&own) {
            let message = format!("{} is among its own peers in relation {id}", case.unit);
            found.push(Finding::new(Rule::R46, message));
        }
        match case.charm.endpoints.get(endpoint) {
            Some(declared) => check_one(case, relation, declared, found),
            None if endpoint == "juju-info" => {}
            None => {
                let message = format!("the charm declares no endpoint {endpoint}");
                found.push(Finding::new(Rule::R41, message));
            }
        }
    }
    if let Some(id) = case.hook.relation() {
        event(case, id, found);
    }
}

fn check_one(case: &Case<'_>, relation: &Relation, declared: &Endpoint, found: &mut Vec<Finding>) {
    let Relation { endpoint, id, kind, .. } = relation;
    let is_peer = declared.role == Role::Peer;
    if is_peer != (*kind == RelationKind::Peer) {
        let (of, has) = if is_peer { ("of peers", "is none") } else { ("of no peers", "is one") };
        let message =
            format!("the endpoint {endpoint} is one {of}, and relation {id} {has} among peers");
        found.push(Finding::new(Rule::R40, message));
    }
    match (declared.scope, kind) {
        (Scope::Global, RelationKind::Subordinate) => {
            let message = format!(
                "relation {id} is a subordinate's, and the endpoint {endpoint} has no container scope"
            );
            found.push(Finding::new(Rule::R43, message));
        }
        (Scope::Container, RelationKind::Regular) => {
            let message = format!(
                "relation {id} is no subordinate's, and the endpoint {endpoint} has container scope"
            );
            found.push(Finding::new(Rule::R44, message));
        }
        _ => {}
    }
    if let Some(interface) = relation.interface.as_ref().filter(|it| **it != declared.interface) {
        let message = format!(
            "relation {id} speaks {interface}, and the endpoint {endpoint} {}",
            declared.interface
        );
        found.push(Finding::new(Rule::A1, message));
    }
    let Some(most) = declared.limit else { return };
    let all = || case.state.relations.values().filter(|other| other.endpoint == *endpoint);
    let number = all().count();
    let is_first = all().next().is_some_and(|first| first.id == *id);
    if is_first && u32::try_from(number).is_ok_and(|number| number > most) {
        let message =
            format!("the endpoint {endpoint} has {number} relations, and its limit is {most}");
        found.push(Finding::new(Rule::A2, message));
    }
}

fn event(case: &Case<'_>, id: RelationId, found: &mut Vec<Finding>) {
    let Some(relation) = case.state.relations.get(&id) else {
        let message = format!("the event is about relation {id}, which is not in the state");
        found.push(Finding::new(Rule::R19, message));
        return;
    };
    let units = &relation.remote_units;
    if let Some(unit) = case.hook.remote_unit() {
        let application = unit.as_str().rsplit_once('/').map_or("", |(name, _)| name);
        let own = case.unit.as_str().rsplit_once('/').map_or("", |(name, _)| name);
        let other = match relation.kind {
            RelationKind::Peer => own,
            _ => relation.application.as_str(),
        };
        if units.is_empty() {
            let message = format!("the event is about a unit of relation {id}, which has none");
            found.push(Finding::new(Rule::R47, message));
        } else if application != other || !units.contains_key(&unit.number()) {
            let message = format!("the event is about {unit}, which is not in relation {id}");
            found.push(Finding::new(Rule::A3, message));
        }
    }
    if matches!(case.hook, Hook::RelationBroken { .. }) && !units.is_empty() {
        let message = format!("relation {id} breaks, and has {} other units", units.len());
        found.push(Finding::new(Rule::A5, message));
    }
}
