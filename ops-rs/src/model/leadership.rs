//! Leadership: plain data for those who look, and a proof for those who write.

use super::Model;
use crate::hook_command;
use ops_core::Fault;
use serde::Serialize;
use std::{cell::Cell, time::Duration};

/// Whether this unit was the leader when the charm looked.
///
/// Plain data: it can be compared, printed and written as a literal in a test. It gives no right. Juju
/// promises leadership for 30 seconds at a time, so what needs it asks again when it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leadership {
    /// This unit leads.
    Leader,
    /// Another unit leads, or none.
    Follower,
}

impl Leadership {
    /// Whether this unit leads.
    #[must_use]
    pub fn is_leader(self) -> bool {
        self == Self::Leader
    }

    /// A guard for what the leader alone may do, in a handler or an action: `?` ends it on other units.
    ///
    /// A plan needs none: it may say what the application writes on any unit, and other units skip it.
    ///
    /// # Errors
    /// Waiting, `{what} is for the leader`, on another unit.
    #[track_caller]
    pub fn require(self, what: &str) -> Result<(), Fault> {
        match self {
            Self::Leader => Ok(()),
            Self::Follower => Err(Fault::waiting(format!("{what} is for the leader"))),
        }
    }
}

/// The right to write for the application, for a few seconds more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeaderProof(());

/// The last answer and when it was asked for.
#[derive(Debug, Default)]
pub(super) struct Asked(Cell<Option<(Leadership, Duration)>>);

/// Juju guarantees 30 s from the answer; this leaves 10 for the write.
const FRESH: Duration = Duration::from_secs(20);

impl Model {
    /// Whether this unit leads. The first answer holds for the dispatch.
    ///
    /// # Errors
    /// What `is-leader` said.
    pub fn leadership(&self) -> Result<Leadership, Fault> {
        match self.0.leadership.0.get() {
            Some((leadership, _)) => Ok(leadership),
            None => self.ask_for_leadership(),
        }
    }

    /// The right to write for the application, or `None` when this unit does not lead.
    pub(crate) fn leader_proof(&self) -> Result<Option<LeaderProof>, Fault> {
        let now = self.0.host.clock.elapsed();
        let leadership = match self.0.leadership.0.get() {
            // Once an agent answered "no" it goes on doing so for this hook.
            Some((Leadership::Follower, _)) => Leadership::Follower,
            Some((Leadership::Leader, asked)) if now.saturating_sub(asked) <= FRESH => {
                Leadership::Leader
            }
            _ => self.ask_for_leadership()?,
        };
        Ok(leadership.is_leader().then_some(LeaderProof(())))
    }

    fn ask_for_leadership(&self) -> Result<Leadership, Fault> {
        // The promise counts from before the question.
        let asked = self.0.host.clock.elapsed();
        let leads = hook_command::is_leader(&self.0.juju)?;
        let leadership = if leads { Leadership::Leader } else { Leadership::Follower };
        self.0.leadership.0.set(Some((leadership, asked)));
        Ok(leadership)
    }
}
