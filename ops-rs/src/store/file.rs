//! Documents in one local file, for charms that keep more than Juju's unit state takes.
//!
//! Written to a temporary file beside it, synced, renamed over it, and the directory synced: a crash at
//! any instant leaves the old file or the new one. Readable by its owner alone. Locked from load to the
//! end of the dispatch, so that a parallel action cannot lose what a hook writes.

use super::{Backend, Loaded, StoreError};
use crate::host::Clock;
use rustix::fs::{FlockOperation, flock};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    rc::Rc,
    time::Duration,
};

/// One file of documents.
#[derive(Debug)]
pub struct FileState {
    path: PathBuf,
    clock: Rc<dyn Clock>,
    patience: Duration,
    lock: RefCell<Option<File>>,
}

impl FileState {
    /// The file at this path; it need not be there yet. Waits up to 30 s for its lock.
    pub fn new(path: impl Into<PathBuf>, clock: Rc<dyn Clock>) -> Self {
        let patience = Duration::from_secs(30);
        Self { path: path.into(), clock, patience, lock: RefCell::new(None) }
    }

    /// The same file with another patience for its lock.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// A lock file of its own: the state file itself is replaced at every commit.
    fn lock(&self) -> Result<(), StoreError> {
        if self.lock.borrow().is_some() {
            return Ok(());
        }
        let path = self.path.with_added_extension("lock");
        let failed = |error| StoreError::file("lock", &path, error);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        let begin = self.clock.elapsed();
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => break,
                Err(rustix::io::Errno::WOULDBLOCK) => {}
                Err(errno) => return Err(failed(errno.into())),
            }
            if self.clock.elapsed().saturating_sub(begin) >= self.patience {
                let source = ops_core::Error::new(
                    ops_core::FaultKind::AgentLost,
                    "another dispatch or action of this unit has not ended",
                );
                return Err(StoreError::Locked { path: self.path.clone(), source });
            }
            self.clock.sleep(Duration::from_millis(20));
        }
        *self.lock.borrow_mut() = Some(file);
        Ok(())
    }

    fn read(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let failed = |error| StoreError::file("read", &self.path, error);
        let mut bytes = Vec::new();
        match File::open(&self.path) {
            Ok(mut file) => file.read_to_end(&mut bytes).map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        Ok(Some(bytes))
    }

    fn documents(&self) -> Result<Loaded, StoreError> {
        let Some(bytes) = self.read()? else { return Ok(Loaded::default()) };
        if let Ok(documents) = serde_json::from_slice(&bytes) {
            return Ok(Loaded { documents, set_aside: Vec::new() });
        }
        let mut number = 1;
        let aside = loop {
            let aside = self.path.with_added_extension(format!("aside.{number}"));
            if !aside.exists() {
                break aside;
            }
            number += 1;
        };
        fs::rename(&self.path, &aside)
            .map_err(|error| StoreError::file("set aside", &self.path, error))?;
        let report = format!(
            "state file {} is not a file of this SDK; it is kept as {} and not used",
            self.path.display(),
            aside.display()
        );
        Ok(Loaded { documents: BTreeMap::new(), set_aside: vec![report] })
    }
}

impl Backend for FileState {
    fn load(&self) -> Result<Loaded, StoreError> {
        self.lock()?;
        self.documents()
    }

    fn save(&self, changes: &BTreeMap<String, Option<String>>) -> Result<(), StoreError> {
        self.lock()?;
        let mut documents = self.documents()?.documents;
        for (key, text) in changes {
            match text {
                Some(text) => documents.insert(key.clone(), text.clone()),
                None => documents.remove(key),
            };
        }
        let text = serde_json::to_string(&documents).map_err(|error| {
            let source = ops_core::Error::new(ops_core::FaultKind::Bug, error.to_string());
            StoreError::Encode { key: self.path.display().to_string(), source }
        })?;
        replace(&self.path, &text).map_err(|error| StoreError::file("write", &self.path, error))
    }
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    // The parent of a bare file name is an empty path, which cannot be opened.
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    // tempfile creates with 0600.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests;
