//! Reads the file of a recording, and refuses what is none.

use ops::record::{Begin, End, FORMAT, Line};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// One recorded dispatch. See `docs/recording.md` for how to make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    pub(super) begin: Begin,
    /// Between the first line and the last.
    pub(super) steps: Vec<Line>,
    pub(super) end: Option<End>,
}

/// Why a file is not replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// It cannot be read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// It is something else.
    #[error("{} is no recording: line {line} is not one of a recording's", .path.display())]
    Strange {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// It was made by another version of the SDK.
    #[error("{} has format {format}, and this version reads format {FORMAT}: replay it with the version of ops-rs that recorded it", .path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
    /// It ends in the middle.
    #[error("{} is not whole: it ends after line {lines}, and the end of the dispatch is not in it", .path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// How many whole lines it has.
        lines: usize,
    },
}

impl Recording {
    /// Reads a recording. One of a crash, whose name ends in `.partial`, is read up to where it ends.
    ///
    /// # Errors
    /// The file cannot be read, is of another format, is not whole, or is something else.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        let path = path.as_ref();
        let text = fs::read(path).map_err(|why| RecordingError::Read(path.to_owned(), why))?;
        let is_partial = path.extension().is_some_and(|name| name == "partial");
        Self::parse(path, &text, is_partial)
    }

    /// The exit code of the dispatch; `None` if it crashed.
    #[must_use]
    pub fn exit_code(&self) -> Option<u8> {
        self.end.map(|end| end.exit)
    }

    /// How many hook commands and connections to Pebble it holds.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps.iter().filter(|line| matches!(line, Line::Call(_) | Line::Pebble(_))).count()
    }

    fn parse(path: &Path, text: &[u8], is_partial: bool) -> Result<Self, RecordingError> {
        let path = || path.to_owned();
        let whole =
            text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
        let whole: Vec<&[u8]> = whole.collect();
        let strange = |line| RecordingError::Strange { path: path(), line };
        let truncated = |lines| RecordingError::Truncated { path: path(), lines };
        let Some(first) = whole.first() else {
            // An empty file, or half a line.
            let is_begun = text.is_empty() || text.starts_with(b"{\"begin\"");
            return Err(if is_begun { truncated(0) } else { strange(1) });
        };
        let head: serde_json::Value = serde_json::from_slice(first).map_err(|_| strange(1))?;
        let format = head.get("begin").and_then(|begin| begin.get("recording")?.as_u64());
        match format {
            None => return Err(strange(1)),
            Some(format) if format != u64::from(FORMAT) => {
                return Err(RecordingError::Version { path: path(), format });
            }
            Some(_) => {}
        }
        let mut lines = Vec::with_capacity(whole.len());
        for (number, line) in whole.iter().enumerate() {
            lines.push(serde_json::from_slice(line).map_err(|_| strange(number + 1))?);
        }
        let count = lines.len();
        let end = match lines.pop() {
            Some(Line::End(end)) if text.ends_with(b"\n") => Some(end),
            _ if !is_partial => return Err(truncated(count)),
            last => {
                lines.extend(last);
                None
            }
        };
        if lines.is_empty() {
            return Err(strange(1));
        }
        match lines.remove(0) {
            Line::Begin(begin) => Ok(Self { begin, steps: lines, end }),
            _ => Err(strange(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = r#"{"begin":{"recording":1,"sdk":"0.1.0","began":0,"environment":{}}}"#;
    const END: &str = r#"{"end":{"exit":0}}"#;

    fn parsed(text: &str, is_partial: bool) -> Result<Recording, RecordingError> {
        Recording::parse(Path::new("x.recording"), text.as_bytes(), is_partial)
    }

    #[test]
    fn a_whole_one_is_read() {
        let random = r#"{"random":{"bytes":4,"redacted":1}}"#;
        let recording = parsed(&format!("{BEGIN}\n{random}\n{END}\n"), false).unwrap();
        assert_eq!((recording.steps.len(), recording.exit_code()), (1, Some(0)));
    }

    #[test]
    fn another_format_is_named() {
        let error =
            parsed(&format!("{}\n", BEGIN.replace("\"recording\":1", "\"recording\":7")), false);
        let text = error.unwrap_err().to_string();
        assert!(text.contains("format 7") && text.contains("format 1"), "{text}");
    }

    #[test]
    fn half_of_one_is_refused_wherever_it_ends() {
        let whole = format!("{BEGIN}\n{END}\n");
        for length in 0..whole.len() {
            let error = parsed(whole.get(..length).unwrap(), false).unwrap_err();
            let half_a_word = (1..8).contains(&length);
            let is_truncated = matches!(error, RecordingError::Truncated { .. });
            assert!(is_truncated != half_a_word, "{length}: {error}");
        }
    }

    #[test]
    fn that_of_a_crash_is_read_up_to_where_it_ends() {
        let random = r#"{"random":{"bytes":4,"redacted":1}}"#;
        let recording = parsed(&format!("{BEGIN}\n{random}\n{{\"call\":{{"), true).unwrap();
        assert_eq!((recording.steps.len(), recording.exit_code()), (1, None));
    }

    #[test]
    fn anything_else_is_none() {
        for text in
            ["{}\n", "hello\n", "{\"begin\":1}\n", &format!("{BEGIN}\n{{\"x\":1}}\n{END}\n")]
        {
            assert!(matches!(parsed(text, true), Err(RecordingError::Strange { .. })), "{text}");
        }
    }
}
