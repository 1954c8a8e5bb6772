//! Juju charms in Rust: one dispatch, one reconcile, one honest status.
//!
//! A charm is a program that Juju's unit agent runs once for every event. Its `main` is one call:
//!
//! ```no_run
//! use ops::prelude::*;
//! use std::process::ExitCode;
//!
//! ops::charm_metadata!(mod meta, "../docs/web/charmcraft.yaml");
//!
//! struct Web;
//! impl Charm for Web {
//!     type Meta = meta::Meta;
//!     fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
//!         cx.by_hand(|live, status| {
//!             live.open_port(ops::hook_command::PortRange::tcp(80))?;
//!             status.unit(Status::active());
//!             Ok(())
//!         })
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     ops::run(Web)
//! }
//! ```
//!
//! The README has a charm that reconciles in phases, which is what most charms should do.
//!
//! | need | look at |
//! |---|---|
//! | say what is seen and what should be | [`Reconcile`], [`Plan`], [`Probe`] |
//! | write the program around it | [`Charm`], [`Event`], [`Live`], [`ActionContext`] |
//! | have what the metadata declares as types | [`charm_metadata!`] |
//! | read the model | [`Model`], [`secret_config`] |
//! | do nothing yet, prepare in steps, ask for leadership or a container | [`Conditions`], [`Preparation`], [`Leadership::require`], [`model::Container::require`], `docs/patterns.md` |
//! | say why something cannot be done | [`Fault`], [`FaultExt`], [`Error`] |
//! | show how the unit is | [`Status`], [`Statuses`] |
//! | know what a dispatch does, step by step | [`mod@dispatch`] |
//! | talk to Juju or Pebble directly | [`hook_command`], [`pebble`] |
//! | replace what a dispatch runs on | [`Host`] |
//! | record a dispatch, and run it again | [`record`] |
//! | test it | the crate `ops_testing` |
//!
//! `ops` is also the name of a module of the standard library: write `::std::ops` where both are meant.

pub mod action;
pub mod charm;
pub mod dispatch;
pub mod event;
pub mod hook_command;
pub mod hook_context;
pub mod host;
pub mod log;
mod macros;
pub mod metadata;
pub mod model;
pub mod reconcile;
pub mod record;
pub mod secret_config;
pub mod status;
pub mod store;

pub use action::{ActionContext, ActionResults};
pub use charm::{ActionOf, Charm, Outcome, StateBackend};
pub use dispatch::{dispatch, run};
pub use event::Event;
pub use host::Host;
pub use macros::charm_metadata;
pub use metadata::Metadata;
pub use model::{Leadership, Model, Relation, Remote};
pub use ops_core::{
    Error, Fault, FaultExt, FaultKind, JujuVersion, Probe, Secret, Text, interface, names,
};
pub use ops_pebble as pebble;
pub use reconcile::{
    Conditions, ContainerPlan, Live, Observed, Part, Plan, Preparation, Reconcile, Reconciling,
    Report, Scope, Settled, Teardown,
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
    pub use serde_json;
}

/// The patterns compile.
#[cfg(doctest)]
#[doc = include_str!("../../docs/patterns.md")]
struct Patterns;

/// The charm in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
