//! Files in the workload: `/v1/files`.

use super::{Client, attempt, envelope, multipart};
use crate::{
    error::{Error, ErrorKind, Failure},
    http::{Body, Deadline, percent_encoded},
    wire::PathResult,
};
use ops_core::Text;
use serde_json::json;
use std::{
    fmt,
    io::{Cursor, Read},
};

/// How a file is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct PushOptions {
    make_dirs: bool,
    permissions: Option<u32>,
    user: Option<String>,
    user_id: Option<u32>,
    group: Option<String>,
    group_id: Option<u32>,
}

impl PushOptions {
    /// Into a directory that exists, with mode 0644, as the daemon's own user.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes missing directories, with mode 0755.
    pub fn make_dirs(mut self) -> Self {
        self.make_dirs = true;
        self
    }

    /// The mode, as `0o600`. Pebble knows no bits above `0o777`; they are dropped.
    pub fn permissions(mut self, mode: u32) -> Self {
        self.permissions = Some(mode & 0o777);
        self
    }

    /// The owner, by name.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The owner, by id.
    pub fn user_id(mut self, user_id: u32) -> Self {
        self.user_id = Some(user_id);
        self
    }

    /// The group, by name. Pebble wants an owner beside it.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// The group, by id. Pebble wants an owner beside it.
    pub fn group_id(mut self, group_id: u32) -> Self {
        self.group_id = Some(group_id);
        self
    }
}

/// What a file holds. `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq)]
pub struct FileContent(Vec<u8>);

impl fmt::Debug for FileContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileContent({} bytes)", self.0.len())
    }
}

impl From<&Text> for FileContent {
    fn from(text: &Text) -> Self {
        Self(text.expose().as_bytes().to_vec())
    }
}

impl From<Text> for FileContent {
    fn from(text: Text) -> Self {
        Self::from(&text)
    }
}

impl From<&str> for FileContent {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<String> for FileContent {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<Vec<u8>> for FileContent {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for FileContent {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl Client {
    /// The content of a file. Symbolic links are followed.
    ///
    /// # Errors
    /// [`ErrorKind::Path`] when the file cannot be read; [`Error::is_not_found`] when it is not there.
    pub fn pull(&self, path: &str) -> Result<Vec<u8>, Error> {
        let pulling = || format!("pull of {path}");
        let target = format!("/v1/files?action=read&path={}", percent_encoded(path));
        let deadline = Deadline::after(self.transfer_timeout);
        let headers = "Accept: multipart/form-data\r\n";
        let (head, body) = self
            .answer("GET", &target, headers, Body::Empty, deadline)
            .map_err(|failure| Error::of(pulling(), failure))?;
        let boundary = head.header("content-type").and_then(multipart::boundary_of);
        let Some(boundary) = boundary else {
            envelope(&attempt("GET", "/v1/files"), &head, &body)?;
            return Err(Error::of(pulling(), Failure::Protocol("it is not multipart")));
        };
        let parts = multipart::parts(&body, boundary).map_err(|f| Error::of(pulling(), f))?;
        // The verdict comes last, and a file that broke off half-way has a part of its own too.
        let verdict = parts.iter().find(|part| part.name == "response").ok_or_else(|| {
            Error::of(pulling(), Failure::Protocol("its multipart body has no verdict"))
        })?;
        path_verdict(&pulling(), path, envelope(&pulling(), &head, verdict.content)?.result())?;
        match parts.iter().find(|part| part.name == "files") {
            Some(file) => Ok(file.content.to_vec()),
            None => Err(Error::of(pulling(), Failure::Protocol("it has no file"))),
        }
    }

    /// Writes a file, in the place of what was there.
    ///
    /// # Errors
    /// [`ErrorKind::Path`] when the file cannot be written.
    pub fn push(
        &self,
        path: &str,
        content: impl Into<FileContent>,
        options: &PushOptions,
    ) -> Result<(), Error> {
        self.push_from(path, &mut Cursor::new(content.into().0), options)
    }

    /// Writes a file with what `source` gives, which need not fit into memory.
    ///
    /// # Errors
    /// [`ErrorKind::Path`] when the file cannot be written, [`ErrorKind::Source`] when `source` fails.
    pub fn push_from(
        &self,
        path: &str,
        source: &mut dyn Read,
        options: &PushOptions,
    ) -> Result<(), Error> {
        let pushing = format!("push of {path}");
        let boundary = multipart::boundary();
        let request = json!({ "action": "write", "files": [{
            "path": path,
            "make-dirs": options.make_dirs,
            "permissions": options.permissions.map(|mode| format!("{mode:03o}")).unwrap_or_default(),
            "user": options.user,
            "user-id": options.user_id,
            "group": options.group,
            "group-id": options.group_id,
        }]});
        let start = format!(
            "--{boundary}\r\nContent-Type: application/json\r\n\
             Content-Disposition: form-data; name=\"request\"\r\n\r\n{request}\r\n\
             --{boundary}\r\nContent-Type: application/octet-stream\r\n\
             Content-Disposition: form-data; name=\"files\"; filename=\"{}\"\r\n\r\n",
            multipart::quoted(path)
        );
        let end = format!("\r\n--{boundary}--\r\n");
        let mut body = Cursor::new(start).chain(source).chain(Cursor::new(end));
        let headers = format!("Content-Type: multipart/form-data; boundary={boundary}\r\n");
        let deadline = Deadline::after(self.transfer_timeout);
        let (head, body) = self
            .answer("POST", "/v1/files", &headers, Body::Stream(&mut body), deadline)
            .map_err(|failure| Error::of(&pushing, failure))?;
        let envelope = envelope(&attempt("POST", "/v1/files"), &head, &body)?;
        path_verdict(&pushing, path, envelope.result())
    }
}

fn path_verdict(attempt: &str, path: &str, result: &str) -> Result<(), Error> {
    let results: Vec<PathResult> = serde_json::from_str(result)
        .map_err(|_| Error::of(attempt, Failure::Protocol("its verdict has another shape")))?;
    let verdict = results.into_iter().find(|result| result.path == path);
    let verdict = verdict
        .ok_or_else(|| Error::of(attempt, Failure::Protocol("its verdict leaves out the path")))?;
    match verdict.error {
        None => Ok(()),
        Some(refusal) => {
            let path = path.to_owned();
            let kind = ErrorKind::Path { path, kind: refusal.kind, message: refusal.message };
            Err(Error::new(attempt, kind))
        }
    }
}
