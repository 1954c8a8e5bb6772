//! Reconcile in phases: observe, plan, apply, collect status; and finalize on the way out.
//!
//! | phase | gets | may | returns |
//! |---|---|---|---|
//! | [`observe`](Reconcile::observe) | the read-only [`Model`](crate::model::Model) | read | the author's own `Seen` |
//! | [`plan`](Reconcile::plan) | `&Seen`, nothing else | compute | a [`Plan`], in scopes |
//! | apply (the SDK's) | the plan and what is there | write what differs | a [`Report`] |
//! | [`collect_status`](Reconcile::collect_status) | [`Observed`], [`Report`] | compute | rows of a status table |
//! | [`finalize`](Reconcile::finalize) | a [`Teardown`] | clean up outside things | |
//!
//! If apply wrote anything, the charm observes again, so that the status never speaks of the world before.
//! A plan made from the second observation may differ once more (a secret exists now, so its user can be
//! planned); after three rounds a plan that still writes is a bug of the charm.
//!
//! Nothing here knows environment variables.

mod apply;
mod conditions;
mod container;
mod live;
mod phases;
mod plan;
mod reconciler;
mod report;

pub use conditions::{Condition, Conditions, Preparation, Step as PreparationStep};
pub use live::{Live, Teardown, TeardownCause};
pub use phases::{Observed, Part, Reconcile, Snapshot};
pub use plan::{ContainerPlan, Plan, Scope, SecretPlan};
pub use reconciler::{Reconciling, Settled};
pub use report::{Report, Step};

pub(crate) use reconciler::{Mode, Reconciler};
pub(crate) use report::{Phase, ScopedFault, is_deposed, stops};
