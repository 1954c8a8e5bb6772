//! The bytes of one connection to a Pebble as an [`Exchange`]: HTTP without its framing, and the messages of a
//! WebSocket without its masks. A secret could hide in both.
//!
//! It reads what two programs have said to each other already, and must get over anything. It knows no
//! endpoint.

use super::format::{Data, Exchange, Message, Request, Response};

/// What stands between the parts of a body in a recording: theirs is another one in each run.
pub const BOUNDARY: &str = "0123456789abcdef-of-the-recording-0123456789abcdef";

/// What was said over a connection so far.
#[derive(Default)]
pub(super) struct Transcript {
    sent: Vec<u8>,
    received: Vec<u8>,
    /// How much of either there was when the direction changed.
    turns: Vec<(usize, usize)>,
    /// Whether the end was seen.
    pub(super) ended: bool,
    /// What broke it.
    pub(super) failed: Option<String>,
}

impl Transcript {
    pub(super) fn sent(&mut self, bytes: &[u8]) {
        self.turns.push((self.sent.len(), self.received.len()));
        self.sent.extend_from_slice(bytes);
    }

    pub(super) fn received(&mut self, bytes: &[u8]) {
        self.turns.push((self.sent.len(), self.received.len()));
        self.received.extend_from_slice(bytes);
    }

    pub(super) fn exchange(mut self, container: &str) -> Exchange {
        let (sent, received) = (self.sent.len(), self.received.len());
        self.turns.push((sent, received));
        let head = Head::of(&self.sent);
        let request = head.as_ref().and_then(|head| head.request(&self.sent));
        let answer = Head::of(&self.received);
        let mut messages = Vec::new();
        let response = match &answer {
            _ if self.received.is_empty() => None,
            Some(answer) if answer.status() == Some(101) => {
                messages =
                    self.messages(head.as_ref().map_or(0, |head| head.length), answer.length);
                answer.response(&[])
            }
            Some(answer) => {
                let body = self.received.get(answer.length..).unwrap_or_default();
                answer.body(body, self.ended).and_then(|body| answer.response(&body))
            }
            None => None,
        };
        let raw = || (received > 0).then(|| Response::Raw(Data(self.received.clone())));
        Exchange {
            container: container.to_owned(),
            request,
            response: response.or_else(raw),
            messages,
            ended: self.ended,
            failed: self.failed.clone(),
        }
    }

    /// The messages of a WebSocket in their order. Pings are nobody's business.
    fn messages(&self, sent_from: usize, received_from: usize) -> Vec<Message> {
        let mut messages: Vec<Message> = Vec::new();
        let (mut sent_at, mut received_at) = (sent_from, received_from);
        for (sent, received) in &self.turns {
            for (is_sent, all, at, until) in [
                (true, &self.sent, &mut sent_at, *sent),
                (false, &self.received, &mut received_at, *received),
            ] {
                while let Some(frame) = all.get(*at..until).and_then(Frame::first) {
                    *at += frame.length;
                    frame.add_to(&mut messages, is_sent);
                }
            }
        }
        messages
    }
}

/// The request that these bytes are, as it is recorded.
#[must_use]
pub fn request(sent: &[u8]) -> Option<Request> {
    Head::of(sent)?.request(sent)
}

struct Frame {
    opcode: u8,
    payload: Vec<u8>,
    length: usize,
}

impl Frame {
    /// The frame that the bytes begin with, if it is whole (RFC 6455, 5.2).
    fn first(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<2>()?;
        let [first, second] = *head;
        let (size, rest) = match second & 0x7f {
            126 => {
                let (size, rest) = rest.split_first_chunk()?;
                (u64::from(u16::from_be_bytes(*size)), rest)
            }
            127 => {
                let (size, rest) = rest.split_first_chunk()?;
                (u64::from_be_bytes(*size), rest)
            }
            size => (u64::from(size), rest),
        };
        let (mask, rest) = if second & 0x80 == 0 {
            ([0; 4], rest)
        } else {
            let (mask, rest) = rest.split_first_chunk()?;
            (*mask, rest)
        };
        let size = usize::try_from(size).ok()?;
        let payload = rest.get(..size)?;
        let length = bytes.len() - rest.len() + size;
        let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
        Some(Self { opcode: first & 0x0f, payload: payload.collect(), length })
    }

    fn add_to(self, messages: &mut Vec<Message>, sent: bool) {
        let text = match self.opcode {
            0 => match messages.iter().rfind(|message| message.sent == sent) {
                Some(message) => message.text,
                None => return,
            },
            1 => true,
            2 => false,
            _ => return,
        };
        match messages.last_mut() {
            // A secret may go from one to the next.
            Some(last) if last.sent == sent && last.text == text && (!text || self.opcode == 0) => {
                last.data.0.extend(self.payload);
            }
            _ => messages.push(Message { sent, text, data: Data(self.payload) }),
        }
    }
}

/// The first lines of a request or an answer.
struct Head {
    lines: Vec<String>,
    /// With the empty line behind it.
    length: usize,
}

impl Head {
    fn of(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let text = std::str::from_utf8(bytes.get(..end)?).ok()?;
        Some(Self { lines: text.split("\r\n").map(str::to_owned).collect(), length: end + 4 })
    }

    /// The words of the first line.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.lines.first().map_or("", String::as_str).split(' ')
    }

    fn status(&self) -> Option<u16> {
        self.words().nth(1)?.parse().ok()
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.lines.iter().skip(1).filter_map(|line| line.split_once(':'));
        fields.map(|(name, value)| (name, value.trim()))
    }

    fn header(&self, wanted: &str) -> Option<&str> {
        self.headers().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    }

    fn request(&self, sent: &[u8]) -> Option<Request> {
        let mut words = self.words();
        let (method, target) = (words.next()?.to_owned(), Data::from(words.next()?));
        // What follows an upgrade is no body.
        let body = match self.header("upgrade") {
            Some(_) => Vec::new(),
            None => {
                let rest = sent.get(self.length..).unwrap_or_default();
                self.body(rest, false).unwrap_or_else(|| rest.to_vec())
            }
        };
        let body = Data(self.with_our_boundary(body));
        Some(Request { method, target, body })
    }

    fn response(&self, body: &[u8]) -> Option<Response> {
        let boundary = self.boundary();
        let ours = |value: &str| match &boundary {
            Some(boundary) => value.replace(boundary, BOUNDARY),
            None => value.to_owned(),
        };
        let is_framing = |name: &str| {
            ["content-length", "transfer-encoding", "date"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
        };
        let headers = self.headers().filter(|(name, _)| !is_framing(name));
        let headers = headers.map(|(name, value)| (name.to_owned(), ours(value))).collect();
        let body = Data(self.with_our_boundary(body.to_vec()));
        Some(Response::Http { status: self.status()?, headers, body })
    }

    fn boundary(&self) -> Option<String> {
        let (_, boundary) = self.header("content-type")?.split_once("boundary=")?;
        let boundary = boundary.split(';').next()?.trim().trim_matches('"');
        (!boundary.is_empty()).then(|| boundary.to_owned())
    }

    fn with_our_boundary(&self, body: Vec<u8>) -> Vec<u8> {
        let Some(boundary) = self.boundary() else { return body };
        let delimiter = format!("--{boundary}").into_bytes();
        let mut out = Vec::with_capacity(body.len());
        let mut rest = body.as_slice();
        while let Some(byte) = rest.first() {
            if let Some(after) = rest.strip_prefix(delimiter.as_slice()) {
                out.extend_from_slice(format!("--{BOUNDARY}").as_bytes());
                rest = after;
            } else {
                out.push(*byte);
                rest = rest.get(1..).unwrap_or_default();
            }
        }
        out
    }

    /// The body without its framing; `None` if it is not whole.
    fn body(&self, bytes: &[u8], ended: bool) -> Option<Vec<u8>> {
        if self.header("transfer-encoding").is_some() {
            return without_chunks(bytes);
        }
        match self.header("content-length") {
            Some(length) => bytes.get(..length.parse().ok()?).map(<[u8]>::to_vec),
            None if matches!(self.status(), Some(204 | 304)) => Some(Vec::new()),
            // An answer without a length goes on until the end.
            None if self.status().is_some() && !ended => None,
            None => Some(bytes.to_vec()),
        }
    }
}

fn without_chunks(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|window| window == b"\r\n")?;
        let line = std::str::from_utf8(bytes.get(..end)?).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let start = end + 2;
        body.extend_from_slice(bytes.get(start..start.checked_add(size)?)?);
        bytes = bytes.get(start + size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(sent: &[u8], received: &[u8]) -> Exchange {
        let mut transcript = Transcript::default();
        // Byte by byte: nothing may depend on how it was cut.
        sent.iter().for_each(|byte| transcript.sent(&[*byte]));
        received.iter().for_each(|byte| transcript.received(&[*byte]));
        transcript.exchange("web")
    }

    #[test]
    fn framing_and_boundaries_are_taken_away() {
        let request = b"POST /v1/files HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=\"xyz\"\r\n\
            Transfer-Encoding: chunked\r\n\r\n5\r\n--xyz\r\n7\r\n sec--x\r\n6\r\nyz ret\r\n0\r\n\r\n";
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: y\r\n\r\nbody";
        let exchange = said(request, answer);
        let body = format!("--{BOUNDARY} sec--{BOUNDARY} ret");
        let request = exchange.request.unwrap();
        assert_eq!((request.method.as_str(), request.target), ("POST", Data::from("/v1/files")));
        assert_eq!(request.body, Data::from(&*body));
        let headers = vec![("X".to_owned(), "y".to_owned())];
        let body = Data::from("body");
        assert_eq!(exchange.response, Some(Response::Http { status: 200, headers, body }));
    }

    #[test]
    fn messages_lose_their_masks_and_pieces_become_one() {
        let mut sent = b"GET /socket HTTP/1.1\r\nUpgrade: websocket\r\n\r\n".to_vec();
        for piece in ["sec", "ret"] {
            sent.extend([0x82, 0x83, 1, 2, 3, 4]);
            sent.extend(piece.bytes().zip([1, 2, 3]).map(|(byte, mask)| byte ^ mask));
        }
        sent.extend([0x81, 0x82, 0, 0, 0, 0, b'{', b'}']);
        let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x82\x02ok\x89\x00\x81\x03end";
        let messages = said(&sent, answer).messages;
        let seen: Vec<_> = messages
            .iter()
            .map(|message| {
                (message.sent, message.text, std::str::from_utf8(&message.data.0).unwrap())
            })
            .collect();
        let all = [
            (true, false, "secret"),
            (true, true, "{}"),
            (false, false, "ok"),
            (false, true, "end"),
        ];
        assert_eq!(seen, all);
    }

    #[test]
    fn what_is_no_whole_answer_is_kept_as_it_came() {
        for answer in [
            &b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"[..],
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"\xff\xfe garbage",
        ] {
            let response = said(b"GET / HTTP/1.1\r\n\r\n", answer).response;
            assert_eq!(response, Some(Response::Raw(Data(answer.to_vec()))));
        }
        assert_eq!(said(b"GET / HTTP/1.1\r\n\r\n", b"").response, None);
    }
}
