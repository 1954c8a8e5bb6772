//! The test kit: state in, event, state out.
//!
//! A [`State`](crate::State) is the world as one unit sees it; [`Context`] runs a charm in it for one event;
//! [`Output`] is the world after it, and what the charm did, in order.

mod binary;
mod complete;
mod context;
mod conversion;
mod effect_text;
mod failure;
pub(crate) mod metadata;
mod on;
mod output;
mod release;
mod rockcraft;

pub use binary::{BinaryCharm, BinaryError};
pub use context::{Context, EventError};
pub(crate) use failure::PANIC;
pub use failure::{Failure, Reason};
pub use on::On;
pub use output::{Effect, Output};
pub use release::JujuRelease;
pub use rockcraft::{RockcraftError, layer_from_rockcraft};
