//! Environment variables that need not be there, need not be text, and need not make sense.

use crate::host::Environment;
use ops_core::{Error, FaultKind};
use std::{ffi::OsStr, fmt, str::FromStr};

/// A variable that Juju should have set and did not, or that holds something else than it should.
#[derive(Debug)]
pub struct ContextError {
    variable: &'static str,
    problem: Problem,
    class: Error,
}

#[derive(Debug)]
enum Problem {
    Missing,
    NotText(String),
    Malformed { held: String, expected: &'static str },
}

impl ContextError {
    /// The variable.
    #[must_use]
    pub fn variable(&self) -> &'static str {
        self.variable
    }

    fn new(variable: &'static str, problem: Problem) -> Self {
        let class = Error::new(
            FaultKind::Bug,
            "a charm is started by Juju's unit agent, which sets this variable",
        );
        Self { variable, problem, class }
    }
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variable = self.variable;
        match &self.problem {
            Problem::Missing => write!(f, "{variable} is not set"),
            Problem::NotText(held) => write!(f, "{variable} is not UTF-8: it holds {held}"),
            Problem::Malformed { held, expected } => {
                write!(f, "{variable} holds {held}, expected {expected}")
            }
        }
    }
}

impl std::error::Error for ContextError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.class)
    }
}

/// An environment to read from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variables<'a>(pub(super) &'a Environment);

impl<'a> Variables<'a> {
    /// The value. Juju exports what does not apply as an empty variable: that is `None` too.
    pub(super) fn optional(self, name: &'static str) -> Result<Option<&'a str>, ContextError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => match value.to_str() {
                Some(text) => Ok(Some(text).filter(|text| !text.is_empty())),
                None => Err(ContextError::new(name, Problem::NotText(excerpt(value)))),
            },
        }
    }

    pub(super) fn required(self, name: &'static str) -> Result<&'a str, ContextError> {
        self.optional(name)?.ok_or_else(|| ContextError::new(name, Problem::Missing))
    }

    pub(super) fn parsed<T: FromStr>(
        self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<T, ContextError> {
        let text = self.required(name)?;
        text.parse().map_err(|_| self.malformed(name, expected))
    }

    pub(super) fn malformed(self, name: &'static str, expected: &'static str) -> ContextError {
        let held = self.0.get(name).map(excerpt).unwrap_or_default();
        ContextError::new(name, Problem::Malformed { held, expected })
    }
}

/// The beginning of a value, quoted: an environment may be a megabyte long.
fn excerpt(value: &OsStr) -> String {
    const LONGEST: usize = 120;
    let quoted = format!("{value:?}");
    if quoted.chars().count() <= LONGEST {
        return quoted;
    }
    let start: String = quoted.chars().take(LONGEST).collect();
    format!("{start}\"... ({} bytes)", value.len())
}
