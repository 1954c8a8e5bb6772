//! A daemon that plays back whatever it was given, without a socket. Shared with the targets of cargo-fuzz.

use ops_pebble::{Client, Dial, Stream};
use std::{
    cell::RefCell,
    fmt,
    io::{self, Read, Write},
    rc::Rc,
    time::Duration,
};

/// What a daemon says to the request of this target.
pub(crate) type Answers = dyn Fn(&str) -> Vec<u8>;

/// A client of a daemon that answers so, a few bytes at each read, and then hangs up.
pub(crate) fn client(step: usize, answers: impl Fn(&str) -> Vec<u8> + 'static) -> Client {
    let timeout = Duration::from_secs(5);
    Client::new(Rc::new(Playback { answers: Rc::new(answers), step: step.max(1) }))
        .request_timeout(timeout)
        .transfer_timeout(timeout)
        .exec_timeout(timeout)
        .body_limit(64 * 1024)
}

/// A whole answer with this JSON.
pub(crate) fn json(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A daemon with one command, `1`, whose sockets carry these bytes.
pub(crate) fn exec(target: &str, stdio: &[u8], stderr: &[u8]) -> Vec<u8> {
    let upgraded = |bytes: &[u8]| [b"HTTP/1.1 101 Switching Protocols\r\n\r\n", bytes].concat();
    match target {
        "/v1/exec" => json(
            "202 Accepted",
            r#"{"type":"async","status-code":202,"change":"1","result":{"task-id":"1"}}"#,
        ),
        "/v1/tasks/1/websocket/control" => upgraded(b""),
        "/v1/tasks/1/websocket/stdio" => upgraded(stdio),
        "/v1/tasks/1/websocket/stderr" => upgraded(stderr),
        _ => json(
            "200 OK",
            r#"{"type":"sync","status-code":200,"result":{"id":"1","kind":"exec","summary":"",
                "status":"Done","ready":true,"spawn-time":"2026-01-01T00:00:00Z",
                "tasks":[{"id":"1","kind":"exec","summary":"","status":"Done",
                "spawn-time":"2026-01-01T00:00:00Z","data":{"exit-code":0}}]}}"#,
        ),
    }
}

struct Playback {
    answers: Rc<Answers>,
    step: usize,
}

impl fmt::Debug for Playback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Playback")
    }
}

impl Dial for Playback {
    fn dial(&self) -> io::Result<Box<dyn Stream>> {
        let conversation = Conversation {
            answers: Rc::clone(&self.answers),
            step: self.step,
            said: RefCell::default(),
            answer: None,
        };
        Ok(Box::new(conversation))
    }
}

struct Conversation {
    answers: Rc<Answers>,
    step: usize,
    said: RefCell<Vec<u8>>,
    answer: Option<io::Cursor<Vec<u8>>>,
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Conversation")
    }
}

impl Read for Conversation {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let answer = self.answer.get_or_insert_with(|| {
            let said = String::from_utf8_lossy(&self.said.borrow()).into_owned();
            let target = said.split(' ').nth(1).unwrap_or_default();
            io::Cursor::new((self.answers)(target))
        });
        let most = out.len().min(self.step);
        answer.read(&mut out[..most])
    }
}

impl Write for Conversation {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut said = self.said.borrow_mut();
        // The head is all that matters.
        if said.len() < 4096 {
            said.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Conversation {}
