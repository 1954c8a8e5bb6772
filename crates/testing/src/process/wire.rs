//! What hook commands and the tool server say to each other. `shim/main.rs` is the other end.
//!
//! A request is `OPS1`, the length of its body, and fields: context id, working directory, command,
//! 1 if standard input was read, standard input, and the arguments. A reply is 0 and an exit code or
//! 1 and a signal, then what goes to standard output and to standard error. Numbers have four bytes,
//! the most significant first; a field is its length and its bytes.

use ops::hook_command::{Exit, Reply};
use std::{ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf};

/// The most that a request may have: 64 MiB. Databags of 16 MiB exist.
const LIMIT: usize = 64 << 20;
const HEAD: usize = 8;

/// One call of a hook command, as it came over the socket.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) context: String,
    pub(super) directory: PathBuf,
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
    pub(super) input: Option<Vec<u8>>,
}

/// This is not a request, and will not become one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Garbage;

impl Request {
    /// Reads a request; `None` until all of it is there.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<Self>, Garbage> {
        let magic = b"OPS1";
        let begins = bytes.iter().zip(magic).all(|(byte, wanted)| byte == wanted);
        if !begins {
            return Err(Garbage);
        }
        let Some((head, body)) = bytes.split_first_chunk::<HEAD>() else { return Ok(None) };
        let [_, _, _, _, a, b, c, d] = *head;
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).map_err(|_| Garbage)?;
        if length > LIMIT {
            return Err(Garbage);
        }
        match body.get(..length) {
            Some(body) => Self::fields(body).map(Some).ok_or(Garbage),
            None => Ok(None),
        }
    }

    fn fields(mut rest: &[u8]) -> Option<Self> {
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let (length, after) = rest.split_first_chunk()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let (field, after) = after.split_at_checked(length)?;
            fields.push(field);
            rest = after;
        }
        let mut fields = fields.into_iter();
        let context = text(fields.next()?);
        let directory = PathBuf::from(OsString::from_vec(fields.next()?.to_vec()));
        let program = text(fields.next()?);
        let given = fields.next()? == [1];
        let input = fields.next()?.to_vec();
        Some(Self {
            context,
            directory,
            program,
            arguments: fields.map(text).collect(),
            input: given.then_some(input),
        })
    }
}

/// Juju's commands are written in Go, whose text need not be UTF-8; the emulator's is.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A reply on its way.
pub(super) fn encode(reply: &Reply) -> Vec<u8> {
    let (how, number) = match reply.exit {
        Exit::Code(code) => (0, code),
        Exit::Signal(signal) => (1, signal),
    };
    let mut bytes = vec![how];
    bytes.extend_from_slice(&number.to_be_bytes());
    for field in [&reply.stdout, &reply.stderr] {
        bytes.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &[&[u8]]) -> Vec<u8> {
        let mut body = Vec::new();
        for field in fields {
            body.extend_from_slice(&(field.len() as u32).to_be_bytes());
            body.extend_from_slice(field);
        }
        let mut bytes = b"OPS1".to_vec();
        bytes.extend_from_slice(&(body.len() as u32).to_be_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn a_request_is_read_when_its_last_byte_has_come() {
        let bytes = request(&[b"id", b"/charm", b"relation-set", &[1], b"a: b", b"--file", b"-"]);
        for end in 0..bytes.len() {
            assert_eq!(Request::parse(&bytes[..end]), Ok(None), "{end}");
        }
        let request = Request::parse(&bytes).unwrap().unwrap();
        assert_eq!(request.program, "relation-set");
        assert_eq!(request.arguments, ["--file", "-"]);
        assert_eq!(request.input.as_deref(), Some(&b"a: b"[..]));
    }

    #[test]
    fn what_is_no_request_is_refused_at_once() {
        for bytes in [&b"GET / HTTP/1.1"[..], b"OPS2", b"OPS1\xff\xff\xff\xff", b"\0"] {
            assert_eq!(Request::parse(bytes), Err(Garbage), "{bytes:?}");
        }
        assert_eq!(Request::parse(&request(&[b"id", b"/charm"])), Err(Garbage));
        let mut bytes = request(&[b"id", b"/charm", b"x", &[0], b""]);
        bytes[11] = 200;
        assert_eq!(Request::parse(&bytes), Err(Garbage));
    }
}
