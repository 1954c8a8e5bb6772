//! Charms as processes, with the emulators behind their `PATH` and their sockets.
//!
//! [`Binary`] is a compiled charm of ours, [`Unpacked`] any charm's directory; each is an
//! [`engine::Program`](crate::engine::Program). The charm finds what Juju would give
//! it: exactly Juju's environment, the hook commands as executables, Pebble on a unix socket. One
//! thread serves it all, so a run depends on nothing but the charm. Nothing here knows what a hook
//! command does, nor which hook comes next.

mod binary;
mod charm_files;
mod child;
mod connection;
mod door;
mod kill;
mod namespace;
mod places;
mod runs;
mod server;
mod shim;
mod strays;
mod unit_files;
mod unpacked;
mod wire;

pub use binary::Binary;
pub use charm_files::UnpackedError;
pub use kill::Kill;
pub use namespace::NamespaceError;
pub use shim::ShimError;
pub use unpacked::Unpacked;
