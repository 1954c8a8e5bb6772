//! The test kit: state in, event, state out.
//!
//! [`State`] is the world as one unit sees it; [`Context`] runs a charm in it for one event, in this
//! process; [`Output`] is the world after it, and what the charm did.

mod context;
pub(crate) mod metadata;
mod on;
mod state;
pub(crate) mod world;

pub use context::{Context, Output};
pub use on::On;
pub use state::{Container, Owner, Relation, Secret, State};
