//! The words that layers use for choices.

use super::{ShapeError, fields::Fields};
use std::fmt;

/// How an entry of a layer meets an earlier one of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Override {
    /// It takes the earlier one's place.
    Replace,
    /// It is laid over the earlier one: see [`Service::merge`](super::Service::merge).
    Merge,
}

impl Override {
    /// Pebble's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Merge => "merge",
        }
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Option<Self>, ShapeError> {
        match fields.word("override")? {
            "" => Ok(None),
            "replace" => Ok(Some(Self::Replace)),
            "merge" => Ok(Some(Self::Merge)),
            _ => Err(ShapeError::new("override", "invalid \"override\" value")),
        }
    }
}

/// Whether the daemon starts a service or a check by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Startup {
    /// It does.
    Enabled,
    /// It waits to be told.
    Disabled,
}

impl Startup {
    /// Pebble's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }

    /// Pebble takes every word but `enabled` for disabled.
    pub(crate) fn read(word: &str) -> Option<Self> {
        match word {
            "" => None,
            "enabled" => Some(Self::Enabled),
            _ => Some(Self::Disabled),
        }
    }
}

/// What Pebble does when a service exits or a check fails.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Start the service again, after a delay.
    Restart,
    /// End the daemon, and with it the container.
    Shutdown,
    /// Nothing.
    Ignore,
    /// End the daemon with exit code 0 although the service failed.
    SuccessShutdown,
    /// End the daemon with exit code 10 although the service succeeded.
    FailureShutdown,
    /// A word that this version does not know.
    Other(String),
}

impl Action {
    /// Pebble's word for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Restart => "restart",
            Self::Shutdown => "shutdown",
            Self::Ignore => "ignore",
            Self::SuccessShutdown => "success-shutdown",
            Self::FailureShutdown => "failure-shutdown",
            Self::Other(word) => word,
        }
    }

    pub(crate) fn read(word: &str) -> Option<Self> {
        (!word.is_empty()).then(|| Self::from(word))
    }
}

impl From<&str> for Action {
    fn from(word: &str) -> Self {
        match word {
            "restart" => Self::Restart,
            "shutdown" => Self::Shutdown,
            "ignore" => Self::Ignore,
            "success-shutdown" => Self::SuccessShutdown,
            "failure-shutdown" => Self::FailureShutdown,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// Which health question a check answers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// Is it alive?
    Alive,
    /// Is it ready?
    Ready,
    /// A word that this version does not know.
    Other(String),
}

impl Level {
    /// Pebble's word for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Alive => "alive",
            Self::Ready => "ready",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for Level {
    fn from(word: &str) -> Self {
        match word {
            "alive" => Self::Alive,
            "ready" => Self::Ready,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Startup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
