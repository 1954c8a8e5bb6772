//! What stands in for the real things: they read the same requests and give the same answers.

pub mod juju;
pub mod pebble;
