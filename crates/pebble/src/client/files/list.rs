//! Looking at files without reading them.

use super::{
    super::{
        Client,
        owner::{Account, Owner},
    },
    Permissions,
};
use crate::{
    Timestamp,
    error::{Error, ErrorKind},
    http::percent_encoded,
    wire::words,
};
use serde::{Deserialize, Serialize};

words! {
    /// What is at a path.
    FileKind {
        /// A regular file.
        File = "file",
        /// A directory.
        Directory = "directory",
        /// A symbolic link, as an entry of a directory.
        Symlink = "symlink",
        /// A socket.
        Socket = "socket",
        /// A named pipe.
        NamedPipe = "named-pipe",
        /// A device.
        Device = "device",
    }
}

/// What is at a path: `GET /v1/files?action=list`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct FileInfo {
    /// The whole path.
    pub path: String,
    /// Its last part.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: FileKind,
    /// How many bytes a regular file holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Who may do what with it. The set-user-id, set-group-id and sticky bits are not shown.
    pub permissions: Permissions,
    /// When it was last changed. Pebble v1.32 tells whole seconds.
    #[serde(rename = "last-modified")]
    pub modified: Timestamp,
    /// The number of its owner.
    #[serde(default)]
    pub user_id: Option<u32>,
    /// The name of its owner; empty when the container's user database has none.
    #[serde(default)]
    pub user: String,
    /// The number of its group.
    #[serde(default)]
    pub group_id: Option<u32>,
    /// The name of its group; empty when the container's user database has none.
    #[serde(default)]
    pub group: String,
}

impl FileInfo {
    /// Whether this is its owner, as far as the owner is named: without a group, any will do.
    #[must_use]
    pub fn is_owned_by(&self, owner: &Owner) -> bool {
        let is = |account: &Account, name: &str, number: Option<u32>| match account {
            Account::Name(wanted) => wanted == name,
            Account::Id(wanted) => Some(*wanted) == number,
        };
        is(owner.user(), &self.user, self.user_id)
            && owner.named_group().is_none_or(|group| is(group, &self.group, self.group_id))
    }

    /// Whether it is a regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.kind == FileKind::File
    }

    /// Whether it is a directory.
    #[must_use]
    pub fn is_dir(&self) -> bool {
        self.kind == FileKind::Directory
    }
}

impl Client {
    /// What is in a directory, by name; of a file, the file alone. Symbolic links in it are not followed.
    ///
    /// # Errors
    /// [`ErrorKind::Path`]: it cannot be read; [`Error::is_not_found`] when it is not there.
    pub fn list(&self, path: &str) -> Result<Vec<FileInfo>, Error> {
        self.list_files(path, "")
    }

    /// Those with names that match a pattern, as of a shell: `*.conf`, `log.[0-9]`, `?`. No `**`.
    ///
    /// ```no_run
    /// let pebble = ops_pebble::Client::unix("/charm/containers/web/pebble.socket");
    /// for file in pebble.list_matching("/etc/web", "*.conf")? {
    ///     println!("{} {} {}", file.permissions, file.user, file.path);
    /// }
    /// # Ok::<(), ops_pebble::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`list`](Self::list), and a malformed pattern.
    pub fn list_matching(&self, path: &str, pattern: &str) -> Result<Vec<FileInfo>, Error> {
        self.list_files(path, &format!("&pattern={}", percent_encoded(pattern)))
    }

    /// What is at a path, a directory itself and not what is in it. A symbolic link is followed: one that
    /// leads nowhere is not found.
    ///
    /// # Errors
    /// As for [`list`](Self::list).
    pub fn file_info(&self, path: &str) -> Result<FileInfo, Error> {
        let mut found = self.list_files(path, "&itself=true")?.into_iter();
        found.next().ok_or_else(|| {
            let message = "the daemon lists nothing".to_owned();
            path_error(path, "not-found".to_owned(), message)
        })
    }

    /// Whether there is anything at a path. A symbolic link that leads nowhere is not.
    ///
    /// # Errors
    /// Whether it is there cannot be told.
    pub fn exists(&self, path: &str) -> Result<bool, Error> {
        match self.file_info(path) {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether there is a directory at a path, or a symbolic link to one.
    ///
    /// # Errors
    /// Whether it is one cannot be told.
    pub fn is_dir(&self, path: &str) -> Result<bool, Error> {
        match self.file_info(path) {
            Ok(info) => Ok(info.is_dir()),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn list_files(&self, path: &str, parameters: &str) -> Result<Vec<FileInfo>, Error> {
        let query = format!("?action=list&path={}{parameters}", percent_encoded(path));
        self.get("/v1/files", &query).map_err(|error| match error.kind() {
            // The daemon has only this path to speak of, and so does not name it.
            ErrorKind::Api { kind, message, .. } if !kind.is_empty() => {
                path_error(path, kind.clone(), message.clone())
            }
            _ => error,
        })
    }
}

fn path_error(path: &str, kind: String, message: String) -> Error {
    let path = path.to_owned();
    Error::new(format!("list of {path}"), ErrorKind::Path { path, kind, message })
}
