//! Why a file operation failed, in the words of Go, which the real daemon uses.

use std::io;

/// Why a file operation failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    NotFound,
    NotDirectory,
    IsDirectory,
    Exists,
    NotEmpty,
    Denied,
    Other(String),
}

impl Problem {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::NotFound => "no such file or directory",
            Self::NotDirectory => "not a directory",
            Self::IsDirectory => "is a directory",
            Self::Exists => "file exists",
            Self::NotEmpty => "directory not empty",
            Self::Denied => "permission denied",
            Self::Other(text) => text,
        }
    }

    /// `stat /path: no such file or directory`
    pub(super) fn of(&self, attempt: &str) -> PathError {
        let kind = match self {
            Self::NotFound => "not-found",
            Self::Denied => "permission-denied",
            _ => GENERIC,
        };
        PathError { kind, message: format!("{attempt}: {}", self.text()) }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::NotADirectory => Self::NotDirectory,
            io::ErrorKind::IsADirectory => Self::IsDirectory,
            io::ErrorKind::AlreadyExists => Self::Exists,
            io::ErrorKind::DirectoryNotEmpty => Self::NotEmpty,
            io::ErrorKind::PermissionDenied => Self::Denied,
            _ => Self::Other(error.to_string()),
        }
    }
}

pub(super) const GENERIC: &str = "generic-file-error";

/// What the daemon says about one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathError {
    pub(super) kind: &'static str,
    pub(super) message: String,
}

impl PathError {
    pub(super) fn generic(message: impl Into<String>) -> Self {
        Self { kind: GENERIC, message: message.into() }
    }
}
