//! What a run left behind besides its changes to the model: calls, effects and logs, in order.

use super::{
    model::{Content, Databag, Grantee, OpenPort, Status},
    time::Timestamp,
};
use ops::hook_command::Exit;
use ops_core::names::{RelationId, SecretId};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

/// What a run did, in order. It survives when the run's writes are dropped. On disk only calls and
/// logs are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Every hook command that was called.
    pub calls: Vec<CallRecord>,
    /// Everything that changed something, or will when the writes are committed.
    #[serde(skip)]
    pub effects: Vec<Effect>,
    /// The number of each effect, if somebody numbers them: see [`Session::number_effects`].
    ///
    /// [`Session::number_effects`]: super::Session::number_effects
    #[serde(skip)]
    pub numbers: Vec<u64>,
    /// What was logged.
    pub logs: Vec<LogLine>,
    /// What the charm saw and planned, as it would be printed: `seen` or `plan`, and the text.
    #[serde(skip)]
    pub printed: Vec<(&'static str, String)>,
    /// The contents of secrets that were created or changed.
    #[serde(skip)]
    pub(super) secrets: Vec<Content>,
}

/// One call of a hook command.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The command and its arguments, each but the last with a NUL behind it: no argument can hold one.
    line: String,
    /// How it ended; `None` if there was no reply.
    #[serde(with = "exit")]
    pub exit: Option<Exit>,
    /// What it complained of.
    pub stderr: String,
}

impl CallRecord {
    pub(super) fn new<'a>(
        program: &str,
        arguments: impl Iterator<Item = Cow<'a, str>>,
        exit: Option<Exit>,
        stderr: String,
    ) -> Self {
        // Most are no longer.
        let mut line = String::with_capacity(96);
        line.push_str(program);
        for argument in arguments {
            line.push('\0');
            line.push_str(&argument);
        }
        Self { line, exit, stderr }
    }

    /// The command.
    #[must_use]
    pub fn program(&self) -> &str {
        self.line.split('\0').next().unwrap_or_default()
    }

    /// Its arguments. Paths of files that a transport would make are `<file0>`, `<file1>`, ...
    pub fn arguments(&self) -> impl Iterator<Item = &str> {
        self.line.split('\0').skip(1)
    }

    /// The call as a person would type it, for whoever needs nothing else of it.
    pub(crate) fn into_typed(self) -> String {
        let mut bytes = self.line.into_bytes();
        bytes.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// The command and its arguments, in a form in which each stands unchanged.
    pub(super) fn line(&self) -> &str {
        &self.line
    }
}

/// The call as a person would type it.
impl fmt::Display for CallRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line.replace('\0', " "))
    }
}

impl fmt::Debug for CallRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallRecord")
            .field("program", &self.program())
            .field("arguments", &self.arguments().collect::<Vec<_>>())
            .field("exit", &self.exit)
            .field("stderr", &self.stderr)
            .finish()
    }
}

/// A line in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was logged.
    pub at: Timestamp,
    /// `TRACE`, `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`.
    pub level: String,
    /// The text, with the relation before it in a relation hook.
    pub message: String,
}

/// One change that a hook command made, or buffered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// The unit's status, at once.
    UnitStatus(Status),
    /// The application's status, at once.
    ApplicationStatus(Status),
    /// The workload's version, at once.
    WorkloadVersion(String),
    /// A databag: each changed key with its value, empty for a deleted one.
    RelationData {
        /// In which relation.
        relation: RelationId,
        /// Whose databag.
        bag: Bag,
        /// What changed.
        changes: Databag,
    },
    /// A port was opened.
    PortOpened(OpenPort),
    /// A port was closed.
    PortClosed(OpenPort),
    /// A key of the unit's state was set.
    StateSet(String),
    /// A key of the unit's state was deleted.
    StateDeleted(String),
    /// So many of a storage were asked for.
    StorageAdded {
        /// Its name.
        name: String,
        /// How many.
        count: u32,
    },
    /// A secret was made.
    SecretAdded(SecretId),
    /// A secret got another content or description.
    SecretSet(SecretId),
    /// A secret was granted.
    SecretGranted(SecretId, Grantee),
    /// A grant was taken back.
    SecretRevoked(SecretId, Grantee),
    /// A secret, or one revision of it, was removed.
    SecretRemoved(SecretId, Option<u64>),
    /// The unit follows another revision of a secret, or calls it by another label, at once.
    SecretTracked(SecretId, u64),
    /// A key of the leader's settings was set, or deleted with an empty value, at once.
    LeaderSetting(String),
    /// A reboot of the machine was asked for: at once, or after a hook that succeeds.
    Reboot {
        /// Whether it is at once.
        now: bool,
    },
    /// A result of an action.
    ActionResult(String),
    /// The action was declared failed.
    ActionFailed(String),
}

/// Whose databag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bag {
    /// The application's.
    Application,
    /// The unit's.
    Unit,
}

/// How a hook command ended, as it is kept on disk.
mod exit {
    use ops::hook_command::Exit;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kept {
        Code(i32),
        Signal(i32),
    }

    pub(super) fn serialize<S: Serializer>(exit: &Option<Exit>, out: S) -> Result<S::Ok, S::Error> {
        let kept = exit.map(|exit| match exit {
            Exit::Code(code) => Kept::Code(code),
            Exit::Signal(signal) => Kept::Signal(signal),
        });
        kept.serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Exit>, D::Error> {
        let kept = Option::<Kept>::deserialize(from)?;
        Ok(kept.map(|kept| match kept {
            Kept::Code(code) => Exit::Code(code),
            Kept::Signal(signal) => Exit::Signal(signal),
        }))
    }
}
