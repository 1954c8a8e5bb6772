//! What the event is about, and whether it is there: R1 to R4, R16, R17, R20, R23, R25, R32, A4.
//!
//! Events of actions, secrets, storages and relations are checked where those are.

use super::{Case, Finding, Rule};
use crate::emulator::juju::Hook;
use ops_core::names::ContainerName;

const RELATION: [&str; 5] = ["created", "joined", "changed", "departed", "broken"];
const PEBBLE: [&str; 4] = ["ready", "custom-notice", "check-failed", "check-recovered"];
const SELDOM: [&str; 3] = ["pre-series-upgrade", "post-series-upgrade", "meter-status-changed"];
const SECRET: [&str; 4] = ["secret-changed", "secret-rotate", "secret-expired", "secret-remove"];

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Finding>) {
    match case.hook {
        Hook::Other(name) => found.extend(bare(name)),
        Hook::LeaderElected if !case.state.leader => {
            let message = "leader-elected comes to a unit that does not lead";
            found.push(Finding::new(Rule::A4, message));
        }
        hook => {
            if let Some(name) = hook.container() {
                workload(case, name, found);
            }
        }
    }
}

/// An event of which nothing but the name is known.
fn bare(name: &str) -> Option<Finding> {
    let ends = |middle: &str, ends: &[&str]| {
        ends.iter().any(|end| {
            name.strip_suffix(end)
                .is_some_and(|rest| rest.strip_suffix(middle).is_some_and(|n| !n.is_empty()))
        })
    };
    let (rule, what) = if ends("-relation-", &RELATION) {
        (Rule::R17, "relation")
    } else if ends("-pebble-", &PEBBLE) {
        (Rule::R20, "container")
    } else if ends("-storage-", &["attached", "detaching"]) {
        (Rule::R32, "storage")
    } else if ends("-", &["action"]) {
        (Rule::R25, "action")
    } else if SECRET.contains(&name) {
        (Rule::R36, "secret")
    } else if SELDOM.contains(&name) {
        return None;
    } else {
        return Some(Finding::new(Rule::R16, format!("Juju has no event {name}")));
    };
    Some(Finding::new(rule, format!("{name} does not say which {what} it is about")))
}

fn workload(case: &Case<'_>, name: &ContainerName, found: &mut Vec<Finding>) {
    if !case.charm.containers.contains(name) {
        let message =
            format!("the event is about the container {name}, which the charm does not declare");
        found.push(Finding::new(Rule::R1, message));
    }
    let Some(container) = case.state.containers.get(name) else {
        let message = format!("the event is about the container {name}, which is not in the state");
        found.push(Finding::new(Rule::R2, message));
        return;
    };
    if !container.reachable {
        let message = format!("the event is about the container {name}, which cannot be reached");
        found.push(Finding::new(Rule::R23, message));
    }
    match case.hook {
        Hook::PebbleCustomNotice { id, key, .. } => {
            let notices = container.pebble.notices();
            let is_it = |number: u64, of: &str| number.to_string() == *id && of == key;
            if !notices.iter().any(|notice| is_it(notice.id, &notice.key)) {
                let message = format!("container {name} has no notice {id} with the key {key}");
                found.push(Finding::new(Rule::R3, message));
            }
        }
        Hook::PebbleCheckFailed { check, .. } | Hook::PebbleCheckRecovered { check, .. }
            if !container.pebble.checks().contains_key(check) =>
        {
            let message = format!("container {name} has no check {check}");
            found.push(Finding::new(Rule::R4, message));
        }
        _ => {}
    }
}
