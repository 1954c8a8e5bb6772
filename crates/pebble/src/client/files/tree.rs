//! Whole directories at once, in either direction. What can be done is done; what cannot is reported.

use super::{super::Client, FileInfo, FileKind, MakeDirOptions, PushOptions};
use crate::error::{Error, Failure};
use std::{
    error::Error as StdError,
    fmt,
    fs::{self, File, OpenOptions, Permissions as LocalPermissions},
    io::{self, BufWriter, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

/// Some of the files and directories that were to be copied were not. The others were.
pub struct TransferError {
    what: String,
    copied: usize,
    first: Box<FailedPath>,
    others: Vec<FailedPath>,
}

/// One file or directory that was not copied.
#[derive(Debug)]
#[non_exhaustive]
pub struct FailedPath {
    /// Where it is on the side that it was to be copied from.
    pub path: PathBuf,
    /// Why it was not.
    pub error: Error,
}

impl TransferError {
    /// What failed, in the order in which it was tried. What is below a directory that failed was not
    /// tried, nor anything after the daemon went away.
    pub fn failures(&self) -> impl Iterator<Item = &FailedPath> {
        std::iter::once(&*self.first).chain(&self.others)
    }

    /// How many files and directories were copied.
    #[must_use]
    pub fn copied(&self) -> usize {
        self.copied
    }
}

impl fmt::Display for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, copied, others, .. } = self;
        write!(f, "{what}: {} failed and {copied} copied", others.len() + 1)
    }
}

impl fmt::Debug for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransferError")
            .field("what", &self.what)
            .field("copied", &self.copied)
            .field("failures", &self.failures().collect::<Vec<_>>())
            .finish()
    }
}

/// The source is the first failure; see [`failures`](Self::failures) for all.
impl StdError for TransferError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.first.error)
    }
}

/// Longer paths than this, in bytes, cannot be opened anyway. It ends what would not end by itself.
const PATH_LIMIT: usize = 4096;

impl Client {
    /// Copies a file, or a directory with all below it, to the workload: what is at `local` here will be
    /// at `remote` there. Directories that are missing are made; what is there and not here stays.
    ///
    /// Permissions are those of the local files unless the options say others (for files); owners are as the options
    /// say, never the local ones, since the workload may not know them. Symbolic links to files are copied as
    /// files. Sockets, pipes, devices and symbolic links to directories are failures. Returns how many files and
    /// directories were copied.
    ///
    /// # Errors
    /// Some of it could not be copied; all the rest was.
    pub fn push_path(
        &self,
        local: &Path,
        remote: &str,
        options: &PushOptions,
    ) -> Result<usize, TransferError> {
        let mut outcome = Outcome::default();
        let mut pending = vec![(local.to_owned(), remote.to_owned())];
        while let Some((local, remote)) = pending.pop() {
            let result = self.push_one(&local, &remote, options, &mut pending);
            if outcome.note(local, result) == Next::Stop {
                break;
            }
        }
        outcome.finish(|| format!("push of {} to {remote}", local.display()))
    }

    fn push_one(
        &self,
        local: &Path,
        remote: &str,
        options: &PushOptions,
        pending: &mut Vec<(PathBuf, String)>,
    ) -> Result<(), Error> {
        let unreadable = |error| Error::of(format!("push of {remote}"), Failure::Source(error));
        let itself = fs::symlink_metadata(local).map_err(unreadable)?;
        let found = fs::metadata(local).map_err(unreadable)?;
        let mode = found.permissions().mode();
        if itself.is_dir() {
            let mut made = MakeDirOptions::new().parents().permissions(mode);
            if let Some(owner) = &options.owner {
                made = made.owner(owner.clone());
            }
            self.make_dir(remote, &made)?;
            let mut inside = Vec::new();
            for entry in fs::read_dir(local).map_err(unreadable)? {
                let name = entry.map_err(unreadable)?.file_name();
                let Some(text) = name.to_str() else {
                    let error =
                        io::Error::new(io::ErrorKind::InvalidInput, "a name that is not UTF-8");
                    return Err(unreadable(error));
                };
                inside.push((local.join(text), format!("{}/{text}", remote.trim_end_matches('/'))));
            }
            inside.sort();
            pending.extend(inside.into_iter().rev());
            return Ok(());
        }
        if !found.is_file() {
            let error =
                io::Error::new(io::ErrorKind::InvalidInput, "neither a file nor a directory");
            return Err(unreadable(error));
        }
        let mut options = options.clone().make_dirs();
        options.permissions.get_or_insert(mode.into());
        self.push_from(remote, &mut File::open(local).map_err(unreadable)?, &options)
    }

    /// Copies a file, or a directory with all below it, from the workload: what is at `remote` there will be
    /// at `local` here. Directories that are missing are made; what is here and not there stays.
    ///
    /// Permissions are those of the workload's files, and the owner is this process. Symbolic links to
    /// files are copied as files. Sockets, pipes, devices and symbolic links to directories are failures.
    /// Returns how many files and directories were copied.
    ///
    /// # Errors
    /// Some of it could not be copied; all the rest was. A file that broke off is not left behind.
    pub fn pull_path(&self, remote: &str, local: &Path) -> Result<usize, TransferError> {
        let mut outcome = Outcome::default();
        let mut pending = Vec::new();
        match self.file_info(remote) {
            Ok(info) => pending.push((info, remote.to_owned(), local.to_owned())),
            Err(error) => {
                let _ = outcome.note(PathBuf::from(remote), Err(error));
            }
        }
        while let Some((info, remote, local)) = pending.pop() {
            let result = self.pull_one(&info, &remote, &local, &mut pending);
            if outcome.note(PathBuf::from(remote), result) == Next::Stop {
                break;
            }
        }
        outcome.finish(|| format!("pull of {remote} to {}", local.display()))
    }

    fn pull_one(
        &self,
        info: &FileInfo,
        remote: &str,
        local: &Path,
        pending: &mut Vec<(FileInfo, String, PathBuf)>,
    ) -> Result<(), Error> {
        let pulling = || format!("pull of {remote}");
        let unwritable = |error| Error::of(pulling(), Failure::Sink(error));
        match info.kind {
            FileKind::Directory => {
                let inside = self.list(remote)?;
                make_local_dir(local, info.permissions.bits()).map_err(unwritable)?;
                for entry in inside.into_iter().rev() {
                    // The workload must not choose where on this side something is written.
                    let name = entry.name.clone();
                    if name.is_empty() || name == "." || name == ".." || name.contains('/') {
                        let failure = Failure::Protocol("it lists a name that is none");
                        return Err(Error::of(pulling(), failure));
                    }
                    let below = format!("{}/{name}", remote.trim_end_matches('/'));
                    if below.len() > PATH_LIMIT {
                        let failure = Failure::Protocol("it lists a path that is too long");
                        return Err(Error::of(pulling(), failure));
                    }
                    pending.push((entry, below, local.join(name)));
                }
                Ok(())
            }
            FileKind::File | FileKind::Symlink => {
                let file = NewFile::create(local).map_err(unwritable)?;
                let mut sink = BufWriter::with_capacity(64 * 1024, &file.file);
                self.pull_to(remote, &mut sink)?;
                sink.flush().map_err(unwritable)?;
                drop(sink);
                // A link's own permissions say nothing about what it leads to.
                let mode = if info.is_file() { info.permissions.bits() } else { 0o644 };
                file.finish(mode).map_err(unwritable)
            }
            _ => {
                let error =
                    io::Error::new(io::ErrorKind::InvalidInput, "neither a file nor a directory");
                Err(unwritable(error))
            }
        }
    }
}

/// A file that takes its place once it is whole.
struct NewFile {
    file: File,
    path: PathBuf,
    temporary: PathBuf,
    done: bool,
}

impl NewFile {
    fn create(path: &Path) -> io::Result<Self> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}~", std::process::id()));
        let temporary = path.with_file_name(name);
        // Nobody else reads it before its permissions are known.
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        Ok(Self { file, path: path.to_owned(), temporary, done: false })
    }

    fn finish(mut self, mode: u32) -> io::Result<()> {
        self.file.set_permissions(LocalPermissions::from_mode(mode))?;
        fs::rename(&self.temporary, &self.path)?;
        self.done = true;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.done {
            // What matters is why it was not finished, and that is reported.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

fn make_local_dir(path: &Path, mode: u32) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    // Its owner must be able to fill it.
    fs::DirBuilder::new().recursive(true).mode(mode | 0o700).create(path)
}

#[derive(Default)]
struct Outcome {
    copied: usize,
    failures: Vec<FailedPath>,
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    GoOn,
    Stop,
}

impl Outcome {
    fn note(&mut self, path: PathBuf, result: Result<(), Error>) -> Next {
        match result {
            Ok(()) => {
                self.copied += 1;
                Next::GoOn
            }
            Err(error) => {
                // All others would fail in the same way, each after its own time.
                let next = if error.is_connection() || error.is_timeout() {
                    Next::Stop
                } else {
                    Next::GoOn
                };
                self.failures.push(FailedPath { path, error });
                next
            }
        }
    }

    fn finish(self, what: impl FnOnce() -> String) -> Result<usize, TransferError> {
        let copied = self.copied;
        let mut failures = self.failures.into_iter();
        match failures.next() {
            None => Ok(copied),
            Some(first) => {
                let first = Box::new(first);
                Err(TransferError { what: what(), copied, first, others: failures.collect() })
            }
        }
    }
}
