//! Values that must not be printed. There is no `Display`, and `Debug` and `Serialize` show a tag.

use serde::{Serialize, Serializer};
use std::{fmt, sync::Arc};

/// A secret value and the tag that stands for it wherever it is printed.
///
/// The tag names the secret, key and revision (`secret:9m4e2mr0ui3e8a215n4g/token@3`), so that a
/// rotation is visible as a difference. A value derived with [`map`](Self::map) stays secret:
///
/// ```
/// use ops_core::Secret;
///
/// let password = Secret::new("hunter2".to_owned(), "secret:1/password@4");
/// let url = password.map(|password| format!("pg://web:{password}@db/web"));
/// assert_eq!(format!("{url:?}"), "Secret(secret:1/password@4)");
/// assert_eq!(url.expose(), "pg://web:hunter2@db/web");
/// ```
#[derive(Clone)]
pub struct Secret<T = String> {
    value: T,
    tag: Arc<str>,
}

impl<T> Secret<T> {
    /// A secret that is printed as `tag`.
    pub fn new(value: T, tag: impl Into<Arc<str>>) -> Self {
        Self { value, tag: tag.into() }
    }

    /// The value. Everything that calls this is a place where a secret may leave.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.value
    }

    /// The tag that is printed instead of the value.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// A value made from this one is as secret, under the same tag.
    pub fn map<U>(&self, derive: impl FnOnce(&T) -> U) -> Secret<U> {
        Secret { value: derive(&self.value), tag: Arc::clone(&self.tag) }
    }
}

/// Two secrets are equal when their values are, whatever their tags say.
impl<T: PartialEq> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Secret<T> {}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.tag)
    }
}

impl<T> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("<secret {}>", self.tag))
    }
}

/// What environments, files and databags are made of: text that may be printed, or text that may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Text {
    /// May be printed.
    Plain(String),
    /// Printed as its tag.
    Secret(Secret),
}

impl Text {
    /// The text itself. Everything that calls this is a place where a secret may leave.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }

    /// Whether it holds a secret.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Secret(_))
    }
}

/// Also of a secret: who compares learns no more than whether they are the same.
impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.expose() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.expose() == *other
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::Plain(String::new())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::Plain(text.clone())
    }
}

impl From<Secret> for Text {
    fn from(secret: Secret) -> Self {
        Self::Secret(secret)
    }
}

impl From<&Secret> for Text {
    fn from(secret: &Secret) -> Self {
        Self::Secret(secret.clone())
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Self {
        text.clone()
    }
}
