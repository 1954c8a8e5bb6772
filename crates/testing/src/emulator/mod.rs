//! What stands in for the real things: they read the same requests and give the same answers.

pub mod juju;
mod order;
pub mod pebble;

pub use order::Order;
