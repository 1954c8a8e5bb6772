//! `status-get`, `status-set` and `application-version-set`: what people see.

use super::{CommandError, Invocation, Juju, fit};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, fmt};

/// Whose status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusScope {
    /// This unit's.
    Unit,
    /// The application's, which only the leader may read and write.
    Application,
}

/// The word that says how a unit or application is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StatusKind {
    /// All is well.
    Active,
    /// Something will come by itself.
    Waiting,
    /// The charm is at work.
    Maintenance,
    /// A person must act.
    Blocked,
    /// A hook failed. Only Juju sets this.
    Error,
    /// Nothing was ever said. Only Juju sets this.
    Unknown,
    /// The unit is gone. Only Juju sets this.
    Terminated,
    /// A word that a newer Juju may have.
    Other(String),
}

impl StatusKind {
    /// The word as Juju has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => "active",
            Self::Waiting => "waiting",
            Self::Maintenance => "maintenance",
            Self::Blocked => "blocked",
            Self::Error => "error",
            Self::Unknown => "unknown",
            Self::Terminated => "terminated",
            Self::Other(word) => word,
        }
    }

    fn from_word(word: &str) -> Self {
        match word {
            "active" => Self::Active,
            "waiting" => Self::Waiting,
            "maintenance" => Self::Maintenance,
            "blocked" => Self::Blocked,
            "error" => Self::Error,
            "unknown" => Self::Unknown,
            "terminated" => Self::Terminated,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for StatusKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for StatusKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for StatusKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_word(&Cow::<'_, str>::deserialize(deserializer)?))
    }
}

/// A status: the word, and what it says to people.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StatusRecord {
    /// The word.
    #[serde(rename = "status")]
    pub kind: StatusKind,
    /// The message, which may be empty.
    #[serde(default)]
    pub message: String,
}

/// The current status (Juju: `status-get --include-data`).
///
/// # Errors
/// See [`CommandError`]. `NotLeader` for the application's on a unit that does not lead.
pub fn status_get(juju: &Juju, scope: StatusScope) -> Result<StatusRecord, CommandError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct OfApplication {
        application_status: StatusRecord,
    }
    let call =
        Invocation::new("status-get").args(["--include-data", "--format=json"]).arg(flag(scope));
    match scope {
        StatusScope::Unit => juju.json(&call),
        StatusScope::Application => Ok(juju.json::<OfApplication>(&call)?.application_status),
    }
}

/// Sets the status at once (Juju: `status-set`). A message above [`TEXT_LIMIT`](super::TEXT_LIMIT) is
/// cut, between two characters.
///
/// # Errors
/// See [`CommandError`]. `NotLeader` for the application's on a unit that does not lead; `Usage` for
/// a word that only Juju sets.
pub fn status_set(
    juju: &Juju,
    scope: StatusScope,
    kind: &StatusKind,
    message: &str,
) -> Result<(), CommandError> {
    let call = Invocation::new("status-set").arg(flag(scope)).arg(kind.as_str().to_owned());
    juju.run(&call.arg("--").arg(fit(message).into_owned())).map(drop)
}

/// Says which version of the workload runs, for `juju status` (Juju: `application-version-set`).
///
/// # Errors
/// See [`CommandError`].
pub fn application_version_set(juju: &Juju, version: &str) -> Result<(), CommandError> {
    juju.run(&Invocation::new("application-version-set").arg("--").arg(version.to_owned()))
        .map(drop)
}

fn flag(scope: StatusScope) -> &'static str {
    match scope {
        StatusScope::Unit => "--application=false",
        StatusScope::Application => "--application=true",
    }
}
