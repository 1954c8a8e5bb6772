//! Secrets and their events: R36, R37, V6, V10, A7, A8, A12, A15, A16.

use super::{Case, Finding, Rule, names};
use crate::{
    emulator::juju::Hook,
    state::{Owner, Secret},
};
use ops_core::names::{RelationId, SecretId};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Finding>) {
    let secrets = &case.state.secrets;
    for (id, secret) in secrets {
        if *id != secret.id {
            let message = format!("{} is kept as {id}", secret.id);
            found.push(Finding::new(Rule::A16, message));
        }
        let again = |other: &&Secret| {
            other.id < secret.id && other.owner == secret.owner && other.label == secret.label
        };
        if !secret.label.is_empty() && secrets.values().any(|other| again(&other)) {
            let message = format!("two secrets of one owner have the label {:?}", secret.label);
            found.push(Finding::new(Rule::A7, message));
        }
        content(secret, found);
        grants(case, secret, found);
        if let Some(tracked) = secret.tracked.filter(|it| !secret.revisions.contains_key(it)) {
            let message = format!("the unit follows revision {tracked} of {id}, which has none");
            found.push(Finding::new(Rule::A15, message));
        }
    }
    let event = of_event(case.hook);
    if !case.version.has_secrets() && (event.is_some() || !secrets.is_empty()) {
        let message = format!("Juju {} has no secrets", case.version);
        found.push(Finding::new(Rule::R37, message));
    }
    let Some((id, revision)) = event else { return };
    match secrets.get(id) {
        Some(secret) => event_of(case, secret, revision, found),
        None => {
            let message = format!("the event is about {id}, which is not in the state");
            found.push(Finding::new(Rule::R36, message));
        }
    }
}

fn content(secret: &Secret, found: &mut Vec<Finding>) {
    for (number, revision) in &secret.revisions {
        if revision.content.0.is_empty() {
            let message = format!("revision {number} of {} has no content", secret.id);
            found.push(Finding::new(Rule::V6, message));
        }
        for key in revision.content.0.keys().filter(|key| !names::is_secret_key(key)) {
            let message = format!("{} has the key {key:?}, which Juju refuses", secret.id);
            found.push(Finding::new(Rule::V6, message));
        }
    }
}

fn grants(case: &Case<'_>, secret: &Secret, found: &mut Vec<Finding>) {
    let through = secret.grants.values().filter_map(|access| access.relation);
    let is_there = |relation: &RelationId| case.state.relations.contains_key(relation);
    for relation in through.chain(secret.granted_through).filter(|it| !is_there(it)) {
        let message = format!(
            "{} is granted through relation {relation}, which is not in the state",
            secret.id
        );
        found.push(Finding::new(Rule::A8, message));
    }
}

/// The secret that the event is about, and its revision if it names one.
fn of_event(hook: &Hook) -> Option<(&SecretId, Option<u64>)> {
    match hook {
        Hook::SecretChanged { id, .. } | Hook::SecretRotate { id, .. } => Some((id, None)),
        Hook::SecretExpired { id, revision, .. } | Hook::SecretRemove { id, revision, .. } => {
            Some((id, Some(*revision)))
        }
        _ => None,
    }
}

fn event_of(case: &Case<'_>, secret: &Secret, revision: Option<u64>, found: &mut Vec<Finding>) {
    let (id, hook) = (&secret.id, case.hook);
    // Of the units of an application only the leader manages its secrets; the others follow them.
    let is_own = match secret.owner {
        Owner::Unit => true,
        Owner::Application => case.state.leader,
        _ => false,
    };
    let is_change = matches!(hook, Hook::SecretChanged { .. });
    if is_own == is_change {
        let message = if is_change {
            format!("this unit manages {id}: secret-changed is for those who follow it")
        } else {
            format!("somebody else manages {id}, who alone is told what to do with it")
        };
        found.push(Finding::new(Rule::V10, message));
    }
    let Some(revision) = revision else { return };
    if !secret.revisions.contains_key(&revision) {
        let message = format!("the event is about revision {revision} of {id}, which has none");
        found.push(Finding::new(Rule::A12, message));
    } else if matches!(hook, Hook::SecretRemove { .. }) && revision == secret.latest_revision() {
        let message = format!("revision {revision} of {id} is to be removed, and is the latest");
        found.push(Finding::new(Rule::A12, message));
    }
}
