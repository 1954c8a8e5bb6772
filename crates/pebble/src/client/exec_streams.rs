//! The sockets of one command: feeds its input and drains both outputs at once, on one thread.
//!
//! Sockets with a descriptor are waited for together. One without computes its answer when it is
//! read; if no socket moves, only the passing of time could bring something.

use super::process::{Chunk, Source};
use crate::{
    Stream,
    error::Failure,
    http::{Connection, Deadline},
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, ErrorKind};
use tungstenite::{
    Bytes, Error as SocketError, Message, WebSocket,
    protocol::{Role, WebSocketConfig},
};

/// What the daemon and its clients send when there is no more.
const END: &str = r#"{"command":"end"}"#;

/// The size of one piece of input. Small, so that input and outputs take turns.
const PIECE: usize = 32 * 1024;

/// How much of an output is read before it is handed on.
const HOLD: usize = 64 * 1024;

/// More than any frame of the daemon, which reads pipes into small buffers.
const MESSAGE_LIMIT: usize = 4 * 1024 * 1024;

type Socket = WebSocket<Box<dyn Stream>>;

/// Input and outputs of a command.
pub(super) struct Streams {
    stdout: Output,
    stderr: Option<Output>,
    input: Input,
}

impl Streams {
    /// The input begins with these bytes, and ends after them if it is `complete`.
    pub(super) fn new(
        stdio: Connection,
        stderr: Option<Connection>,
        stdin: Vec<u8>,
        complete: bool,
    ) -> Result<Self, Failure> {
        let state = if complete { InputState::Complete } else { InputState::Open };
        Ok(Self {
            stdout: Output::new(stdio)?,
            stderr: stderr.map(Output::new).transpose()?,
            input: Input { pending: stdin, given: 0, state },
        })
    }

    /// Whether the input is open.
    pub(super) fn takes_input(&self) -> bool {
        self.input.state == InputState::Open && !self.ended()
    }

    /// Whether the input is open, and all of it was sent.
    pub(super) fn wants_input(&self) -> bool {
        self.takes_input() && self.input.rest().is_empty()
    }

    /// Adds to the input.
    pub(super) fn give(&mut self, bytes: &[u8]) {
        self.input.pending.drain(..self.input.given);
        self.input.given = 0;
        self.input.pending.extend_from_slice(bytes);
    }

    /// Ends the input after what was given. Without it, a command that reads would wait for ever.
    pub(super) fn close_input(&mut self) {
        if self.input.state == InputState::Open {
            self.input.state = InputState::Complete;
        }
    }

    /// Whether both outputs have ended.
    pub(super) fn ended(&self) -> bool {
        self.stdout.ended && self.stderr.as_ref().is_none_or(|stderr| stderr.ended)
    }

    /// What there is of one of the outputs.
    pub(super) fn take_chunk(&mut self) -> Option<Chunk> {
        let taken = self.stdout.take();
        if !taken.is_empty() {
            return Some(Chunk::Stdout(taken));
        }
        let taken = self.stderr.as_mut().map(Output::take)?;
        (!taken.is_empty()).then_some(Chunk::Stderr(taken))
    }

    /// Moves what can be moved; if nothing can, waits until something can.
    pub(super) fn turn(&mut self, deadline: Deadline) -> Result<(), Failure> {
        self.turn_holding(HOLD, HOLD, deadline)
    }

    /// Sends all input that was given, and its end if it is complete. Holds what comes meanwhile.
    pub(super) fn flush(&mut self, limit: usize, deadline: Deadline) -> Result<(), Failure> {
        while !self.input.is_sent() && !self.ended() {
            self.turn_within(limit, deadline)?;
        }
        Ok(())
    }

    /// All that the outputs still give.
    pub(super) fn collect(
        &mut self,
        limit: usize,
        deadline: Deadline,
    ) -> Result<(Vec<u8>, Vec<u8>), Failure> {
        while !self.ended() {
            self.turn_within(limit, deadline)?;
        }
        Ok((self.stdout.take(), self.stderr.as_mut().map(Output::take).unwrap_or_default()))
    }

    /// The next piece of one output; empty at its end.
    pub(super) fn piece(
        &mut self,
        from: Source,
        limit: usize,
        deadline: Deadline,
    ) -> Result<&[u8], Failure> {
        while self.output(from).is_some_and(|output| output.rest().is_empty() && !output.ended) {
            self.turn_within(limit, deadline)?;
        }
        Ok(self.output(from).map(Output::rest).unwrap_or_default())
    }

    pub(super) fn consume(&mut self, from: Source, count: usize) {
        let output = match from {
            Source::Stdout => Some(&mut self.stdout),
            Source::Stderr => self.stderr.as_mut(),
        };
        if let Some(output) = output {
            output.taken = (output.taken + count).min(output.received.len());
        }
    }

    fn output(&self, from: Source) -> Option<&Output> {
        match from {
            Source::Stdout => Some(&self.stdout),
            Source::Stderr => self.stderr.as_ref(),
        }
    }

    fn turn_within(&mut self, limit: usize, deadline: Deadline) -> Result<(), Failure> {
        self.turn_holding(limit.saturating_add(1), limit.saturating_add(1), deadline)?;
        let stderr = self.stderr.as_ref().map(Output::rest).unwrap_or_default();
        if self.stdout.rest().len() > limit || stderr.len() > limit {
            return Err(Failure::Protocol("the command prints too much"));
        }
        Ok(())
    }

    fn turn_holding(
        &mut self,
        stdout: usize,
        stderr: usize,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let mut moved = self.input.feed(&mut self.stdout.socket)?;
        moved |= self.stdout.drain(stdout)?;
        if let Some(output) = &mut self.stderr {
            moved |= output.drain(stderr)?;
        }
        if moved || self.ended() { Ok(()) } else { self.wait(deadline) }
    }

    fn wait(&self, deadline: Deadline) -> Result<(), Failure> {
        let remaining = deadline.remaining()?;
        let mut interest = Vec::with_capacity(2);
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, !self.stdout.ended);
        flags.set(PollFlags::OUT, !self.input.is_sent());
        let stdio = self.stdout.socket.get_ref();
        if let Some(descriptor) = stdio.descriptor().filter(|_| !flags.is_empty()) {
            interest.push(PollFd::from_borrowed_fd(descriptor, flags));
        }
        let waiting = self.stderr.as_ref().filter(|stderr| !stderr.ended);
        if let Some(descriptor) = waiting.and_then(|stderr| stderr.socket.get_ref().descriptor()) {
            interest.push(PollFd::from_borrowed_fd(descriptor, PollFlags::IN));
        }
        if interest.is_empty() {
            // Nothing to wait on: time passes only if the other side says that it does.
            return if stdio.pass_time(remaining) { Ok(()) } else { Err(deadline.missed()) };
        }
        wait_for(&mut interest, deadline)
    }
}

/// What is to be sent as input, and its end.
struct Input {
    pending: Vec<u8>,
    given: usize,
    state: InputState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InputState {
    /// There may be more.
    Open,
    /// There is no more than what is pending.
    Complete,
    /// The end is in the socket's buffer.
    Ending,
    /// All is with the daemon, or the daemon wants no more.
    Finished,
}

impl Input {
    fn rest(&self) -> &[u8] {
        self.pending.get(self.given..).unwrap_or_default()
    }

    fn is_sent(&self) -> bool {
        match self.state {
            InputState::Open => self.rest().is_empty(),
            InputState::Complete | InputState::Ending => false,
            InputState::Finished => true,
        }
    }

    /// Sends as much as the socket takes; whether it took anything.
    fn feed(&mut self, socket: &mut Socket) -> Result<bool, Failure> {
        let mut moved = false;
        while self.state != InputState::Finished {
            match outcome(socket.flush())? {
                Outcome::Done(()) if self.state == InputState::Ending => {
                    self.state = InputState::Finished;
                    return Ok(true);
                }
                Outcome::Done(()) => {}
                Outcome::Blocked => return Ok(moved),
                Outcome::Over => {
                    self.state = InputState::Finished;
                    return Ok(true);
                }
            }
            let piece = self.rest().get(..self.rest().len().min(PIECE)).unwrap_or_default();
            let message = match (piece, self.state) {
                ([], InputState::Open) => return Ok(moved),
                ([], _) => {
                    self.state = InputState::Ending;
                    Message::text(END)
                }
                (piece, _) => {
                    let message = Message::Binary(Bytes::copy_from_slice(piece));
                    self.given += piece.len();
                    message
                }
            };
            if let Outcome::Over = outcome(socket.write(message))? {
                self.state = InputState::Finished;
            }
            moved = true;
        }
        Ok(moved)
    }
}

/// One output, and for the standard one the socket that the input goes to.
struct Output {
    socket: Socket,
    received: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl Output {
    fn new(connection: Connection) -> Result<Self, Failure> {
        let (stream, already_read) = connection.into_parts();
        stream.set_nonblocking(true).map_err(|error| Failure::Closed(Some(error)))?;
        let socket =
            WebSocket::from_partially_read(stream, already_read, Role::Client, Some(config()));
        Ok(Self { socket, received: Vec::new(), taken: 0, ended: false })
    }

    fn rest(&self) -> &[u8] {
        self.received.get(self.taken..).unwrap_or_default()
    }

    fn take(&mut self) -> Vec<u8> {
        let mut taken = std::mem::take(&mut self.received);
        taken.drain(..std::mem::take(&mut self.taken));
        taken
    }

    /// Reads what is there, until it holds this much; whether anything was.
    fn drain(&mut self, hold: usize) -> Result<bool, Failure> {
        let mut moved = false;
        while !self.ended && self.rest().len() < hold {
            match outcome(self.socket.read())? {
                Outcome::Done(Message::Binary(bytes)) => {
                    self.received.drain(..std::mem::take(&mut self.taken));
                    self.received.extend_from_slice(&bytes);
                }
                Outcome::Done(Message::Text(text)) => self.ended = is_end(text.as_str()),
                Outcome::Done(_) => {}
                Outcome::Blocked => return Ok(moved),
                // The daemon says when an output has ended. Without a word it has died.
                Outcome::Over => return Err(Failure::Closed(None)),
            }
            moved = true;
        }
        Ok(moved)
    }
}

/// The socket for signals. The daemon kills the command when it breaks.
pub(super) enum Control {
    /// Nothing was said yet.
    Quiet(Option<Connection>),
    Speaking(Socket),
}

impl Control {
    pub(super) fn new(connection: Connection) -> Self {
        Self::Quiet(Some(connection))
    }

    /// Sends a command. A daemon that has closed the socket, as it does when the command has ended, needs none.
    pub(super) fn tell(&mut self, command: &str, deadline: Deadline) -> Result<(), Failure> {
        let socket = self.socket()?;
        let mut sent = outcome(socket.send(Message::text(command)))?;
        while let Outcome::Blocked = sent {
            let Some(descriptor) = socket.get_ref().descriptor() else {
                return Err(deadline.missed());
            };
            let mut interest = [PollFd::from_borrowed_fd(descriptor, PollFlags::OUT)];
            wait_for(&mut interest, deadline)?;
            sent = outcome(socket.flush())?;
        }
        Ok(())
    }

    /// Closes the socket as the protocol has it, so that the command is not killed.
    pub(super) fn let_go(&mut self, deadline: Deadline) -> Result<(), Failure> {
        let socket = self.socket()?;
        let mut closing = outcome(socket.close(None))?;
        loop {
            // The daemon's answer: until it comes, ours may not have been read.
            match closing {
                Outcome::Over => return Ok(()),
                Outcome::Done(()) => {}
                Outcome::Blocked => {
                    let Some(descriptor) = socket.get_ref().descriptor() else { return Ok(()) };
                    let mut interest = [PollFd::from_borrowed_fd(descriptor, PollFlags::IN)];
                    wait_for(&mut interest, deadline)?;
                }
            }
            closing = match outcome(socket.read())? {
                Outcome::Done(Message::Close(_)) | Outcome::Over => return Ok(()),
                Outcome::Done(_) => Outcome::Done(()),
                Outcome::Blocked => Outcome::Blocked,
            };
        }
    }

    fn socket(&mut self) -> Result<&mut Socket, Failure> {
        if let Self::Quiet(connection) = self {
            let connection = connection.take().ok_or(Failure::Closed(None))?;
            *self = Self::Speaking(Output::new(connection)?.socket);
        }
        match self {
            Self::Speaking(socket) => Ok(socket),
            Self::Quiet(_) => Err(Failure::Closed(None)),
        }
    }
}

fn config() -> WebSocketConfig {
    // The defaults reserve a quarter of a megabyte for each socket.
    WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .write_buffer_size(0)
        .max_message_size(Some(MESSAGE_LIMIT))
}

fn is_end(text: &str) -> bool {
    let command: Option<serde_json::Value> = serde_json::from_str(text).ok();
    command.is_some_and(|command| command.get("command").is_some_and(|word| word == "end"))
}

enum Outcome<T> {
    Done(T),
    Blocked,
    /// The other side is gone.
    Over,
}

fn outcome<T>(result: Result<T, SocketError>) -> Result<Outcome<T>, Failure> {
    use tungstenite::error::ProtocolError::{ResetWithoutClosingHandshake, SendAfterClosing};
    match result {
        Ok(value) => Ok(Outcome::Done(value)),
        Err(SocketError::Io(error)) => match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(Outcome::Blocked),
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof => {
                Ok(Outcome::Over)
            }
            _ => Err(Failure::Closed(Some(error))),
        },
        Err(
            SocketError::ConnectionClosed
            | SocketError::AlreadyClosed
            | SocketError::Protocol(ResetWithoutClosingHandshake | SendAfterClosing),
        ) => Ok(Outcome::Over),
        Err(SocketError::Capacity(_)) => Err(Failure::Protocol("the command prints too much")),
        Err(_) => Err(Failure::Protocol("its sockets do not keep to the protocol")),
    }
}

fn wait_for(interest: &mut [PollFd<'_>], deadline: Deadline) -> Result<(), Failure> {
    let timeout = Timespec::try_from(deadline.remaining()?).map_err(|_| deadline.missed())?;
    match poll(interest, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(Failure::Closed(Some(io::Error::from(error)))),
    }
}
