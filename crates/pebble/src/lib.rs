//! A synchronous client for Pebble, and pure planning of its layers.

mod dial;

pub use dial::{Dial, Stream, UnixSocket};
