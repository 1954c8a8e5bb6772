//! Requests and responses, and how they look on a connection. It must not know what they mean.

use serde::Serialize;
use serde_json::{Value, json};
use std::{borrow::Cow, fmt};

/// A request to the daemon.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// The query, in its order, decoded.
    pub query: Vec<(String, String)>,
    /// The headers, a line each: `Name: value`.
    pub headers: String,
    /// The body.
    pub body: Vec<u8>,
}

/// The body may hold secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?} ({} bytes)", self.method, self.path, self.query, self.body.len())
    }
}

/// The daemon's answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The content type of the body.
    pub content_type: Cow<'static, str>,
    /// The body.
    pub body: Vec<u8>,
}

/// The body may hold secrets.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({} bytes)", self.status, self.content_type, self.body.len())
    }
}

/// More than any request of a charm.
pub(super) const REQUEST_LIMIT: usize = 256 * 1024 * 1024;
const HEAD_LIMIT: usize = 64 * 1024;
/// Most answers are no longer.
const USUAL_LENGTH: usize = 512;

impl Request {
    /// A request without a body. The target is a path with its query.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(key), decoded(value))
        };
        Self {
            method: method.to_owned(),
            path: decoded(path),
            query: query.split('&').filter(|text| !text.is_empty()).map(pair).collect(),
            ..Self::default()
        }
    }

    pub(super) fn parameter(&self, key: &str) -> &str {
        let found = self.query.iter().find(|(known, _)| known == key);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// A list parameter: repeated, or separated by commas.
    pub(super) fn list(&self, key: &str) -> Vec<&str> {
        let values = self.query.iter().filter(|(known, _)| known == key);
        let items = values.flat_map(|(_, value)| value.split(',').map(str::trim));
        items.filter(|item| !item.is_empty()).collect()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers(name).next().unwrap_or_default()
    }

    /// Whether one of the headers of this name says this.
    pub(super) fn says(&self, name: &str, value: &str) -> bool {
        self.headers(name).any(|said| said.eq_ignore_ascii_case(value))
    }

    fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let headers = self.headers.lines().filter_map(|line| line.split_once(':'));
        let of_name = headers.filter(move |(known, _)| known.trim().eq_ignore_ascii_case(name));
        of_name.map(|(_, value)| value.trim())
    }

    /// Takes one whole request off the start of the bytes; `None` if there is not enough yet.
    pub(crate) fn take(bytes: &mut Vec<u8>) -> Result<Option<Self>, Response> {
        let bad = || Response::refused(400, "", "malformed request");
        let Some(end) = find(bytes, b"\r\n\r\n") else {
            return if bytes.len() > HEAD_LIMIT { Err(bad()) } else { Ok(None) };
        };
        let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
        let (first, headers) = head.split_once('\n').unwrap_or((&head, ""));
        let mut words = first.trim_end_matches('\r').split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(bad());
        };
        if !headers.lines().all(|line| line.contains(':')) {
            return Err(bad());
        }
        let mut request = Self::new(method, target);
        request.headers = headers.to_owned();
        let rest = bytes.get(end + 4..).unwrap_or_default();
        let (body, used) = if request.says("transfer-encoding", "chunked") {
            // A long body comes in many pieces; it is not worth reading before its last one.
            if rest.len() > HEAD_LIMIT && !rest.ends_with(b"0\r\n\r\n") {
                return Ok(None);
            }
            match unchunked(rest).map_err(|()| bad())? {
                Some(found) => found,
                None => return Ok(None),
            }
        } else {
            let length = match request.header("content-length") {
                "" => 0,
                length => length.parse::<usize>().map_err(|_| bad())?,
            };
            match rest.get(..length) {
                Some(body) => (body.to_vec(), length),
                None => return Ok(None),
            }
        };
        request.body = body;
        bytes.drain(..(end + 4 + used).min(bytes.len()));
        Ok(Some(request))
    }
}

/// What every JSON answer is wrapped in.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Envelope<'a, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    status_code: u16,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<String>,
    result: &'a T,
}

impl Response {
    /// A synchronous success.
    #[must_use]
    pub fn sync(result: &impl Serialize) -> Self {
        Self::json("sync", 200, None, result)
    }

    /// An asynchronous success.
    pub(super) fn change(id: u64, result: &Value) -> Self {
        Self::json("async", 202, Some(id.to_string()), result)
    }

    /// A refusal.
    pub(super) fn refused(status: u16, kind: &str, message: impl Into<String>) -> Self {
        let mut result = json!({ "message": message.into() });
        if let (Some(result), false) = (result.as_object_mut(), kind.is_empty()) {
            result.insert("kind".to_owned(), kind.into());
        }
        Self::json("error", status, None, &result)
    }

    fn json(
        kind: &'static str,
        status_code: u16,
        change: Option<String>,
        result: &impl Serialize,
    ) -> Self {
        let envelope = Envelope { kind, status_code, status: reason(status_code), change, result };
        let mut body = Vec::with_capacity(USUAL_LENGTH);
        // Text keys and no maps of one's own: nothing that could fail.
        let _ = serde_json::to_writer(&mut body, &envelope);
        Self { status: status_code, content_type: "application/json".into(), body }
    }

    /// The result of a JSON answer, or null.
    #[must_use]
    pub fn result(&self) -> Value {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body.get("result").cloned().unwrap_or_default()
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let Self { status, content_type, body } = self;
        let (reason, length) = (reason(*status), body.len());
        let head = format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        504 => "Gateway Timeout",
        _ => "Internal Server Error",
    }
}

pub(super) fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    let starts = |window: &[u8]| window.first() == pattern.first() && window == pattern;
    bytes.windows(pattern.len()).position(starts)
}

/// The content of a chunked body and its encoded length; `None` if it is not whole yet.
fn unchunked(mut rest: &[u8]) -> Result<Option<(Vec<u8>, usize)>, ()> {
    let (mut body, mut used) = (Vec::new(), 0);
    loop {
        let Some(end) = find(rest, b"\r\n") else { return Ok(None) };
        let line = std::str::from_utf8(rest.get(..end).unwrap_or_default()).map_err(|_| ())?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| ())?;
        let start = end + 2;
        let stop = start.checked_add(size).filter(|stop| *stop < REQUEST_LIMIT).ok_or(())?;
        let (Some(chunk), Some(after)) = (rest.get(start..stop), rest.get(stop + 2..)) else {
            return Ok(None);
        };
        body.extend_from_slice(chunk);
        used += stop + 2;
        if size == 0 {
            return Ok(Some((body, used)));
        }
        rest = after;
    }
}

pub(super) fn decoded(text: &str) -> String {
    if !text.contains(['+', '%']) {
        return text.to_owned();
    }
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next(), rest.next()].map(Option::unwrap_or_default);
                let code = std::str::from_utf8(&digits).ok();
                bytes.extend(code.and_then(|code| u8::from_str_radix(code, 16).ok()));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_taken_when_it_is_whole() {
        let whole =
            b"POST /v1/a%20b?names=x,%20y&names=z HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\
            \r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\nNEXT";
        for cut in 0..whole.len() - 4 {
            let mut bytes = whole[..cut].to_vec();
            assert_eq!(Request::take(&mut bytes), Ok(None), "{cut}");
        }
        let mut bytes = whole.to_vec();
        let request = Request::take(&mut bytes).unwrap().unwrap();
        assert_eq!(request.path, "/v1/a b");
        assert_eq!(request.list("names"), ["x", "y", "z"]);
        assert_eq!(request.body, b"abc");
        assert_eq!(bytes, b"NEXT");
    }

    #[test]
    fn a_malformed_request_is_refused() {
        for text in ["\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nnocolon\r\n\r\n"] {
            assert!(Request::take(&mut text.as_bytes().to_vec()).is_err(), "{text}");
        }
    }

    #[test]
    fn an_answer_says_its_status_in_the_words_of_http() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        assert!(Response::sync(&Value::Null).bytes().starts_with(head.as_bytes()));
        for (status, words) in [
            (400, "Bad Request"),
            (401, "Unauthorized"),
            (403, "Forbidden"),
            (404, "Not Found"),
            (405, "Method Not Allowed"),
            (500, "Internal Server Error"),
            (504, "Gateway Timeout"),
        ] {
            let refused = Response::refused(status, "", "no");
            let head = format!("HTTP/1.1 {status} {words}\r\n");
            assert!(refused.bytes().starts_with(head.as_bytes()));
            let body: Value = serde_json::from_slice(&refused.body).unwrap();
            assert_eq!((&body["status"], &body["status-code"]), (&words.into(), &status.into()));
        }
    }
}
