//! Juju charms in Rust.

pub mod action;
pub mod charm;
pub mod dispatch;
pub mod event;
pub mod hook_command;
pub mod hook_context;
pub mod host;
pub mod log;
pub mod metadata;
pub mod model;
pub mod reconcile;
pub mod secret_config;
pub mod status;
pub mod store;

pub use action::{ActionContext, ActionResults};
pub use charm::{ActionOf, Charm, Outcome, StateBackend};
pub use dispatch::{dispatch, run};
pub use event::Event;
pub use host::Host;
pub use metadata::Metadata;
pub use model::{Leadership, Model, Relation, Remote};
pub use ops_core::{
    Error, Fault, FaultExt, FaultKind, JujuVersion, Probe, Secret, Text, interface, names,
};
pub use ops_pebble as pebble;
pub use reconcile::{
    ContainerPlan, Live, Observed, Part, Plan, Reconcile, Reconciling, Report, Scope, Settled,
    Teardown,
};
pub use secret_config::SecretKeys;
pub use status::{Status, Statuses};

/// What nearly every charm imports: `use ops::prelude::*`.
///
/// Types keep their names at the call site; traits come as `_` where only their methods are wanted.
pub mod prelude {
    pub use crate::{
        ActionContext, ActionOf, ActionResults, Charm, Event, Fault, FaultExt as _, Leadership,
        Live, Metadata, Model, Observed, Outcome, Plan, Probe, Reconcile, Reconciling, Report,
        Secret, Settled, Status, Statuses, Teardown, Text,
    };
}

/// For generated code. Not part of the API.
#[doc(hidden)]
pub mod __private {
    pub use serde;
}

/// The charm in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
