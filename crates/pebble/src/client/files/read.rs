//! Reading a file: as a stream, since it may be larger than memory.

use super::{
    super::{Client, attempt, envelope},
    multipart, path_verdict,
};
use crate::{
    error::{Error, Failure},
    http::{Body, BodyReader, Connection, Deadline, percent_encoded},
};
use std::{
    fmt,
    io::{self, BufRead, Read, Write},
};

/// What the daemon says after the file may be this long.
const VERDICT_LIMIT: usize = 64 * 1024;

/// A file that is being read from the workload.
///
/// The daemon says only after the last byte whether it could read the whole file. So the end of the
/// stream is reported once that is known to be so; if the file broke off, the last read fails. Do not use
/// what you have read before you have seen the end. A failure is an [`io::Error`] around an [`Error`].
pub struct FileReader {
    path: String,
    parts: Parts,
    ended: bool,
}

type Parts = multipart::Reader<Box<dyn FnMut(&mut [u8]) -> Result<usize, Failure>>>;

impl FileReader {
    fn new(path: &str, mut body: BodyReader, boundary: &str) -> Result<Self, Error> {
        let parts = Parts::new(Box::new(move |out| body.read(out)), boundary);
        let mut reader = Self { path: path.to_owned(), parts, ended: false };
        match reader.next_part()?.as_deref() {
            Some("files") => Ok(reader),
            Some("response") => {
                reader.verdict()?;
                Err(reader.failed(Failure::Protocol("it has no file")))
            }
            _ => Err(reader.failed(Failure::Protocol("its multipart body has another shape"))),
        }
    }

    fn next_part(&mut self) -> Result<Option<String>, Error> {
        self.parts.next_part().map_err(|failure| pull_failed(&self.path, failure))
    }

    /// The next piece of the file; empty at its end, which is good.
    fn piece(&mut self) -> Result<&[u8], Error> {
        if !self.ended && self.content()?.is_empty() {
            match self.next_part()?.as_deref() {
                Some("response") => self.verdict()?,
                _ => {
                    return Err(self.failed(Failure::Protocol("its multipart body has no verdict")));
                }
            }
            self.ended = true;
        }
        if self.ended { Ok(&[]) } else { self.content() }
    }

    fn content(&mut self) -> Result<&[u8], Error> {
        self.parts.content().map_err(|failure| pull_failed(&self.path, failure))
    }

    fn verdict(&mut self) -> Result<(), Error> {
        let mut text = Vec::new();
        loop {
            let piece = self.content()?;
            let count = piece.len();
            text.extend_from_slice(piece);
            self.parts.consume(count);
            if text.len() > VERDICT_LIMIT {
                return Err(self.failed(Failure::Protocol("its verdict is too long")));
            }
            if count == 0 {
                break;
            }
        }
        let attempt = pulling(&self.path);
        path_verdict(&attempt, &self.path, envelope(&attempt, 200, &text)?.result())
    }

    fn failed(&self, failure: Failure) -> Error {
        pull_failed(&self.path, failure)
    }
}

fn pulling(path: &str) -> String {
    format!("pull of {path}")
}

fn pull_failed(path: &str, failure: Failure) -> Error {
    Error::of(pulling(path), failure)
}

impl Read for FileReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut piece = self.fill_buf()?;
        let count = piece.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for FileReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.piece().map_err(io::Error::from)
    }

    fn consume(&mut self, count: usize) {
        self.parts.consume(count);
    }
}

impl fmt::Debug for FileReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileReader").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Client {
    /// The content of a file. Symbolic links are followed.
    ///
    /// # Errors
    /// [`ErrorKind::Path`](crate::ErrorKind::Path) when the file cannot be read;
    /// [`Error::is_not_found`] when it is not there; too long for [`body_limit`](Self::body_limit): then
    /// [`open`](Self::open) it.
    pub fn pull(&self, path: &str) -> Result<Vec<u8>, Error> {
        let mut content = Vec::new();
        let mut reader = self.open(path)?;
        loop {
            let piece = reader.piece()?;
            let count = piece.len();
            if count == 0 {
                return Ok(content);
            }
            if content.len() + count > self.body_limit {
                return Err(pull_failed(path, Failure::Protocol("it is too long")));
            }
            content.extend_from_slice(piece);
            reader.consume(count);
        }
    }

    /// Writes the content of a file to `sink`, and says how many bytes. It need not fit into memory. After
    /// an error, what was written is part of the file at best.
    ///
    /// # Errors
    /// As for [`pull`](Self::pull); [`ErrorKind::Sink`](crate::ErrorKind::Sink) when `sink` fails.
    pub fn pull_to(&self, path: &str, sink: &mut dyn Write) -> Result<u64, Error> {
        let mut total = 0;
        let mut reader = self.open(path)?;
        loop {
            let piece = reader.piece()?;
            let count = piece.len();
            if count == 0 {
                return Ok(total);
            }
            sink.write_all(piece).map_err(|error| pull_failed(path, Failure::Sink(error)))?;
            reader.consume(count);
            total += u64::try_from(count).unwrap_or_default();
        }
    }

    /// Begins to read a file, which need not fit into memory. The client's
    /// [`transfer_timeout`](Self::transfer_timeout) is for reading all of it.
    ///
    /// # Errors
    /// As for [`pull`](Self::pull).
    pub fn open(&self, path: &str) -> Result<FileReader, Error> {
        let failed = |failure| pull_failed(path, failure);
        let target = format!("/v1/files?action=read&path={}", percent_encoded(path));
        let deadline = Deadline::after(self.transfer_timeout);
        let mut connection = Connection::open(&*self.dial, deadline).map_err(failed)?;
        let headers = "Accept: multipart/form-data\r\nConnection: close\r\n";
        connection.send("GET", &target, headers, Body::Empty).map_err(failed)?;
        let head = connection.head().map_err(failed)?;
        match multipart::boundary_of(&head.content_type) {
            Some(boundary) => {
                let body = connection.into_body(&head).map_err(failed)?;
                FileReader::new(path, body, boundary)
            }
            None => {
                let body = connection.body(&head, self.body_limit).map_err(failed)?;
                envelope(attempt("GET", "/v1/files"), head.status, &body)?;
                Err(failed(Failure::Protocol("it is not multipart")))
            }
        }
    }
}
