//! A synchronous client for Pebble, and pure planning of its layers.

mod dial;
mod stub;
pub use stub::*;
pub mod layer;

pub use dial::{Dial, Stream, UnixSocket};
