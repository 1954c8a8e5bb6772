//! `multipart/form-data`, as far as `/v1/files` needs it.

use crate::error::Failure;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// A boundary that no content holds but by a chance of one in 2^192. Pebble wants 32 characters.
pub(crate) fn boundary() -> String {
    // The standard library seeds each state with random keys of the operating system.
    (0..3).map(|_| format!("{:016x}", RandomState::new().build_hasher().finish())).collect()
}

/// One part of an answer.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) name: String,
    pub(crate) content: &'a [u8],
}

/// The boundary that a content type names.
pub(crate) fn boundary_of(content_type: &str) -> Option<&str> {
    let parameters = content_type.strip_prefix("multipart/form-data")?;
    let boundary = parameters.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    let boundary = boundary.strip_prefix('"').and_then(|b| b.strip_suffix('"')).unwrap_or(boundary);
    (!boundary.is_empty()).then_some(boundary)
}

/// The parts of a body.
pub(crate) fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, Failure> {
    const BROKEN: Failure = Failure::Protocol("its multipart body is broken");
    let first = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(first.as_bytes()).ok_or(BROKEN)?;
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        rest = rest.strip_prefix(b"\r\n").ok_or(BROKEN)?;
        let (part, after) = split_once(rest, between.as_bytes()).ok_or(BROKEN)?;
        let (headers, content) = split_once(part, b"\r\n\r\n").ok_or(BROKEN)?;
        let headers = std::str::from_utf8(headers).map_err(|_| BROKEN)?;
        parts.push(Part { name: name(headers).ok_or(BROKEN)?, content });
        rest = after;
    }
}

fn name(headers: &str) -> Option<String> {
    let disposition = headers.split("\r\n").find_map(|line| {
        let (header, value) = line.split_once(':')?;
        header.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let (_, name) = disposition.split_once("name=\"")?;
    Some(name.split_once('"')?.0.to_owned())
}

fn split_once<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(separator.len()).position(|window| window == separator)?;
    Some((bytes.get(..at)?, bytes.get(at + separator.len()..)?))
}

/// A file name for a header, escaped as Go's reader expects it.
pub(crate) fn quoted(name: &str) -> String {
    name.replace('\\', "\\\\").replace('"', "\\\"").replace(['\r', '\n'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_whatever_their_content() {
        let body = b"--B\r\nContent-Type: x\r\nContent-Disposition: form-data; name=\"files\"; \
            filename=\"/a\"\r\n\r\n\r\n--\x00\r\n\r\n\r\n--B\r\ncontent-disposition: form-data; \
            name=\"response\"\r\n\r\n{}\n\r\n--B--\r\n";
        let parts = parts(body, "B").unwrap();
        assert_eq!(parts[0].name, "files");
        assert_eq!(parts[0].content, b"\r\n--\x00\r\n\r\n");
        assert_eq!((parts[1].name.as_str(), parts[1].content), ("response", &b"{}\n"[..]));
    }

    #[test]
    fn a_boundary_is_long_enough_for_pebble_and_never_the_same() {
        assert!(boundary().len() >= 32);
        assert_ne!(boundary(), boundary());
        assert_eq!(boundary_of("multipart/form-data; boundary=\"a b\""), Some("a b"));
        assert_eq!(boundary_of("multipart/form-data; boundary="), None);
        assert_eq!(boundary_of("application/json"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(body in "(--B|\r\n|name=\"|content-disposition:|.)*") {
            let _ = parts(body.as_bytes(), "B");
        }
    }
}
