//! Storages and their events: R34, R35, R38, R39, V2, A6.

use super::{Case, Finding, Rule, names};
use crate::emulator::juju::Hook;

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Finding>) {
    for (id, storage) in &case.state.storages {
        let name = storage.name.as_str();
        if !names::is_storage(name) {
            let message = format!("{name:?} cannot be the name of a storage");
            found.push(Finding::new(Rule::V2, message));
        }
        if *id != storage.id() {
            let message = format!("{} is kept as {id}", storage.id());
            found.push(Finding::new(Rule::R39, message));
        }
        let Some(declared) = case.charm.storage.get(name) else {
            found.push(Finding::new(Rule::R38, format!("the charm declares no storage {name}")));
            continue;
        };
        let all = || case.state.storages.values().filter(|other| other.name == storage.name);
        let is_first = all().all(|other| other.index >= storage.index);
        let Some(most) = declared.maximum.filter(|_| is_first) else { continue };
        let number = all().count();
        if u32::try_from(number).is_ok_and(|number| number > most) {
            let message =
                format!("there are {number} of the storage {name}, and at most {most} may be");
            found.push(Finding::new(Rule::A6, message));
        }
    }
    if let Hook::StorageAttached { storage, .. } | Hook::StorageDetaching { storage, .. } =
        case.hook
    {
        let name = storage.split_once('/').map_or(storage.as_str(), |(name, _)| name);
        if !case.charm.storage.contains_key(name) {
            let message =
                format!("the event is about the storage {name}, which the charm does not declare");
            found.push(Finding::new(Rule::R34, message));
        }
        if !case.state.storages.contains_key(storage) {
            let message =
                format!("the event is about the storage {storage}, which is not in the state");
            found.push(Finding::new(Rule::R35, message));
        }
    }
}
