//! HTTP/1.1 over one connection: a request out, an answer in. It must not know Pebble's endpoints.
//!
//! A deadline covers a whole exchange, not each read of it, and every size has a limit.

use crate::{Dial, Stream, error::Failure};
use std::{
    fmt::{self, Write as _},
    io::{self, Read, Write},
    time::{Duration, Instant},
};

/// Status line and headers may take this many bytes.
const HEAD_LIMIT: usize = 64 * 1024;
const HEADER_COUNT: usize = 64;
/// A line that announces a chunk may take this many bytes.
const CHUNK_LINE_LIMIT: usize = 4 * 1024;
/// How much of a body is read or written at once.
const PIECE: usize = 64 * 1024;
/// How much is read at first.
const FIRST_PIECE: usize = 8 * 1024;
/// More than most requests take without their bodies.
const FIRST_HEAD: usize = 256;
/// Telling the kernel how long a read may take costs as much as the read. What it was told last holds for
/// this long, so a deadline is overrun by this much at most.
const TIMEOUT_HOLDS: Duration = Duration::from_millis(50);

/// A moment until which something must be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    start: Instant,
    limit: Duration,
}

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self { start: Instant::now(), limit }
    }

    pub(crate) fn remaining(&self) -> Result<Duration, Failure> {
        self.remaining_at(Instant::now())
    }

    fn remaining_at(&self, now: Instant) -> Result<Duration, Failure> {
        match self.limit.checked_sub(now.saturating_duration_since(self.start)) {
            Some(remaining) if !remaining.is_zero() => Ok(remaining),
            _ => Err(self.missed()),
        }
    }

    /// It is over.
    pub(crate) fn missed(&self) -> Failure {
        Failure::Timeout(self.limit)
    }
}

/// The body of a request.
pub(crate) enum Body<'a> {
    Empty,
    Bytes(&'a [u8]),
    /// Sent in chunks as it is read.
    Stream(&'a mut dyn Read),
}

/// Status line and headers of an answer.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// How its body ends, or what is wrong with what it says of it.
    framing: Result<Framing, &'static str>,
}

/// One connection with one exchange on it.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    /// What was read; up to here it is used.
    buffer: Vec<u8>,
    used: usize,
    deadline: Deadline,
    /// When the stream was last told how long it may take.
    told: Option<Instant>,
}

/// How the rest of a body is delimited.
#[derive(Debug, Clone, Copy)]
enum Framing {
    /// This many more bytes.
    Length(u64),
    /// Chunks: this much is left of the current one.
    Chunk(u64),
    /// Chunks, and the current one is over but for its line end.
    ChunkEnd,
    /// Chunks, and none was begun.
    ChunkStart,
    /// Whatever comes until the stream ends.
    Stream,
    /// There is no more.
    Over,
}

/// The body of an answer, read as it is wanted.
#[derive(Debug)]
pub(crate) struct BodyReader {
    connection: Connection,
    framing: Framing,
}

impl BodyReader {
    /// Reads some of it; 0 at its end.
    pub(crate) fn read(&mut self, out: &mut [u8]) -> Result<usize, Failure> {
        self.connection.read_body(&mut self.framing, out)
    }
}

impl Connection {
    pub(crate) fn open(dial: &dyn Dial, deadline: Deadline) -> Result<Self, Failure> {
        let stream = dial.dial().map_err(Failure::Dial)?;
        Ok(Self { stream, buffer: Vec::new(), used: 0, deadline, told: None })
    }

    /// The stream, and what was read beyond the head.
    pub(crate) fn into_parts(mut self) -> (Box<dyn Stream>, Vec<u8>) {
        self.buffer.drain(..self.used);
        (self.stream, self.buffer)
    }

    /// Sends a request. `headers` are whole lines, each with its line end.
    pub(crate) fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: impl fmt::Display,
        body: Body<'_>,
    ) -> Result<(), Failure> {
        let mut head = String::with_capacity(FIRST_HEAD);
        let _ = write!(head, "{method} {target} HTTP/1.1\r\nHost: localhost\r\n{headers}");
        let _ = match &body {
            Body::Empty => write!(head, "\r\n"),
            Body::Bytes(bytes) => write!(head, "Content-Length: {}\r\n\r\n", bytes.len()),
            Body::Stream(_) => write!(head, "Transfer-Encoding: chunked\r\n\r\n"),
        };
        match self.send_all(head.into_bytes(), body) {
            // The daemon may have answered, refused, and closed before it read everything.
            Err(Failure::Closed(Some(error)))
                if matches!(
                    error.kind(),
                    io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
                ) =>
            {
                Ok(())
            }
            sent => sent,
        }
    }

    fn send_all(&mut self, mut head: Vec<u8>, body: Body<'_>) -> Result<(), Failure> {
        // A short body goes with the head: one write is one system call.
        if let Body::Bytes(bytes) = &body
            && bytes.len() <= FIRST_PIECE
        {
            head.extend_from_slice(bytes);
            return self.write(&head);
        }
        self.write(&head)?;
        match body {
            Body::Empty => Ok(()),
            Body::Bytes(bytes) => self.write(bytes),
            Body::Stream(source) => self.write_chunks(source),
        }
    }

    fn write_chunks(&mut self, source: &mut dyn Read) -> Result<(), Failure> {
        // A chunk goes out with its size line and its line end in one write.
        const SIZE_LINE: usize = 10;
        let mut chunk = vec![0; SIZE_LINE + PIECE + 2];
        loop {
            let space = chunk.get_mut(SIZE_LINE..SIZE_LINE + PIECE).unwrap_or_default();
            let count = match source.read(space) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failure::Source(error)),
            };
            let line = format!("{count:08x}\r\n");
            for (start, bytes) in [(0, line.as_bytes()), (SIZE_LINE + count, &b"\r\n"[..])] {
                if let Some(place) = chunk.get_mut(start..start + bytes.len()) {
                    place.copy_from_slice(bytes);
                }
            }
            self.write(chunk.get(..SIZE_LINE + count + 2).unwrap_or_default())?;
            if count == 0 {
                return Ok(());
            }
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            self.mind_the_deadline()?;
            match self.stream.write(bytes) {
                Ok(0) => return Err(Failure::Closed(None)),
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) => self.tolerate(error)?,
            }
        }
        Ok(())
    }

    /// Lets the next read or write take no longer than there is time.
    fn mind_the_deadline(&mut self) -> Result<(), Failure> {
        let now = Instant::now();
        let remaining = self.deadline.remaining_at(now)?;
        let holds = |told| now.saturating_duration_since(told) < TIMEOUT_HOLDS;
        if !self.told.is_some_and(holds) {
            self.stream.set_timeout(Some(remaining)).map_err(closed)?;
            self.told = Some(now);
        }
        Ok(())
    }

    /// Reads some more into the buffer; `false` at the end of the stream.
    fn fill(&mut self) -> Result<bool, Failure> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let held = self.buffer.len();
        // A long body is worth a larger buffer, a short answer is not.
        let more = if self.buffer.capacity() > FIRST_PIECE { PIECE } else { FIRST_PIECE };
        self.buffer.resize(held + more, 0);
        let read = loop {
            self.mind_the_deadline()?;
            match self.stream.read(self.buffer.get_mut(held..).unwrap_or_default()) {
                Ok(count) => break count,
                Err(error) => {
                    if let Err(failure) = self.tolerate(error) {
                        self.buffer.truncate(held);
                        return Err(failure);
                    }
                }
            }
        };
        self.buffer.truncate(held + read);
        if read == more && more < PIECE {
            self.buffer.reserve(PIECE);
        }
        Ok(read > 0)
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.used..).unwrap_or_default()
    }

    /// Only a timeout or an interruption may be followed by another attempt.
    fn tolerate(&self, error: io::Error) -> Result<(), Failure> {
        match error.kind() {
            io::ErrorKind::Interrupted => Ok(()),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                // A wait may end a little early; the deadline decides.
                let remaining = self.deadline.remaining()?;
                match self.stream.descriptor() {
                    None if !self.stream.pass_time(remaining) => Err(self.deadline.missed()),
                    _ => Ok(()),
                }
            }
            _ => Err(Failure::Closed(Some(error))),
        }
    }

    /// Reads status line and headers. Interim answers (1xx, except 101) are passed over.
    pub(crate) fn head(&mut self) -> Result<Head, Failure> {
        loop {
            let (head, length) = loop {
                if let Some(found) = parse_head(self.unread())? {
                    break found;
                }
                if self.unread().len() > HEAD_LIMIT {
                    return Err(Failure::Protocol("its headers are too long"));
                }
                if !self.fill()? {
                    return Err(Failure::Closed(None));
                }
            };
            self.take(length);
            if head.status == 101 || head.status >= 200 {
                return Ok(head);
            }
        }
    }

    /// Reads the whole body.
    pub(crate) fn body(&mut self, head: &Head, limit: usize) -> Result<Vec<u8>, Failure> {
        let mut framing = head.framing.map_err(Failure::Protocol)?;
        let mut body = Vec::new();
        loop {
            let count = self.await_body(&mut framing, usize::MAX)?;
            if count == 0 {
                return Ok(body);
            }
            if body.len() + count > limit {
                return Err(Failure::Protocol("it is too long"));
            }
            body.extend_from_slice(self.unread().get(..count).unwrap_or_default());
            self.take(count);
        }
    }

    /// The body, to be read piece by piece.
    pub(crate) fn into_body(self, head: &Head) -> Result<BodyReader, Failure> {
        let framing = head.framing.map_err(Failure::Protocol)?;
        Ok(BodyReader { connection: self, framing })
    }

    /// Reads what was read already, or else from the stream.
    fn read_body(&mut self, framing: &mut Framing, out: &mut [u8]) -> Result<usize, Failure> {
        let count = self.await_body(framing, out.len())?;
        let out = out.get_mut(..count).unwrap_or_default();
        out.copy_from_slice(self.unread().get(..count).unwrap_or_default());
        self.take(count);
        Ok(count)
    }

    /// Waits until some of the body is unread, and counts it as read: as many bytes as this says are to be
    /// taken, `most` at most. 0 at the end of the body.
    fn await_body(&mut self, framing: &mut Framing, most: usize) -> Result<usize, Failure> {
        loop {
            match framing {
                Framing::Over => return Ok(0),
                Framing::Stream => return self.await_some(most),
                Framing::Length(0) => *framing = Framing::Over,
                Framing::Length(left) => return self.await_of(left, most),
                Framing::Chunk(0) => *framing = Framing::ChunkEnd,
                Framing::Chunk(left) => return self.await_of(left, most),
                Framing::ChunkEnd => {
                    if !self.line()?.is_empty() {
                        return Err(Failure::Protocol("a chunk that is longer than it says"));
                    }
                    *framing = Framing::ChunkStart;
                }
                Framing::ChunkStart => match self.chunk_size()? {
                    0 => {
                        // Trailers end with an empty line. Nobody needs them.
                        while !self.line()?.is_empty() {}
                        *framing = Framing::Over;
                    }
                    size => *framing = Framing::Chunk(size),
                },
            }
        }
    }

    /// Waits for some of the bytes that must still come.
    fn await_of(&mut self, left: &mut u64, most: usize) -> Result<usize, Failure> {
        let most = usize::try_from(*left).unwrap_or(usize::MAX).min(most);
        let count = self.await_some(most)?;
        if count == 0 && most > 0 {
            return Err(Failure::Closed(None));
        }
        *left = left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }

    /// Waits until something is unread; 0 at the end of the stream.
    fn await_some(&mut self, most: usize) -> Result<usize, Failure> {
        if self.unread().is_empty() {
            self.fill()?;
        }
        Ok(most.min(self.unread().len()))
    }

    fn chunk_size(&mut self) -> Result<u64, Failure> {
        let mut line = self.line()?;
        line.extend_from_slice(b"\r\n");
        match httparse::parse_chunk_size(&line) {
            Ok(httparse::Status::Complete((_, size))) => Ok(size),
            _ => Err(Failure::Protocol("an invalid chunk size")),
        }
    }

    /// A line of the chunked encoding without its line end.
    fn line(&mut self) -> Result<Vec<u8>, Failure> {
        loop {
            if let Some(end) = self.unread().iter().position(|byte| *byte == b'\n') {
                let mut line = self.unread().get(..end).unwrap_or_default().to_vec();
                self.take(end + 1);
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.unread().len() > CHUNK_LINE_LIMIT {
                return Err(Failure::Protocol("a chunk line that is too long"));
            }
            if !self.fill()? {
                return Err(Failure::Closed(None));
            }
        }
    }

    fn take(&mut self, count: usize) {
        self.used = (self.used + count).min(self.buffer.len());
    }
}

fn framing(status: u16, headers: &[httparse::Header<'_>]) -> Result<Framing, &'static str> {
    let all = |name: &'static str| {
        headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name))
    };
    if matches!(status, 204 | 304) {
        return Ok(Framing::Over);
    }
    match all("transfer-encoding").next() {
        Some(header) if header.value.eq_ignore_ascii_case(b"chunked") => {
            return Ok(Framing::ChunkStart);
        }
        Some(_) => return Err("an unknown transfer encoding"),
        None => {}
    }
    let length = |header: &httparse::Header<'_>| -> Option<u64> {
        std::str::from_utf8(header.value).ok()?.trim().parse().ok()
    };
    let mut lengths = all("content-length").map(length);
    match lengths.next() {
        Some(Some(first)) if lengths.all(|other| other == Some(first)) => {
            Ok(Framing::Length(first))
        }
        Some(_) => Err("an invalid content length"),
        None => Ok(Framing::Stream),
    }
}

fn closed(error: io::Error) -> Failure {
    Failure::Closed(Some(error))
}

fn parse_head(buffer: &[u8]) -> Result<Option<(Head, usize)>, Failure> {
    let mut headers = [httparse::EMPTY_HEADER; HEADER_COUNT];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(Failure::Protocol("it has too many headers"));
        }
        Err(_) => return Err(Failure::Protocol("it is not HTTP")),
    };
    let status = response.code.unwrap_or_default();
    let kind = response.headers.iter().find(|h| h.name.eq_ignore_ascii_case("content-type"));
    let content_type = kind.map(|kind| String::from_utf8_lossy(kind.value).into_owned());
    let head = Head {
        status,
        content_type: content_type.unwrap_or_default(),
        framing: framing(status, response.headers),
    };
    Ok(Some((head, length)))
}

/// Text as a part of a path or a query.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays back an answer, a few bytes at each read.
    #[derive(Debug)]
    struct Playback(Vec<u8>, usize);

    impl Read for Playback {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }

    impl Write for Playback {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Stream for Playback {}

    fn answer(text: &[u8], step: usize) -> Result<(u16, Vec<u8>), Failure> {
        let mut connection = Connection {
            stream: Box::new(Playback(text.to_vec(), step)),
            buffer: Vec::new(),
            used: 0,
            deadline: Deadline::after(Duration::from_secs(5)),
            told: None,
        };
        let head = connection.head()?;
        let body = connection.body(&head, 1000)?;
        Ok((head.status, body))
    }

    #[test]
    fn a_body_ends_by_length_by_chunks_or_with_the_stream() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nA: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\nhello",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        ] {
            for step in [1, 2, 7, 1000] {
                let (status, body) = answer(text.as_bytes(), step).unwrap();
                assert_eq!((status, body.as_slice()), (200, &b"hello"[..]), "{text}");
            }
        }
    }

    #[test]
    fn an_answer_that_stops_early_is_a_closed_connection() {
        for text in [
            "",
            "HTTP/1.1 200",
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        ] {
            assert!(matches!(answer(text.as_bytes(), 7), Err(Failure::Closed(_))), "{text}");
        }
    }

    #[test]
    fn an_answer_against_the_rules_is_refused() {
        let long_header = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(HEAD_LIMIT * 2));
        let endless_line = format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;{}",
            "x".repeat(CHUNK_LINE_LIMIT * 4)
        );
        let many_headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(100));
        let long_body = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(2000));
        for text in [
            "garbage\r\n\r\n",
            "\0\0\0\0",
            &long_header,
            &endless_line,
            &many_headers,
            &long_body,
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
        ] {
            let result = answer(text.as_bytes(), 1000);
            assert!(matches!(result, Err(Failure::Protocol(_))), "{result:?}");
        }
    }

    #[test]
    fn text_in_a_query_is_escaped() {
        assert_eq!(percent_encoded("/a b&c=é"), "/a%20b%26c%3D%C3%A9");
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic(bytes: Vec<u8>, step in 1usize..50, chunked: bool) {
            let mut text = b"HTTP/1.1 200 OK\r\n".to_vec();
            text.extend_from_slice(if chunked { b"Transfer-Encoding: chunked\r\n\r\n" } else { b"" });
            text.extend_from_slice(&bytes);
            let _ = answer(&text, step);
        }
    }
}
