//! Names and ids that Juju gives, each a type of its own so that they cannot be mixed up.
//!
//! They are checked where they enter: a name that Juju could not have given is a [`NameError`] that
//! says which rule it breaks.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Borrow, borrow::Cow, fmt, str::FromStr};

/// A text that is not the kind of name it was given as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError {
    what: &'static str,
    text: String,
    rule: &'static str,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a valid {}: {}", self.text, self.what, self.rule)
    }
}

impl std::error::Error for NameError {}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Cow<'static, str>);

        impl $name {
            /// A name known when the charm is built. Generated code uses this; it is not checked.
            #[must_use]
            pub const fn from_static(name: &'static str) -> Self {
                Self(Cow::Borrowed(name))
            }

            /// Checks a name that came from outside.
            ///
            /// # Errors
            /// The rule that the text breaks.
            pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
                let text = name.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) {
                    Ok(Self(Cow::Owned(text)))
                } else {
                    Err(NameError { what: $what, text, rule: $rule })
                }
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for Cow<'static, str> {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    };
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
}

fn is_unit(text: &str) -> bool {
    text.rsplit_once('/').is_some_and(|(application, number)| {
        // As it is printed: without a sign, and without zeroes before it.
        let is_printed = number == "0" || number.starts_with(|first| matches!(first, '1'..='9'));
        is_label(application) && is_printed && number.parse::<u32>().is_ok()
    })
}

name!(
    /// A workload container of the charm, as `containers` in the metadata names it.
    ContainerName,
    "container name",
    "letters, digits, `-`, `_` and `.`, starting with a letter or digit",
    is_label
);
name!(
    /// An endpoint of the charm, as `requires`, `provides` or `peers` in the metadata names it.
    EndpointName,
    "endpoint name",
    "letters, digits, `-`, `_` and `.`, starting with a letter or digit",
    is_label
);
name!(
    /// An application in the model, such as `hook-service`.
    ApplicationName,
    "application name",
    "letters, digits, `-`, `_` and `.`, starting with a letter or digit",
    is_label
);
name!(
    /// A unit of an application, such as `hook-service/0`.
    UnitName,
    "unit name",
    "an application, `/` and a number",
    is_unit
);
name!(
    /// A storage of the charm, as `storage` in the metadata names it.
    StorageName,
    "storage name",
    "letters, digits, `-`, `_` and `.`, starting with a letter or digit",
    is_label
);

impl UnitName {
    /// The application the unit belongs to: the part before the `/`.
    #[must_use]
    pub fn application(&self) -> ApplicationName {
        let application = self.0.rsplit_once('/').map_or(&*self.0, |(application, _)| application);
        ApplicationName(Cow::Owned(application.to_owned()))
    }

    /// The unit's number: the part after the `/`, and 0 if there is none.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.0.rsplit_once('/').and_then(|(_, number)| number.parse().ok()).unwrap_or_default()
    }
}

/// A relation of this unit: the number in `database:7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RelationId(u32);

impl RelationId {
    /// The relation with this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Reads `database:7` or `7`, as hook commands and `JUJU_RELATION_ID` spell it.
    ///
    /// # Errors
    /// The text has no number after its last `:`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let number = text.rsplit_once(':').map_or(text, |(_, number)| number);
        // `parse` alone takes a sign too.
        let digits = Some(number).filter(|number| number.bytes().all(|b| b.is_ascii_digit()));
        digits.and_then(|number| number.parse().ok()).map(Self).ok_or_else(|| NameError {
            what: "relation id",
            text: text.to_owned(),
            rule: "a number, or an endpoint, `:` and a number",
        })
    }
}

impl fmt::Display for RelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A secret, spelt `secret:<id>` whichever of Juju's three spellings it came in.
///
/// Juju writes `secret:<id>`, `secret://<model uuid>/<id>` and, in listings, the bare `<id>`; two ids
/// are equal when their last parts are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretId(String);

impl SecretId {
    /// Reads any of the three spellings.
    ///
    /// # Errors
    /// The text has another scheme, or an id that is not made of lower-case letters and digits.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let rest = text.strip_prefix("secret:").unwrap_or(text);
        let id = match text.strip_prefix("secret://").map(|located| located.split_once('/')) {
            None => Some(rest),
            Some(located) => located.filter(|(model, _)| is_label(model)).map(|(_, id)| id),
        };
        let is_id = |id: &&str| {
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if let Some(id) = id.filter(is_id) {
            Ok(Self(format!("secret:{id}")))
        } else {
            Err(NameError {
                what: "secret id",
                text: text.to_owned(),
                rule: "`secret:` and lower-case letters and digits",
            })
        }
    }

    /// `secret:<id>`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id without `secret:`.
    #[must_use]
    pub fn bare(&self) -> &str {
        self.0.strip_prefix("secret:").unwrap_or(&self.0)
    }
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SecretId {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl Serialize for SecretId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
