//! What is wrong with a charm's files: file, line, what, and how to mend it.

use std::fmt;

/// One thing that is wrong.
///
/// Its text begins with the file and the line: `metadata.yaml:12: `.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    file: String,
    line: usize,
    message: String,
    hint: String,
}

impl Problem {
    /// `line` counts from 1.
    pub(crate) fn new(
        file: &str,
        line: usize,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { file: file.to_owned(), line, message: message.into(), hint: hint.into() }
    }

    /// A file that could not be read at all, such as one that is not there.
    #[must_use]
    pub fn unreadable(file: &str, why: &str) -> Self {
        let hint = "paths are relative to the folder of the crate's Cargo.toml";
        Self::new(file, 1, format!("the file cannot be read: {why}"), hint)
    }

    /// The name of the file, as it was given.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// What is wrong, in Juju's words where it has some.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, message, hint } = self;
        write!(f, "{file}:{line}: {message}; {hint}")
    }
}

impl std::error::Error for Problem {}

/// Everything that is wrong, in the order of the files and their lines. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn new(problems: Vec<Problem>) -> Self {
        Self(problems)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
