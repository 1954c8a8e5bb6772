//! State that a charm keeps between dispatches: the deferred queue, what the SDK remembers, and what
//! the author stores.
//!
//! It is kept in Juju's own unit state by default, which is flushed or dropped together with everything
//! else the hook wrote; a local [file](FileState) is the other backend. It is read only when somebody
//! asks. A document that cannot be read is set aside and reported, never dropped. Nothing here knows what
//! the documents mean.

mod file;
mod unit_state;

pub use file::FileState;
pub use unit_state::UnitState;

use ops_core::{Error, FaultKind};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use std::{
    cell::{Ref, RefCell},
    collections::BTreeMap,
    fmt, io,
    path::PathBuf,
};

/// Where documents are kept. Both backends hold texts under keys.
pub trait Backend: fmt::Debug {
    /// All documents. A file backend locks until it is dropped.
    ///
    /// # Errors
    /// They cannot be read at all: see [`StoreError`].
    fn load(&self) -> Result<Loaded, StoreError>;

    /// Writes these documents, in one step; `None` removes.
    ///
    /// # Errors
    /// Nothing was written.
    fn save(&self, changes: &BTreeMap<String, Option<String>>) -> Result<(), StoreError>;
}

/// What a backend found.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The documents.
    pub documents: BTreeMap<String, String>,
    /// What had to be set aside, for the log.
    pub set_aside: Vec<String>,
}

/// State cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Juju refused, or its agent is gone.
    #[error("cannot {action} the unit's state in Juju")]
    Juju {
        /// `read` or `write`.
        action: &'static str,
        /// What the hook command said.
        #[source]
        source: crate::hook_command::CommandError,
    },
    /// A file operation failed.
    #[error("cannot {action} {path}")]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: Error,
    },
    /// Another process keeps the file locked.
    #[error("{path} is locked by another process")]
    Locked {
        /// The file.
        path: PathBuf,
        /// Its class: the hook fails, and Juju runs it again.
        #[source]
        source: Error,
    },
    /// A document cannot be written as JSON.
    #[error("cannot write document {key}")]
    Encode {
        /// The document.
        key: String,
        /// The reason.
        #[source]
        source: Error,
    },
}

impl StoreError {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>, error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FaultKind::Exhausted,
            io::ErrorKind::PermissionDenied => FaultKind::Denied,
            _ => FaultKind::Transient,
        };
        let text = error.to_string();
        Self::File { action, path: path.into(), source: Error::new(kind, text).because(error) }
    }
}

static EMPTY: BTreeMap<String, String> = BTreeMap::new();

/// The documents of this unit: loaded once, on first use; written once, at commit, and only what changed.
#[derive(Debug)]
pub struct Store {
    backend: Box<dyn Backend>,
    loaded: RefCell<Option<BTreeMap<String, String>>>,
    changes: RefCell<BTreeMap<String, Option<String>>>,
}

/// The wrapper that every document is written in.
#[derive(Serialize)]
struct Envelope<'a, T> {
    version: u32,
    data: &'a T,
}

impl Store {
    /// The documents in this backend.
    #[must_use]
    pub fn new(backend: Box<dyn Backend>) -> Self {
        Self { backend, loaded: RefCell::default(), changes: RefCell::default() }
    }

    /// The document under this key, if it has this version.
    ///
    /// What cannot be read as `T` of this version (corrupt, or written by a newer charm that was rolled
    /// back since) is moved to `<key>.aside.<n>` with a warning, and counts as absent.
    ///
    /// # Errors
    /// The backend cannot be read.
    pub fn get<T: DeserializeOwned>(
        &self,
        key: &str,
        version: u32,
    ) -> Result<Option<T>, StoreError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match decode(&text, version) {
            Ok(value) => Ok(Some(value)),
            Err(problem) => {
                self.set_aside(key, text, &problem)?;
                Ok(None)
            }
        }
    }

    /// Puts a document under this key, to be written at commit if it differs from what is there.
    ///
    /// # Errors
    /// The value has no JSON, or the backend cannot be read for the comparison.
    pub fn set<T: Serialize>(&self, key: &str, version: u32, value: &T) -> Result<(), StoreError> {
        let text = serde_json::to_string(&Envelope { version, data: value }).map_err(|error| {
            let source = Error::new(FaultKind::Bug, error.to_string());
            StoreError::Encode { key: key.to_owned(), source }
        })?;
        self.change(key, Some(text))
    }

    /// Removes the document under this key at commit.
    ///
    /// # Errors
    /// The backend cannot be read to see whether there is one.
    pub fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.change(key, None)
    }

    /// Whether there is anything to commit.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !self.changes.borrow().is_empty()
    }

    /// Writes what changed, in one step.
    ///
    /// # Errors
    /// Nothing was written; the changes are still pending.
    pub fn commit(&self) -> Result<(), StoreError> {
        if self.is_changed() {
            self.backend.save(&self.changes.borrow())?;
            let mut loaded = self.loaded.borrow_mut();
            let documents = loaded.get_or_insert_default();
            // From now on this is what is there, for those who read or compare.
            for (key, text) in std::mem::take(&mut *self.changes.borrow_mut()) {
                match text {
                    Some(text) => documents.insert(key, text),
                    None => documents.remove(&key),
                };
            }
        }
        Ok(())
    }

    /// Forgets what is not committed.
    pub fn discard(&self) {
        self.changes.borrow_mut().clear();
    }

    fn documents(&self) -> Result<Ref<'_, BTreeMap<String, String>>, StoreError> {
        if self.loaded.borrow().is_none() {
            let loaded = self.backend.load()?;
            for report in &loaded.set_aside {
                log::warn!("{report}");
            }
            *self.loaded.borrow_mut() = Some(loaded.documents);
        }
        Ok(Ref::map(self.loaded.borrow(), |loaded| loaded.as_ref().unwrap_or(&EMPTY)))
    }

    fn text(&self, key: &str) -> Result<Option<String>, StoreError> {
        if let Some(change) = self.changes.borrow().get(key) {
            return Ok(change.clone());
        }
        Ok(self.documents()?.get(key).cloned())
    }

    fn change(&self, key: &str, text: Option<String>) -> Result<(), StoreError> {
        let documents = self.documents()?;
        let mut changes = self.changes.borrow_mut();
        if documents.get(key) == text.as_ref() {
            changes.remove(key);
        } else {
            changes.insert(key.to_owned(), text);
        }
        Ok(())
    }

    fn set_aside(&self, key: &str, text: String, problem: &str) -> Result<(), StoreError> {
        let mut number = 1;
        while self.text(&format!("{key}.aside.{number}"))?.is_some() {
            number += 1;
        }
        let aside = format!("{key}.aside.{number}");
        log::warn!("stored document {key} {problem}; it is kept as {aside} and not used");
        self.change(&aside, Some(text))?;
        self.change(key, None)
    }
}

/// Says what is wrong with a document without quoting it: it may hold anything.
fn decode<T: DeserializeOwned>(text: &str, version: u32) -> Result<T, String> {
    let corrupt = || "is not a document of this SDK".to_owned();
    let envelope: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(text).map_err(|_| corrupt())?;
    let found = envelope.get("version").and_then(|v| serde_json::from_str::<Value>(v.get()).ok());
    match found.as_ref().and_then(Value::as_u64) {
        Some(found) if found == u64::from(version) => {}
        Some(found) => return Err(format!("has version {found}, and this charm reads {version}")),
        None => return Err(corrupt()),
    }
    let data = envelope.get("data").ok_or_else(corrupt)?;
    serde_json::from_str(data.get()).map_err(|_| "does not fit what this charm keeps in it".into())
}

#[cfg(test)]
mod tests;
