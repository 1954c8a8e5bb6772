//! Why a step did not happen, and of which kind. The kind decides status, exit code and retry; the
//! table that says so lives with the dispatcher, which this module must not know.

use crate::Error;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::{error::Error as StdError, fmt, panic::Location, sync::Arc};

/// What kind of failure a [`Fault`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FaultKind {
    /// Something that will come by itself is not there yet: a relation, a certificate, a peer.
    Waiting,
    /// A short-lived failure of something outside: a timeout, a connection refused.
    Transient,
    /// A person must act: invalid configuration, a missing mandatory relation.
    Blocked,
    /// Access was refused: a secret that was not granted, a role that is missing.
    Denied,
    /// A resource is used up: a disk, a quota, a size limit.
    Exhausted,
    /// Juju's unit agent is gone, or was asked and did not answer: what was sent may have happened.
    AgentLost,
    /// The charm or the SDK is wrong. Every error that nobody classified is of this kind.
    Bug,
}

/// Why a step did not happen.
///
/// `?` turns any standard error, `Box<dyn Error + Send + Sync>` or `anyhow::Error` into a `Fault`. Its kind is that
/// of the first [`Error`] found along the chain; without one it is [`FaultKind::Bug`], which fails the
/// hook, so say the kind where you know it:
///
/// ```
/// use ops_core::{Fault, FaultExt as _, FaultKind};
///
/// fn port(text: &str) -> Result<u16, Fault> {
///     text.parse::<u16>().or_blocked("option port must be a port number")
/// }
///
/// let fault = port("http").unwrap_err();
/// assert_eq!(fault.kind(), FaultKind::Blocked);
/// assert_eq!(fault.message(), "option port must be a port number");
/// ```
///
/// # Why this is not `std::error::Error`
///
/// The blanket conversion above and `impl Error for Fault` exclude each other: Rust's coherence rules
/// would make `Fault` convert into itself twice. So you cannot put a `Fault` into a `thiserror` enum;
/// put an [`Error`] there. Functions and closures handed to the SDK return `Result<_, Fault>`.
#[derive(Clone)]
pub struct Fault(Arc<Inner>);

struct Inner {
    kind: FaultKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    at: &'static Location<'static>,
}

impl Fault {
    /// A fault of this kind. The message becomes the unit's status message.
    #[track_caller]
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self::build(kind, message.into(), None)
    }

    /// Something will come by itself: [`FaultKind::Waiting`].
    #[track_caller]
    pub fn waiting(message: impl Into<String>) -> Self {
        Self::build(FaultKind::Waiting, message.into(), None)
    }

    /// A short-lived failure: [`FaultKind::Transient`].
    #[track_caller]
    pub fn transient(message: impl Into<String>) -> Self {
        Self::build(FaultKind::Transient, message.into(), None)
    }

    /// A person must act: [`FaultKind::Blocked`].
    #[track_caller]
    pub fn blocked(message: impl Into<String>) -> Self {
        Self::build(FaultKind::Blocked, message.into(), None)
    }

    /// Access was refused: [`FaultKind::Denied`].
    #[track_caller]
    pub fn denied(message: impl Into<String>) -> Self {
        Self::build(FaultKind::Denied, message.into(), None)
    }

    /// A broken invariant: [`FaultKind::Bug`]. Fails the hook.
    #[track_caller]
    pub fn bug(message: impl Into<String>) -> Self {
        Self::build(FaultKind::Bug, message.into(), None)
    }

    /// The same evidence under another kind and message.
    #[must_use]
    pub fn restate(self, kind: FaultKind, message: impl Into<String>) -> Self {
        let at = self.0.at;
        let source: Box<dyn StdError + Send + Sync> = Box::new(Restated(self));
        Self(Arc::new(Inner { kind, message: message.into(), source: Some(source), at }))
    }

    /// The kind, which decides status, exit code and retry.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.0.kind
    }

    /// What a person reads in the status. Causes are not part of it: see [`chain`](Self::chain).
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where the fault was made: the `?` or the constructor. Inside a closure it is the closure's caller.
    #[must_use]
    pub fn at(&self) -> &'static Location<'static> {
        self.0.at
    }

    /// The message and all its causes, outermost first.
    pub fn chain(&self) -> impl Iterator<Item = String> + '_ {
        let mut next = self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static));
        let causes = std::iter::from_fn(move || {
            let error = next?;
            next = error.source();
            Some(error.to_string())
        });
        let mut last = String::new();
        // `?` keeps the error it came from as its first cause, with the same text: say it once.
        std::iter::once(self.0.message.clone()).chain(causes).filter(move |text| {
            let fresh = *text != last;
            last.clone_from(text);
            fresh
        })
    }

    /// The first error of type `T` among the causes, for a charm that branches on evidence.
    #[must_use]
    pub fn find<T: StdError + 'static>(&self) -> Option<&T> {
        let mut next = self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static));
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            if let Some(restated) = error.downcast_ref::<Restated>() {
                return restated.0.find();
            }
            next = error.source();
        }
        None
    }

    #[track_caller]
    fn build(
        kind: FaultKind,
        message: String,
        source: Option<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(Inner { kind, message, source, at: Location::caller() }))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({:?})", self.0.kind, self.0.message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

/// Two faults are equal when kind and message are: a `Seen` that holds one can be compared.
impl PartialEq for Fault {
    fn eq(&self, other: &Self) -> bool {
        self.kind() == other.kind() && self.message() == other.message()
    }
}

impl Eq for Fault {}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fault = serializer.serialize_struct("Fault", 2)?;
        fault.serialize_field("kind", &self.kind())?;
        fault.serialize_field("message", self.message())?;
        fault.end()
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for Fault {
    #[track_caller]
    fn from(error: E) -> Self {
        let source = error.into();
        let kind = kind_of(&*source);
        Self::build(kind, source.to_string(), Some(source))
    }
}

fn kind_of(error: &(dyn StdError + 'static)) -> FaultKind {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(classified) = error.downcast_ref::<Error>() {
            return classified.kind();
        }
        next = error.source();
    }
    FaultKind::Bug
}

/// A fault as a cause of another one. Private: the public world has only one shape of fault.
#[derive(Debug)]
struct Restated(Fault);

impl fmt::Display for Restated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Restated {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.0.source.as_deref().map(|source| source as _)
    }
}

/// Says the kind of a failure at the place that knows it. The message becomes the status.
pub trait FaultExt<T> {
    /// A person must act.
    ///
    /// # Errors
    /// The failure, as [`FaultKind::Blocked`], with its cause kept for the log.
    fn or_blocked(self, message: &str) -> Result<T, Fault>;
    /// It will come by itself.
    ///
    /// # Errors
    /// The failure, as [`FaultKind::Waiting`], with its cause kept for the log.
    fn or_waiting(self, message: &str) -> Result<T, Fault>;
    /// It is worth trying again.
    ///
    /// # Errors
    /// The failure, as [`FaultKind::Transient`], with its cause kept for the log.
    fn or_transient(self, message: &str) -> Result<T, Fault>;
}

// `match`, not `map_err`: a closure would lose the caller's location.
impl<T, E: Into<Fault>> FaultExt<T> for Result<T, E> {
    #[track_caller]
    fn or_blocked(self, message: &str) -> Result<T, Fault> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(said(error.into(), FaultKind::Blocked, message)),
        }
    }

    #[track_caller]
    fn or_waiting(self, message: &str) -> Result<T, Fault> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(said(error.into(), FaultKind::Waiting, message)),
        }
    }

    #[track_caller]
    fn or_transient(self, message: &str) -> Result<T, Fault> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(said(error.into(), FaultKind::Transient, message)),
        }
    }
}

impl<T> FaultExt<T> for Option<T> {
    #[track_caller]
    fn or_blocked(self, message: &str) -> Result<T, Fault> {
        match self {
            Some(value) => Ok(value),
            None => Err(Fault::blocked(message)),
        }
    }

    #[track_caller]
    fn or_waiting(self, message: &str) -> Result<T, Fault> {
        match self {
            Some(value) => Ok(value),
            None => Err(Fault::waiting(message)),
        }
    }

    #[track_caller]
    fn or_transient(self, message: &str) -> Result<T, Fault> {
        match self {
            Some(value) => Ok(value),
            None => Err(Fault::transient(message)),
        }
    }
}

#[track_caller]
fn said(fault: Fault, kind: FaultKind, message: &str) -> Fault {
    let source: Box<dyn StdError + Send + Sync> = Box::new(Restated(fault));
    Fault::build(kind, message.to_owned(), Some(source))
}
