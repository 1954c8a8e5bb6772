//! The traits that a charm implements, and what its handlers get.
//!
//! Nothing here reads environment variables or decides an exit code.

use crate::{
    action::{ActionContext, ActionResults},
    event::Event,
    metadata::{ActionSet, Metadata},
    reconcile::{Live, Reconciling, Settled},
};
use ops_core::Fault;
use std::{fmt, marker::PhantomData};

/// The actions of a charm.
pub type ActionOf<C> = <<C as Charm>::Meta as Metadata>::Action;

/// The program: which reconciler runs, and the exceptions to it.
///
/// One value serves one dispatch, by shared reference: a charm cannot remember things in itself, because
/// the next dispatch is another process. What must last goes into the model, the workload or the
/// [store](crate::store).
///
/// # What Juju does
///
/// | the charm | Juju |
/// |---|---|
/// | returns faults of a kind that a person or another event mends | shows the status; the hook succeeded |
/// | returns a [bug](ops_core::FaultKind::Bug), or panics | drops what was buffered, shows `error`, runs the hook again: after 5 s, then twice as long, up to 5 min |
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a charm",
    note = "implement `ops::Charm`: name the metadata and say how to reconcile"
)]
pub trait Charm: Sync + Sized + 'static {
    /// The charm's metadata: names, options and actions.
    type Meta: Metadata;

    /// Whether handlers may [defer](Outcome::defer). Only then every dispatch reads the deferred queue.
    const DEFERS: bool = false;

    /// Where state is kept between dispatches.
    const STATE: StateBackend = StateBackend::Juju;

    /// Whether a transient fault in the reconciler or in a handler fails the hook, so that Juju runs it
    /// again soon. Otherwise the unit waits for its next event, at the latest `update-status`.
    const JUJU_RETRIES: bool = false;

    /// The lowest level of log records that reach `juju-log`. The model decides what is shown.
    const LOG_LEVEL: log::LevelFilter = log::LevelFilter::Info;

    /// Reconciles, with the one call of `cx` that fits: [`converge`](Reconciling::converge) or
    /// [`by_hand`](Reconciling::by_hand). Runs at most once in a dispatch, after every handler.
    fn reconcile(&self, cx: Reconciling<'_>) -> Settled;

    /// Handles what a reconcile cannot: an event that carries something, or must not be missed.
    ///
    /// # Errors
    /// The fault's kind decides what happens. A transient one of an event that Juju tells only once fails
    /// the hook, so that Juju tells it again.
    fn on(&self, event: &Event, cx: &mut Live<'_>) -> Result<Outcome<Self>, Fault> {
        let _ = (event, cx);
        Ok(Outcome::done())
    }

    /// Runs an action. A charm whose metadata declares actions does not build without it.
    ///
    /// # Errors
    /// The fault's message becomes the action's failure, and what the action wrote to the model and the
    /// store is dropped; the exit code is 0. A bug exits with 1, and its message is on standard error, which
    /// Juju shows to whoever ran the action.
    fn action(
        &self,
        action: ActionOf<Self>,
        cx: &mut ActionContext<'_>,
    ) -> Result<ActionResults, Fault> {
        const {
            assert!(
                <ActionOf<Self> as ActionSet>::NAMES.is_empty(),
                "the metadata declares actions: implement `Charm::action`"
            );
        }
        let _ = cx;
        Err(Fault::bug(format!("{action:?} has no handler")))
    }
}

/// Where a charm keeps state between dispatches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateBackend {
    /// In Juju, with the rest of what a hook writes. Survives the pod. 2 MiB in all, 64 KiB a document.
    Juju,
    /// In a file of the charm's directory. Lost with the pod.
    File,
}

/// What a handler came to.
#[must_use = "return it from `Charm::on`"]
pub struct Outcome<C>(pub(crate) Option<String>, PhantomData<fn() -> C>);

impl<C> fmt::Debug for Outcome<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("done"),
            Some(why) => write!(f, "deferred: {why}"),
        }
    }
}

impl<C> Outcome<C> {
    /// The event is dealt with.
    pub fn done() -> Self {
        Self(None, PhantomData)
    }
}

impl<C: Charm> Outcome<C> {
    /// The event should be handled again at the start of the next dispatch, whatever that is.
    ///
    /// Does not build for a charm whose [`DEFERS`](Charm::DEFERS) is false. A reconciler needs no deferral:
    /// it looks at the world again anyway.
    pub fn defer(why: impl Into<String>) -> Self {
        const { assert!(C::DEFERS, "a charm that defers says `const DEFERS: bool = true`") }
        Self(Some(why.into()), PhantomData)
    }
}
