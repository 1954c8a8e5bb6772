//! Commands in the workload: `POST /v1/exec` and the sockets that carry their input and output.

use super::{Client, change_of, exec_streams, succeeded};
use crate::{
    error::{Error, ErrorKind, Failure},
    http::{Connection, Deadline, percent_encoded},
    layer::format_duration,
};
use ops_core::Text;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fmt, time::Duration};

/// A command to run in the workload's container.
///
/// ```
/// use ops_pebble::Exec;
/// use std::time::Duration;
///
/// let exec = Exec::new(["hook-service", "version"]).timeout(Duration::from_secs(20));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Exec {
    pub(super) command: Vec<String>,
    environment: BTreeMap<String, Text>,
    working_dir: Option<String>,
    user: Option<String>,
    user_id: Option<u32>,
    group: Option<String>,
    group_id: Option<u32>,
    timeout: Option<Duration>,
    stdin: Vec<u8>,
    service_context: Option<String>,
    combine_stderr: bool,
}

/// What a command did. An exit code other than 0 is no error until you say so.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecOutput {
    /// The program that ran.
    pub program: String,
    /// The code; 128 and the signal's number for a signal.
    pub exit_code: i64,
    /// What it printed; together with its errors if you asked for that.
    pub stdout: Vec<u8>,
    /// What it printed as errors.
    pub stderr: Vec<u8>,
}

/// How much longer than the daemon's own timeout to wait: for its news of it to come through.
const GRACE: Duration = Duration::from_secs(2);

impl Exec {
    /// The program and its arguments. Arguments can be seen by every process in the container and
    /// appear in error messages of others: give secrets as input or environment.
    pub fn new<S: Into<String>>(command: impl IntoIterator<Item = S>) -> Self {
        Self {
            command: command.into_iter().map(Into::into).collect(),
            environment: BTreeMap::new(),
            working_dir: None,
            user: None,
            user_id: None,
            group: None,
            group_id: None,
            timeout: None,
            stdin: Vec::new(),
            service_context: None,
            combine_stderr: false,
        }
    }

    /// Adds an environment variable.
    pub fn env(mut self, key: impl Into<String>, value: impl Into<Text>) -> Self {
        self.environment.insert(key.into(), value.into());
        self
    }

    /// The working directory. By default the user's home directory, or `/`.
    pub fn working_dir(mut self, path: impl Into<String>) -> Self {
        self.working_dir = Some(path.into());
        self
    }

    /// The user to run as.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The user id to run as.
    pub fn user_id(mut self, user_id: u32) -> Self {
        self.user_id = Some(user_id);
        self
    }

    /// The group to run as. Pebble wants a user beside it.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// The group id to run as. Pebble wants a user beside it.
    pub fn group_id(mut self, group_id: u32) -> Self {
        self.group_id = Some(group_id);
        self
    }

    /// How long it may take before the daemon kills it. By default the client's
    /// [`exec_timeout`](Client::exec_timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// What it reads as its input. Without it, the input is empty, never left open.
    pub fn stdin(mut self, stdin: impl Into<Vec<u8>>) -> Self {
        self.stdin = stdin.into();
        self
    }

    /// Takes environment, user, group and working directory from this service; what is said here
    /// counts more.
    pub fn service_context(mut self, service: impl Into<String>) -> Self {
        self.service_context = Some(service.into());
        self
    }

    /// Puts what it prints as errors into `stdout`, in the order in which it is printed.
    pub fn combine_stderr(mut self) -> Self {
        self.combine_stderr = true;
        self
    }

    fn program(&self) -> &str {
        self.command.first().map_or("", String::as_str)
    }

    fn body(&self, timeout: Duration) -> Value {
        let environment: Map<String, Value> = self
            .environment
            .iter()
            .map(|(key, value)| (key.clone(), Value::from(value.expose())))
            .collect();
        json!({
            "command": self.command,
            "environment": environment,
            "working-dir": self.working_dir,
            "user": self.user,
            "user-id": self.user_id,
            "group": self.group,
            "group-id": self.group_id,
            "timeout": format_duration(timeout),
            "service-context": self.service_context,
            "split-stderr": !self.combine_stderr,
        })
    }
}

impl fmt::Debug for Exec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exec")
            .field("command", &self.command)
            .field("environment", &self.environment)
            .field("stdin", &format_args!("{} bytes", self.stdin.len()))
            .finish_non_exhaustive()
    }
}

impl ExecOutput {
    /// What it printed, as text.
    #[must_use]
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// What it printed as errors, as text.
    #[must_use]
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The output of a command that must exit with code 0.
    ///
    /// # Errors
    /// [`ErrorKind::Exec`] for any other code.
    pub fn succeeded(self) -> Result<Self, Error> {
        let Self { program, exit_code, stdout, stderr } = self;
        if exit_code == 0 {
            return Ok(Self { program, exit_code, stdout, stderr });
        }
        Err(Error::new(format!("exec of {program}"), ErrorKind::Exec { exit_code, stdout, stderr }))
    }
}

/// The result of `POST /v1/exec`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Started {
    task_id: String,
}

impl fmt::Debug for ExecOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecOutput")
            .field("program", &self.program)
            .field("exit_code", &self.exit_code)
            .field("stdout", &self.stdout_text())
            .field("stderr", &self.stderr_text())
            .finish()
    }
}

impl Client {
    /// Runs a command and waits for it.
    ///
    /// The daemon kills it when this process dies. When it takes too long, only the command itself is
    /// killed; processes that it started live on.
    ///
    /// # Errors
    /// The command could not be started ([`ErrorKind::Api`], [`ErrorKind::Change`](crate::ErrorKind::Change)), took too long
    /// (a change error from the daemon, or [`ErrorKind::Timeout`]), or printed more than
    /// [`body_limit`](Self::body_limit). An exit code other than 0 is not an error here: see
    /// [`ExecOutput::succeeded`].
    pub fn exec(&self, exec: &Exec) -> Result<ExecOutput, Error> {
        let attempt = format!("exec of {}", exec.program());
        let timeout = exec.timeout.unwrap_or(self.exec_timeout);
        let envelope = self.post("/v1/exec", &exec.body(timeout))?;
        let started = serde_json::from_str::<Started>(envelope.result());
        let change = change_of(&attempt, envelope)?;
        let Ok(Started { task_id: task }) = started else {
            return Err(Error::of(attempt, Failure::Protocol("it names no task")));
        };

        let deadline = Deadline::after(timeout + GRACE);
        let connect = |id: &str| self.websocket(&task, id, deadline);
        // The order of the daemon's other clients. It starts the command once stdio and stderr are
        // connected, and kills it when the control connection breaks.
        let connected = (|| {
            let control = connect("control")?;
            let stdio = connect("stdio")?;
            let stderr = if exec.combine_stderr { None } else { Some(connect("stderr")?) };
            Ok((control, stdio, stderr))
        })();
        let (control, stdio, stderr) = match connected {
            Ok(sockets) => sockets,
            Err(error) => {
                // The change knows better than a socket why the command did not start.
                let change = self.wait_until(&change, self.request_timeout + GRACE, &attempt)?;
                succeeded(&attempt, change)?;
                return Err(error);
            }
        };
        let output = exec_streams::run(stdio, stderr, &exec.stdin, self.body_limit, deadline)
            .map_err(|failure| Error::of(&attempt, failure))?;

        let left = deadline.remaining().map_err(|failure| Error::of(&attempt, failure))?;
        let change = succeeded(&attempt, self.wait_until(&change, left, &attempt)?)?;
        drop(control);
        let exit_code = change
            .exit_code()
            .ok_or_else(|| Error::of(&attempt, Failure::Protocol("it has no exit code")))?;
        let program = exec.program().to_owned();
        Ok(ExecOutput { program, exit_code, stdout: output.stdout, stderr: output.stderr })
    }

    /// Opens one of a task's sockets.
    fn websocket(&self, task: &str, id: &str, deadline: Deadline) -> Result<Connection, Error> {
        // The key proves nothing on a local socket, and the daemon only wants one of 16 bytes.
        const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: anVqdS1vcHMtcGViYmxlIQ==\r\n";
        let path = format!("/v1/tasks/{}/websocket/{id}", percent_encoded(task));
        let attempt = super::attempt("GET", &path);
        let failed = |failure| Error::of(&attempt, failure);
        let limit = deadline.remaining().map_err(failed)?.min(self.request_timeout);
        let mut connection =
            Connection::open(&*self.dial, Deadline::after(limit)).map_err(failed)?;
        connection.send("GET", &path, UPGRADE, crate::http::Body::Empty).map_err(failed)?;
        let head = connection.head().map_err(failed)?;
        if head.status == 101 {
            return Ok(connection);
        }
        let body = connection.body(&head, self.body_limit).map_err(failed)?;
        super::envelope(&attempt, &head, &body)?;
        Err(failed(Failure::Protocol("it does not upgrade the connection")))
    }
}
