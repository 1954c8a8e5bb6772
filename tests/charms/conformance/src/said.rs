//! What a step came to, in words that both SDKs have.

use ops::{
    Fault, FaultKind,
    hook_command::{CommandError, CommandErrorKind},
};
use serde_json::Value;

/// What a step came to.
pub(crate) type Said = Result<Value, Failure>;

/// Why a step could not be taken.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The step itself is wrong: the charm fails.
    Step(Fault),
    /// Juju, Pebble or the SDK refused, in one word.
    Refused(&'static str),
}

impl Failure {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Step(_) => "step",
            Self::Refused(word) => word,
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault.kind() {
            FaultKind::Bug => Self::Step(fault),
            FaultKind::Denied => Self::Refused("denied"),
            FaultKind::Waiting => Self::Refused("unreachable"),
            FaultKind::Blocked => Self::Refused("not-found"),
            _ => Self::Refused("refused"),
        }
    }
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        Self::Refused(match error.kind() {
            CommandErrorKind::NotFound => "not-found",
            CommandErrorKind::PermissionDenied | CommandErrorKind::NotLeader => "denied",
            CommandErrorKind::Usage => "invalid",
            CommandErrorKind::Conflict => "conflict",
            CommandErrorKind::Unsupported { .. } => "unsupported",
            _ => "refused",
        })
    }
}

impl From<ops::pebble::Error> for Failure {
    fn from(error: ops::pebble::Error) -> Self {
        Self::Refused(match () {
            () if error.is_unreachable() => "unreachable",
            () if error.is_not_found() => "not-found",
            () if error.is_change() => "change-failed",
            () => "refused",
        })
    }
}
