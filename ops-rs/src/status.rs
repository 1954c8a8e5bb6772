//! Collect-status: its own stage, after everything else, and it always has something to say.
//!
//! Worst wins; among equals, the one that was added first. Faults are added after the author's rows, so
//! they can raise the status and never lower it. Nothing here knows how a status is sent.

use crate::{hook_command::StatusKind, reconcile::Report};
use ops_core::{Fault, FaultKind};
use serde::Serialize;
use std::fmt;

/// A status that a charm can set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    severity: Severity,
    message: String,
}

/// What a status says, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Does its work.
    Active,
    /// Waits for something that comes by itself.
    Waiting,
    /// Is busy with itself.
    Maintenance,
    /// A person must act.
    Blocked,
}

impl Status {
    /// The unit does its work.
    #[must_use]
    pub fn active() -> Self {
        Self { severity: Severity::Active, message: String::new() }
    }

    /// The unit does its work, and this should be known.
    pub fn active_with(message: impl Into<String>) -> Self {
        Self { severity: Severity::Active, message: message.into() }
    }

    /// The unit waits for something that comes by itself.
    pub fn waiting(message: impl Into<String>) -> Self {
        Self { severity: Severity::Waiting, message: message.into() }
    }

    /// The unit is busy with itself.
    pub fn maintenance(message: impl Into<String>) -> Self {
        Self { severity: Severity::Maintenance, message: message.into() }
    }

    /// A person must act.
    pub fn blocked(message: impl Into<String>) -> Self {
        Self { severity: Severity::Blocked, message: message.into() }
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What a person reads.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The status that a fault of this kind raises, or `None` for those that fail the hook: Juju then shows
    /// `error`, and the charm has nothing to say.
    #[must_use]
    pub fn of_fault(fault: &Fault) -> Option<Self> {
        match fault.kind() {
            FaultKind::Blocked | FaultKind::Denied | FaultKind::Exhausted => {
                Some(Self::blocked(fault.message()))
            }
            FaultKind::Waiting | FaultKind::Transient => Some(Self::waiting(fault.message())),
            _ => None,
        }
    }

    pub(crate) fn kind(&self) -> StatusKind {
        match self.severity {
            Severity::Active => StatusKind::Active,
            Severity::Waiting => StatusKind::Waiting,
            Severity::Maintenance => StatusKind::Maintenance,
            Severity::Blocked => StatusKind::Blocked,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Active => "active",
            Severity::Waiting => "waiting",
            Severity::Maintenance => "maintenance",
            Severity::Blocked => "blocked",
        };
        f.write_str(severity)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

/// Takes the rows of a status table; the worst of them is shown.
#[derive(Debug, Default)]
pub struct Statuses {
    unit: Vec<Status>,
    application: Vec<Status>,
}

impl Statuses {
    /// Adds a row for the unit.
    pub fn unit(&mut self, status: Status) -> &mut Self {
        self.unit.push(status);
        self
    }

    /// Adds a row for the unit if `condition` holds.
    pub fn unit_if(&mut self, condition: bool, status: impl FnOnce() -> Status) -> &mut Self {
        if condition {
            self.unit.push(status());
        }
        self
    }

    /// Adds a row for the application. The leader sets it; on other units it has no effect.
    pub fn application(&mut self, status: Status) -> &mut Self {
        self.application.push(status);
        self
    }

    /// What the unit shows: the worst row, the author's before those of faults.
    pub(crate) fn unit_status<'a>(
        &'a self,
        faults: impl IntoIterator<Item = &'a Fault>,
    ) -> Option<Status> {
        let faults = faults.into_iter().filter_map(Status::of_fault);
        worst(self.unit.iter().cloned().chain(faults))
    }

    pub(crate) fn application_status(&self) -> Option<Status> {
        worst(self.application.iter().cloned())
    }
}

/// The status that a report raises by itself, for an author whose rows need it.
#[must_use]
pub fn of_report(report: &Report) -> Option<Status> {
    worst(report.faults().filter_map(|(_, fault)| Status::of_fault(fault)))
}

fn worst(statuses: impl Iterator<Item = Status>) -> Option<Status> {
    statuses.reduce(|worst, next| if next.severity > worst.severity { next } else { worst })
}

#[cfg(test)]
mod tests;
