//! Juju's hook commands: what goes out, what comes back.

mod invocation;

pub use invocation::{Argument, Exit, Input, Invocation, Reply, Transport, TransportError};
