//! `multipart/form-data`, as far as `/v1/files` needs it.

use crate::error::Failure;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// A boundary that no content holds but by a chance of one in 2^192. Pebble wants 32 characters.
pub(super) fn boundary() -> String {
    // The standard library seeds each state with random keys of the operating system.
    (0..3).map(|_| format!("{:016x}", RandomState::new().build_hasher().finish())).collect()
}

/// The boundary that a content type names.
pub(super) fn boundary_of(content_type: &str) -> Option<&str> {
    let parameters = content_type.strip_prefix("multipart/form-data")?;
    let boundary = parameters.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    let boundary = boundary.strip_prefix('"').and_then(|b| b.strip_suffix('"')).unwrap_or(boundary);
    (!boundary.is_empty()).then_some(boundary)
}

/// Reads a body part by part, and each part piece by piece. It never holds more than its buffer.
pub(super) struct Reader<R> {
    source: R,
    buffer: Vec<u8>,
    /// Up to here the buffer is used.
    start: usize,
    /// Up to here it is filled.
    end: usize,
    delimiter: Delimiter,
    place: Place,
}

/// Where in the body the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first part.
    Start,
    /// In the content of a part, of which this much was found and not taken.
    Content(usize),
    /// Behind the content of a part: the delimiter is next.
    ContentEnd,
    /// Behind the last part.
    End,
}

const BROKEN: Failure = Failure::Protocol("its multipart body is broken");
const BUFFER: usize = 64 * 1024;
/// The headers of a part hold a path of the operating system's size, each byte escaped, and little more.
const HEADERS_LIMIT: usize = 16 * 1024;

impl<R: FnMut(&mut [u8]) -> Result<usize, Failure>> Reader<R> {
    /// Reads what `source` gives, until it gives nothing.
    pub(super) fn new(source: R, boundary: &str) -> Self {
        let delimiter = Delimiter::new(format!("\r\n--{boundary}").into_bytes());
        let buffer = vec![0; BUFFER.max(4 * delimiter.text.len())];
        Self { source, buffer, start: 0, end: 0, delimiter, place: Place::Start }
    }

    /// The name of the next part; `None` after the last one.
    pub(super) fn next_part(&mut self) -> Result<Option<String>, Failure> {
        while let Place::Content(_) = self.place {
            let count = self.content()?.len();
            self.consume(count);
        }
        let mark = match self.place {
            // Nothing comes before the first one, so its line has no line end before it.
            Place::Start => self.delimiter.text.get(2..).unwrap_or_default().to_vec(),
            Place::ContentEnd => self.delimiter.text.clone(),
            Place::Content(_) | Place::End => return Ok(None),
        };
        self.expect(&mark)?;
        self.at_least(2)?;
        if self.unread().starts_with(b"--") {
            self.place = Place::End;
            return Ok(None);
        }
        self.expect(b"\r\n")?;
        let length = loop {
            let unread = self.unread();
            if let Some(at) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            if unread.len() > HEADERS_LIMIT {
                return Err(BROKEN);
            }
            self.at_least(unread.len() + 1)?;
        };
        let headers = std::str::from_utf8(self.unread().get(..length).unwrap_or_default());
        let name = headers.ok().and_then(name).ok_or(BROKEN)?;
        self.start += length + 4;
        self.place = Place::Content(0);
        Ok(Some(name))
    }

    /// The next piece of the part's content; empty at its end.
    pub(super) fn content(&mut self) -> Result<&[u8], Failure> {
        let delimiter = self.delimiter.text.len();
        while self.place == Place::Content(0) {
            match self.delimiter.find(self.unread()) {
                Some(0) => self.place = Place::ContentEnd,
                Some(found) => self.place = Place::Content(found),
                // The last bytes may be the start of a delimiter.
                None if self.unread().len() >= delimiter => {
                    self.place = Place::Content(self.unread().len() + 1 - delimiter);
                }
                None => self.at_least(delimiter)?,
            }
        }
        match self.place {
            Place::Content(found) => Ok(self.unread().get(..found).unwrap_or_default()),
            _ => Ok(&[]),
        }
    }

    /// Takes this much of the piece.
    pub(super) fn consume(&mut self, count: usize) {
        if let Place::Content(found) = &mut self.place {
            let count = count.min(*found);
            *found -= count;
            self.start += count;
        }
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    fn expect(&mut self, text: &[u8]) -> Result<(), Failure> {
        self.at_least(text.len())?;
        if !self.unread().starts_with(text) {
            return Err(BROKEN);
        }
        self.start += text.len();
        Ok(())
    }

    /// Reads until there is this much. It is never more than the buffer holds.
    fn at_least(&mut self, count: usize) -> Result<(), Failure> {
        while self.end - self.start < count {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            let read = (self.source)(self.buffer.get_mut(self.end..).unwrap_or_default())?;
            if read == 0 {
                return Err(BROKEN);
            }
            self.end += read;
        }
        Ok(())
    }
}

/// A text to look for, as Horspool does: what cannot be its end is skipped, mostly as a whole.
struct Delimiter {
    text: Vec<u8>,
    skips: [usize; 256],
}

impl Delimiter {
    fn new(text: Vec<u8>) -> Self {
        let mut skips = [text.len(); 256];
        for (place, byte) in text.iter().enumerate().take(text.len().saturating_sub(1)) {
            if let Some(skip) = skips.get_mut(usize::from(*byte)) {
                *skip = text.len() - 1 - place;
            }
        }
        Self { text, skips }
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        let last = self.text.len().checked_sub(1)?;
        let mut at = 0;
        loop {
            let end = *bytes.get(at + last)?;
            if self.text.last() == Some(&end) && bytes.get(at..)?.starts_with(&self.text) {
                return Some(at);
            }
            at += self.skips.get(usize::from(end)).copied().unwrap_or(1).max(1);
        }
    }
}

fn name(headers: &str) -> Option<String> {
    let disposition = headers.split("\r\n").find_map(|line| {
        let (header, value) = line.split_once(':')?;
        header.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let (_, name) = disposition.split_once(" name=\"")?;
    Some(name.split_once('"')?.0.to_owned())
}

/// The parameter of a header that names a file, as Go's reader expects it.
pub(super) fn filename(name: &str) -> String {
    if name.chars().any(char::is_control) {
        // RFC 2231: quoted text cannot hold a line end.
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        return format!("filename*=utf-8''{encoded}");
    }
    format!("filename=\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All parts of a body that comes in pieces of this size.
    fn parts(body: &[u8], boundary: &str, step: usize) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        let mut rest = body;
        let source = |out: &mut [u8]| {
            let count = step.min(rest.len()).min(out.len());
            out[..count].copy_from_slice(&rest[..count]);
            rest = &rest[count..];
            Ok(count)
        };
        let mut reader = Reader::new(source, boundary);
        let mut parts = Vec::new();
        while let Some(name) = reader.next_part()? {
            let mut content = Vec::new();
            loop {
                let piece = reader.content()?;
                if piece.is_empty() {
                    break;
                }
                // Not all at once, as readers do.
                let count = piece.len().div_ceil(2);
                content.extend_from_slice(&piece[..count]);
                reader.consume(count);
            }
            parts.push((name, content));
        }
        Ok(parts)
    }

    #[test]
    fn parts_are_found_whatever_their_content() {
        let body = b"--B\r\nContent-Type: x\r\nContent-Disposition: form-data; name=\"files\"; \
            filename=\"/a\"\r\n\r\n\r\n--\x00\r\n\r\n\r\n--B\r\ncontent-disposition: form-data; \
            name=\"response\"\r\n\r\n{}\n\r\n--B--\r\n";
        for step in [1, 2, 3, 7, 1000] {
            let parts = parts(body, "B", step).unwrap();
            assert_eq!(parts[0], ("files".to_owned(), b"\r\n--\x00\r\n\r\n".to_vec()));
            assert_eq!(parts[1], ("response".to_owned(), b"{}\n".to_vec()));
            assert_eq!(parts.len(), 2);
        }
    }

    #[test]
    fn a_body_that_stops_anywhere_is_broken() {
        let body = b"--B\r\ncontent-disposition: form-data; name=\"files\"\r\n\r\ncontent\r\n--B--";
        assert!(parts(body, "B", 5).is_ok());
        for length in 0..body.len() {
            assert!(parts(&body[..length], "B", 5).is_err(), "{length}");
        }
    }

    #[test]
    fn headers_without_end_are_refused() {
        let body = [b"--B\r\n".to_vec(), vec![b'x'; 1_000_000]].concat();
        assert!(parts(&body, "B", 1000).is_err());
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
            let _ = parts(body.as_bytes(), "B", 5);
        }

        #[test]
        fn every_content_comes_back(
            content in proptest::collection::vec("(\r|\n|-|\r\n--ab|a|b|x)", 0..200),
            step in 1_usize..50,
        ) {
            let content = content.concat();
            let head = "--abb\r\ncontent-disposition: form-data; name=\"files\"\r\n\r\n";
            proptest::prop_assume!(!content.contains("\r\n--abb"));
            let body = format!("{head}{content}\r\n--abb--\r\n");
            let parts = parts(body.as_bytes(), "abb", step).unwrap();
            proptest::prop_assert_eq!(&parts[0].1, content.as_bytes());
        }
    }
}
