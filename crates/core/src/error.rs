//! The standard error that carries a [`FaultKind`]. It must not know what a charm does with it.

use crate::FaultKind;
use std::{borrow::Cow, error::Error as StdError, fmt};

/// An error with a [`FaultKind`], for error chains.
///
/// [`Fault`](crate::Fault) is what a charm's functions return, and it is deliberately *not* a
/// `std::error::Error`. This type is one. Every error of the SDK has an `Error` somewhere along its
/// [`source`](StdError::source) chain, and that is how a `Fault` made with `?` learns its kind, even
/// through `anyhow` or an enum of your own:
///
/// ```
/// use ops_core::{Error, Fault, FaultKind};
///
/// #[derive(Debug, thiserror::Error)]
/// enum Mine {
///     #[error("cannot fetch the licence")]
///     Licence(#[from] Error),
/// }
///
/// fn fetch() -> Result<(), Mine> {
///     Err(Error::new(FaultKind::Transient, "the licence server is starting"))?
/// }
///
/// fn handler() -> Result<(), Fault> {
///     Ok(fetch()?)
/// }
///
/// assert_eq!(handler().unwrap_err().kind(), FaultKind::Transient);
/// ```
///
/// A wrapper that hands out only the cause of what it wraps hides the kind of a bare `Error`:
/// `io::Error::other`, or `anyhow::Error` without context. Add context, or wrap it in an error of your own.
#[derive(Debug)]
pub struct Error {
    kind: FaultKind,
    message: Cow<'static, str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of this kind. The message says this level only: lower case, no full stop.
    pub fn new(kind: FaultKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same error with its cause, which [`source`](StdError::source) then returns.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind that decides what the dispatcher does.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
