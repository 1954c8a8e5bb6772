//! What a unit can know of the model that it lives in.

use crate::emulator::juju::{CloudSpec, ModelKind};
use serde::{Deserialize, Serialize};

/// The model that the unit lives in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ModelInfo {
    /// Its name.
    pub name: String,
    /// Its UUID.
    pub uuid: String,
    /// What it runs on.
    pub kind: ModelKind,
    /// The cloud, which an application that the operator trusts may see with `credential-get`.
    pub cloud: Option<CloudSpec>,
}

impl Default for ModelInfo {
    /// A Kubernetes model called `testing`, always with the same UUID.
    fn default() -> Self {
        Self {
            name: "testing".to_owned(),
            uuid: "6f4f4c1e-9d2a-4f0b-8a57-0d6c1f0e7b11".to_owned(),
            kind: ModelKind::default(),
            cloud: None,
        }
    }
}

impl ModelInfo {
    /// A Kubernetes model of this name.
    #[must_use]
    pub fn kubernetes(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// A model of machines.
    #[must_use]
    pub fn machines(name: impl Into<String>) -> Self {
        Self { kind: ModelKind::Machine, ..Self::kubernetes(name) }
    }

    /// The same with another UUID.
    #[must_use]
    pub fn uuid(mut self, uuid: impl Into<String>) -> Self {
        self.uuid = uuid.into();
        self
    }

    /// The same in this cloud.
    #[must_use]
    pub fn cloud(mut self, cloud: CloudSpec) -> Self {
        self.cloud = Some(cloud);
        self
    }
}
