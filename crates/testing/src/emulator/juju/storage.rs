//! Storage: what a charm declares under `storage`, and what its units have of it.

use super::model::{Model, ModelError, ModelKind};
use ops_core::names::UnitName;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A storage that a charm declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageDeclaration {
    /// What the charm gets.
    pub kind: StorageKind,
    /// How many of it each unit has at least. So many come with the unit.
    pub minimum: u32,
    /// How many of it a unit may have; `None` is any number.
    pub maximum: Option<u32>,
    /// Where it is mounted; `None` leaves it to Juju.
    pub location: Option<String>,
}

/// What storage is to a charm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageKind {
    /// A directory.
    #[default]
    Filesystem,
    /// A device.
    Block,
}

impl StorageKind {
    /// As Juju spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Filesystem => "filesystem",
            Self::Block => "block",
        }
    }
}

/// One storage of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// What it is.
    pub kind: StorageKind,
    /// Its mount point, or its device.
    pub location: String,
    /// Whether the charm sees it: from its storage-attached until it is gone.
    pub attached: bool,
    /// Whether it is being detached.
    pub dying: bool,
}

impl Model {
    /// Gives a unit one more of a storage that its charm declares; the id, such as `data/0`. The
    /// charm does not see it before its storage-attached.
    ///
    /// # Errors
    /// There is no such unit or storage, or the unit has as many as it may have.
    pub fn add_storage(&mut self, unit: &UnitName, name: &str) -> Result<String, ModelError> {
        let charm = Arc::clone(&self.application(unit.application().as_str())?.charm);
        let declared = charm.storage.get(name).ok_or_else(|| {
            ModelError(format!("charm {:?} has no store called {name:?}", charm.name))
        })?;
        let has = self.unit(unit)?.storage.keys().filter(|id| name_of(id) == name).count();
        if declared.maximum.is_some_and(|most| has >= usize::try_from(most).unwrap_or(usize::MAX)) {
            return Err(ModelError(format!(
                "charm {:?} store {name:?}: at most {} instances supported, {} specified",
                charm.name,
                declared.maximum.unwrap_or_default(),
                has + 1
            )));
        }
        let number = self.counters.storage;
        self.counters.storage += 1;
        let is_single = declared.maximum == Some(1);
        let location = match (declared.kind, &declared.location) {
            (StorageKind::Block, _) => format!("/dev/disk/by-id/{name}-{number}"),
            (_, Some(location)) if is_single => location.clone(),
            (_, Some(location)) => format!("{location}/{number}"),
            (_, None) if self.kind == ModelKind::Kubernetes && is_single => {
                format!("/var/lib/juju/storage/{name}/0")
            }
            (_, None) => format!("/var/lib/juju/storage/{name}/{number}"),
        };
        let id = format!("{name}/{number}");
        let storage = Storage { kind: declared.kind, location, attached: false, dying: false };
        self.unit_mut(unit)?.storage.insert(id.clone(), storage);
        Ok(id)
    }

    /// What a unit lacks of the storage that its charm must have: all of it when the unit is new.
    pub(super) fn add_required_storage(&mut self, unit: &UnitName) -> Result<(), ModelError> {
        let charm = Arc::clone(&self.application(unit.application().as_str())?.charm);
        for (name, declared) in &charm.storage {
            let minimum = usize::try_from(declared.minimum).unwrap_or(usize::MAX);
            let has = self.unit(unit)?.storage.keys().filter(|id| name_of(id) == name).count();
            for _ in has..minimum {
                self.add_storage(unit, name)?;
            }
        }
        Ok(())
    }
}

/// The name in an id.
pub(super) fn name_of(id: &str) -> &str {
    id.split_once('/').map_or(id, |(name, _)| name)
}

impl From<ops_metadata::charm::Storage> for StorageDeclaration {
    fn from(storage: ops_metadata::charm::Storage) -> Self {
        let kind = if storage.block { StorageKind::Block } else { StorageKind::Filesystem };
        let (minimum, maximum) = storage.count;
        Self { kind, minimum, maximum, location: storage.location }
    }
}
