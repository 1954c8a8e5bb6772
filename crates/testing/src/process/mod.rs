//! Binary mode: a compiled charm as a process, with the emulators behind its `PATH` and its sockets.
//!
//! [`Binary`] is an [`engine::Program`](crate::engine::Program). The charm finds what Juju would give
//! it: exactly Juju's environment, the hook commands as executables, Pebble on a unix socket. One
//! thread serves it all, so a run depends on nothing but the charm. Nothing here knows what a hook
//! command does, nor which hook comes next.

mod binary;
mod child;
mod connection;
mod door;
mod kill;
mod places;
mod server;
mod shim;
mod wire;

pub use binary::Binary;
pub use kill::Kill;
pub use shim::ShimError;
