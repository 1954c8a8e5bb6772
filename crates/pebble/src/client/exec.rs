//! What a command is to be, and what it did: `POST /v1/exec`. It must not know how it is run.

use super::owner::{Owner, OwnerFields};
use crate::{
    error::{Error, ErrorKind},
    layer::format_duration,
};
use ops_core::Text;
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
    owner: Option<Owner>,
    pub(super) timeout: Option<Duration>,
    pub(super) stdin: Vec<u8>,
    pub(super) keeps_stdin_open: bool,
    service_context: Option<String>,
    pub(super) combine_stderr: bool,
    terminal: Option<Terminal>,
}

/// A terminal that a command runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Terminal {
    columns: u16,
    rows: u16,
    interactive: bool,
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

impl Exec {
    /// The program and its arguments. Arguments can be seen by every process in the container and
    /// appear in error messages of others: give secrets as input or environment.
    pub fn new<S: Into<String>>(command: impl IntoIterator<Item = S>) -> Self {
        Self {
            command: command.into_iter().map(Into::into).collect(),
            environment: BTreeMap::new(),
            working_dir: None,
            owner: None,
            timeout: None,
            stdin: Vec::new(),
            keeps_stdin_open: false,
            service_context: None,
            combine_stderr: false,
            terminal: None,
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

    /// Who it runs as. By default the daemon's own user.
    pub fn owner(mut self, owner: Owner) -> Self {
        self.owner = Some(owner);
        self
    }

    /// How long it may take before the daemon kills it. By default the client's
    /// [`exec_timeout`](crate::Client::exec_timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// What it reads as its input. Without it, the input is empty, never left open.
    pub fn stdin(mut self, stdin: impl Into<Vec<u8>>) -> Self {
        self.stdin = stdin.into();
        self
    }

    /// Leaves its input open after what [`stdin`](Self::stdin) gives, for
    /// [`Process::stdin`](crate::Process::stdin). It ends with [`Process::close_stdin`](crate::Process::close_stdin), or
    /// when you wait for the command.
    pub fn keep_stdin_open(mut self) -> Self {
        self.keeps_stdin_open = true;
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

    /// Prints to a terminal of this size, and so both outputs together; lines end with `\r\n`. Its input is no
    /// terminal, unless it is [`interactive`](Self::interactive).
    pub fn terminal(mut self, columns: u16, rows: u16) -> Self {
        self.terminal = Some(Terminal { columns, rows, interactive: false });
        self.combine_stderr()
    }

    /// Reads from its terminal too, which echoes what it is given. A terminal of 80 by 24 unless
    /// [`terminal`](Self::terminal) was said before.
    pub fn interactive(mut self) -> Self {
        let terminal =
            self.terminal.unwrap_or(Terminal { columns: 80, rows: 24, interactive: true });
        self.terminal = Some(Terminal { interactive: true, ..terminal });
        self.combine_stderr()
    }

    pub(super) fn program(&self) -> &str {
        self.command.first().map_or("", String::as_str)
    }

    pub(super) fn body(&self, timeout: Duration) -> Value {
        let environment: Map<String, Value> = self
            .environment
            .iter()
            .map(|(key, value)| (key.clone(), Value::from(value.expose())))
            .collect();
        let mut body = json!({
            "command": self.command,
            "environment": environment,
            "working-dir": self.working_dir,
            "timeout": format_duration(timeout),
            "service-context": self.service_context,
            "split-stderr": !self.combine_stderr,
        });
        let owner = serde_json::to_value(OwnerFields::from(self.owner.as_ref()));
        let mut add = |fields: Value| {
            if let (Value::Object(body), Value::Object(mut fields)) = (&mut body, fields) {
                body.append(&mut fields);
            }
        };
        add(owner.unwrap_or_default());
        if let Some(Terminal { columns, rows, interactive }) = self.terminal {
            add(json!({
                "terminal": true, "interactive": interactive, "width": columns, "height": rows,
            }));
        }
        body
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
