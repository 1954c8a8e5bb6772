//! Why a subcommand could not do what it was asked for.

use std::{error::Error, io};

/// Why a subcommand could not do what it was asked for: what it wanted, and what stood in the way.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Failure {
    what: String,
    source: Option<Box<dyn Error>>,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), source: None }
    }

    /// For `map_err`: what was wanted when the error came.
    pub(crate) fn because<E: Into<Box<dyn Error>>>(
        what: impl Into<String>,
    ) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |error| Self { what, source: Some(error.into()) }
    }

    /// The error and its causes, in one line unless they have more themselves.
    pub(crate) fn with_causes(error: &dyn Error) -> String {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        text
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::because("cannot write the output")(error)
    }
}
