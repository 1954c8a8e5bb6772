//! Juju charms in Rust.

pub mod hook_command;
pub mod host;
pub mod log;
