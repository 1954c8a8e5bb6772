//! The phases as a trait, and several reconcilers as one.

use super::{Plan, Report, Teardown};
use crate::{model::Model, status::Statuses};
use ops_core::{Fault, FaultKind, Probe};
use serde::Serialize;
use std::fmt::Debug;

/// What a charm sees: plain data, which can be printed, compared and written as a literal in a test.
///
/// Every type that derives `Debug`, `PartialEq` and `Serialize` and holds no cells, handles or borrows is
/// one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what a charm has seen",
    note = "derive `Debug, PartialEq, serde::Serialize`; no cells, no handles, no borrowed data"
)]
pub trait Snapshot: Debug + PartialEq + Serialize + Send + Sync + 'static {}

impl<T: Debug + PartialEq + Serialize + Send + Sync + 'static> Snapshot for T {}

/// A reconciler in phases. See the [module](super) for who may do what.
///
/// Juju calls it level-triggered: it does not learn which event woke it, only what the world looks like.
/// Whatever it plans must be right for every order, repetition and loss of events.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not reconcile in phases",
    note = "implement `ops::Reconcile`: `observe` and `plan`"
)]
pub trait Reconcile: Sync {
    /// What `observe` sees.
    type Seen: Snapshot;

    /// Looks at the model, and changes nothing.
    ///
    /// # Errors
    /// What prevents any plan, such as invalid configuration. What prevents part of one belongs into
    /// `Seen`, as a [`Probe`]. After an error nothing is planned, and `collect_status` is still called.
    fn observe(&self, model: &Model) -> Result<Self::Seen, Fault>;

    /// Computes what should be from what was seen. The same input gives the same plan.
    ///
    /// # Errors
    /// Holds everything: nothing is written, and what runs keeps running. A `?` in the closure of a scope
    /// holds that scope only.
    fn plan(&self, seen: &Self::Seen) -> Result<Plan, Fault>;

    /// Adds rows to the status table. The worst row wins, and every fault of the report adds its own.
    fn collect_status(
        &self,
        seen: Observed<'_, Self::Seen>,
        report: &Report,
        status: &mut Statuses,
    ) {
        let _ = (seen, report);
        status.unit(crate::status::Status::active());
    }

    /// Cleans up what lives outside the model, when a relation ends, a storage is detached, or the unit
    /// goes. Called before anything is planned in that dispatch. It must bear to be called again, and to
    /// be called where nothing was ever applied.
    ///
    /// # Errors
    /// A transient fault fails the hook, so that Juju calls again: a unit that leaves has no other chance.
    fn finalize(&self, teardown: &mut Teardown<'_>) -> Result<(), Fault> {
        let _ = teardown;
        Ok(())
    }
}

/// What the status is computed from.
#[derive(Debug)]
pub enum Observed<'a, S> {
    /// The last observation: after apply, if anything was applied.
    Seen(&'a S),
    /// The charm could not look.
    Failed(&'a Fault),
}

impl<S> Clone for Observed<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Observed<'_, S> {}

/// A reconciler that can stand in a tuple with others: `cx.converge(&(Web, Ingress))`.
pub trait Part: Reconcile {
    /// Its name, in reports and in records of what it owns. It outlives the code: do not rename it.
    const NAME: &'static str;
}

/// One fault for several: one that fails the hook before one that does not. The others are logged.
fn gravest<const N: usize>(results: [Result<(), Fault>; N]) -> Result<(), Fault> {
    let weight = |fault: &Fault| match fault.kind() {
        kind if super::stops(kind) => 2,
        FaultKind::Transient => 1,
        _ => 0,
    };
    let mut gravest: Option<Fault> = None;
    for fault in results.into_iter().filter_map(Result::err) {
        match &gravest {
            Some(graver) if weight(graver) >= weight(&fault) => log::warn!("{fault}"),
            _ => {
                if let Some(lesser) = gravest.replace(fault) {
                    log::warn!("{lesser}");
                }
            }
        }
    }
    gravest.map_or(Ok(()), Err)
}

macro_rules! tuple {
    ($($part:ident $index:tt),+) => {
        /// Each part observes, plans and is held on its own: one that cannot look does not blind the rest.
        impl<$($part: Part),+> Reconcile for ($($part,)+) {
            type Seen = ($(Probe<$part::Seen>,)+);

            fn observe(&self, model: &Model) -> Result<Self::Seen, Fault> {
                Ok(($(Probe::from(self.$index.observe(model).map(Some)),)+))
            }

            fn plan(&self, seen: &Self::Seen) -> Result<Plan, Fault> {
                let mut plan = Plan::new();
                $(
                    let part = seen.$index.require($part::NAME);
                    plan.part($part::NAME, part.and_then(|seen| self.$index.plan(seen)));
                )+
                Ok(plan)
            }

            fn collect_status(
                &self,
                seen: Observed<'_, Self::Seen>,
                report: &Report,
                status: &mut Statuses,
            ) {
                $(
                    let part = match seen {
                        Observed::Failed(fault) => Some(Observed::Failed(fault)),
                        Observed::Seen(all) => match &all.$index {
                            Probe::Present(seen) => Some(Observed::Seen(seen)),
                            Probe::Failed(fault) => Some(Observed::Failed(fault)),
                            Probe::Absent => None,
                        },
                    };
                    if let Some(part) = part {
                        self.$index.collect_status(part, report, status);
                    }
                )+
            }

            fn finalize(&self, teardown: &mut Teardown<'_>) -> Result<(), Fault> {
                // All of them, whatever the first one says.
                let results = [$(self.$index.finalize(teardown)),+];
                gravest(results)
            }
        }
    };
}

tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
