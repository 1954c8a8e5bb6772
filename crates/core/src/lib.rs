//! The vocabulary of `ops-rs`: what a charm, an interface library, the Pebble client and the test
//! kit all speak of.
//!
//! | need | item |
//! |---|---|
//! | why a step did not happen | [`Fault`], [`FaultKind`], [`FaultExt`], [`Error`] |
//! | there, not there, or could not look | [`Probe`] |
//! | a value that must not be printed | [`Secret`], [`Text`] |
//! | names and ids that Juju gives | [`names`], [`JujuVersion`] |
//! | what two charms write to each other | [`interface`] |
//!
//! This crate changes rarely and knows nothing of hook commands, Pebble or files: it has no I/O.

mod error;
mod fault;
pub mod interface;
pub mod names;
mod probe;
mod secret;
mod version;

pub use error::Error;
pub use fault::{Fault, FaultExt, FaultKind};
pub use probe::Probe;
pub use secret::{Secret, Text};
pub use version::{JujuVersion, ParseVersionError};
