//! Making directories, and removing what is there.

use super::{
    super::{
        Client,
        owner::{Owner, OwnerFields},
    },
    Permissions, path_verdict,
};
use crate::error::Error;
use serde::Serialize;
use serde_json::json;

/// How a directory is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct MakeDirOptions {
    parents: bool,
    permissions: Option<Permissions>,
    owner: Option<Owner>,
}

impl MakeDirOptions {
    /// In a directory that exists, with permissions 755, as the daemon's own user. One that is there
    /// already is an error.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes what is missing above it too, with the same permissions and owner. One that is there already
    /// is left as it is.
    pub fn parents(mut self) -> Self {
        self.parents = true;
        self
    }

    /// The permissions, as `0o700`.
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
struct MakeDir<'a> {
    path: &'a str,
    make_parents: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Permissions>,
    #[serde(flatten)]
    owner: OwnerFields<'a>,
}

impl Client {
    /// Makes a directory.
    ///
    /// # Errors
    /// [`ErrorKind::Path`](crate::ErrorKind::Path): there is something already, the directory above it is
    /// missing, or nobody knows its owner.
    pub fn make_dir(&self, path: &str, options: &MakeDirOptions) -> Result<(), Error> {
        let dir = MakeDir {
            path,
            make_parents: options.parents,
            permissions: options.permissions,
            owner: options.owner.as_ref().into(),
        };
        let body = json!({ "action": "make-dirs", "dirs": [dir] });
        path_verdict(&format!("making of {path}"), path, self.post("/v1/files", &body)?.result())
    }

    /// Removes a file, a symbolic link or an empty directory.
    ///
    /// # Errors
    /// [`ErrorKind::Path`](crate::ErrorKind::Path): it is not there, or not empty.
    pub fn remove(&self, path: &str) -> Result<(), Error> {
        self.remove_path(path, false)
    }

    /// Removes whatever is at this path, with all below it. Nothing there is fine.
    ///
    /// # Errors
    /// [`ErrorKind::Path`](crate::ErrorKind::Path): some of it cannot be removed.
    pub fn remove_all(&self, path: &str) -> Result<(), Error> {
        self.remove_path(path, true)
    }

    fn remove_path(&self, path: &str, recursive: bool) -> Result<(), Error> {
        let body =
            json!({ "action": "remove", "paths": [{ "path": path, "recursive": recursive }] });
        path_verdict(&format!("removal of {path}"), path, self.post("/v1/files", &body)?.result())
    }
}
