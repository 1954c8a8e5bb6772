//! The way to the unit's agent. It checks what goes out and classifies what comes back; what a
//! command means is known to its function alone.

use super::{
    Argument, CommandError, CommandErrorKind, Exit, Invocation, Transport, error::Outcome,
};
use ops_core::JujuVersion;
use serde::de::DeserializeOwned;
use std::rc::Rc;

/// The most bytes that the arguments of one command may have together: 120 KiB. Linux refuses one
/// argument of 128 KiB or more, and the answer would be a hook command that cannot start.
pub const ARGUMENTS_LIMIT: usize = 120 * 1024;

/// The unit's agent, reached through hook commands, and its version.
#[derive(Debug, Clone)]
pub struct Juju {
    transport: Rc<dyn Transport>,
    version: JujuVersion,
}

impl Juju {
    /// The agent behind this transport.
    #[must_use]
    pub fn new(transport: Rc<dyn Transport>, version: JujuVersion) -> Self {
        Self { transport, version }
    }

    /// The agent's version.
    #[must_use]
    pub fn version(&self) -> JujuVersion {
        self.version
    }

    /// Runs a hook command and returns what it printed.
    ///
    /// # Errors
    /// The agent's version does not have the command, the arguments are too long or hold a NUL (both
    /// found before anything is started), there was no reply, or the command failed.
    pub fn run(&self, call: &Invocation) -> Result<Vec<u8>, CommandError> {
        let error = |outcome| CommandError::new(call, self.version, outcome);
        if super::wording::since(&call.program).is_some_and(|since| self.version < since) {
            return Err(error(Outcome::TooOld));
        }
        if length(call) > ARGUMENTS_LIMIT {
            return Err(error(Outcome::Misuse(CommandErrorKind::Exhausted, TOO_LONG.into())));
        }
        if call.arguments.iter().any(|a| text(a).contains('\0')) {
            return Err(error(Outcome::Misuse(CommandErrorKind::Usage, NUL.into())));
        }
        match self.transport.invoke(call) {
            Ok(reply) if reply.exit == Exit::Code(0) => Ok(reply.stdout),
            Ok(reply) => Err(error(Outcome::Failed(reply.exit, &reply.stderr))),
            Err(lost) => Err(error(Outcome::NoReply(lost))),
        }
    }

    /// Runs a hook command and reads what it printed as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, call: &Invocation) -> Result<T, CommandError> {
        let stdout = self.run(call)?;
        serde_json::from_slice(&stdout).map_err(|e| {
            // The parser's own message can quote the output, and that may be a secret.
            let bytes = stdout.len();
            let (line, column) = (e.line(), e.column());
            let why = match e.classify() {
                _ if bytes == 0 => "it printed nothing".to_owned(),
                serde_json::error::Category::Data => {
                    format!("it printed JSON of another shape (at line {line} column {column})")
                }
                _ => format!(
                    "it printed {bytes} bytes that are not JSON (at line {line} column {column})"
                ),
            };
            self.garbage(call, why)
        })
    }

    /// The error for output that the command's function cannot make sense of.
    pub(super) fn garbage(&self, call: &Invocation, why: impl Into<String>) -> CommandError {
        CommandError::new(call, self.version, Outcome::Garbage(why.into()))
    }

    /// The error for a call that must not be made.
    pub(super) fn misuse(
        &self,
        call: &Invocation,
        kind: CommandErrorKind,
        why: impl Into<String>,
    ) -> CommandError {
        CommandError::new(call, self.version, Outcome::Misuse(kind, why.into()))
    }
}

const TOO_LONG: &str = "its arguments are longer than 120 KiB";
const NUL: &str = "an argument holds a NUL character";

/// What a path of a temporary file can add to an argument.
const PATH_ROOM: usize = 256;

fn length(call: &Invocation) -> usize {
    call.arguments
        .iter()
        .map(|argument| match argument {
            Argument::Plain(text) => text.len() + 1,
            Argument::File { prefix, .. } => prefix.len() + PATH_ROOM,
        })
        .sum()
}

fn text(argument: &Argument) -> &str {
    match argument {
        Argument::Plain(text) => text,
        Argument::File { prefix, .. } => prefix,
    }
}
