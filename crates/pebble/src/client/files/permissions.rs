//! Permissions as Pebble knows them: nine bits, three octal digits.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;

/// The permissions of a file or a directory. They print as Pebble spells them, in three octal digits.
///
/// Pebble knows no set-user-id, set-group-id or sticky bit: it refuses a fourth digit and shows none.
/// Bits above `0o777` are therefore dropped, so that the mode of a local file can be handed on.
///
/// ```
/// use ops_pebble::Permissions;
///
/// assert_eq!(Permissions::from(0o640).to_string(), "640");
/// assert_eq!(Permissions::from(0o104755), Permissions::new(0o755));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permissions(u32);

impl Permissions {
    /// These bits, as `0o640`.
    #[must_use]
    pub const fn new(mode: u32) -> Self {
        Self(mode & 0o777)
    }

    /// The bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }
}

impl From<u32> for Permissions {
    fn from(mode: u32) -> Self {
        Self::new(mode)
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03o}", self.0)
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#05o}", self.0)
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        match u32::from_str_radix(&digits, 8) {
            Ok(mode) if mode <= 0o777 => Ok(Self(mode)),
            _ => Err(D::Error::custom("not three octal digits")),
        }
    }
}
