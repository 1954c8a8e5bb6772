//! The multipart bodies of `/v1/files`. It must not know what they hold.

use super::super::http::{decoded, find};

pub(super) struct Part<'a> {
    pub(super) name: String,
    pub(super) filename: String,
    pub(super) content: &'a [u8],
}

/// The parts of a multipart body. What is malformed is left out.
pub(super) fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<Part<'a>> {
    let first = format!("--{boundary}\r\n");
    let between = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    let mut rest = body.strip_prefix(first.as_bytes());
    while let Some(bytes) = rest {
        let Some(end) = find(bytes, between.as_bytes()) else { break };
        let part = bytes.get(..end).unwrap_or_default();
        rest = bytes.get(end + between.len()..).and_then(|rest| rest.strip_prefix(b"\r\n"));
        let Some(head_end) = find(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(part.get(..head_end).unwrap_or_default()).into_owned();
        let content = part.get(head_end + 4..).unwrap_or_default();
        parts.push(Part { name: parameter(&head, " name=\""), filename: filename(&head), content });
    }
    parts
}

fn filename(head: &str) -> String {
    match head.split_once("filename*=utf-8''") {
        Some((_, rest)) => decoded(rest.split(['\r', ';']).next().unwrap_or_default()),
        None => parameter(head, "filename=\""),
    }
}

fn parameter(head: &str, start: &str) -> String {
    let mut value = String::new();
    let mut rest = head.split_once(start).map_or("", |(_, rest)| rest).chars();
    while let Some(character) = rest.next() {
        match character {
            '"' => break,
            '\\' => value.extend(rest.next()),
            other => value.push(other),
        }
    }
    value
}
