//! What a run left behind: the world after it, and everything that was done, in order.

use super::{
    conversion,
    failure::{Failure, Reason},
};
use crate::{
    consistency::Finding,
    emulator::{
        juju::{self, ActionRun, CallRecord, FlushError, Hook, Juju, Leak, LogLine, Status},
        pebble::{self, Daemon, ExecCall},
    },
    engine::Ended,
    state::{Container, Deferred, DeferredError, Redaction, State},
};
use ops_core::names::{ContainerName, SecretId, UnitName};
use std::{collections::BTreeMap, fmt};

/// What a run left behind.
#[derive(Clone)]
#[non_exhaustive]
pub struct Output {
    /// The world after it. If the hook failed: with what Juju does at once, and without what it drops.
    pub state: State,
    /// Why the hook failed, what Juju dropped for it and what stayed, if it did.
    pub failure: Option<Failure>,
    /// How the charm ended, and what it printed.
    pub ended: Ended,
    /// Why Juju refused what the charm wrote, although the charm ended well.
    pub refused: Option<FlushError>,
    /// The hook commands, in order, as a person would type them.
    pub calls: Vec<String>,
    /// All that changed something, in Juju and in containers, in the order in which it happened. If the hook
    /// failed, [`failure`](Self::failure) says what of it was dropped.
    pub effects: Vec<Effect>,
    /// The log.
    pub logs: Vec<LogLine>,
    /// The statuses that the unit had on the way, the last one included.
    pub unit_statuses: Vec<Status>,
    /// What the action said, if it was one.
    pub action: Option<ActionRun>,
    /// Places where the content of a secret stands and must not. Only those that the context
    /// [allows](super::Context::allow_leak): it panics for any other.
    pub leaks: Vec<Leak>,
    /// What Juju can come to, but is seldom meant: the warnings of the [checker](crate::consistency).
    pub warnings: Vec<Finding>,
}

/// Something that a charm changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// With a hook command.
    Juju(juju::Effect),
    /// Through the Pebble of a container.
    Pebble {
        /// The container.
        container: ContainerName,
        /// What was done.
        effect: pebble::Effect,
    },
}

/// Without the contents of secrets, as those of the state: a test that fails prints it.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hide = Redaction::of([&self.state]);
        let mut shown = f.debug_struct("Output");
        let mut field = |name: &str, value: &dyn fmt::Debug| {
            shown.field(name, &format_args!("{}", hide.text(&format!("{value:?}"))));
        };
        field("state", &self.state);
        field("failure", &self.failure);
        field("ended", &self.ended);
        field("refused", &self.refused);
        field("calls", &self.calls);
        field("effects", &self.effects);
        field("logs", &self.logs);
        field("unit_statuses", &self.unit_statuses);
        field("action", &self.action);
        field("leaks", &self.leaks);
        field("warnings", &self.warnings);
        shown.finish()
    }
}

/// A run that is over.
#[derive(Debug)]
pub(super) struct Ran<'a> {
    pub(super) before: &'a State,
    pub(super) unit: &'a UnitName,
    pub(super) hook: &'a Hook,
    pub(super) juju: Juju,
    pub(super) ended: Ended,
    pub(super) daemons: BTreeMap<ContainerName, Daemon>,
    pub(super) warnings: Vec<Finding>,
}

impl Output {
    pub(super) fn new(ran: Ran<'_>) -> Self {
        let Ran { before, unit, hook, juju, ended, daemons, warnings } = ran;
        let refused = if ended.is_success() {
            juju.commit().err()
        } else {
            juju.drop_writes();
            None
        };
        let action = juju.action();
        let (model, record) = juju.finish();
        let leaks = model.leaks(&record);
        let history = model.units.get(unit).map(|unit| {
            let past = unit.history.iter().skip(1).map(|record| record.status.clone());
            past.chain([unit.status.status.clone()]).collect()
        });
        let is_well = ended.is_success() && refused.is_none();
        let numbers = record.numbers.into_iter();
        let mut numbered: Vec<(u64, Effect)> =
            numbers.zip(record.effects.into_iter().map(Effect::Juju)).collect();
        let mut containers = BTreeMap::new();
        for (name, daemon) in daemons {
            let mut pebble = daemon.into_state();
            numbered.extend(pebble.numbered_effects().map(|(number, effect)| {
                (number, Effect::Pebble { container: name.clone(), effect: effect.clone() })
            }));
            pebble.clear_effects();
            pebble.forget_commands();
            // As the test said it, whatever the script did.
            let reachable = before.containers.get(&name).is_none_or(|before| before.reachable);
            pebble.set_reachable(reachable);
            containers.insert(name, Container { reachable, pebble });
        }
        let state = conversion::after(before, model, containers, unit, is_well.then_some(hook));
        numbered.sort_by_key(|(number, _)| *number);
        let effects: Vec<Effect> = numbered.into_iter().map(|(_, effect)| effect).collect();
        let failure = (!is_well).then(|| {
            let reason = Reason::of(&ended, refused.as_ref(), &record.logs);
            Failure::new(reason, &effects, before, &state)
        });
        Self {
            state,
            failure,
            ended,
            refused,
            calls: record.calls.into_iter().map(CallRecord::into_typed).collect(),
            effects,
            logs: record.logs,
            unit_statuses: history.unwrap_or_default(),
            action,
            leaks,
            warnings,
        }
    }

    /// Whether the hook succeeded in Juju's eyes.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.failure.is_none()
    }

    /// What was changed, a line for each effect, fit for a snapshot. The contents of secrets are in none.
    #[must_use]
    pub fn transcript(&self) -> String {
        let hide = Redaction::of([&self.state]);
        self.effects.iter().map(|effect| hide.text(&format!("{effect}\n"))).collect()
    }

    /// The events that the charm has deferred, oldest first, as [`State::deferred`].
    ///
    /// # Errors
    /// The charm keeps something else where the queue should be.
    pub fn deferred(&self) -> Result<Vec<Deferred>, DeferredError> {
        self.state.deferred()
    }

    /// The names of the hook commands, in order.
    #[must_use]
    pub fn commands(&self) -> Vec<&str> {
        self.calls.iter().map(|call| call.split(' ').next().unwrap_or_default()).collect()
    }

    /// What changed in Juju, in order, or would have if the hook had not failed.
    pub fn juju_effects(&self) -> impl Iterator<Item = &juju::Effect> {
        self.effects.iter().filter_map(|effect| match effect {
            Effect::Juju(effect) => Some(effect),
            Effect::Pebble { .. } => None,
        })
    }

    /// What was done in a container, in order.
    #[must_use]
    pub fn pebble_effects(&self, container: &ContainerName) -> Vec<pebble::Effect> {
        let effects = self.effects.iter().filter_map(|effect| match effect {
            Effect::Pebble { container: where_, effect } if where_ == container => Some(effect),
            _ => None,
        });
        effects.cloned().collect()
    }

    /// The commands that ran in a container, in order.
    #[must_use]
    pub fn execs(&self, container: &ContainerName) -> Vec<ExecCall> {
        let exec = |effect| match effect {
            pebble::Effect::Exec(call) => Some(call),
            _ => None,
        };
        self.pebble_effects(container).into_iter().filter_map(exec).collect()
    }

    /// The statuses that the application was given, in order.
    #[must_use]
    pub fn application_statuses(&self) -> Vec<Status> {
        let status = |effect: &juju::Effect| match effect {
            juju::Effect::ApplicationStatus(status) => Some(status.clone()),
            _ => None,
        };
        self.juju_effects().filter_map(status).collect()
    }

    /// The versions of the workload that were told, in order.
    #[must_use]
    pub fn workload_versions(&self) -> Vec<String> {
        let version = |effect: &juju::Effect| match effect {
            juju::Effect::WorkloadVersion(version) => Some(version.clone()),
            _ => None,
        };
        self.juju_effects().filter_map(version).collect()
    }

    /// How many of each storage were asked for.
    #[must_use]
    pub fn requested_storages(&self) -> BTreeMap<String, u32> {
        let mut requested = BTreeMap::new();
        for effect in self.juju_effects() {
            if let juju::Effect::StorageAdded { name, count } = effect {
                *requested.entry(name.clone()).or_default() += count;
            }
        }
        requested
    }

    /// The secrets that were removed, each with the revision, or `None` for all of them.
    #[must_use]
    pub fn removed_secret_revisions(&self) -> Vec<(SecretId, Option<u64>)> {
        let removed = |effect: &juju::Effect| match effect {
            juju::Effect::SecretRemoved(id, revision) => Some((id.clone(), *revision)),
            _ => None,
        };
        self.juju_effects().filter_map(removed).collect()
    }
}
