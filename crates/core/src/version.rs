//! Juju's version, for gates. It must not know which command needs which version.

use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// The version of a Juju agent, such as `3.6.14` or `4.0-beta4`.
///
/// Versions compare by their numbers; a pre-release (`3.6-beta1`) counts as the version it leads to,
/// because an agent of that pre-release has the commands of that version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JujuVersion {
    major: u32,
    minor: u32,
    patch: u32,
}

impl JujuVersion {
    /// A version from its numbers.
    #[must_use]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// The first number.
    #[must_use]
    pub const fn major(self) -> u32 {
        self.major
    }

    /// Whether agents of this version know secrets (3.0.3 and later).
    #[must_use]
    pub fn has_secrets(self) -> bool {
        self >= Self::new(3, 0, 3)
    }
}

impl fmt::Display for JujuVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Serialize for JujuVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that is not a Juju version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseVersionError(String);

impl fmt::Display for ParseVersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a Juju version: expected something like 3.6.14 or 4.0-beta4", self.0)
    }
}

impl std::error::Error for ParseVersionError {}

impl FromStr for JujuVersion {
    type Err = ParseVersionError;

    /// Reads `MAJOR.MINOR`, `MAJOR.MINOR.PATCH`, `MAJOR.MINOR.PATCH.BUILD` and `MAJOR.MINOR-TAGPATCH`.
    fn from_str(text: &str) -> Result<Self, ParseVersionError> {
        let wrong = || ParseVersionError(text.to_owned());
        let (numbers, tag) = text.split_once('-').map_or((text, None), |(n, t)| (n, Some(t)));
        let mut parts = numbers.split('.');
        let mut number = || {
            let part = parts.next()?;
            // `parse` alone takes a sign too.
            let signed = part.starts_with('+');
            Some(part.parse::<u32>().ok().filter(|_| !signed).ok_or_else(wrong))
        };
        let major = number().ok_or_else(wrong)??;
        let minor = number().ok_or_else(wrong)??;
        let patch = number().transpose()?.unwrap_or_default();
        let _build = number().transpose()?;
        let tag_is_fine = tag.is_none_or(|t| {
            !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
        });
        if parts.next().is_none() && tag_is_fine {
            Ok(Self { major, minor, patch })
        } else {
            Err(wrong())
        }
    }
}
