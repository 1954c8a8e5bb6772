//! What apply did and what went wrong. It must not know how.

use super::Scope;
use crate::hook_command::CommandError;
use ops_core::{Fault, FaultKind};
use serde::Serialize;
use std::fmt;

/// What happened to a plan: steps taken, scopes skipped, and every fault with its scope.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub struct Report {
    pub(crate) steps: Vec<Step>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) faults: Vec<ScopedFault>,
}

/// One difference that was written, as `scope: what`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub(crate) scope: Scope,
    pub(crate) what: String,
}

impl Step {
    /// Where.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.scope, self.what)
    }
}

/// A scope that was not applied, without fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Skipped {
    pub(crate) scope: Scope,
    pub(crate) why: &'static str,
}

/// A fault, the scope it arose in (none when it concerns all), and the phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ScopedFault {
    pub(crate) scope: Option<Scope>,
    pub(crate) phase: Phase,
    pub(crate) fault: Fault,
}

/// Where in a reconcile a fault arose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    /// While cleaning up: a unit that leaves has no other chance.
    Finalize,
    /// A plan held the scope.
    Held,
    /// While looking, planning as a whole, or applying.
    Converge,
}

impl Report {
    /// The faults, in the order in which they arose.
    pub fn faults(&self) -> impl Iterator<Item = (Option<&Scope>, &Fault)> {
        self.faults.iter().map(|entry| (entry.scope.as_ref(), &entry.fault))
    }

    /// The fault of one scope, if it has one.
    #[must_use]
    pub fn fault_of(&self, scope: &Scope) -> Option<&Fault> {
        self.faults().find(|(of, _)| *of == Some(scope)).map(|(_, fault)| fault)
    }

    /// What was written.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The scopes that were left alone, and why.
    pub fn skipped(&self) -> impl Iterator<Item = (&Scope, &'static str)> {
        self.skipped.iter().map(|skipped| (&skipped.scope, skipped.why))
    }

    pub(crate) fn push(&mut self, scope: Option<Scope>, fault: Fault) {
        self.faults.push(ScopedFault { scope, phase: Phase::Converge, fault });
    }

    pub(crate) fn hold(&mut self, scope: Scope, fault: Fault) {
        self.faults.push(ScopedFault { scope: Some(scope), phase: Phase::Held, fault });
    }

    pub(crate) fn not_finalized(&mut self, fault: Fault) {
        self.faults.push(ScopedFault { scope: None, phase: Phase::Finalize, fault });
    }

    /// A later plan decides anew what is held and skipped.
    pub(crate) fn forget_held(&mut self) {
        self.faults.retain(|entry| entry.phase != Phase::Held);
        self.skipped.clear();
    }

    /// Whether nothing more may be written in this dispatch.
    pub(crate) fn must_stop(&self) -> bool {
        self.faults.iter().any(|entry| stops(entry.fault.kind()))
    }
}

/// Whether this unit was deposed while it wrote: what it wanted to write is the new leader's to write.
pub(crate) fn is_deposed(fault: &Fault) -> bool {
    fault.find().is_some_and(CommandError::is_not_leader)
}

/// Whether a fault of this kind ends the dispatch with a failed hook.
pub(crate) fn stops(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::Bug | FaultKind::AgentLost)
}
