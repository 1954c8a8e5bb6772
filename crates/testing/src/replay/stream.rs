//! A daemon that says again what was recorded: a connection without I/O, in process and behind a socket alike.

use super::player::{Player, Step};
use crate::emulator::pebble::{
    Request as Asked,
    websocket::{self, Frame},
};
use ops::record::{Exchange, Line, Message, Response};
use ops_core::names::ContainerName;
use ops_pebble::{Dial, Stream};
use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, Read, Write},
    rc::Rc,
};

/// The daemon of one container.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) container: ContainerName,
    pub(super) player: Rc<RefCell<Player>>,
}

impl Dial for Recorded {
    fn dial(&self) -> io::Result<Box<dyn Stream>> {
        match self.player.borrow_mut().dial(self.container.as_str()) {
            Ok(()) => {}
            Err(why) => return Err(kind(why.as_deref()).into()),
        }
        Ok(Box::new(Connection {
            container: self.container.to_string(),
            player: Rc::clone(&self.player),
            sent: Vec::new(),
            input: Vec::new(),
            output: VecDeque::new(),
            state: State::Asking,
        }))
    }
}

/// What `ErrorKind`'s `Debug` says, of those that a socket has.
fn kind(name: Option<&str>) -> io::ErrorKind {
    let kinds = [
        io::ErrorKind::BrokenPipe,
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::ConnectionRefused,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::PermissionDenied,
        io::ErrorKind::TimedOut,
        io::ErrorKind::UnexpectedEof,
        io::ErrorKind::WouldBlock,
    ];
    let named = kinds.into_iter().find(|kind| name == Some(format!("{kind:?}").as_str()));
    named.unwrap_or(io::ErrorKind::NotFound)
}

struct Connection {
    container: String,
    player: Rc<RefCell<Player>>,
    /// As it came, until it is a request.
    sent: Vec<u8>,
    /// Not understood yet.
    input: Vec<u8>,
    output: VecDeque<u8>,
    state: State,
}

enum State {
    /// The request is not complete.
    Asking,
    /// A WebSocket: what is still to be said, and what came of the charm's current message.
    Talking { rest: VecDeque<Message>, now: Vec<u8>, ended: bool },
    /// All is in the output; then it ends, breaks, or goes on in silence.
    Answered { ended: bool, failed: Option<String> },
}

impl Connection {
    fn ask(&mut self) {
        let mut input = std::mem::take(&mut self.input);
        let whole = Asked::take(&mut input);
        self.input = input;
        match whole {
            Ok(None) => return,
            Ok(Some(_)) => {}
            Err(_) => {
                self.state = State::Answered { ended: true, failed: None };
                return;
            }
        }
        let Some(request) = ops::record::request(&self.sent) else { return };
        let step = Step::Pebble { container: &self.container, request: &request };
        let played = self.player.borrow_mut().play(&step);
        let Some(Line::Pebble(exchange)) = played else {
            self.state = State::Answered { ended: true, failed: None };
            return;
        };
        let Exchange { response, messages, ended, failed, .. } = exchange;
        let mut is_socket = false;
        match response {
            Some(Response::Http { status, headers, body }) => {
                is_socket = status == 101;
                let mut head = format!("HTTP/1.1 {status} Recorded\r\n");
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                if !is_socket && !matches!(status, 204 | 304) {
                    head.push_str(&format!("Content-Length: {}\r\n", body.0.len()));
                }
                self.output.extend(head.bytes().chain(*b"\r\n").chain(body.0));
            }
            Some(Response::Raw(data)) => self.output.extend(data.0),
            None => {}
        }
        if is_socket {
            self.state = State::Talking { rest: messages.into(), now: Vec::new(), ended };
            self.talk();
        } else {
            self.state = State::Answered { ended, failed };
        }
    }

    /// Hears what the charm has said, and says what was said after it.
    fn talk(&mut self) {
        let State::Talking { rest, now, .. } = &mut self.state else { return };
        while let Ok(Some(frame)) = websocket::take(&mut self.input) {
            let (text, payload) = match frame {
                Frame::Text(payload) => (true, payload),
                Frame::Binary(payload) => (false, payload),
                Frame::Ping(payload) => {
                    self.output.extend(websocket::pong(&payload));
                    continue;
                }
                Frame::Close | Frame::Other => continue,
            };
            now.extend(payload);
            let mut player = self.player.borrow_mut();
            let place = rest.iter().position(|message| message.sent);
            let expected = place.and_then(|place| rest.get(place));
            let is_it =
                expected.is_some_and(|then| then.text == text && player.is_like(&then.data, now));
            if is_it {
                rest.drain(..=place.unwrap_or_default())
                    .filter(|message| !message.sent)
                    .for_each(|message| self.output.extend(framed(&message)));
                now.clear();
            } else if text {
                player.sent_otherwise(expected.map(|then| &then.data), Some(now));
                now.clear();
            }
        }
        while rest.front().is_some_and(|message| !message.sent) {
            if let Some(message) = rest.pop_front() {
                self.output.extend(framed(&message));
            }
        }
    }
}

fn framed(message: &Message) -> Vec<u8> {
    if message.text {
        return websocket::text(&String::from_utf8_lossy(&message.data.0));
    }
    // As small as the daemon's are.
    message.data.0.chunks(32 << 10).flat_map(websocket::binary).collect()
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.input.extend_from_slice(bytes);
        match self.state {
            State::Asking => {
                self.sent.extend_from_slice(bytes);
                self.ask();
            }
            State::Talking { .. } => self.talk(),
            State::Answered { .. } => self.input.clear(),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.output.is_empty() {
            return self.output.read(buffer);
        }
        match &self.state {
            State::Answered { failed: Some(why), .. } => Err(kind(Some(why)).into()),
            State::Answered { ended: true, .. } => Ok(0),
            State::Talking { rest, ended: true, .. } if rest.is_empty() => Ok(0),
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Stream for Connection {}

impl Drop for Connection {
    fn drop(&mut self) {
        let State::Talking { rest, now, .. } = &self.state else { return };
        let Ok(mut player) = self.player.try_borrow_mut() else { return };
        let expected = rest.iter().find(|message| message.sent).map(|message| &message.data);
        if !now.is_empty() || expected.is_some() {
            player.sent_otherwise(expected, (!now.is_empty()).then_some(now));
        }
    }
}

/// What goes over it may be secret.
impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({})", self.container)
    }
}
