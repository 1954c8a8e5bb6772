//! What happened, hook by hook.

use super::program::{Ended, How};
use crate::emulator::juju::{ActionRun, Hook, Leak, Record, Status, Timestamp};
use ops_core::names::UnitName;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, time::Duration};

/// One run of a unit's charm.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimelineEntry {
    /// When it began, in the model's time.
    pub at: Timestamp,
    /// The unit.
    pub unit: UnitName,
    /// The hook or action.
    pub hook: Hook,
    /// Its full name, such as `database-relation-joined`.
    pub name: String,
    /// Which attempt it was: 1, and more after failures.
    pub attempt: u32,
    /// How long the charm ran, in real time.
    pub duration: Duration,
    /// How the charm ended, and what it printed.
    pub ended: Ended,
    /// What came of it.
    pub outcome: Outcome,
    /// Every hook command, effect and line of the log.
    pub record: Record,
    /// What the action has said, if it was one.
    pub action: Option<ActionRun>,
    /// The unit's status afterwards.
    pub status: Status,
    /// Contents of secrets that showed up where they must not be. Not kept on disk.
    #[serde(skip)]
    pub leaks: Vec<Leak>,
}

impl TimelineEntry {
    /// How often each hook command was called.
    #[must_use]
    pub fn hook_commands(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.record.calls {
            *counts.entry(call.program()).or_default() += 1;
        }
        counts
    }
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The charm exited with 0, and Juju took what it wrote.
    Done,
    /// The charm failed or was killed, and what it wrote was dropped.
    Failed(How),
    /// The charm exited with 0, and Juju refused what it wrote, with this complaint.
    Refused(String),
    /// Not run: there was no reason for it any more.
    Skipped,
}

impl Outcome {
    /// Whether the hook is over, so that the next may come.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Done | Self::Skipped)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("ok"),
            Self::Failed(how) => write!(f, "failed: {how}"),
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Skipped => f.write_str("skipped"),
        }
    }
}
