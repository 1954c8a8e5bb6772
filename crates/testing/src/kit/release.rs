//! The version of Juju under which a charm runs, pre-releases included.

use ops_core::JujuVersion;
use std::{fmt, str::FromStr};

/// A release of Juju, such as `3.6.14` or `3.6-beta1`: how it behaves, and what it calls itself.
///
/// A pre-release behaves as the version that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JujuRelease {
    pub(super) version: JujuVersion,
    pub(super) text: String,
}

impl From<JujuVersion> for JujuRelease {
    fn from(version: JujuVersion) -> Self {
        Self { version, text: version.to_string() }
    }
}

impl FromStr for JujuRelease {
    type Err = ops_core::ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self { version: text.parse()?, text: text.to_owned() })
    }
}

impl fmt::Display for JujuRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
