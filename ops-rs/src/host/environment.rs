//! Environment variables as a value. It must not know what they mean.

use std::{
    borrow::Cow,
    ffi::{OsStr, OsString},
    fmt,
};

/// The environment of a charm, as it was given: names and values need not be text. Of a variable that was set
/// twice the last value holds.
///
/// It is searched from end to end: a charm asks for a dozen variables, and ordering them all would take
/// longer.
#[derive(Clone, Default)]
pub struct Environment(Vec<(Cow<'static, OsStr>, Cow<'static, OsStr>)>);

impl Environment {
    /// No variables.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// No variables, with room for so many.
    #[must_use]
    pub fn with_capacity(variables: usize) -> Self {
        Self(Vec::with_capacity(variables))
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        let name = OsStr::new(name);
        self.0.iter().rev().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.0.push((Cow::Borrowed(OsStr::new(name)), Cow::Owned(value.into())));
    }

    /// Sets a variable to a value known when this is built.
    pub fn set_static(&mut self, name: &'static str, value: &'static str) {
        self.0.push((Cow::Borrowed(OsStr::new(name)), Cow::Borrowed(OsStr::new(value))));
    }

    /// Takes a variable away.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| **known != *name);
    }

    /// Keeps the variables whose names `keep` wants.
    pub fn retain(&mut self, keep: impl Fn(&OsStr) -> bool) {
        self.0.retain(|(name, _)| keep(name));
    }

    /// Every variable once, with the value that holds, in the order in which these were set.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        let holds = |(at, (name, _)): &(usize, &(Cow<'_, OsStr>, _))| {
            !self.0.iter().skip(at + 1).any(|(later, _)| later == name)
        };
        self.0.iter().enumerate().filter(holds).map(|(_, (name, value))| (&**name, &**value))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<N: Into<OsString>, V: Into<OsString>> Extend<(N, V)> for Environment {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, variables: I) {
        let owned = |(name, value): (N, V)| (Cow::Owned(name.into()), Cow::Owned(value.into()));
        self.0.extend(variables.into_iter().map(owned));
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let mut environment = Self::new();
        environment.extend(variables);
        environment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_a_variable_holds_until_it_is_removed() {
        let mut environment = Environment::from_iter([("A", "1"), ("B", "2")]);
        environment.set("A", "3");
        environment.set_static("C", "4");
        assert_eq!(environment.get("A"), Some(OsStr::new("3")));
        assert_eq!(format!("{environment:?}"), r#"{"B": "2", "A": "3", "C": "4"}"#);
        environment.remove("A");
        assert_eq!(environment.get("A"), None);
        environment.retain(|name| name != "C");
        assert_eq!(environment.iter().collect::<Vec<_>>(), [(OsStr::new("B"), OsStr::new("2"))]);
    }
}
