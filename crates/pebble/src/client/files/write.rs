//! Writing a file: from memory, or from whatever can be read.

use super::{
    super::{
        Client, attempt, envelope,
        owner::{Owner, OwnerFields},
    },
    Permissions, multipart, path_verdict,
};
use crate::{
    error::Error,
    http::{Body, Deadline},
};
use ops_core::Text;
use serde::Serialize;
use serde_json::json;
use std::{
    fmt,
    io::{Cursor, Read},
};

/// How a file is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct PushOptions {
    pub(super) make_dirs: bool,
    pub(super) permissions: Option<Permissions>,
    pub(super) owner: Option<Owner>,
}

impl PushOptions {
    /// Into a directory that exists, with permissions 644, as the daemon's own user.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes missing directories, with permissions 755 and the same owner.
    pub fn make_dirs(mut self) -> Self {
        self.make_dirs = true;
        self
    }

    /// The permissions, as `0o600`. They are set exactly, whatever the daemon's umask.
    pub fn permissions(mut self, permissions: impl Into<Permissions>) -> Self {
        self.permissions = Some(permissions.into());
        self
    }

    /// Who owns it.
    pub fn owner(mut self, owner: Owner) -> Self {
        self.owner = Some(owner);
        self
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct WriteFile<'a> {
    path: &'a str,
    make_dirs: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Permissions>,
    #[serde(flatten)]
    owner: OwnerFields<'a>,
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
    /// Writes a file, in the place of what was there. A symbolic link is replaced, not followed.
    ///
    /// ```no_run
    /// use ops_pebble::{Client, Owner, PushOptions};
    ///
    /// let pebble = Client::unix("/charm/containers/web/pebble.socket");
    /// let options = PushOptions::new().make_dirs().permissions(0o640).owner(Owner::new("www-data"));
    /// pebble.push("/etc/web/web.conf", "port = 8080\n", &options)?;
    /// # Ok::<(), ops_pebble::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Path`](crate::ErrorKind::Path) when the file cannot be written. What was there stays.
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
    /// [`ErrorKind::Path`](crate::ErrorKind::Path) when the file cannot be written,
    /// [`ErrorKind::Source`](crate::ErrorKind::Source) when `source` fails. What was there stays.
    pub fn push_from(
        &self,
        path: &str,
        source: &mut dyn Read,
        options: &PushOptions,
    ) -> Result<(), Error> {
        let pushing = format!("push of {path}");
        let boundary = multipart::boundary();
        let file = WriteFile {
            path,
            make_dirs: options.make_dirs,
            permissions: options.permissions,
            owner: options.owner.as_ref().into(),
        };
        let request = json!({ "action": "write", "files": [file] });
        let start = format!(
            "--{boundary}\r\nContent-Type: application/json\r\n\
             Content-Disposition: form-data; name=\"request\"\r\n\r\n{request}\r\n\
             --{boundary}\r\nContent-Type: application/octet-stream\r\n\
             Content-Disposition: form-data; name=\"files\"; {}\r\n\r\n",
            multipart::filename(path)
        );
        let end = format!("\r\n--{boundary}--\r\n");
        let mut body = Cursor::new(start).chain(source).chain(Cursor::new(end));
        let headers = format!("Content-Type: multipart/form-data; boundary={boundary}\r\n");
        let deadline = Deadline::after(self.transfer_timeout);
        let (status, body) = self
            .answer("POST", "/v1/files", &headers, Body::Stream(&mut body), deadline)
            .map_err(|failure| Error::of(&pushing, failure))?;
        let envelope = envelope(attempt("POST", "/v1/files"), status, &body)?;
        path_verdict(&pushing, path, envelope.result())
    }
}
