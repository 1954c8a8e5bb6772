//! What can go wrong between a charm and a daemon, and of which kind each failure is.
//!
//! No error carries the value of an environment variable, the content of a file or the text of a
//! layer.

use crate::{Feature, PebbleVersion};
use ops_core::FaultKind;
use std::{borrow::Cow, error::Error as StdError, fmt, io, time::Duration};

/// A request to a daemon that did not do what it should.
///
/// It prints the attempt (`GET /v1/plan failed`); its [`source`](StdError::source) is an
/// [`ops_core::Error`] that says why and carries the [`FaultKind`].
pub struct Error {
    attempt: String,
    kind: Box<ErrorKind>,
    cause: ops_core::Error,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No socket, or nobody listening: nothing was sent.
    Unreachable,
    /// The daemon closed the connection before its answer was whole: what it did is unknown.
    Connection,
    /// No answer in time, or a change that is still not ready.
    Timeout,
    /// An answer that is not Pebble's.
    Protocol,
    /// What was to be sent could not be read on this side.
    Source,
    /// What was received could not be written on this side.
    Sink,
    /// The daemon refused.
    Api {
        /// The HTTP status.
        status: u16,
        /// Pebble's word for the kind; mostly empty.
        kind: String,
        /// Pebble's message.
        message: String,
    },
    /// The daemon is too old for what was asked.
    Unsupported {
        /// What it lacks.
        feature: Feature,
        /// Its version, when it told.
        version: Option<PebbleVersion>,
    },
    /// A change ended with an error.
    Change {
        /// Its id.
        id: String,
        /// What failed, in Pebble's words.
        err: String,
        /// The log of every task that has one. It may quote what the workload printed.
        logs: Vec<String>,
    },
    /// One path of a file request could not be used.
    Path {
        /// The path.
        path: String,
        /// `not-found`, `permission-denied` or `generic-file-error`.
        kind: String,
        /// Pebble's message.
        message: String,
    },
    /// A command exited with another code than 0.
    Exec {
        /// The code; 128 and the signal's number for a signal.
        exit_code: i64,
        /// What it printed.
        stdout: Vec<u8>,
        /// What it printed as errors.
        stderr: Vec<u8>,
    },
}

/// How much of a command's standard error an error message quotes, in characters.
const QUOTED: usize = 1024;

impl Error {
    pub(crate) fn new(attempt: impl Into<String>, kind: ErrorKind) -> Self {
        let cause = ops_core::Error::new(fault_kind(&kind), explain(&kind));
        Self { attempt: attempt.into(), kind: Box::new(kind), cause }
    }

    pub(crate) fn of(attempt: impl Into<String>, failure: Failure) -> Self {
        let (kind, message, source): (_, Cow<'static, str>, Option<io::Error>) = match failure {
            Failure::Dial(error) => {
                (ErrorKind::Unreachable, "cannot connect to the daemon".into(), Some(error))
            }
            Failure::Closed(error) => {
                let message = "the daemon closed the connection before its answer was whole";
                (ErrorKind::Connection, message.into(), error)
            }
            Failure::Timeout(limit) => {
                (ErrorKind::Timeout, format!("no answer within {limit:?}").into(), None)
            }
            Failure::Source(error) => {
                (ErrorKind::Source, "what was to be sent cannot be read".into(), Some(error))
            }
            Failure::Sink(error) => {
                (ErrorKind::Sink, "what was received cannot be written".into(), Some(error))
            }
            Failure::Protocol(what) => {
                let message = format!("the daemon's answer is not understood: {what}");
                (ErrorKind::Protocol, message.into(), None)
            }
        };
        let cause = ops_core::Error::new(fault_kind(&kind), message);
        let cause = match source {
            Some(source) => cause.because(source),
            None => cause,
        };
        Self { attempt: attempt.into(), kind: Box::new(kind), cause }
    }

    /// What was attempted: `GET /v1/plan`.
    #[must_use]
    pub fn attempt(&self) -> &str {
        &self.attempt
    }

    /// Why it failed.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// What the charm framework makes of it.
    #[must_use]
    pub fn fault_kind(&self) -> FaultKind {
        self.cause.kind()
    }

    /// Whether the daemon could not be reached or went away.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        matches!(*self.kind, ErrorKind::Unreachable | ErrorKind::Connection)
    }

    /// Whether there was nobody to talk to, so that nothing happened.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(*self.kind, ErrorKind::Unreachable)
    }

    /// Whether something took too long.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(*self.kind, ErrorKind::Timeout)
    }

    /// Whether the answer was not Pebble's.
    #[must_use]
    pub fn is_protocol(&self) -> bool {
        matches!(*self.kind, ErrorKind::Protocol)
    }

    /// Whether the daemon refused with this HTTP status.
    #[must_use]
    pub fn is_status(&self, expected: u16) -> bool {
        matches!(*self.kind, ErrorKind::Api { status, .. } if status == expected)
    }

    /// Whether what was asked for is not there: a path, a change, an endpoint of an old daemon.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        match &*self.kind {
            ErrorKind::Api { status, kind, .. } => *status == 404 || kind == "not-found",
            ErrorKind::Path { kind, .. } => kind == "not-found",
            _ => false,
        }
    }

    /// What the daemon is too old for, if that is the reason.
    #[must_use]
    pub fn unsupported(&self) -> Option<Feature> {
        match *self.kind {
            ErrorKind::Unsupported { feature, .. } => Some(feature),
            _ => None,
        }
    }

    /// Whether a change ended with an error: for a service, that it did not start.
    #[must_use]
    pub fn is_change(&self) -> bool {
        matches!(*self.kind, ErrorKind::Change { .. })
    }
}

/// The one table of kinds.
///
/// | failure | kind | why |
/// |---|---|---|
/// | connection, timeout | Transient | the container restarts; the next event finds it |
/// | an answer that is not Pebble's | Transient | the daemon is dying, or another program has its socket |
/// | 401, 403, `permission-denied` | Denied | |
/// | 404, `not-found`, other path errors | Blocked | the workload is not what the charm expects |
/// | other 4xx | Bug | the charm sent what Pebble refuses |
/// | 5xx | Transient | |
/// | what the daemon is too old for | Blocked | only another Juju brings another Pebble |
/// | what was to be sent cannot be read, or what was received written | Bug | it is the charm's own |
/// | change error, exit code not 0 | Blocked | the workload fails |
fn fault_kind(kind: &ErrorKind) -> FaultKind {
    match kind {
        ErrorKind::Unreachable
        | ErrorKind::Connection
        | ErrorKind::Timeout
        | ErrorKind::Protocol => FaultKind::Transient,
        ErrorKind::Api { status: 401 | 403, .. } => FaultKind::Denied,
        ErrorKind::Api { kind, .. } | ErrorKind::Path { kind, .. }
            if kind == "permission-denied" || kind == "login-required" =>
        {
            FaultKind::Denied
        }
        ErrorKind::Api { status: 404, .. } => FaultKind::Blocked,
        ErrorKind::Api { kind, .. } if kind == "not-found" => FaultKind::Blocked,
        ErrorKind::Api { status: 400..=499, .. } => FaultKind::Bug,
        ErrorKind::Api { .. } => FaultKind::Transient,
        ErrorKind::Source | ErrorKind::Sink => FaultKind::Bug,
        ErrorKind::Unsupported { .. } => FaultKind::Blocked,
        ErrorKind::Path { .. } | ErrorKind::Change { .. } | ErrorKind::Exec { .. } => {
            FaultKind::Blocked
        }
    }
}

fn explain(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::Unreachable | ErrorKind::Connection => "the daemon cannot be reached".to_owned(),
        ErrorKind::Timeout => "it took too long".to_owned(),
        ErrorKind::Protocol => "the daemon's answer is not understood".to_owned(),
        ErrorKind::Source => "what was to be sent cannot be read".to_owned(),
        ErrorKind::Sink => "what was received cannot be written".to_owned(),
        ErrorKind::Api { status, message, .. } => {
            format!("the daemon answered {status}: {message}")
        }
        ErrorKind::Unsupported { feature, version } => {
            let (name, since) = (feature.name(), feature.since());
            match version {
                Some(version) => format!(
                    "this Pebble is {version}, and {name} need {since}: a newer Juju brings it"
                ),
                None => format!("this Pebble does not know {name}: they need {since}"),
            }
        }
        ErrorKind::Change { id, err, .. } => format!("change {id} failed: {err}"),
        ErrorKind::Path { path, message, .. } => format!("{path}: {message}"),
        ErrorKind::Exec { exit_code, stderr, .. } => {
            let stderr = String::from_utf8_lossy(stderr);
            let stderr = stderr.trim_end();
            let skipped = stderr.chars().count().saturating_sub(QUOTED);
            let end: String = stderr.chars().skip(skipped).collect();
            match end.as_str() {
                "" => format!("exited with code {exit_code}"),
                end => format!("exited with code {exit_code}: {end}"),
            }
        }
    }
}

/// For what reads and writes through [`std::io`].
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &*error.kind {
            ErrorKind::Unreachable => io::ErrorKind::NotConnected,
            ErrorKind::Connection => io::ErrorKind::ConnectionReset,
            ErrorKind::Timeout => io::ErrorKind::TimedOut,
            ErrorKind::Protocol => io::ErrorKind::InvalidData,
            _ if error.is_not_found() => io::ErrorKind::NotFound,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed", self.attempt)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("attempt", &self.attempt)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.cause)
    }
}

/// What can go wrong below the meaning of requests.
#[derive(Debug)]
pub(crate) enum Failure {
    Dial(io::Error),
    Closed(Option<io::Error>),
    Timeout(Duration),
    Protocol(&'static str),
    /// What was to be sent could not be read.
    Source(io::Error),
    /// What was received could not be written.
    Sink(io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use ops_core::Fault;

    fn api(status: u16, kind: &str) -> ErrorKind {
        ErrorKind::Api { status, kind: kind.to_owned(), message: "m".to_owned() }
    }

    fn path(kind: &str) -> ErrorKind {
        ErrorKind::Path { path: "/p".to_owned(), kind: kind.to_owned(), message: "m".to_owned() }
    }

    #[test]
    fn every_failure_becomes_a_fault_of_its_kind() {
        let change = ErrorKind::Change { id: "1".into(), err: "e".into(), logs: Vec::new() };
        let exec = ErrorKind::Exec { exit_code: 1, stdout: Vec::new(), stderr: Vec::new() };
        for (kind, expected) in [
            (ErrorKind::Connection, FaultKind::Transient),
            (ErrorKind::Timeout, FaultKind::Transient),
            (ErrorKind::Protocol, FaultKind::Transient),
            (ErrorKind::Source, FaultKind::Bug),
            (ErrorKind::Sink, FaultKind::Bug),
            (api(401, "login-required"), FaultKind::Denied),
            (api(403, ""), FaultKind::Denied),
            (api(400, "permission-denied"), FaultKind::Denied),
            (api(404, ""), FaultKind::Blocked),
            (api(400, "not-found"), FaultKind::Blocked),
            (api(400, ""), FaultKind::Bug),
            (api(405, ""), FaultKind::Bug),
            (api(500, ""), FaultKind::Transient),
            (api(504, ""), FaultKind::Transient),
            (path("not-found"), FaultKind::Blocked),
            (path("generic-file-error"), FaultKind::Blocked),
            (path("permission-denied"), FaultKind::Denied),
            (
                ErrorKind::Unsupported { feature: Feature::Notices, version: None },
                FaultKind::Blocked,
            ),
            (change, FaultKind::Blocked),
            (exec, FaultKind::Blocked),
        ] {
            let text = format!("{kind:?}");
            let fault = Fault::from(Error::new("GET /v1/plan", kind));
            assert_eq!(fault.kind(), expected, "{text}");
            assert_eq!(fault.message(), "GET /v1/plan failed");
        }
    }

    #[test]
    fn the_chain_leads_from_the_attempt_to_the_operating_system() {
        let failure = Failure::Dial(io::Error::from(io::ErrorKind::ConnectionRefused));
        let fault = Fault::from(Error::of("GET /v1/plan", failure));
        let chain: Vec<String> = fault.chain().collect();
        assert_eq!(
            chain,
            ["GET /v1/plan failed", "cannot connect to the daemon", "connection refused"]
        );
    }
}
