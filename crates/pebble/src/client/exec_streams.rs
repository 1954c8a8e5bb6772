//! The sockets of one command: feeds its input and drains both outputs at once, on one thread.
//!
//! Sockets with a descriptor are waited for together. One without computes its answer when it is
//! read, so it never has to be waited for: if no socket moves, nothing will ever come.

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

#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

pub(super) fn run(
    stdio: Connection,
    stderr: Option<Connection>,
    stdin: &[u8],
    limit: usize,
    deadline: Deadline,
) -> Result<Output, Failure> {
    let mut stdio = Socket::new(stdio, limit)?;
    let mut stderr = stderr.map(|stderr| Socket::new(stderr, limit)).transpose()?;
    let mut input = Input { pieces: stdin.chunks(PIECE), state: InputState::Sending };
    loop {
        let mut moved = input.feed(&mut stdio.socket)?;
        moved |= stdio.drain()?;
        if let Some(stderr) = &mut stderr {
            moved |= stderr.drain()?;
        }
        let stderr_ended = stderr.as_ref().is_none_or(|stderr| stderr.ended);
        if stdio.ended && stderr_ended {
            let stderr = stderr.map(|stderr| stderr.received).unwrap_or_default();
            return Ok(Output { stdout: stdio.received, stderr });
        }
        if !moved {
            let wants_to_write = input.state != InputState::Finished;
            wait(&stdio, stderr.as_ref(), wants_to_write, deadline)?;
        }
    }
}

/// What is left of the input. Its end is sent even if there was none: a command that reads would
/// wait for it for ever.
struct Input<'a> {
    pieces: std::slice::Chunks<'a, u8>,
    state: InputState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InputState {
    /// There may be more pieces.
    Sending,
    /// The end is in the socket's buffer.
    Ending,
    /// All is with the daemon, or the daemon wants no more.
    Finished,
}

impl Input<'_> {
    /// Sends as much as the socket takes; whether it took anything.
    fn feed(&mut self, socket: &mut WebSocket<Box<dyn Stream>>) -> Result<bool, Failure> {
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
            let message = match self.pieces.next() {
                Some(piece) => Message::Binary(Bytes::copy_from_slice(piece)),
                None => {
                    self.state = InputState::Ending;
                    Message::text(END)
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

struct Socket {
    socket: WebSocket<Box<dyn Stream>>,
    received: Vec<u8>,
    limit: usize,
    ended: bool,
}

impl Socket {
    fn new(connection: Connection, limit: usize) -> Result<Self, Failure> {
        let (stream, already_read) = connection.into_parts();
        stream.set_nonblocking(true).map_err(|error| Failure::Closed(Some(error)))?;
        // The defaults reserve a quarter of a megabyte for each socket.
        let config = WebSocketConfig::default()
            .read_buffer_size(16 * 1024)
            .write_buffer_size(0)
            .max_message_size(Some(limit));
        let socket =
            WebSocket::from_partially_read(stream, already_read, Role::Client, Some(config));
        Ok(Self { socket, received: Vec::new(), limit, ended: false })
    }

    /// Reads what is there; whether anything was.
    fn drain(&mut self) -> Result<bool, Failure> {
        let mut moved = false;
        while !self.ended {
            match outcome(self.socket.read())? {
                Outcome::Done(Message::Binary(bytes)) => {
                    if self.received.len() + bytes.len() > self.limit {
                        return Err(Failure::Protocol("the command prints too much"));
                    }
                    self.received.extend_from_slice(&bytes);
                }
                Outcome::Done(Message::Text(text)) => self.ended = is_end(text.as_str()),
                Outcome::Done(_) => {}
                Outcome::Blocked => return Ok(moved),
                Outcome::Over => self.ended = true,
            }
            moved = true;
        }
        Ok(moved)
    }
}

fn is_end(text: &str) -> bool {
    let command: Option<serde_json::Value> = serde_json::from_str(text).ok();
    command.is_some_and(|command| command.get("command").is_some_and(|word| word == "end"))
}

enum Outcome<T> {
    Done(T),
    Blocked,
    /// The other side is gone. After a close that is the end like any other.
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

fn wait(
    stdio: &Socket,
    stderr: Option<&Socket>,
    wants_to_write: bool,
    deadline: Deadline,
) -> Result<(), Failure> {
    let mut interest = Vec::new();
    let mut flags = PollFlags::empty();
    flags.set(PollFlags::IN, !stdio.ended);
    flags.set(PollFlags::OUT, wants_to_write);
    if let Some(descriptor) = stdio.socket.get_ref().descriptor().filter(|_| !flags.is_empty()) {
        interest.push(PollFd::from_borrowed_fd(descriptor, flags));
    }
    let waiting = stderr.filter(|stderr| !stderr.ended);
    if let Some(descriptor) = waiting.and_then(|stderr| stderr.socket.get_ref().descriptor()) {
        interest.push(PollFd::from_borrowed_fd(descriptor, PollFlags::IN));
    }
    let remaining = deadline.remaining()?;
    if interest.is_empty() {
        return Err(Failure::Timeout(remaining));
    }
    let timeout = Timespec::try_from(remaining).map_err(|_| Failure::Timeout(remaining))?;
    match poll(&mut interest, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(Failure::Closed(Some(io::Error::from(error)))),
    }
}
