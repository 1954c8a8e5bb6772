//! One container: whether it can be reached, and its Pebble.

use crate::emulator::pebble::{Kept, Pebble};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// One container: whether it can be reached, and its Pebble.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Container {
    /// Whether its socket answers.
    pub reachable: bool,
    /// The daemon.
    pub pebble: Pebble,
}

impl Default for Container {
    fn default() -> Self {
        Self { reachable: true, pebble: Pebble::default() }
    }
}

impl From<Pebble> for Container {
    /// A container that can be reached if its daemon can.
    fn from(pebble: Pebble) -> Self {
        Self { reachable: pebble.is_reachable(), pebble }
    }
}

impl Container {
    /// A container that cannot be reached yet.
    #[must_use]
    pub fn unreachable() -> Self {
        Self { reachable: false, ..Self::default() }
    }
}

/// Commands that run, and what clients did, are not written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    reachable: bool,
    pebble: Kept,
}

impl Serialize for Container {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written { reachable: self.reachable, pebble: self.pebble.keep() };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Container {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { reachable, pebble } = Written::deserialize(deserializer)?;
        Ok(Self { reachable, pebble: Pebble::restore(pebble).map_err(D::Error::custom)? })
    }
}
