//! What a fault does to the dispatch: the table of fault kinds against where they arose.
//!
//! | kind | status | exit |
//! |---|---|---|
//! | blocked, denied, exhausted | blocked | 0 |
//! | waiting | waiting | 0 |
//! | transient, in the reconciler or the handler of an ordinary event | waiting | 0 |
//! | transient, in the handler of an event that Juju tells once, or in finalize | | 1 |
//! | transient, in the reconciler or a handler of a charm that says `JUJU_RETRIES` | | 1 |
//! | transient, in a deferred event | waiting; it stays in the queue | 0 |
//! | any, where the deferred queue could not be read or kept | | 1 |
//! | the agent lost, or the SDK itself cannot go on | | 1 |
//! | bug | | 1 |
//!
//! A leader that is deposed while the SDK writes for the application is no fault: the scope is skipped, the
//! buffered write is dropped, and the next leader writes it.

use crate::reconcile::{Scope, stops};
use ops_core::{Fault, FaultKind};

/// Where a fault arose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// In the reconciler, in one scope or for all.
    Reconciler(Option<Scope>),
    /// In the handler of an event that comes again, or of which the world tells.
    Handler,
    /// Where only Juju's own retry brings it back: in the handler of an event that Juju tells once, in
    /// finalize, or wherever the author asks for it.
    NeedsRetry,
    /// In the handler of an event that was deferred.
    Deferred,
    /// While buffered writes were sent.
    Commit,
    /// While the deferred queue was read or kept: an event in it would be lost.
    Queue,
    /// In the SDK's own work: state, status, actions.
    Sdk,
}

/// The faults of a dispatch.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(Origin, Fault)>);

impl Faults {
    pub(super) fn push(&mut self, origin: Origin, fault: Fault) {
        if fails_hook(&origin, &fault) {
            ::log::error!("{} (at {})", explain(&fault), fault.at());
        } else if fault.kind() == FaultKind::Waiting {
            // Waiting is ordinary life: the status says it.
            ::log::debug!("{}", explain(&fault));
        } else {
            ::log::warn!("{}", explain(&fault));
        }
        self.0.push((origin, fault));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter().map(|(_, fault)| fault)
    }

    /// Whether the next stage must not run.
    pub(super) fn must_stop(&self) -> bool {
        self.iter().any(|fault| stops(fault.kind()))
    }

    /// Whether Juju must run this hook again.
    pub(super) fn fails_hook(&self) -> bool {
        self.0.iter().any(|(origin, fault)| fails_hook(origin, fault))
    }

    pub(super) fn exit_code(&self) -> u8 {
        u8::from(self.fails_hook())
    }
}

fn fails_hook(origin: &Origin, fault: &Fault) -> bool {
    stops(fault.kind())
        || match origin {
            Origin::Queue => true,
            Origin::NeedsRetry | Origin::Sdk => fault.kind() == FaultKind::Transient,
            Origin::Reconciler(_) | Origin::Handler | Origin::Deferred | Origin::Commit => false,
        }
}

/// The fault and its causes in one line.
pub(super) fn explain(fault: &Fault) -> String {
    fault.chain().collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests;
