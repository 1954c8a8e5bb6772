//! The test kit: state in, event, state out.
//!
//! [`State`] is the world as one unit sees it; [`Context`] runs a charm in it for one event, in this
//! process or as one of its own; [`Output`] is the world after it, and what the charm did.

mod binary;
mod context;
mod conversion;
mod metadata;
mod on;
mod state;

pub use binary::{BinaryCharm, BinaryError};
pub use context::{Context, Output};
pub use on::On;
pub use state::{Container, ModelInfo, Owner, Relation, RelationKind, Secret, State, Storage};
