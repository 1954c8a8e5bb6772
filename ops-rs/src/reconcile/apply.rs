//! Apply: compares each scope of a plan with what is there, and writes what differs.
//!
//! Scopes are independent: a fault in one is reported and the others go on, unless it says that the hook
//! must fail. Secrets come first, because others need their ids; what cannot be taken back (containers)
//! before what Juju buffers. A transient fault is tried again within a small budget.

use super::{
    Plan, Report, Scope,
    container::apply_container,
    live::set_workload_version,
    plan::{DataPlan, Desired, Owner, SecretPlan, Value, secret_of},
    report::{Skipped, Step, is_deposed, stops},
};
use crate::{
    hook_command::{NewSecret, SecretOwner},
    model::{BagAddress, Hand, LeaderProof, Model},
};
use ops_core::{
    Fault, FaultKind, Probe, Secret,
    names::{EndpointName, SecretId},
};
use std::{collections::BTreeMap, time::Duration};

/// What applying a plan came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// The world is as planned, or nothing could be written.
    Nothing,
    /// Something was written: look again.
    Something,
    /// Nothing more may be written in this dispatch.
    Stopped,
}

/// Pauses between tries of a transient fault: half a second in all.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(150), Duration::from_millis(300)];

/// Something that takes this long to fail is not tried again: every try would take as long.
const BUDGET: Duration = Duration::from_secs(2);

pub(super) fn apply(model: &Model, plan: &Plan, report: &mut Report) -> Applied {
    let mut applied = Applied::Nothing;
    for (scope, desired) in plan.desired() {
        // A scope that failed in an earlier round has had its chance.
        if report.fault_of(scope).is_some() {
            continue;
        }
        let mut steps = Steps { scope, taken: Vec::new(), skipped: None };
        let outcome = with_patience(model, || apply_scope(model, scope, desired, &mut steps));
        let outcome = match outcome {
            Err(fault) if is_deposed(&fault) => {
                log::info!("no longer the leader: {scope} is left to the next one");
                steps.skip("this unit is no longer the leader");
                Ok(())
            }
            outcome => outcome,
        };
        if !steps.taken.is_empty() {
            applied = Applied::Something;
        }
        report.steps.append(&mut steps.taken);
        report.skipped.extend(steps.skipped);
        if let Err(fault) = outcome {
            let must_stop = stops(fault.kind());
            report.push(Some(scope.clone()), fault);
            if must_stop {
                return Applied::Stopped;
            }
        }
    }
    applied
}

/// Takes note of what is written in one scope.
pub(super) struct Steps<'a> {
    scope: &'a Scope,
    taken: Vec<Step>,
    skipped: Option<Skipped>,
}

impl Steps<'_> {
    pub(super) fn took(&mut self, what: impl Into<String>) {
        let what = what.into();
        log::debug!("applied {}: {what}", self.scope);
        self.taken.push(Step { scope: self.scope.clone(), what });
    }

    fn skip(&mut self, why: &'static str) {
        self.skipped = Some(Skipped { scope: self.scope.clone(), why });
    }
}

fn with_patience(
    model: &Model,
    mut attempt: impl FnMut() -> Result<(), Fault>,
) -> Result<(), Fault> {
    let clock = &model.host().clock;
    let begin = clock.elapsed();
    for pause in PAUSES {
        match attempt() {
            Err(fault) if fault.kind() == FaultKind::Transient => {
                if clock.elapsed().saturating_sub(begin) > BUDGET {
                    return Err(fault);
                }
                log::debug!("trying again in {} ms: {fault}", pause.as_millis());
                clock.sleep(pause);
            }
            outcome => return outcome,
        }
    }
    attempt()
}

fn apply_scope(
    model: &Model,
    scope: &Scope,
    desired: &Desired,
    steps: &mut Steps<'_>,
) -> Result<(), Fault> {
    match (scope, desired) {
        (Scope::Secret(label), Desired::Secret(secret)) => {
            apply_secret(model, label, secret, steps)
        }
        (Scope::Container(name), Desired::Container(container)) => {
            apply_container(&model.container(name), container, steps)?;
            put_to_use(model, container.secrets(), steps)
        }
        (Scope::WorkloadVersion, Desired::WorkloadVersion(version)) => {
            if set_workload_version(model, version)? {
                steps.took(format!("set to {version}"));
            }
            Ok(())
        }
        (Scope::ApplicationData(endpoint), Desired::Data(data)) => {
            let Some(proof) = leader(model, steps)? else {
                // Nothing of this unit runs with it: there is no reason to stay on an old revision.
                let values =
                    data.every.iter().chain(data.each.values()).flat_map(|bag| bag.values());
                return put_to_use(model, values.filter_map(secret_of), steps);
            };
            let address = |endpoint, id| BagAddress::application(endpoint, id, proof);
            apply_data(model, endpoint, data, address, steps)
        }
        (Scope::UnitData(endpoint), Desired::Data(data)) => {
            apply_data(model, endpoint, data, BagAddress::unit, steps)
        }
        (Scope::Ports, Desired::Ports(ports)) => {
            if model.opens(ports) {
                return Ok(());
            }
            let open = model.ports()?;
            for port in ports.difference(&open) {
                model.set_port(*port, true)?;
                steps.took(format!("opened {port}"));
            }
            Ok(())
        }
        _ => Err(Fault::bug(format!("{scope} cannot be applied as {desired:?}"))),
    }
}

fn leader(model: &Model, steps: &mut Steps<'_>) -> Result<Option<LeaderProof>, Fault> {
    let proof = model.leader_proof()?;
    if proof.is_none() {
        steps.skip("this unit is not the leader");
    }
    Ok(proof)
}

fn apply_secret(
    model: &Model,
    label: &str,
    plan: &SecretPlan,
    steps: &mut Steps<'_>,
) -> Result<(), Fault> {
    if plan.owner == Owner::Application && leader(model, steps)?.is_none() {
        return put_to_use(model, plan.secrets(), steps);
    }
    let live = match model.owned_secret(label) {
        Probe::Present(secret) => Some(secret),
        Probe::Absent => None,
        Probe::Failed(fault) => return Err(fault),
    };
    let mut keys = BTreeMap::new();
    let mut differs = Vec::new();
    for (key, value) in &plan.keys {
        let held = live.as_ref().and_then(|secret| secret.get(key));
        let wanted = match (value, held) {
            (Value::RandomHex(_), Some(held)) if !held.expose().is_empty() => held.clone(),
            (Value::RandomHex(bytes), _) => {
                Secret::new(model.random_hex(*bytes)?, format!("{label}/{key}@new"))
            }
            (Value::Known(secret), _) => secret.clone(),
        };
        if held != Some(&wanted) {
            differs.push(key.as_str());
        }
        keys.insert(key.clone(), wanted);
    }
    if differs.is_empty() {
        return put_to_use(model, plan.secrets(), steps);
    }
    if live.is_some() {
        model.set_secret(label, keys)?;
        steps.took(format!("changed {}", differs.join(", ")));
    } else {
        let owner = match plan.owner {
            Owner::Application => SecretOwner::Application,
            Owner::Unit => SecretOwner::Unit,
        };
        let mut new = NewSecret::new(owner).label(label);
        new.description.clone_from(&plan.description);
        let id = model.add_secret(&new, keys)?;
        steps.took(format!("created {id}"));
    }
    put_to_use(model, plan.secrets(), steps)
}

fn apply_data(
    model: &Model,
    endpoint: &EndpointName,
    data: &DataPlan,
    address: impl Fn(EndpointName, ops_core::names::RelationId) -> BagAddress,
    steps: &mut Steps<'_>,
) -> Result<(), Fault> {
    for id in model.relation_ids(endpoint)?.iter() {
        let Some(bag) = data.each.get(id).or(data.every.as_ref()) else { continue };
        let address = address(endpoint.clone(), *id);
        let written = model.write_bag(&address, bag, Hand::Plan)?;
        if !written.is_empty() {
            steps.took(format!("wrote {} to relation {id}", written.join(", ")));
        }
        put_to_use(model, bag.values().filter_map(secret_of), steps)?;
    }
    Ok(())
}

/// The scope succeeded with the latest content of these secrets: the revision before may go.
fn put_to_use<'a>(
    model: &Model,
    secrets: impl Iterator<Item = &'a Secret>,
    steps: &mut Steps<'_>,
) -> Result<(), Fault> {
    let mut used: Vec<SecretId> = secrets
        .filter_map(|secret| SecretId::parse(secret.tag().split_once('/')?.0).ok())
        .collect();
    used.sort_unstable();
    used.dedup();
    for id in used {
        if model.secret_in_use(&id)? {
            steps.took(format!("moved on to the latest revision of {id}"));
        }
    }
    Ok(())
}
