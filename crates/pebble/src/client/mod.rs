//! The client: a method for each thing a charm asks of a daemon. It must not know Juju.

mod exec;
mod exec_streams;
mod files;
mod owner;
mod process;

pub use exec::{Exec, ExecOutput};
pub use files::{
    FailedPath, FileContent, FileInfo, FileKind, FileReader, MakeDirOptions, Permissions,
    PushOptions, TransferError,
};
pub use owner::{Account, Owner};
pub use process::{Chunk, Process, Signal};

use crate::{
    Dial, UnixSocket,
    error::{Error, ErrorKind, Failure},
    http::{Body, Connection, Deadline, Head, percent_encoded},
    layer::{Layer, Plan, format_duration},
    wire::{Change, CheckInfo, Envelope, Refusal, ServiceInfo, SystemInfo},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use std::{
    path::PathBuf,
    rc::Rc,
    time::{Duration, Instant},
};

/// A client of one daemon. Each request is a connection of its own, so it has nothing to lose when
/// the daemon restarts.
///
/// ```no_run
/// use ops_pebble::{Client, Combine, layer::{Layer, Service}};
///
/// let pebble = Client::unix("/charm/containers/web/pebble.socket");
/// let layer = Layer::new().service("web", Service::new("web --port 8080"));
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
}

/// What happens when a layer of this label is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    /// The new layer is merged into it, in its place.
    Yes,
    /// The request fails.
    No,
}

/// How long one request to wait for a change may stay open.
const WAIT_SLICE: Duration = Duration::from_secs(4);

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

    /// The daemon itself.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn system_info(&self) -> Result<SystemInfo, Error> {
        self.get("/v1/system-info", "")
    }

    /// Whether the daemon answers. Never a guarantee: it may go away before the next request.
    ///
    /// # Errors
    /// Something answers, and it is not Pebble. A daemon that cannot be reached, takes too long or
    /// refuses is `false`.
    pub fn can_connect(&self) -> Result<bool, Error> {
        match self.system_info() {
            Ok(_) => Ok(true),
            Err(error) if error.is_protocol() => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// What all layers of the daemon come to.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn plan(&self) -> Result<Plan, Error> {
        let text: String = self.get("/v1/plan", "?format=yaml")?;
        Plan::read(&text).map_err(|error| {
            let failure = Failure::Protocol("its plan cannot be read");
            Error::of(format!("GET /v1/plan ({error})"), failure)
        })
    }

    /// Adds a layer, or merges it into the one of this label. Services are left as they are; checks
    /// start at once. The daemon forgets it when it restarts.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn add_layer(&self, label: &str, layer: &Layer, combine: Combine) -> Result<(), Error> {
        let combine = combine == Combine::Yes;
        let layer = layer.to_wire();
        let body = json!({
            "action": "add", "label": label, "format": "yaml", "layer": layer, "combine": combine,
        });
        self.post("/v1/layers", &body).map(|_| ())
    }

    /// These services, or all of them, by name. A name that nobody knows is left out.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn services(&self, names: &[&str]) -> Result<Vec<ServiceInfo>, Error> {
        self.get("/v1/services", &names_query(names))
    }

    /// These checks, or all of them, by name. A name that nobody knows is left out.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn checks(&self, names: &[&str]) -> Result<Vec<CheckInfo>, Error> {
        self.get("/v1/checks", &names_query(names))
    }

    /// Starts these services and all they require, and waits until each has run for a second.
    ///
    /// # Errors
    /// [`ErrorKind::Change`] when one of them did not start.
    pub fn start(&self, names: &[&str]) -> Result<Change, Error> {
        self.act("start", names)
    }

    /// Stops these services and all that require them, and waits for it.
    ///
    /// # Errors
    /// [`ErrorKind::Change`] when one of them did not stop.
    pub fn stop(&self, names: &[&str]) -> Result<Change, Error> {
        self.act("stop", names)
    }

    /// Stops these services, starts them and all they require, and waits for it.
    ///
    /// # Errors
    /// [`ErrorKind::Change`] when one of them did not start.
    pub fn restart(&self, names: &[&str]) -> Result<Change, Error> {
        self.act("restart", names)
    }

    /// Brings services in line with the plan: restarts those whose configuration changed since their
    /// start, starts those that are enabled, and waits for it.
    ///
    /// # Errors
    /// [`ErrorKind::Change`] when one of them did not start.
    pub fn replan(&self) -> Result<Change, Error> {
        self.act("replan", &[])
    }

    fn act(&self, action: &str, names: &[&str]) -> Result<Change, Error> {
        let body = json!({ "action": action, "services": names });
        let attempt = match names {
            [] => action.to_owned(),
            names => format!("{action} of {}", names.join(", ")),
        };
        let id = change_of(&attempt, self.post("/v1/services", &body)?)?;
        let change = self.wait_until(&id, self.change_timeout, &attempt)?;
        succeeded(&attempt, change)
    }

    /// A change as it is now.
    ///
    /// # Errors
    /// Not found: the daemon forgets old changes. Otherwise see [`Error`].
    pub fn change(&self, id: &str) -> Result<Change, Error> {
        self.get(&format!("/v1/changes/{}", percent_encoded(id)), "")
    }

    /// Waits until a change is ready, good or bad, and gives it back.
    ///
    /// # Errors
    /// Timeout: it is still not ready. Otherwise see [`Error`].
    pub fn wait_change(&self, id: &str, timeout: Duration) -> Result<Change, Error> {
        self.wait_until(id, timeout, &format!("waiting for change {id}"))
    }

    fn wait_until(&self, id: &str, timeout: Duration, attempt: &str) -> Result<Change, Error> {
        let path = format!("/v1/changes/{}/wait", percent_encoded(id));
        let mut left = timeout;
        loop {
            let slice = left.min(WAIT_SLICE);
            let began = Instant::now();
            let query = format!("?timeout={}", format_duration(slice));
            let deadline = Deadline::after(slice + self.request_timeout);
            match self.exchange("GET", &path, &query, "", Body::Empty, deadline) {
                Ok(envelope) => return typed("GET", &path, envelope.result()),
                // The daemon says that the slice is over. An emulated one says so at once, so what
                // it says counts, not the clock alone.
                Err(error) if error.is_status(504) => {
                    left = left.saturating_sub(slice.max(began.elapsed()));
                }
                // A daemon too old to wait, or a change it forgot: the change itself tells.
                Err(error) if error.is_status(404) => {
                    let change = self.change(id)?;
                    if change.ready {
                        return Ok(change);
                    }
                    std::thread::sleep(left.min(Duration::from_millis(100)));
                    left = left.saturating_sub(Duration::from_millis(100));
                }
                Err(error) => return Err(error),
            }
            if left.is_zero() {
                return Err(Error::of(attempt, Failure::Timeout(timeout)));
            }
        }
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
        let attempt = attempt(method, path);
        match self.answer(method, &format!("{path}{query}"), headers, body, deadline) {
            Ok((head, body)) => envelope(&attempt, head.status, &body),
            Err(failure) => Err(Error::of(attempt, failure)),
        }
    }

    /// One request with an answer of any kind.
    fn answer(
        &self,
        method: &str,
        target: &str,
        headers: &str,
        body: Body<'_>,
        deadline: Deadline,
    ) -> Result<(Head, Vec<u8>), Failure> {
        let mut connection = Connection::open(&*self.dial, deadline)?;
        let headers = format!("{headers}Connection: close\r\n");
        connection.send(method, target, &headers, body)?;
        let head = connection.head()?;
        let body = connection.body(&head, self.body_limit)?;
        Ok((head, body))
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
fn envelope(attempt: &str, status: u16, body: &[u8]) -> Result<Envelope, Error> {
    // A syntax error of serde_json quotes no value, but it says nothing useful either.
    let envelope: Option<Envelope> = serde_json::from_slice(body).ok();
    match envelope {
        Some(envelope) if envelope.kind == "error" || status >= 400 => {
            let refusal: Refusal = serde_json::from_str(envelope.result()).unwrap_or_default();
            let Refusal { kind, message } = refusal;
            Err(Error::new(attempt, ErrorKind::Api { status, kind, message }))
        }
        Some(envelope) => Ok(envelope),
        None if status >= 400 => {
            let kind = String::new();
            let message = "no reason that can be read".to_owned();
            Err(Error::new(attempt, ErrorKind::Api { status, kind, message }))
        }
        None => Err(Error::of(attempt, Failure::Protocol("it is not JSON"))),
    }
}

fn typed<T: DeserializeOwned>(method: &str, path: &str, result: &str) -> Result<T, Error> {
    // The message of serde_json may quote a value, so it is left out.
    serde_json::from_str(result).map_err(|_| {
        Error::of(attempt(method, path), Failure::Protocol("its JSON has another shape"))
    })
}

/// The change, unless it ended with an error.
fn succeeded(attempt: &str, change: Change) -> Result<Change, Error> {
    match &change.err {
        Some(err) if !err.is_empty() => {
            let logs = change.tasks.iter().filter(|task| !task.log.is_empty());
            let logs = logs.map(|task| format!("{}: {}", task.summary, task.log.join("\n")));
            let kind =
                ErrorKind::Change { id: change.id.clone(), err: err.clone(), logs: logs.collect() };
            Err(Error::new(attempt, kind))
        }
        _ => Ok(change),
    }
}
