//! One source of an observation. "Nothing there" and "could not look" are not the same.

use crate::Fault;
use serde::Serialize;

/// What looking at one source gave: there, not there, or could not look.
///
/// An observation holds one `Probe` per source, so that a source that fails does not hide the others.
#[must_use = "it may hold a fault"]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probe<T> {
    /// The source answered with this.
    Present(T),
    /// The source answered: nothing is there.
    Absent,
    /// The source could not be read.
    Failed(Fault),
}

impl<T> Probe<T> {
    /// The value, for a scope that cannot do without it.
    ///
    /// # Errors
    /// Absent: a waiting fault, `waiting for {what}`. Failed: the fault of the source.
    #[track_caller]
    pub fn require(&self, what: &str) -> Result<&T, Fault> {
        match self {
            Self::Present(value) => Ok(value),
            Self::Absent => Err(Fault::waiting(format!("waiting for {what}"))),
            Self::Failed(fault) => Err(fault.clone()),
        }
    }

    /// The value if it is there; absent is fine here, failed is not.
    ///
    /// # Errors
    /// The fault of the source.
    pub fn optional(&self) -> Result<Option<&T>, Fault> {
        match self {
            Self::Present(value) => Ok(Some(value)),
            Self::Absent => Ok(None),
            Self::Failed(fault) => Err(fault.clone()),
        }
    }

    /// The value if it is there, with "absent" and "failed" told apart no longer.
    #[must_use]
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Failed(_) => None,
        }
    }

    /// The fault, if the source could not be read.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Failed(fault) => Some(fault),
            Self::Present(_) | Self::Absent => None,
        }
    }

    /// The same probe of a derived value.
    pub fn map<U>(self, derive: impl FnOnce(T) -> U) -> Probe<U> {
        match self {
            Self::Present(value) => Probe::Present(derive(value)),
            Self::Absent => Probe::Absent,
            Self::Failed(fault) => Probe::Failed(fault),
        }
    }

    /// A second look that needs the first: absent and failed stay what they are.
    pub fn and_then<U>(self, look: impl FnOnce(T) -> Probe<U>) -> Probe<U> {
        match self {
            Self::Present(value) => look(value),
            Self::Absent => Probe::Absent,
            Self::Failed(fault) => Probe::Failed(fault),
        }
    }
}

impl<T> From<Result<Option<T>, Fault>> for Probe<T> {
    fn from(result: Result<Option<T>, Fault>) -> Self {
        match result {
            Ok(Some(value)) => Self::Present(value),
            Ok(None) => Self::Absent,
            Err(fault) => Self::Failed(fault),
        }
    }
}
