//! One storage of a unit.

use crate::emulator::juju::StorageKind;
use ops_core::names::StorageName;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One storage of the unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Storage {
    /// Its name in the metadata.
    pub name: StorageName,
    /// Its number.
    pub index: u32,
    /// What it is.
    #[serde(default)]
    pub kind: StorageKind,
    /// Its mount point, or its device. A charm that writes there writes to this place.
    pub location: PathBuf,
    /// Whether the charm sees it: from its storage-attached until it is gone.
    pub attached: bool,
    /// Whether it is being detached.
    #[serde(default)]
    pub dying: bool,
}

impl Storage {
    /// An attached storage, mounted where Juju mounts it if the metadata says nothing.
    #[must_use]
    pub fn new(name: impl Into<StorageName>, index: u32) -> Self {
        let name = name.into();
        let location = format!("/var/lib/juju/storage/{name}/{index}").into();
        let kind = StorageKind::Filesystem;
        Self { name, index, kind, location, attached: true, dying: false }
    }

    /// Its mount point, or its device, is this one: a directory of the test's own, if the charm writes there.
    #[must_use]
    pub fn location(mut self, location: impl Into<PathBuf>) -> Self {
        self.location = location.into();
        self
    }

    /// It is a device.
    #[must_use]
    pub fn block(mut self) -> Self {
        self.kind = StorageKind::Block;
        self
    }

    /// Juju has it, and the charm was not told yet.
    #[must_use]
    pub fn not_attached(mut self) -> Self {
        self.attached = false;
        self
    }

    /// Its id, such as `data/0`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.name, self.index)
    }
}
