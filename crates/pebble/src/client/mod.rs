//! The client: a method for each thing a charm asks of a daemon. It must not know Juju.

mod changes;
mod checks;
mod exec;
mod exec_streams;
mod files;
mod identities;
mod layers;
mod logs;
mod notices;
mod owner;
mod process;
mod services;
mod system;

pub use changes::SelectChanges;
pub use checks::CheckRun;
pub use exec::{Exec, ExecOutput};
pub use files::{
    FailedPath, FileContent, FileInfo, FileKind, FileReader, MakeDirOptions, Permissions,
    PushOptions, TransferError,
};
pub use identities::{Access, Identity, IdentityInfo};
pub use layers::Combine;
pub use logs::{LogEntry, LogQuery};
pub use notices::{Notice, NoticeFilter, NoticeType, Notify};
pub use owner::{Account, Owner};
pub use process::{Chunk, Process, Signal};
pub use services::ServiceAction;

use crate::{
    Dial, Exchange, Request, UnixSocket,
    error::{Error, ErrorKind, Failure},
    http::{Body, Connection, Deadline, percent_encoded},
    version::PebbleVersion,
    wire::{Envelope, Outcome, Refusal},
};
use changes::succeeded;
use serde::{Serialize, de::DeserializeOwned};
use std::{cell::OnceCell, fmt, path::PathBuf, rc::Rc, time::Duration};

/// A client of one daemon. Each request is a connection of its own, so it has nothing to lose when
/// the daemon restarts.
///
/// Pushes a config, and lets what reads it run with it:
///
/// ```no_run
/// use ops_pebble::{Client, Combine, PushOptions, layer::{Layer, Service, Startup}};
///
/// let pebble = Client::unix("/charm/containers/web/pebble.socket");
/// let config = "port = 8080\n";
/// pebble.push("/etc/web/web.conf", config, &PushOptions::new().make_dirs())?;
///
/// // A replan restarts what differs in its layer: the number says which config it runs with.
/// let service = Service::new("web --config /etc/web/web.conf")
///     .startup(Startup::Enabled)
///     .env("CONFIG_REVISION", "7");
/// let layer = Layer::new().service("web", service);
/// if !pebble.plan()?.difference(&layer).is_empty() {
///     pebble.add_layer("web", &layer, Combine::Yes)?;
///     pebble.replan()?;
/// }
/// # Ok::<(), ops_pebble::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    dial: Rc<dyn Dial>,
    request_timeout: Duration,
    change_timeout: Duration,
    transfer_timeout: Duration,
    exec_timeout: Duration,
    body_limit: usize,
    version: Rc<OnceCell<PebbleVersion>>,
}

impl Client {
    /// A client of the daemon that `dial` reaches.
    pub fn new(dial: Rc<dyn Dial>) -> Self {
        Self {
            dial,
            request_timeout: Duration::from_secs(5),
            change_timeout: Duration::from_secs(30),
            transfer_timeout: Duration::from_secs(60),
            exec_timeout: Duration::from_secs(300),
            body_limit: 16 * 1024 * 1024,
            version: Rc::default(),
        }
    }

    /// A client of the daemon at this socket.
    pub fn unix(path: impl Into<PathBuf>) -> Self {
        Self::new(Rc::new(UnixSocket::new(path)))
    }

    /// How long a request may take as a whole. 5 s by default.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// How long to wait for services to start or stop. 30 s by default.
    #[must_use]
    pub fn change_timeout(mut self, timeout: Duration) -> Self {
        self.change_timeout = timeout;
        self
    }

    /// How long the transfer of a file may take as a whole. 60 s by default; gigabytes take longer.
    #[must_use]
    pub fn transfer_timeout(mut self, timeout: Duration) -> Self {
        self.transfer_timeout = timeout;
        self
    }

    /// How long a command may take that does not say so itself. 5 min by default.
    #[must_use]
    pub fn exec_timeout(mut self, timeout: Duration) -> Self {
        self.exec_timeout = timeout;
        self
    }

    /// How many bytes of an answer, of a file or of each output of a command are held in memory.
    /// 16 MiB by default; more is an error.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    fn get<T: DeserializeOwned>(&self, path: &str, query: &str) -> Result<T, Error> {
        let deadline = Deadline::after(self.request_timeout);
        let envelope = self.exchange("GET", path, query, "", Body::Empty, deadline)?;
        typed("GET", path, envelope.result())
    }

    fn post(&self, path: &str, body: &impl Serialize) -> Result<Envelope, Error> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Error::of(format!("POST {path}"), Failure::Source(error.into())))?;
        let headers = "Content-Type: application/json\r\n";
        let deadline = Deadline::after(self.request_timeout);
        self.exchange("POST", path, "", headers, Body::Bytes(&body), deadline)
    }

    /// One request with a JSON answer.
    fn exchange(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &str,
        body: Body<'_>,
        deadline: Deadline,
    ) -> Result<Envelope, Error> {
        let target = [path, query].concat();
        match self.answer(method, &target, headers, body, deadline) {
            Ok((status, body)) => envelope(format_args!("{method} {path}"), status, &body),
            Err(failure) => Err(Error::of(attempt(method, path), failure)),
        }
    }

    /// One request with an answer of any kind: its status and its body.
    fn answer(
        &self,
        method: &str,
        target: &str,
        headers: &str,
        body: Body<'_>,
        deadline: Deadline,
    ) -> Result<(u16, Vec<u8>), Failure> {
        let whole = match &body {
            Body::Empty => Some(&[][..]),
            Body::Bytes(bytes) => Some(*bytes),
            Body::Stream(_) => None,
        };
        if let Some(body) = whole {
            deadline.remaining()?;
            let request = Request { method, target, headers, body };
            match self.dial.exchange(&request).map_err(Failure::Dial)? {
                Exchange::Answered { body, .. } if body.len() > self.body_limit => {
                    return Err(Failure::Protocol("it is too long"));
                }
                Exchange::Answered { status, body } => return Ok((status, body)),
                Exchange::Closed => return Err(Failure::Closed(None)),
                Exchange::NeedsConnection => {}
            }
        }
        let mut connection = Connection::open(&*self.dial, deadline)?;
        connection.send(method, target, format_args!("{headers}Connection: close\r\n"), body)?;
        let head = connection.head()?;
        let body = connection.body(&head, self.body_limit)?;
        Ok((head.status, body))
    }
}

fn change_of(attempt: &str, envelope: Envelope) -> Result<String, Error> {
    envelope.change.ok_or_else(|| Error::of(attempt, Failure::Protocol("it names no change")))
}

fn attempt(method: &str, path: &str) -> String {
    format!("{method} {path}")
}

fn names_query(names: &[&str]) -> String {
    let names: Vec<String> =
        names.iter().map(|name| format!("names={}", percent_encoded(name))).collect();
    if names.is_empty() { String::new() } else { format!("?{}", names.join("&")) }
}

/// The wrapping of a JSON answer, or the error that it is.
fn envelope(attempt: impl fmt::Display, status: u16, body: &[u8]) -> Result<Envelope, Error> {
    // A syntax error of serde_json quotes no value, but it says nothing useful either.
    let envelope: Option<Envelope> = serde_json::from_slice(body).ok();
    match envelope {
        Some(envelope) if envelope.kind == Outcome::Error || status >= 400 => {
            let refusal: Refusal = serde_json::from_str(envelope.result()).unwrap_or_default();
            let Refusal { kind, message } = refusal;
            Err(Error::new(attempt.to_string(), ErrorKind::Api { status, kind, message }))
        }
        Some(envelope) => Ok(envelope),
        None if status >= 400 => {
            let kind = String::new();
            let message = "no reason that can be read".to_owned();
            Err(Error::new(attempt.to_string(), ErrorKind::Api { status, kind, message }))
        }
        None => Err(Error::of(attempt.to_string(), Failure::Protocol("it is not JSON"))),
    }
}

fn typed<T: DeserializeOwned>(method: &str, path: &str, result: &str) -> Result<T, Error> {
    // The message of serde_json may quote a value, so it is left out.
    serde_json::from_str(result).map_err(|_| {
        Error::of(attempt(method, path), Failure::Protocol("its JSON has another shape"))
    })
}
