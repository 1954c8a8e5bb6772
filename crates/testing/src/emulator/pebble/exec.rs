//! Commands: who answers them, and what their sockets carry.

use super::{Effect, Pebble, Response, bytes};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Answers commands that begin with these words.
///
/// ```
/// use ops_testing::emulator::pebble::ExecHandler;
///
/// let version = ExecHandler::new(["hook-service", "version"]).stdout("App Version: 1.10.0\n");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[must_use]
pub struct ExecHandler {
    prefix: Vec<String>,
    exit_code: i64,
    #[serde(with = "bytes")]
    stdout: Vec<u8>,
    #[serde(with = "bytes")]
    stderr: Vec<u8>,
    reads_stdin: bool,
    echoes_stdin: bool,
}

impl ExecHandler {
    /// A handler of commands that begin with these words; an empty list fits every command. It prints
    /// nothing and exits with code 0.
    pub fn new<S: Into<String>>(prefix: impl IntoIterator<Item = S>) -> Self {
        Self {
            prefix: prefix.into_iter().map(Into::into).collect(),
            exit_code: 0,
            stdout: Vec::new(),
            stderr: Vec::new(),
            reads_stdin: false,
            echoes_stdin: false,
        }
    }

    /// The exit code.
    pub fn exit_code(mut self, code: i64) -> Self {
        self.exit_code = code;
        self
    }

    /// What it prints.
    pub fn stdout(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdout = text.into();
        self
    }

    /// What it prints as errors.
    pub fn stderr(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stderr = text.into();
        self
    }

    /// It reads its input to the end before it does anything.
    pub fn reads_stdin(mut self) -> Self {
        self.reads_stdin = true;
        self
    }

    /// It prints its input, as `cat` does.
    pub fn echoes_stdin(mut self) -> Self {
        self.echoes_stdin = true;
        self.reads_stdin()
    }
}

/// A command that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecCall {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The environment that the client gave.
    pub environment: BTreeMap<String, String>,
    /// The working directory that the client gave, or empty.
    pub working_dir: String,
    /// The user that the client gave, or empty.
    pub user: String,
    /// The service whose context it takes, or empty.
    pub service_context: String,
    /// The time limit that the client gave, as it spelt it, or empty. Commands take no time here.
    pub timeout: String,
    /// What was sent as input until it ended.
    pub stdin: Vec<u8>,
}

/// A command that waits for its sockets, or has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    change: u64,
    call: ExecCall,
    handler: ExecHandler,
    splits_stderr: bool,
    connected: Vec<Socket>,
    stdin_ended: bool,
    ended: bool,
}

/// One of a command's sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Socket {
    Control,
    Stdio,
    Stderr,
}

impl Socket {
    pub(super) fn of(id: &str) -> Option<Self> {
        match id {
            "control" => Some(Self::Control),
            "stdio" => Some(Self::Stdio),
            "stderr" => Some(Self::Stderr),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ExecRequest {
    #[serde(default)]
    command: Option<Vec<String>>,
    #[serde(default)]
    environment: Option<BTreeMap<String, String>>,
    #[serde(default)]
    working_dir: Option<String>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    group: Option<String>,
    #[serde(default)]
    service_context: Option<String>,
    #[serde(default)]
    timeout: Option<String>,
    #[serde(default)]
    split_stderr: Option<bool>,
}

impl Pebble {
    pub(super) fn post_exec(&mut self, body: &[u8]) -> Response {
        let refuse = |message: String| Response::refused(400, "", message);
        let request: ExecRequest = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return refuse(format!("cannot decode request body: {error}")),
        };
        let command = request.command.unwrap_or_default();
        let Some(program) = command.first().cloned() else {
            return refuse("must specify command".to_owned());
        };
        let fits = |handler: &&ExecHandler| command.starts_with(&handler.prefix);
        let handlers = self.exec_handlers.iter().filter(fits);
        let Some(handler) = handlers.max_by_key(|handler| handler.prefix.len()).cloned() else {
            return refuse(format!("cannot find executable {program:?}"));
        };
        let service_context = request.service_context.unwrap_or_default();
        if !service_context.is_empty() && !self.plan.services.contains_key(&service_context) {
            return refuse(format!("context service {service_context:?} not found"));
        }
        let user = request.user.unwrap_or_default();
        if user.is_empty() && request.group.is_some_and(|group| !group.is_empty()) {
            return refuse("must specify user, not just group".to_owned());
        }
        let call = ExecCall {
            command,
            environment: request.environment.unwrap_or_default(),
            working_dir: request.working_dir.unwrap_or_default(),
            user,
            service_context,
            timeout: request.timeout.unwrap_or_default(),
            stdin: Vec::new(),
        };
        let summary = format!("Execute command {program:?}");
        let task = self.new_task("exec", summary.clone(), "Doing");
        let id = task.id;
        let change = self.add_change("exec", summary, vec![task]);
        let result = json!({
            "task-id": id.to_string(),
            "environment": call.environment,
            "working-dir": call.working_dir,
        });
        let session = Session {
            change,
            call,
            handler,
            splits_stderr: request.split_stderr.unwrap_or_default(),
            connected: Vec::new(),
            stdin_ended: false,
            ended: false,
        };
        self.execs.insert(id, session);
        Response::change(change, &result)
    }

    pub(super) fn connect(&mut self, task: &str, id: &str) -> Result<(u64, Socket), Response> {
        let number: Option<u64> = task.parse().ok();
        let found = number.and_then(|task| Some((task, self.execs.get_mut(&task)?)));
        let Some((number, session)) = found else {
            return Err(Response::refused(404, "", format!("cannot find task {task:?}")));
        };
        let socket = Socket::of(id).filter(|s| *s != Socket::Stderr || session.splits_stderr);
        let Some(socket) = socket else {
            let message = format!("cannot find {id} websocket for task {task:?}");
            return Err(Response::refused(404, "", message));
        };
        if session.connected.contains(&socket) {
            let message = format!("{id} websocket already connected");
            return Err(Response::refused(500, "", message));
        }
        session.connected.push(socket);
        self.run(number);
        Ok((number, socket))
    }

    pub(super) fn input(&mut self, task: u64, bytes: &[u8]) {
        if let Some(session) = self.execs.get_mut(&task).filter(|session| !session.stdin_ended) {
            session.call.stdin.extend_from_slice(bytes);
        }
    }

    pub(super) fn end_input(&mut self, task: u64) {
        if let Some(session) = self.execs.get_mut(&task) {
            session.stdin_ended = true;
        }
        self.run(task);
    }

    /// The client let go of the control socket of a command that runs: it is killed.
    pub(super) fn lose_control(&mut self, task: u64) {
        if let Some(session) = self.execs.get_mut(&task).filter(|session| !session.ended) {
            session.handler.exit_code = 137;
            self.end(task);
        }
    }

    /// Runs the command once everything that it waits for is there.
    fn run(&mut self, task: u64) {
        let ready = self.execs.get(&task).is_some_and(|session| {
            let connected = |socket| session.connected.contains(&socket);
            !session.ended
                && connected(Socket::Stdio)
                && (connected(Socket::Stderr) || !session.splits_stderr)
                && (session.stdin_ended || !session.handler.reads_stdin)
        });
        if ready {
            self.end(task);
        }
    }

    fn end(&mut self, task: u64) {
        let Some(session) = self.execs.get_mut(&task) else { return };
        session.ended = true;
        let (change, exit_code) = (session.change, session.handler.exit_code);
        self.effects.push(Effect::Exec(session.call.clone()));
        if let Some(task) = self.task_of(change) {
            task.status = "Done";
            task.exit_code = Some(exit_code);
        }
    }

    /// All that one socket carries to the client, once the command has ended.
    pub(super) fn output(&self, task: u64, socket: Socket) -> Option<Vec<u8>> {
        let session = self.execs.get(&task).filter(|session| session.ended)?;
        let handler = &session.handler;
        let mut stdout = handler.stdout.clone();
        if handler.echoes_stdin {
            stdout.extend_from_slice(&session.call.stdin);
        }
        match socket {
            Socket::Stdio if !session.splits_stderr => {
                stdout.extend_from_slice(&handler.stderr);
                Some(stdout)
            }
            Socket::Stdio => Some(stdout),
            Socket::Stderr => Some(handler.stderr.clone()),
            Socket::Control => Some(Vec::new()),
        }
    }
}
