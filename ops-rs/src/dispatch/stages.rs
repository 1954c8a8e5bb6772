//! Which stage runs for which wake: one exhaustive table.

use crate::{event::EventClass, hook_context::Wake};

/// What runs in a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stages {
    /// Deferred events are handled first.
    pub(super) deferred: bool,
    /// The event's own handler runs.
    pub(super) handler: bool,
    /// How much of a reconcile follows. An action decides itself.
    pub(super) converge: Converge,
    /// The deferred queue is read and written: never by an action, which may run beside a hook.
    pub(super) commits_queue: bool,
}

/// How much of a reconcile runs, with the status after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Converge {
    /// Nothing, and no status either.
    No,
    /// Observe, collect status.
    StatusOnly,
    /// Observe, plan, apply, collect status.
    Full,
    /// Finalize what ends, then all of the above without it.
    FinalizeScopeThenFull,
    /// Finalize, observe, collect status: never towards "up".
    FinalizeOnly,
}

impl Stages {
    /// The row of the table for this wake.
    pub(super) fn of(wake: &Wake) -> Self {
        let row = |deferred, handler, converge, commits_queue| Self {
            deferred,
            handler,
            converge,
            commits_queue,
        };
        match wake {
            Wake::Action { .. } => row(false, false, Converge::No, false),
            Wake::Hook(event) => match event.class() {
                EventClass::Ordinary => row(true, true, Converge::Full, true),
                EventClass::Unknown => row(true, false, Converge::Full, true),
                EventClass::RelationEnding => {
                    row(true, true, Converge::FinalizeScopeThenFull, true)
                }
                EventClass::Teardown => row(true, true, Converge::FinalizeOnly, true),
                EventClass::Restricted => row(false, true, Converge::No, false),
            },
        }
    }
}

#[cfg(test)]
mod tests;
