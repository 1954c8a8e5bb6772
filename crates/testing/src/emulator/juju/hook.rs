//! Which hook or action is run: its name, its dispatch path, and what it is about.

use super::model::{Model, application_of};
use ops_core::names::{ContainerName, RelationId, SecretId, UnitName};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A hook or an action, with what it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Hook {
    /// `install`
    Install,
    /// `start`
    Start,
    /// `stop`
    Stop,
    /// `remove`
    Remove,
    /// `upgrade-charm`
    UpgradeCharm,
    /// `config-changed`
    ConfigChanged,
    /// `update-status`
    UpdateStatus,
    /// `leader-elected`
    LeaderElected,
    /// `leader-settings-changed`
    LeaderSettingsChanged,
    /// `<endpoint>-relation-created`
    RelationCreated {
        /// Which relation.
        relation: RelationId,
    },
    /// `<endpoint>-relation-joined`
    RelationJoined {
        /// Which relation.
        relation: RelationId,
        /// The unit that joined.
        unit: UnitName,
    },
    /// `<endpoint>-relation-changed`
    RelationChanged {
        /// Which relation.
        relation: RelationId,
        /// The unit whose databag changed; `None` if it is the application's.
        unit: Option<UnitName>,
    },
    /// `<endpoint>-relation-departed`
    RelationDeparted {
        /// Which relation.
        relation: RelationId,
        /// The remote unit.
        unit: UnitName,
        /// The unit that leaves: the remote one, or this one.
        departing: UnitName,
    },
    /// `<endpoint>-relation-broken`
    RelationBroken {
        /// Which relation.
        relation: RelationId,
    },
    /// `<storage>-storage-attached`
    StorageAttached {
        /// Which storage, such as `data/0`.
        storage: String,
        /// Where it is mounted, or its device.
        location: String,
    },
    /// `<storage>-storage-detaching`
    StorageDetaching {
        /// Which storage, such as `data/0`.
        storage: String,
        /// Where it is mounted, or its device.
        location: String,
    },
    /// `secret-changed`
    SecretChanged {
        /// Which secret.
        id: SecretId,
        /// The reader's label; empty without one.
        label: String,
    },
    /// `secret-rotate`
    SecretRotate {
        /// Which secret.
        id: SecretId,
        /// The owner's label; empty without one.
        label: String,
    },
    /// `secret-expired`
    SecretExpired {
        /// Which secret.
        id: SecretId,
        /// The owner's label; empty without one.
        label: String,
        /// The revision that expired.
        revision: u64,
    },
    /// `secret-remove`
    SecretRemove {
        /// Which secret.
        id: SecretId,
        /// The owner's label; empty without one.
        label: String,
        /// The revision that nobody reads any more.
        revision: u64,
    },
    /// `<container>-pebble-ready`
    PebbleReady {
        /// Which container.
        container: ContainerName,
    },
    /// `<container>-pebble-custom-notice`
    PebbleCustomNotice {
        /// Which container.
        container: ContainerName,
        /// The notice's id.
        id: String,
        /// The notice's key.
        key: String,
    },
    /// `<container>-pebble-check-failed`
    PebbleCheckFailed {
        /// Which container.
        container: ContainerName,
        /// Which check.
        check: String,
    },
    /// `<container>-pebble-check-recovered`
    PebbleCheckRecovered {
        /// Which container.
        container: ContainerName,
        /// Which check.
        check: String,
    },
    /// `collect-metrics`
    CollectMetrics,
    /// An action.
    Action {
        /// Its name.
        name: String,
        /// Its number, as a person sees it.
        id: String,
        /// Its parameters.
        params: serde_json::Map<String, serde_json::Value>,
    },
    /// Commands that a person runs on the unit, as `juju exec` does. They are no hook, and nothing is
    /// dispatched.
    Commands(String),
    /// Any other hook, by its name.
    Other(String),
}

impl Hook {
    /// An action without parameters: [`param`](Self::param) gives it some.
    pub fn action(name: impl Into<String>) -> Self {
        Self::Action { name: name.into(), id: "1".to_owned(), params: serde_json::Map::new() }
    }

    /// The same with this parameter. Only an action has some: any other hook stays as it is.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
        if let Self::Action { params, .. } = &mut self {
            params.insert(name.into(), value.into());
        }
        self
    }

    /// The relation that it is about.
    #[must_use]
    pub fn relation(&self) -> Option<RelationId> {
        match self {
            Self::RelationCreated { relation }
            | Self::RelationJoined { relation, .. }
            | Self::RelationChanged { relation, .. }
            | Self::RelationDeparted { relation, .. }
            | Self::RelationBroken { relation } => Some(*relation),
            _ => None,
        }
    }

    /// The remote unit that it is about.
    #[must_use]
    pub fn remote_unit(&self) -> Option<&UnitName> {
        match self {
            Self::RelationJoined { unit, .. } | Self::RelationDeparted { unit, .. } => Some(unit),
            Self::RelationChanged { unit, .. } => unit.as_ref(),
            _ => None,
        }
    }

    /// The container that it is about.
    #[must_use]
    pub fn container(&self) -> Option<&ContainerName> {
        match self {
            Self::PebbleReady { container }
            | Self::PebbleCustomNotice { container, .. }
            | Self::PebbleCheckFailed { container, .. }
            | Self::PebbleCheckRecovered { container, .. } => Some(container),
            _ => None,
        }
    }

    /// Whether it is an action.
    #[must_use]
    pub fn is_action(&self) -> bool {
        matches!(self, Self::Action { .. })
    }

    /// The commands that run in place of the charm.
    #[must_use]
    pub fn commands(&self) -> Option<&str> {
        match self {
            Self::Commands(commands) => Some(commands),
            _ => None,
        }
    }

    /// Its full name, such as `database-relation-joined`; of an action, the action's name.
    #[must_use]
    pub fn name(&self, model: &Model, unit: &UnitName) -> Cow<'_, str> {
        let endpoint = || {
            self.relation()
                .and_then(|id| model.relations.get(&id)?.side(application_of(unit)))
                .map_or("unknown", |side| side.endpoint.as_str())
        };
        let storage =
            |storage: &str| storage.split_once('/').map_or(storage, |(name, _)| name).to_owned();
        Cow::Owned(match self {
            Self::Install => return Cow::Borrowed("install"),
            Self::Start => return Cow::Borrowed("start"),
            Self::Stop => return Cow::Borrowed("stop"),
            Self::Remove => return Cow::Borrowed("remove"),
            Self::UpgradeCharm => return Cow::Borrowed("upgrade-charm"),
            Self::ConfigChanged => return Cow::Borrowed("config-changed"),
            Self::UpdateStatus => return Cow::Borrowed("update-status"),
            Self::LeaderElected => return Cow::Borrowed("leader-elected"),
            Self::LeaderSettingsChanged => return Cow::Borrowed("leader-settings-changed"),
            Self::SecretChanged { .. } => return Cow::Borrowed("secret-changed"),
            Self::SecretRotate { .. } => return Cow::Borrowed("secret-rotate"),
            Self::SecretExpired { .. } => return Cow::Borrowed("secret-expired"),
            Self::SecretRemove { .. } => return Cow::Borrowed("secret-remove"),
            Self::Commands(_) => return Cow::Borrowed("run-commands"),
            Self::CollectMetrics => return Cow::Borrowed("collect-metrics"),
            Self::Action { name, .. } | Self::Other(name) => return Cow::Borrowed(name),
            Self::RelationCreated { .. } => format!("{}-relation-created", endpoint()),
            Self::RelationJoined { .. } => format!("{}-relation-joined", endpoint()),
            Self::RelationChanged { .. } => format!("{}-relation-changed", endpoint()),
            Self::RelationDeparted { .. } => format!("{}-relation-departed", endpoint()),
            Self::RelationBroken { .. } => format!("{}-relation-broken", endpoint()),
            Self::StorageAttached { storage: id, .. } => {
                format!("{}-storage-attached", storage(id))
            }
            Self::StorageDetaching { storage: id, .. } => {
                format!("{}-storage-detaching", storage(id))
            }
            Self::PebbleReady { container } => format!("{container}-pebble-ready"),
            Self::PebbleCustomNotice { container, .. } => {
                format!("{container}-pebble-custom-notice")
            }
            Self::PebbleCheckFailed { container, .. } => format!("{container}-pebble-check-failed"),
            Self::PebbleCheckRecovered { container, .. } => {
                format!("{container}-pebble-check-recovered")
            }
        })
    }

    /// `hooks/<name>` or `actions/<name>`.
    #[must_use]
    pub fn dispatch_path(&self, model: &Model, unit: &UnitName) -> String {
        let directory = if self.is_action() { "actions" } else { "hooks" };
        format!("{directory}/{}", self.name(model, unit))
    }
}
