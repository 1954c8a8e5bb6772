//! One connection, without any I/O: bytes in, bytes out. Both doors use it.

use super::{
    Pebble, Request, Response,
    exec::Socket,
    http::REQUEST_LIMIT,
    websocket::{self, Frame},
};
use ops_pebble::layer::parse_duration;
use std::{collections::VecDeque, time::Instant};

#[derive(Debug, Default)]
pub(super) struct Connection {
    input: Vec<u8>,
    /// What waits to be read by the client.
    pub(super) output: VecDeque<u8>,
    mode: Mode,
    /// Whether other connections may go on while this one waits. Within the process nobody would.
    is_patient: bool,
    waiting: Option<Waiting>,
    follows: Option<Follows>,
}

/// A request to follow logs.
#[derive(Debug)]
struct Follows {
    request: Request,
    /// How many of all lines were sent, or were not wanted.
    seen: usize,
}

/// A request to wait for a change that is not ready.
#[derive(Debug)]
struct Waiting {
    request: Request,
    deadline: Option<Instant>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Mode {
    #[default]
    Http,
    Socket {
        task: u64,
        socket: Socket,
        /// How much was sent, until all was.
        sent: Option<usize>,
    },
    /// Nothing more is read, and the client sees the end once it has read the output.
    Closed,
}

impl Connection {
    pub(super) fn is_closed(&self) -> bool {
        self.mode == Mode::Closed
    }

    /// Nothing more goes in or out.
    pub(super) fn cut(&mut self) {
        self.output.clear();
        self.mode = Mode::Closed;
    }

    /// Takes bytes from the client.
    pub(super) fn receive(&mut self, pebble: &mut Pebble, bytes: &[u8]) {
        if self.is_closed() {
            return;
        }
        self.input.extend_from_slice(bytes);
        if self.input.len() > REQUEST_LIMIT {
            self.mode = Mode::Closed;
        }
        while self.step(pebble) {}
        self.advance(pebble);
    }

    /// A connection beside which others go on.
    pub(super) fn patient() -> Self {
        Self { is_patient: true, ..Self::default() }
    }

    /// When it must be advanced whatever else happens.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.as_ref()?.deadline
    }

    /// Lets the connection see what others did to the state, and what time it is.
    pub(super) fn advance(&mut self, pebble: &mut Pebble) {
        if let Some(Follows { request, seen }) = &mut self.follows {
            let lines = pebble.log_lines(&request.list("services"), *seen);
            *seen = pebble.printed();
            self.output.extend(lines.iter().flat_map(|line| chunk(line)));
        }
        if let Some(waiting) = self.waiting.take() {
            let is_over = waiting.deadline.is_some_and(|deadline| deadline <= Instant::now());
            if pebble.must_wait(&waiting.request) && !is_over {
                self.waiting = Some(waiting);
                return;
            }
            let response = pebble.handle(&waiting.request);
            self.answer(pebble, &waiting.request, &response);
            while self.step(pebble) {}
        }
        let Mode::Socket { task, socket, sent: Some(sent) } = self.mode else { return };
        let Some((output, is_all)) = pebble.output(task, socket, sent) else { return };
        if socket == Socket::Control {
            if is_all {
                // The daemon drops it without a word.
                self.mode = Mode::Closed;
            }
            return;
        }
        for piece in output.chunks(32 * 1024) {
            self.output.extend(websocket::binary(piece));
        }
        if is_all {
            self.output.extend(websocket::text(r#"{"command":"end"}"#));
        }
        let sent = (!is_all).then_some(sent + output.len());
        self.mode = Mode::Socket { task, socket, sent };
    }

    /// The client is gone.
    pub(super) fn hang_up(&mut self, pebble: &mut Pebble) {
        if let Mode::Socket { task, socket, .. } = self.mode {
            pebble.lose(task, socket);
        }
        self.mode = Mode::Closed;
    }

    /// Does one request or one frame; whether there was one.
    fn step(&mut self, pebble: &mut Pebble) -> bool {
        match self.mode {
            _ if self.waiting.is_some() || self.follows.is_some() => false,
            Mode::Closed => false,
            Mode::Http => match Request::take(&mut self.input) {
                Ok(None) => false,
                Ok(Some(request)) => {
                    self.request(pebble, &request);
                    true
                }
                Err(response) => {
                    self.output.extend(response.bytes());
                    self.mode = Mode::Closed;
                    false
                }
            },
            Mode::Socket { task, socket, .. } => match websocket::take(&mut self.input) {
                Ok(None) => false,
                Ok(Some(frame)) => {
                    self.frame(pebble, task, socket, &frame);
                    true
                }
                Err(()) => {
                    self.hang_up(pebble);
                    false
                }
            },
        }
    }

    fn request(&mut self, pebble: &mut Pebble, request: &Request) {
        match upgrade(pebble, request) {
            Some(Ok((task, socket))) => {
                let accept = websocket::accept(request.header("sec-websocket-key"));
                let head = format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                     Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
                );
                self.output.extend(head.into_bytes());
                self.mode = Mode::Socket { task, socket, sent: Some(0) };
            }
            Some(Err(response)) => self.say(request, &response),
            None if self.is_patient && pebble.must_wait(request) => {
                let limit = parse_duration(request.parameter("timeout"));
                let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
                self.waiting = Some(Waiting { request: request.clone(), deadline });
            }
            None => {
                let response = pebble.handle_in_time(request);
                self.answer(pebble, request, &response);
            }
        }
    }

    fn answer(&mut self, pebble: &Pebble, request: &Request, response: &Response) {
        let follows = request.path == "/v1/logs" && request.parameter("follow") == "true";
        if follows && response.status == 200 {
            let kind = &response.content_type;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
            );
            self.output.extend(head.into_bytes());
            self.output.extend(chunk(&response.body));
            self.follows = Some(Follows { request: request.clone(), seen: pebble.printed() });
            return;
        }
        self.say(request, response);
    }

    fn say(&mut self, request: &Request, response: &Response) {
        self.output.extend(response.bytes());
        if request.says("connection", "close") {
            self.mode = Mode::Closed;
        }
    }

    fn frame(&mut self, pebble: &mut Pebble, task: u64, socket: Socket, frame: &Frame) {
        match frame {
            Frame::Binary(bytes) if socket == Socket::Stdio => pebble.input(task, bytes),
            Frame::Text(text) if socket == Socket::Stdio => {
                let command: serde_json::Value = serde_json::from_slice(text).unwrap_or_default();
                if command.get("command").is_some_and(|word| word == "end") {
                    pebble.end_input(task);
                }
            }
            Frame::Text(text) if socket == Socket::Control => pebble.control(task, text),
            Frame::Ping(payload) => self.output.extend(websocket::pong(payload)),
            Frame::Close => {
                // A proper close lets go without killing. It ends an input as any loss does.
                if socket == Socket::Stdio {
                    pebble.end_input(task);
                }
                self.output.extend(websocket::close());
                self.mode = Mode::Closed;
            }
            Frame::Binary(_) | Frame::Text(_) | Frame::Other => {}
        }
    }
}

/// A piece of a body that has no end. An empty one would be its end.
fn chunk(bytes: &[u8]) -> Vec<u8> {
    if bytes.is_empty() {
        return Vec::new();
    }
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// `GET /v1/tasks/TASK/websocket/ID`.
fn upgrade(pebble: &mut Pebble, request: &Request) -> Option<Result<(u64, Socket), Response>> {
    let (task, id) = request.path.strip_prefix("/v1/tasks/")?.split_once("/websocket/")?;
    Some(pebble.connect(task, id))
}
