//! A command from its request to its end, as its sockets see it.

use super::handler::{ExecAnswer, ExecCall, ExecHandler};
use crate::emulator::pebble::{Effect, Pebble, Response};
use ops_pebble::layer::format_duration;
use std::time::{Duration, Instant};

/// A command that waits for its sockets, runs, or has ended.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::emulator::pebble) struct Session {
    change: u64,
    call: ExecCall,
    handler: ExecHandler,
    splits_stderr: bool,
    limit: Option<Duration>,
    connected: Vec<Socket>,
    stdin_ended: bool,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    state: State,
    /// When it came to its state, and how much time its client let pass since then: within the process time only
    /// passes when somebody waits.
    since: Instant,
    passed: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It has not all the sockets that it needs.
    Waiting,
    Running,
    Ended,
}

/// One of a command's sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::emulator::pebble) enum Socket {
    Control,
    Stdio,
    Stderr,
}

impl Socket {
    fn of(id: &str) -> Option<Self> {
        match id {
            "control" => Some(Self::Control),
            "stdio" => Some(Self::Stdio),
            "stderr" => Some(Self::Stderr),
            _ => None,
        }
    }
}

/// How long the daemon waits for the sockets.
const CONNECT: Duration = Duration::from_secs(5);

impl Session {
    pub(super) fn new(
        change: u64,
        call: ExecCall,
        handler: ExecHandler,
        splits_stderr: bool,
        limit: Option<Duration>,
    ) -> Self {
        Self {
            change,
            call,
            handler,
            splits_stderr,
            limit,
            connected: Vec::new(),
            stdin_ended: false,
            stdout: Vec::new(),
            stderr: Vec::new(),
            state: State::Waiting,
            since: Instant::now(),
            passed: Duration::ZERO,
        }
    }

    fn is_connected(&self) -> bool {
        let connected = |socket| self.connected.contains(&socket);
        connected(Socket::Stdio) && (connected(Socket::Stderr) || !self.splits_stderr)
    }

    /// It has printed what it prints and exits, or goes on.
    fn act(&mut self) -> Option<i64> {
        let answer = self.handler.answer(&self.call);
        self.print(&answer);
        (!self.handler.runs_on && self.handler.takes.is_zero()).then_some(answer.exit_code)
    }

    fn print(&mut self, answer: &ExecAnswer) {
        let stdout = &answer.stdout;
        if self.call.terminal.is_some() {
            // A terminal ends lines with both characters.
            for byte in stdout.iter().chain(&answer.stderr) {
                self.stdout.extend(if *byte == b'\n' {
                    &b"\r\n"[..]
                } else {
                    std::slice::from_ref(byte)
                });
            }
            return;
        }
        self.stdout.extend_from_slice(stdout);
        let errors = if self.splits_stderr { &mut self.stderr } else { &mut self.stdout };
        errors.extend_from_slice(&answer.stderr);
    }

    /// What will happen to it by itself, and after how long.
    fn next(&self) -> Option<(Duration, Happening)> {
        let takes = self.handler.takes;
        match self.state {
            State::Waiting => Some((CONNECT, Happening::NeverConnected)),
            State::Running if !takes.is_zero() && self.limit.is_none_or(|limit| takes < limit) => {
                Some((takes, Happening::Exits))
            }
            State::Running => self.limit.map(|limit| (limit, Happening::TimedOut(limit))),
            State::Ended => None,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Happening {
    NeverConnected,
    Exits,
    TimedOut(Duration),
}

impl Pebble {
    pub(in crate::emulator::pebble) fn connect(
        &mut self,
        task: &str,
        id: &str,
    ) -> Result<(u64, Socket), Response> {
        let number: Option<u64> = task.parse().ok();
        let found = number.and_then(|task| Some((task, self.execs.get(&task)?.change)));
        let Some((number, change)) = found else {
            return Err(Response::refused(404, "", format!("cannot find task {task:?}")));
        };
        // A command that ended before its sockets came says why, if it has to say something.
        let failed = self.find_change(&change.to_string()).and_then(super::super::Change::err);
        if let Some(err) = failed {
            return Err(Response::refused(500, "", err));
        }
        let missing = || {
            let message = format!("cannot find {id} websocket for task {task:?}");
            Response::refused(404, "", message)
        };
        let session = self.execs.get_mut(&number).ok_or_else(missing)?;
        let socket = Socket::of(id).filter(|s| *s != Socket::Stderr || session.splits_stderr);
        let socket = socket.ok_or_else(missing)?;
        if session.connected.contains(&socket) {
            return Err(Response::refused(500, "", self.already_connected(id)));
        }
        session.connected.push(socket);
        if session.state == State::Waiting && session.is_connected() {
            session.state = State::Running;
            session.since = Instant::now();
            session.passed = Duration::ZERO;
            let failure = session.handler.start_failure.clone();
            if failure.is_some() {
                self.end(number, -1, failure);
            } else if session.stdin_ended || !session.handler.reads_stdin {
                self.act(number);
            }
        }
        Ok((number, socket))
    }

    fn act(&mut self, task: u64) {
        let ended = self.execs.get_mut(&task).and_then(Session::act);
        if let Some(exit_code) = ended {
            self.end(task, exit_code, None);
        }
    }

    pub(in crate::emulator::pebble) fn input(&mut self, task: u64, bytes: &[u8]) {
        if let Some(session) = self.execs.get_mut(&task).filter(|session| !session.stdin_ended) {
            session.call.stdin.extend_from_slice(bytes);
            if session.handler.echoes_stdin {
                session.stdout.extend_from_slice(bytes);
            }
        }
    }

    pub(in crate::emulator::pebble) fn end_input(&mut self, task: u64) {
        let Some(session) = self.execs.get_mut(&task) else { return };
        let was_open = !std::mem::replace(&mut session.stdin_ended, true);
        if was_open && session.state == State::Running && session.handler.reads_stdin {
            self.act(task);
        }
    }

    /// A message on the control socket. The daemon logs and ignores what it does not know.
    pub(in crate::emulator::pebble) fn control(&mut self, task: u64, text: &[u8]) {
        let message: serde_json::Value = serde_json::from_slice(text).unwrap_or_default();
        let Some(session) = self.execs.get_mut(&task) else { return };
        if session.state != State::Running {
            return;
        }
        let at = |path: &str| message.pointer(path);
        let number = |path: &str| at(path)?.as_u64().and_then(|number| u16::try_from(number).ok());
        match at("/command").and_then(serde_json::Value::as_str) {
            Some("resize") if session.call.terminal.is_some() => {
                if let (Some(columns), Some(rows)) =
                    (number("/resize/width"), number("/resize/height"))
                {
                    session.call.terminal = Some((columns, rows));
                }
            }
            Some("signal") => {
                let name = at("/signal/name").and_then(serde_json::Value::as_str);
                let name = name.unwrap_or_default().to_owned();
                let answer = session.handler.signalled(&name);
                session.call.signals.push(name);
                if let Some(answer) = answer {
                    session.print(&answer);
                    self.end(task, answer.exit_code, None);
                }
            }
            _ => {}
        }
    }

    /// The client let go of a socket without a word. Without the control socket the command is killed;
    /// without the other, its input ends.
    pub(in crate::emulator::pebble) fn lose(&mut self, task: u64, socket: Socket) {
        let runs = self.execs.get(&task).is_some_and(|session| session.state == State::Running);
        match socket {
            Socket::Control if runs => self.end(task, 137, None),
            Socket::Stdio => self.end_input(task),
            Socket::Control | Socket::Stderr => {}
        }
    }

    /// Ends a command, as an abort of its change does.
    pub(in crate::emulator::pebble) fn end(
        &mut self,
        task: u64,
        exit_code: i64,
        err: Option<String>,
    ) {
        let Some(session) = self.execs.get_mut(&task) else { return };
        let ran = std::mem::replace(&mut session.state, State::Ended) == State::Running;
        let (change, call) = (session.change, session.call.clone());
        if ran {
            self.effects.push(Effect::Exec(call));
        }
        if let Some(task) = self.task_of(change) {
            task.status = "Done";
            task.exit_code = ran.then_some(exit_code);
            if let Some(err) = err {
                task.fail(err);
            }
        }
    }

    /// When the next command ends by itself.
    pub(in crate::emulator::pebble) fn exec_deadline(&self) -> Option<Instant> {
        let times =
            self.execs.values().filter_map(|session| session.since.checked_add(session.next()?.0));
        times.min()
    }

    /// Ends the commands whose time has come.
    pub(in crate::emulator::pebble) fn end_execs_in_time(&mut self, now: Instant) {
        self.end_execs(|session, time| session.since + time <= now);
    }

    /// Lets this much time pass; whether a command ended by it.
    pub(in crate::emulator::pebble) fn pass_exec_time(&mut self, limit: Duration) -> bool {
        for session in self.execs.values_mut() {
            session.passed = session.passed.saturating_add(limit);
        }
        self.end_execs(|session, time| time <= session.passed)
    }

    fn end_execs(&mut self, is_due: impl Fn(&Session, Duration) -> bool) -> bool {
        let due: Vec<(u64, Happening)> = self
            .execs
            .iter()
            .filter_map(|(task, session)| {
                let (time, happening) = session.next()?;
                is_due(session, time).then_some((*task, happening))
            })
            .collect();
        for (task, happening) in &due {
            const OVER: &str = "context deadline exceeded";
            let err = match happening {
                Happening::Exits => {
                    let answer =
                        self.execs.get(task).map(|session| session.handler.answer(&session.call));
                    self.end(*task, answer.unwrap_or_default().exit_code, None);
                    continue;
                }
                Happening::NeverConnected => {
                    format!("exec {task}: timeout waiting for websocket connections: {OVER}")
                }
                Happening::TimedOut(limit) => {
                    format!("timed out after {}: {OVER}", format_duration(*limit))
                }
            };
            self.end(*task, -1, Some(err));
        }
        !due.is_empty()
    }

    /// What one socket carries to the client from this byte on, and whether that is all.
    pub(in crate::emulator::pebble) fn output(
        &self,
        task: u64,
        socket: Socket,
        from: usize,
    ) -> Option<(&[u8], bool)> {
        let session = self.execs.get(&task)?;
        let all: &[u8] = match socket {
            Socket::Stdio => &session.stdout,
            Socket::Stderr => &session.stderr,
            Socket::Control => &[],
        };
        Some((all.get(from..).unwrap_or_default(), session.state == State::Ended))
    }
}
