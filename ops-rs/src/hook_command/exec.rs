//! The transport of production: hook commands as processes.

use super::{Invocation, Reply, Transport, TransportError};

/// Runs hook commands.
#[derive(Debug, Clone, Default)]
pub struct Exec;

impl Transport for Exec {
    fn invoke(&self, _call: &Invocation) -> Result<Reply, TransportError> {
        Err(TransportError::Missing)
    }
}
