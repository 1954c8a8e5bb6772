//! Which hooks a unit's agent may run next. Nothing here runs one or changes anything.
//!
//! Follows the order of Juju's uniter resolvers. The agent sees changes through watchers that may lag
//! behind each other, so where Juju gives no guarantee several hooks are legal: the first is the one
//! that Juju takes if it has seen everything.

use super::{
    Engine,
    agent::{Agent, ConfigSeen, RelationSeen},
};
use crate::emulator::juju::{Hook, Model, ModelKind, Relation, Timestamp};
use ops_core::{
    JujuVersion,
    names::{ApplicationName, RelationId, UnitName},
};
use std::collections::{BTreeMap, BTreeSet};

/// A hook that may run next on a unit.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Due {
    /// The unit.
    pub unit: UnitName,
    /// The hook.
    pub hook: Hook,
    /// Not before this moment: it is the retry of a hook that failed.
    pub not_before: Option<Timestamp>,
}

/// A rotation or expiry that the charm did nothing about is offered again after so many seconds.
const OFFERED_AGAIN: i64 = 300;

impl Engine {
    /// Every hook that may run next, of all units. The first of each unit is the usual one.
    #[must_use]
    pub fn due(&self) -> Vec<Due> {
        self.agents.keys().flat_map(|unit| self.due_on(unit)).collect()
    }

    /// Every hook that may run next on one unit, the usual one first. A failed hook is the only one;
    /// after too many failures there is none.
    #[must_use]
    pub fn due_on(&self, unit: &UnitName) -> Vec<Due> {
        let Some(agent) = self.agents.get(unit) else { return Vec::new() };
        if let Some(failed) = &agent.failed {
            let retry = Due {
                unit: unit.clone(),
                hook: failed.hook.clone(),
                not_before: Some(failed.retry_at),
            };
            let retries = failed.attempts <= self.settings.retries;
            return retries.then_some(retry).into_iter().collect();
        }
        let hooks = Unit { engine: self, model: &self.model, unit, agent }.hooks();
        let due = |hook| Due { unit: unit.clone(), hook, not_before: None };
        hooks.into_iter().map(due).collect()
    }
}

/// One unit, looked at.
struct Unit<'e> {
    engine: &'e Engine,
    model: &'e Model,
    unit: &'e UnitName,
    agent: &'e Agent,
}

impl Unit<'_> {
    fn hooks(&self) -> Vec<Hook> {
        if self.model.units.get(self.unit).is_none_or(|unit| unit.dying) {
            return self.teardown();
        }
        if !self.agent.installed {
            // A machine has its storage first; a pod has it only once it runs.
            let storage = self.storage().find(|_| self.model.kind == ModelKind::Machine);
            return vec![storage.unwrap_or(Hook::Install)];
        }
        if self.agent.replaced {
            return vec![Hook::Stop];
        }
        if self.agent.upgraded {
            return vec![Hook::UpgradeCharm];
        }
        let mut hooks = self.created();
        if !hooks.is_empty() {
            hooks.extend(self.workload());
            return hooks;
        }
        hooks.extend(self.leadership());
        if !self.agent.started {
            hooks.extend(self.secrets());
            hooks.extend(self.storage().filter(|_| self.model.kind == ModelKind::Machine));
            hooks.push(match self.agent.config {
                None => Hook::ConfigChanged,
                Some(_) => Hook::Start,
            });
            // Containers come up beside all this, usually later.
            hooks.extend(self.workload());
            return hooks;
        }
        hooks.extend(self.workload());
        hooks.extend(self.secrets());
        hooks.extend(self.storage());
        if self.agent.config != ConfigSeen::now(self.model, self.unit) {
            hooks.push(Hook::ConfigChanged);
        }
        // A config-changed that runs anyway is queued: on a machine that was upgraded it comes first.
        if self.agent.config.is_some() {
            hooks.extend(self.relations());
        }
        if hooks.is_empty() && self.agent.update_status {
            hooks.push(Hook::UpdateStatus);
        }
        hooks
    }

    /// Storage goes and relations end first, then `stop`, then `remove`.
    fn teardown(&self) -> Vec<Hook> {
        let storage: Vec<Hook> = self.storage().collect();
        if !storage.is_empty() {
            return storage;
        }
        let relations: Vec<Hook> = self.relations().collect();
        if !relations.is_empty() {
            relations
        } else if self.agent.started && !self.agent.stopped {
            vec![Hook::Stop]
        } else {
            vec![Hook::Remove]
        }
    }

    fn created(&self) -> Vec<Hook> {
        self.own_relations()
            .filter(|relation| !relation.dying && !relation.suspended)
            .filter(|relation| !self.agent.relations.contains_key(&relation.id))
            .map(|relation| Hook::RelationCreated { relation: relation.id })
            .collect()
    }

    fn leadership(&self) -> Option<Hook> {
        if self.model.is_leader(self.unit) {
            return (!self.agent.leads).then_some(Hook::LeaderElected);
        }
        let leader = self.model.applications.get(&self.unit.application())?.leader.as_ref()?;
        let is_news = self.agent.follows.as_ref() != Some(leader);
        let is_emitted = self.model.version < JujuVersion::new(4, 0, 0);
        (is_news && is_emitted).then_some(Hook::LeaderSettingsChanged)
    }

    fn workload(&self) -> Vec<Hook> {
        let containers = self.engine.containers.get(self.unit).into_iter().flatten();
        let ready = containers
            .filter(|(name, container)| {
                container.up && self.agent.ready.get(*name) != Some(&container.boot)
            })
            .map(|(name, _)| Hook::PebbleReady { container: name.clone() });
        // What a container has to say comes one after the other.
        let said = self.agent.workload.front().cloned();
        ready.chain(said).chain(self.engine.unheard(self.unit)).collect()
    }

    /// Storage that came, and storage that goes after the charm was told that it had come.
    fn storage(&self) -> impl Iterator<Item = Hook> + '_ {
        let unit = self.model.units.get(self.unit);
        let dying = unit.is_none_or(|unit| unit.dying);
        unit.into_iter().flat_map(|unit| &unit.storage).filter_map(move |(id, found)| {
            let (storage, location) = (id.clone(), found.location.clone());
            match (self.agent.storage.contains(id), dying || found.dying) {
                (false, false) => Some(Hook::StorageAttached { storage, location }),
                (true, true) => Some(Hook::StorageDetaching { storage, location }),
                _ => None,
            }
        })
    }

    /// In the order expired, rotate, changed, remove.
    fn secrets(&self) -> Vec<Hook> {
        let (now, seen) = (self.model.now, &self.agent.secrets);
        let leader = self.model.is_leader(self.unit);
        let waits = |at: Timestamp| at.plus(OFFERED_AGAIN) > now;
        let mut found: [Vec<Hook>; 4] = Default::default();
        let [expired, rotate, changed, remove] = &mut found;
        for (id, secret) in &self.model.secrets {
            let (id, latest) = (id.clone(), secret.latest());
            if !secret.is_managed_by(self.unit, leader) {
                let Some(consumer) = secret.consumers.get(self.unit) else { continue };
                let told = seen.changed.get(&id).copied().unwrap_or_default();
                if latest > told.max(consumer.tracked) && secret.is_readable_by(self.unit) {
                    changed.push(Hook::SecretChanged { id, label: consumer.label.clone() });
                }
                continue;
            }
            let label = secret.label.clone();
            let due = |revision: &u64| {
                let at = secret.revisions.get(revision).and_then(|revision| revision.expires);
                at.is_some_and(|at| at <= now)
            };
            if let Some(revision) = secret.revisions.keys().copied().find(due)
                && !seen.expired.get(&id).is_some_and(|(r, at)| *r == revision && waits(*at))
            {
                let (id, label) = (id.clone(), label.clone());
                expired.push(Hook::SecretExpired { id, label, revision });
            }
            if secret.rotates.is_some_and(|at| at <= now)
                && !seen.rotated.get(&id).is_some_and(|at| waits(*at))
            {
                rotate.push(Hook::SecretRotate { id: id.clone(), label: label.clone() });
            }
            for revision in secret.unused_revisions() {
                if !seen.removed.contains(&(id.clone(), revision)) {
                    let (id, label) = (id.clone(), label.clone());
                    remove.push(Hook::SecretRemove { id, label, revision });
                }
            }
        }
        found.into_iter().flatten().collect()
    }

    /// The next hook of each relation.
    fn relations(&self) -> impl Iterator<Item = Hook> + '_ {
        self.own_relations().filter_map(|relation| {
            let seen = self.agent.relations.get(&relation.id)?;
            self.relation(relation, seen)
        })
    }

    fn relation(&self, relation: &Relation, seen: &RelationSeen) -> Option<Hook> {
        let id = relation.id;
        if seen.broken {
            return None;
        }
        let application = self.unit.application();
        let other = relation.other_side(application.as_str())?;
        let dying = self.model.units.get(self.unit).is_none_or(|unit| unit.dying);
        let ending = relation.dying || relation.suspended || dying;
        // Of a relation that ends nobody is left on the other side, whatever is still there.
        let present: BTreeMap<&UnitName, u64> = other
            .units
            .iter()
            .filter(|(name, member)| member.in_scope && *name != self.unit && !ending)
            .map(|(name, member)| (name, member.version))
            .collect();
        if let Some(unit) = &seen.joined {
            return Some(Hook::RelationChanged { relation: id, unit: Some(unit.clone()) });
        }
        if let Some(unit) = seen.members.keys().find(|unit| !present.contains_key(unit)) {
            let departing = if dying { self.unit } else { unit };
            return Some(Hook::RelationDeparted {
                relation: id,
                unit: unit.clone(),
                departing: departing.clone(),
            });
        }
        if ending {
            return (!relation.is_peer()).then_some(Hook::RelationBroken { relation: id });
        }
        // Who writes does not hear of it.
        let writes = relation.is_peer() && self.model.is_leader(self.unit);
        if other.version > seen.application && !writes {
            return Some(Hook::RelationChanged { relation: id, unit: None });
        }
        if let Some(unit) = present.keys().find(|unit| !seen.members.contains_key(**unit)) {
            return Some(Hook::RelationJoined { relation: id, unit: (*unit).clone() });
        }
        let changed = |(unit, version): &(&&UnitName, &u64)| {
            seen.members.get(**unit).is_some_and(|seen| seen < version)
        };
        present
            .iter()
            .find(changed)
            .map(|(unit, _)| Hook::RelationChanged { relation: id, unit: Some((*unit).clone()) })
    }

    fn own_relations(&self) -> impl Iterator<Item = &Relation> + '_ {
        let application: ApplicationName = self.unit.application();
        self.model
            .relations
            .values()
            .filter(move |relation| relation.side(application.as_str()).is_some())
    }
}

/// The relations that a unit takes part in, or would.
pub(super) fn relations_of(model: &Model, unit: &UnitName) -> BTreeSet<RelationId> {
    let application = unit.application();
    let own = |relation: &&Relation| relation.side(application.as_str()).is_some();
    model.relations.values().filter(own).map(|relation| relation.id).collect()
}
