//! The object that the dispatcher owns: it reconciles once in a dispatch, and knows whether it has.
//!
//! [`Reconciling`] is what a charm gets of it. It is moved into the only two calls that make a
//! [`Settled`], so a charm reconciles exactly once or does not compile.

use super::{
    Live, Observed, Plan, Reconcile, Report, Teardown, TeardownCause,
    apply::{self, Applied},
};
use crate::{model::Model, status::Statuses};
use ops_core::Fault;
use std::{fmt, io::Write as _};

/// How much of a reconcile a wake allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Observe, plan, apply, observe again, collect status.
    Full,
    /// Observe and collect status: an action that wrote something.
    StatusOnly,
    /// Finalize, observe, collect status: the unit is going.
    Teardown,
}

/// Reconciles once in a dispatch.
#[derive(Debug)]
pub(crate) struct Reconciler {
    model: Model,
    mode: Mode,
    teardown: Option<TeardownCause>,
    /// Set by success only: a reconcile that failed is not done.
    pub(crate) done: bool,
    pub(crate) report: Report,
    pub(crate) statuses: Statuses,
}

impl Reconciler {
    pub(crate) fn new(model: Model, mode: Mode, teardown: Option<TeardownCause>) -> Self {
        Self {
            model,
            mode,
            teardown,
            done: false,
            report: Report::default(),
            statuses: Statuses::default(),
        }
    }

    pub(crate) fn token(&mut self) -> Reconciling<'_> {
        Reconciling(self)
    }

    /// Finalizes. False: nothing may follow.
    fn finalize(&mut self, run: impl FnOnce(&mut Teardown<'_>) -> Result<(), Fault>) -> bool {
        let Some(cause) = self.teardown.clone() else { return true };
        let mut teardown = Teardown { cause, live: Live::new(&self.model) };
        if let Err(fault) = run(&mut teardown) {
            self.report.not_finalized(fault);
        }
        !self.report.must_stop()
    }

    /// Applies one plan. Not generic: compiled once, in this crate.
    fn apply(&mut self, plan: Result<Plan, Fault>) -> Applied {
        self.report.forget_held();
        let plan = match plan {
            Ok(plan) => plan,
            Err(fault) => {
                self.report.push(None, fault);
                return Applied::Nothing;
            }
        };
        if let Some(fault) = plan.conflict() {
            self.report.push(None, fault);
            return Applied::Nothing;
        }
        for (scope, fault) in plan.held() {
            self.report.hold(scope.clone(), fault.clone());
        }
        if self.report.must_stop() {
            return Applied::Stopped;
        }
        apply::apply(&self.model, &plan, &mut self.report)
    }

    fn settled(&mut self) -> Settled {
        self.done = !self.report.must_stop();
        Settled(())
    }

    fn never_settles(&mut self) {
        let scopes: Vec<String> =
            self.report.steps.iter().rev().take(3).map(ToString::to_string).collect();
        let text =
            format!("the plan still writes after {ROUNDS} rounds, last: {}", scopes.join("; "));
        self.report.push(None, Fault::bug(text));
    }
}

/// One for the plan, one for what the first made possible, one that must find nothing to do.
const ROUNDS: usize = 3;

/// The right to reconcile once. A charm hands it to [`converge`](Self::converge) or
/// [`by_hand`](Self::by_hand).
pub struct Reconciling<'a>(&'a mut Reconciler);

impl fmt::Debug for Reconciling<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reconciling")
    }
}

/// The proof that a charm reconciled.
#[derive(Debug)]
#[must_use = "return it from `Charm::reconcile`"]
pub struct Settled(());

impl Reconciling<'_> {
    /// Reconciles in phases.
    pub fn converge<R: Reconcile + ?Sized>(self, reconciler: &R) -> Settled {
        let rounds = self.0;
        if rounds.finalize(|teardown| reconciler.finalize(teardown)) {
            let mut seen = reconciler.observe(&rounds.model);
            if rounds.mode == Mode::Full {
                for round in 1.. {
                    let Ok(observation) = &seen else { break };
                    let plan = reconciler.plan(observation);
                    show(&rounds.model, observation, plan.as_ref().ok());
                    match rounds.apply(plan) {
                        Applied::Nothing | Applied::Stopped => break,
                        Applied::Something if round == ROUNDS => {
                            rounds.never_settles();
                            break;
                        }
                        Applied::Something => seen = reconciler.observe(&rounds.model),
                    }
                }
            }
            if let Err(fault) = &seen {
                rounds.report.push(None, fault.clone());
            }
            let observed = match &seen {
                Ok(seen) => Observed::Seen(seen),
                Err(fault) => Observed::Failed(fault),
            };
            reconciler.collect_status(observed, &rounds.report, &mut rounds.statuses);
        }
        rounds.settled()
    }

    /// The whole reconcile as one function: read, write, and add rows to the status table.
    ///
    /// Without a plan there is no second observation and nothing to print beforehand. While the unit is
    /// going the function is not called: there is nothing to converge to.
    pub fn by_hand(
        self,
        reconcile: impl FnOnce(&mut Live<'_>, &mut Statuses) -> Result<(), Fault>,
    ) -> Settled {
        let rounds = self.0;
        if rounds.mode == Mode::Full {
            let outcome = reconcile(&mut Live::new(&rounds.model), &mut rounds.statuses);
            if let Err(fault) = outcome {
                rounds.report.push(None, fault);
            }
        }
        rounds.settled()
    }
}

/// Shows a witness what would be printed. Costs nothing when nobody looks on, or for something.
fn show(model: &Model, seen: &dyn Printed, plan: Option<&Plan>) {
    let Some(witness) = &model.host().witness else { return };
    if !witness.is_watchful() && !plan.is_some_and(Plan::makes_secrets) {
        return;
    }
    witness.note("seen", seen.printed());
    if let Some(plan) = plan {
        // It prints itself as JSON, whichever way it is asked to.
        witness.note("plan", format!("{plan:?}"));
    }
}

/// Both ways of printing, as a trait object.
trait Printed {
    fn printed(&self) -> String;
}

impl<T: serde::Serialize + fmt::Debug> Printed for T {
    fn printed(&self) -> String {
        let mut text = Vec::with_capacity(4096);
        if let Err(error) = serde_json::to_writer(&mut text, self) {
            let _ = write!(text, "not printable: {error}");
        }
        let _ = write!(text, "\n{self:?}");
        String::from_utf8(text).unwrap_or_else(|error| error.to_string())
    }
}
