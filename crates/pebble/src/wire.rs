//! What the daemon answers with. A word that this version does not know is kept, never refused.

use crate::Timestamp;
use serde::{
    Deserialize, Serialize,
    de::{self, DeserializeOwned, Visitor},
};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fmt};

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// A word that this version does not know.
            Other(String),
        }

        impl $name {
            /// Pebble's word for it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::wire::Read("a word", |word: &str| Some(Self::from(word))))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

/// Reads a text without a copy of it: what is expected, and how it is read. The text is never quoted.
pub(crate) struct Read<F>(pub(crate) &'static str, pub(crate) F);

impl<T, F: FnOnce(&str) -> Option<T>> Visitor<'_> for Read<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.1)(text).ok_or_else(|| E::custom(format_args!("not {}", self.0)))
    }
}

words! {
    /// What a service does now.
    ServiceStatus {
        /// It is starting, or runs.
        Active = "active",
        /// It was never started, or was stopped.
        Inactive = "inactive",
        /// It exited, and waits to be started again.
        Backoff = "backoff",
        /// It exited, and stays so.
        Error = "error",
    }
}

words! {
    /// How a check stands.
    CheckStatus {
        /// It passes, has not failed often enough, or has not run yet.
        Up = "up",
        /// It failed as often in a row as its threshold says.
        Down = "down",
        /// It does not run.
        Inactive = "inactive",
    }
}

words! {
    /// Whether a service or a check starts by itself.
    StartupStatus {
        /// It does.
        Enabled = "enabled",
        /// It waits to be told.
        Disabled = "disabled",
    }
}

words! {
    /// How far a change or a task has come.
    ChangeStatus {
        /// Nothing was done yet.
        Do = "Do",
        /// It is being done.
        Doing = "Doing",
        /// It succeeded.
        Done = "Done",
        /// It was left out, because another task failed.
        Hold = "Hold",
        /// It is being given up.
        Abort = "Abort",
        /// It failed.
        Error = "Error",
        /// It was taken back.
        Undone = "Undone",
        /// It waits for something outside.
        Wait = "Wait",
    }
}

/// The daemon itself: `GET /v1/system-info`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct SystemInfo {
    /// Its version.
    pub version: String,
    /// Changes at each start of the container.
    pub boot_id: String,
    /// Where it listens for HTTP, if it does.
    pub http_address: Option<String>,
    /// Where it listens for HTTPS, if it does.
    pub https_address: Option<String>,
}

/// A service and its state: `GET /v1/services`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ServiceInfo {
    /// Its name.
    pub name: String,
    /// Whether it starts by itself.
    pub startup: StartupStatus,
    /// What it does now.
    pub current: ServiceStatus,
    /// When it began to do that; absent before its first start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_since: Option<Timestamp>,
}

impl ServiceInfo {
    /// Whether it is starting, or runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.current == ServiceStatus::Active
    }
}

/// A check and its state: `GET /v1/checks`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct CheckInfo {
    /// Its name.
    pub name: String,
    /// Which health question it answers, when it says so.
    #[serde(default)]
    pub level: Option<String>,
    /// Whether it starts by itself. Old daemons do not say.
    #[serde(default)]
    pub startup: Option<StartupStatus>,
    /// How it stands. [`status`](Self::status) knows more.
    #[serde(rename = "status")]
    pub reported: CheckStatus,
    /// How often it passed since it was started. Old daemons do not say.
    #[serde(default)]
    pub successes: Option<u64>,
    /// How often it failed in a row.
    #[serde(default)]
    pub failures: u64,
    /// How many failures in a row count as down.
    #[serde(default)]
    pub threshold: u64,
    /// The change that runs it; absent when it does not run.
    #[serde(default)]
    pub change_id: Option<String>,
    /// The change that ran it before it went down or came back.
    #[serde(default)]
    pub prev_change_id: Option<String>,
}

impl CheckInfo {
    /// How it stands. A check without a change does not run, whatever an old daemon reports.
    #[must_use]
    pub fn status(&self) -> CheckStatus {
        let runs = self.change_id.as_deref().is_some_and(|id| !id.is_empty());
        if self.startup.is_some() && !runs { CheckStatus::Inactive } else { self.reported.clone() }
    }

    /// Whether it is up. That includes a check that has not run yet: see [`has_run`](Self::has_run).
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.status() == CheckStatus::Up
    }

    /// Whether it has run since it was started, when the daemon says so.
    #[must_use]
    pub fn has_run(&self) -> Option<bool> {
        self.successes.map(|successes| successes > 0 || self.failures > 0)
    }
}

/// Something that the daemon does in the background: `GET /v1/changes/ID`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Change {
    /// Its id.
    pub id: String,
    /// What it is: `start`, `exec`, `perform-check`, ...
    pub kind: String,
    /// What it is, for people.
    pub summary: String,
    /// How far it has come.
    pub status: ChangeStatus,
    /// Its parts.
    #[serde(default)]
    pub tasks: Vec<Task>,
    /// Whether it has come to its end, good or bad.
    pub ready: bool,
    /// What failed; absent if nothing did.
    #[serde(default)]
    pub err: Option<String>,
    /// When it began.
    pub spawn_time: Timestamp,
    /// When it came to its end.
    #[serde(default)]
    pub ready_time: Option<Timestamp>,
}

impl Change {
    /// The exit code of an `exec` change that is ready.
    #[must_use]
    pub fn exit_code(&self) -> Option<i64> {
        self.tasks.first()?.data.get("exit-code")?.as_i64()
    }
}

/// A part of a [`Change`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Task {
    /// Its id.
    pub id: String,
    /// What it is: `start`, `stop`, `exec`, ...
    pub kind: String,
    /// What it is, for people.
    pub summary: String,
    /// How far it has come.
    pub status: ChangeStatus,
    /// Its last messages, oldest first. They may quote what the workload printed.
    #[serde(default)]
    pub log: Vec<String>,
    /// How far it has come.
    #[serde(default)]
    pub progress: Option<Progress>,
    /// When it began.
    pub spawn_time: Timestamp,
    /// When it came to its end.
    #[serde(default)]
    pub ready_time: Option<Timestamp>,
    #[serde(default)]
    pub(crate) data: BTreeMap<String, serde_json::Value>,
}

/// How far a task has come.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// What is counted; mostly empty.
    #[serde(default)]
    pub label: String,
    /// How much is done.
    pub done: u64,
    /// How much there is.
    pub total: u64,
}

/// What the daemon adds to its answers when there is something to know: see
/// [`Client::announcements`](crate::Client::announcements).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Announcements {
    /// When the last warning was noted. The warnings are notices.
    pub latest_warning: Option<Timestamp>,
    /// Why the daemon is about to go away.
    pub maintenance: Option<Maintenance>,
}

/// Why a daemon is about to go away.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Maintenance {
    /// `daemon-restart` or `system-restart`.
    pub kind: String,
    /// For people.
    pub message: String,
}

/// What every JSON answer is wrapped in. `result` may be absent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Envelope {
    #[serde(rename = "type")]
    pub(crate) kind: Outcome,
    #[serde(default)]
    pub(crate) change: Option<String>,
    #[serde(default)]
    result: Option<Box<RawValue>>,
    // Not what was asked for: of another shape, they must not spoil what was.
    #[serde(default)]
    latest_warning: Option<Box<RawValue>>,
    #[serde(default)]
    maintenance: Option<Box<RawValue>>,
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Error,
    /// `sync` or `async`.
    #[serde(other)]
    Success,
}

impl Envelope {
    /// What the daemon says on every answer about itself, as far as it can be read.
    pub(crate) fn announcements(&self) -> Announcements {
        fn read<T: DeserializeOwned>(raw: Option<&RawValue>) -> Option<T> {
            serde_json::from_str(raw?.get()).ok()
        }
        Announcements {
            latest_warning: read(self.latest_warning.as_deref()),
            maintenance: read(self.maintenance.as_deref()),
        }
    }

    /// The result as its JSON text.
    pub(crate) fn result(&self) -> &str {
        self.result.as_ref().map_or("null", |result| result.get())
    }
}

/// The result of a failed request.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) kind: String,
}

/// The result for one path of a file request.
#[derive(Debug, Deserialize)]
pub(crate) struct PathResult {
    #[serde(default)]
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) error: Option<Refusal>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_kept() {
        let info: ServiceInfo = serde_json::from_str(
            r#"{"name":"web","startup":"sometimes","current":"dreaming","new-field":1}"#,
        )
        .unwrap();
        assert_eq!(info.current, ServiceStatus::Other("dreaming".into()));
        assert_eq!(info.startup.to_string(), "sometimes");
        assert!(!info.is_running());
    }

    #[test]
    fn a_check_without_a_change_is_inactive() {
        let info: CheckInfo =
            serde_json::from_str(r#"{"name":"c","startup":"disabled","status":"up"}"#).unwrap();
        assert_eq!(info.status(), CheckStatus::Inactive);
        let old: CheckInfo = serde_json::from_str(r#"{"name":"c","status":"up"}"#).unwrap();
        assert!(old.is_up(), "a daemon too old to say when a check starts");
        assert_eq!(old.has_run(), None);
    }
}
