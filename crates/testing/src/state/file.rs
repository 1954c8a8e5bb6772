//! A state as a file: JSON with the number of its schema.
//!
//! Contents of secrets are in it, so nobody else may read it.

use super::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, error::Category};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

const FORMAT: &str = "ops-testing state";

/// The number of the schema that this version writes and reads.
const VERSION: u64 = 1;

/// A file that holds no state that can be read. No message repeats a value of the file: it may be secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateFileError {
    /// The file ends before the state does.
    #[error("the state is cut off in line {line}: write the file anew, or restore it from a copy")]
    Truncated {
        /// The last line.
        line: usize,
    },
    /// It is JSON, and something else than a state.
    #[error(
        "this is no state: it does not begin with \"format\": {FORMAT:?}; `State::to_json` writes one that does"
    )]
    NoState,
    /// It was written by another version of this crate.
    #[error(
        "the state has schema {found}, and this version reads schema {VERSION}: write it anew with \
         this version, or read it with the version of ops-testing that wrote it"
    )]
    OtherVersion {
        /// Its schema.
        found: String,
    },
    /// It is no JSON, or does not fit the schema.
    #[error("line {line}, column {column}: {problem}; mend it there, or write the file anew")]
    Malformed {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// A field that the schema does not have.
    #[error("{path} is no field of a state: is it misspelt, or of another version? Remove it")]
    UnknownField {
        /// Where it stands.
        path: String,
    },
    /// The state holds what no file can: a command whose answer is computed, or a path that is no text.
    #[error("the state cannot be kept: {problem}")]
    Unwritable {
        /// What it is.
        problem: String,
    },
    /// The file cannot be read or written.
    #[error("cannot {action} {path}: {source}")]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

#[derive(Serialize)]
struct Written<'a> {
    format: &'static str,
    version: u64,
    state: &'a State,
}

#[derive(Deserialize)]
struct Header {
    format: Option<Value>,
    version: Option<Value>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Read {
    format: String,
    version: u64,
    state: State,
}

impl State {
    /// The state as JSON, to be kept where nobody else reads it: the contents of secrets are in it.
    ///
    /// What lives no longer than a connection to a container is not part of it.
    ///
    /// # Errors
    /// A command computes its answer, or a path is no text.
    pub fn to_json(&self) -> Result<String, StateFileError> {
        let written = Written { format: FORMAT, version: VERSION, state: self };
        serde_json::to_string_pretty(&written)
            .map_err(|error| StateFileError::Unwritable { problem: error.to_string() })
    }

    /// Reads what [`to_json`](Self::to_json) wrote. What is left out has its default.
    ///
    /// # Errors
    /// It is cut off, of another version, or not as the schema wants it.
    pub fn from_json(text: &str) -> Result<Self, StateFileError> {
        let header: Header = serde_json::from_str(text).map_err(|error| explain(&error))?;
        if header.format != Some(FORMAT.into()) {
            return Err(StateFileError::NoState);
        }
        if header.version.as_ref().and_then(Value::as_u64) != Some(VERSION) {
            let found = header.version.map_or("none".to_owned(), |version| version.to_string());
            return Err(StateFileError::OtherVersion { found });
        }
        let read: Read = serde_json::from_str(text).map_err(|error| explain(&error))?;
        let given: Value = serde_json::from_str(text).map_err(|error| explain(&error))?;
        let understood = serde_json::to_value(&read).unwrap_or_default();
        match unknown("", &given, &understood) {
            Some(path) => Err(StateFileError::UnknownField { path }),
            None => Ok(read.state),
        }
    }

    /// Writes the state into a file that only its owner may read, whole or not at all.
    ///
    /// # Errors
    /// As [`to_json`](Self::to_json), or what the operating system says. A file that was there stays.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), StateFileError> {
        let path = path.as_ref();
        write(path, &self.to_json()?).map_err(|source| StateFileError::File {
            action: "write",
            path: path.to_owned(),
            source,
        })
    }

    /// Reads the file that [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json), or what the operating system says.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, StateFileError> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|source| StateFileError::File {
            action: "read",
            path: path.to_owned(),
            source,
        })?;
        Self::from_json(&text)
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    // A temporary file is made with the mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn explain(error: &serde_json::Error) -> StateFileError {
    let (line, column) = (error.line(), error.column());
    if error.classify() == Category::Eof {
        return StateFileError::Truncated { line };
    }
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    StateFileError::Malformed { line, column, problem: without_values(text) }
}

/// Serde quotes texts with double quotes; numbers with backticks, as it does names of fields, but right behind what
/// they are.
fn without_values(text: &str) -> String {
    for (kind, quote) in [("", '"'), ("integer ", '`'), ("floating point ", '`'), ("boolean ", '`')]
    {
        let value = text.find(&format!("{kind}{quote}")).map(|found| found + kind.len());
        let rest = value.and_then(|value| text.split_at_checked(value));
        // A text may hold quotes, so it ends with the last of them.
        let end = |rest: &str| {
            if quote == '"' {
                rest.rfind(quote)
            } else {
                rest.get(1..)?.find(quote).map(|at| at + 1)
            }
        };
        if let Some((before, rest)) = rest
            && let Some(after) = end(rest).and_then(|end| rest.get(end + 1..))
        {
            return format!("{before}{quote}...{quote}{after}");
        }
    }
    text.to_owned()
}

/// The first field that was given and not understood.
fn unknown(path: &str, given: &Value, understood: &Value) -> Option<String> {
    match (given, understood) {
        (Value::Object(given), Value::Object(understood)) => {
            given.iter().find_map(|(name, given)| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match understood.get(name) {
                    Some(understood) => unknown(&path, given, understood),
                    None => Some(path),
                }
            })
        }
        (Value::Array(given), Value::Array(understood)) => {
            given.iter().zip(understood).enumerate().find_map(|(at, (given, understood))| {
                unknown(&format!("{path}[{at}]"), given, understood)
            })
        }
        _ => None,
    }
}
