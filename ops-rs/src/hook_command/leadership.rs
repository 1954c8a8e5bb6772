//! `is-leader`: whether this unit leads its application.

use super::{CommandError, Invocation, Juju};

/// Whether this unit leads (Juju: `is-leader`). `true` holds for at least 30 seconds.
///
/// # Errors
/// See [`CommandError`]. When the agent cannot tell, it is a lost agent.
pub fn is_leader(juju: &Juju) -> Result<bool, CommandError> {
    juju.json(&Invocation::new("is-leader").arg("--format=json"))
}
