//! Why a hook failed, what Juju dropped for it, and what stayed.

use super::Effect;
use crate::{
    emulator::juju::{self, FlushError, Hook, LogLine},
    engine::{Ended, How},
    state::{Secret, State},
};
use ops_core::names::SecretId;
use std::fmt;

/// A hook that failed: Juju drops what the charm wrote through it and has not been done at once. What was
/// done in containers, or in files of its own, stays.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// Why it failed.
    pub reason: Reason,
    /// What Juju dropped, in order.
    pub dropped: Vec<Effect>,
    /// What stayed, in order.
    pub stayed: Vec<Effect>,
}

/// Why a hook failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The charm panicked, with this message and place.
    Panicked(String),
    /// The charm ended in another way than well.
    Ended {
        /// How.
        how: How,
        /// What it complained of last: its last error in the log, or what it printed on standard error.
        complaint: Option<String>,
    },
    /// The charm ended well, and Juju refused what it wrote.
    Refused(FlushError),
}

/// What the dispatcher logs of a panic begins so.
pub(crate) const PANIC: &str = "the charm panicked: ";

impl Reason {
    pub(super) fn of(ended: &Ended, refused: Option<&FlushError>, logs: &[LogLine]) -> Self {
        if let Some(refused) = refused {
            return Self::Refused(refused.clone());
        }
        let error = logs.iter().rfind(|line| matches!(&*line.level, "ERROR" | "CRITICAL"));
        let error = error.map(|line| line.message.as_str());
        let printed = ended.stderr.trim();
        let complaint = error.or((!printed.is_empty()).then_some(printed));
        match complaint.and_then(|text| text.split_once(PANIC)) {
            Some((_, panic)) if ended.how == How::Exit(1) => Self::Panicked(panic.to_owned()),
            _ => Self::Ended { how: ended.how.clone(), complaint: complaint.map(str::to_owned) },
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(message) => write!(f, "{PANIC}{message}"),
            Self::Ended { how, complaint: None } => write!(f, "the charm ended badly: {how}"),
            Self::Ended { how, complaint: Some(complaint) } => {
                write!(f, "the charm ended badly: {how}: {complaint}")
            }
            Self::Refused(error) => write!(f, "Juju refused what the charm wrote: {error}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, dropped, stayed } = self;
        write!(f, "{reason}\ndropped: {} of its writes", dropped.len())?;
        dropped.iter().try_for_each(|effect| write!(f, "\n  {effect}"))?;
        write!(f, "\nstayed: {}", stayed.len())?;
        stayed.iter().try_for_each(|effect| write!(f, "\n  {effect}"))
    }
}

impl Failure {
    pub(super) fn new(reason: Reason, effects: &[Effect], before: &State, after: &State) -> Self {
        let (stayed, dropped) =
            effects.iter().cloned().partition(|effect| stays(effect, before, after));
        Self { reason, dropped, stayed }
    }

    pub(super) fn about(&self, hook: &Hook) -> String {
        format!("the hook failed ({hook:?}): {self}")
    }
}

/// Changes to secrets are applied one by one: of those before the one that was refused, some stay.
fn stays(effect: &Effect, before: &State, after: &State) -> bool {
    use juju::Effect as E;
    let secret = |id: &SecretId| (before.secrets.get(id), after.secrets.get(id));
    let changed = |id: &SecretId| {
        let (before, after) = secret(id);
        // Which revision the unit follows is an effect of its own, and happens at once.
        let untracked = |secret: &Secret| Secret { tracked: None, ..secret.clone() };
        before.map(untracked) != after.map(untracked)
    };
    let Effect::Juju(effect) = effect else { return true };
    match effect {
        E::UnitStatus(_)
        | E::ApplicationStatus(_)
        | E::WorkloadVersion(_)
        | E::LeaderSetting(_)
        | E::ActionResult(_)
        | E::ActionFailed(_) => true,
        E::SecretAdded(id)
        | E::SecretSet(id)
        | E::SecretGranted(id, _)
        | E::SecretRevoked(id, _)
        | E::SecretRemoved(id, _) => changed(id),
        E::SecretTracked(id, _) => {
            let (before, after) = secret(id);
            before.map(|secret| secret.tracked) != after.map(|secret| secret.tracked)
        }
        E::Reboot { now } => *now,
        E::RelationData { .. }
        | E::PortOpened(_)
        | E::PortClosed(_)
        | E::StateSet(_)
        | E::StateDeleted(_)
        | E::StorageAdded { .. } => false,
    }
}
