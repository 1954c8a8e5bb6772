//! What woke the charm: every hook that Juju knows, as a typed value made of ids only.
//!
//! It must not know the model: an event names things, it does not fetch them. A deferred event is
//! stored in this form.

use ops_core::names::{
    ApplicationName, ContainerName, EndpointName, RelationId, SecretId, StorageName, UnitName,
};
use serde::{Deserialize, Serialize};

/// A hook, as Juju announced it.
///
/// Not exhaustive, because Juju adds hooks; one that this version does not know, or that the charm's
/// metadata no longer declares, is [`Unknown`](Event::Unknown) and still reconciles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// The unit was just installed. Once, first.
    Install,
    /// The unit started, or its machine was rebooted.
    Start,
    /// The unit is going away, or on Kubernetes its pod is being replaced.
    Stop,
    /// The unit is being removed for good.
    Remove,
    /// The configuration, trust or the unit's addresses changed.
    ConfigChanged,
    /// Nothing happened for a while (five minutes, unless the model says otherwise).
    UpdateStatus,
    /// The charm or an attached resource was replaced by another revision.
    UpgradeCharm,
    /// This unit became the leader.
    LeaderElected,
    /// Another unit is the leader, or leader settings changed. Not sent by Juju 4.
    LeaderSettingsChanged,
    /// The machine's series is about to be upgraded. Not sent by Juju 4.
    PreSeriesUpgrade,
    /// The machine's series was upgraded. Not sent by Juju 4.
    PostSeriesUpgrade,
    /// Metrics are wanted; most hook commands are refused. Gone since Juju 3.6.11.
    CollectMetrics,
    /// The meter status changed. Not sent by Juju 4.
    MeterStatusChanged,
    /// A relation appeared.
    RelationCreated(RelationEvent),
    /// A unit of the other application appeared.
    RelationJoined(RelationEvent),
    /// The other side wrote; `unit` is `None` when it was the application's databag.
    RelationChanged(RelationEvent),
    /// A unit of the relation left.
    RelationDeparted {
        /// The relation and the unit that left.
        relation: RelationEvent,
        /// The unit that is dying: the remote one, or this one when it is leaving itself.
        departing: Option<UnitName>,
    },
    /// The relation is gone.
    RelationBroken(RelationEvent),
    /// A storage was attached.
    StorageAttached(StorageEvent),
    /// A storage is about to be detached.
    StorageDetaching(StorageEvent),
    /// A secret that this unit observes has a new revision.
    SecretChanged(SecretEvent),
    /// A secret of this charm is due for rotation.
    SecretRotate(SecretEvent),
    /// A revision of a secret of this charm expired.
    SecretExpired {
        /// The secret.
        secret: SecretEvent,
        /// The revision.
        revision: u64,
    },
    /// Nobody observes a revision of a secret of this charm any longer.
    SecretRemove {
        /// The secret.
        secret: SecretEvent,
        /// The revision.
        revision: u64,
    },
    /// Pebble in the container started or restarted.
    PebbleReady {
        /// The container.
        container: ContainerName,
    },
    /// A custom notice was recorded in the container. Since Juju 3.4.
    PebbleCustomNotice {
        /// The container.
        container: ContainerName,
        /// The notice's id.
        id: String,
        /// Its type; `custom` so far.
        kind: String,
        /// Its key, such as `example.com/backup/done`.
        key: String,
    },
    /// A check crossed its failure threshold. Since Juju 3.6.
    PebbleCheckFailed {
        /// The container.
        container: ContainerName,
        /// The check.
        check: String,
    },
    /// A check that had failed succeeded again. Since Juju 3.6.
    PebbleCheckRecovered {
        /// The container.
        container: ContainerName,
        /// The check.
        check: String,
    },
    /// A hook that this version of the SDK does not know, or that the metadata does not declare.
    Unknown {
        /// The hook's name.
        name: String,
    },
}

/// A relation, and who of it an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationEvent {
    /// The endpoint of this charm.
    pub endpoint: EndpointName,
    /// The relation.
    pub id: RelationId,
    /// The other application. Juju is known to leave it out now and then.
    pub application: Option<ApplicationName>,
    /// The unit the event is about, for events that are about one.
    pub unit: Option<UnitName>,
}

/// A storage instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageEvent {
    /// The storage's name in the metadata.
    pub storage: StorageName,
    /// The instance's number. Juju says nothing of a storage that is not provisioned, or no longer.
    pub index: Option<u32>,
    /// Where it is mounted, if Juju said so.
    pub location: Option<String>,
}

/// A secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretEvent {
    /// The secret.
    pub id: SecretId,
    /// The label that this unit gave it.
    pub label: Option<String>,
}

/// How the dispatcher treats an event: the rows of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventClass {
    /// The charm handles it and converges.
    Ordinary,
    /// As ordinary, without a handler: nobody can have written one.
    Unknown,
    /// A relation is ending: finalize it, then converge without it.
    RelationEnding,
    /// The unit or a storage is going: finalize, and converge towards nothing.
    Teardown,
    /// Most hook commands are refused: only the handler runs.
    Restricted,
}

impl Event {
    /// The hook's name as Juju spells it: `config-changed`, `database-relation-changed`.
    #[must_use]
    pub fn name(&self) -> String {
        let of = |who: &dyn std::fmt::Display, what: &str| format!("{who}-{what}");
        match self {
            Self::Install => "install".into(),
            Self::Start => "start".into(),
            Self::Stop => "stop".into(),
            Self::Remove => "remove".into(),
            Self::ConfigChanged => "config-changed".into(),
            Self::UpdateStatus => "update-status".into(),
            Self::UpgradeCharm => "upgrade-charm".into(),
            Self::LeaderElected => "leader-elected".into(),
            Self::LeaderSettingsChanged => "leader-settings-changed".into(),
            Self::PreSeriesUpgrade => "pre-series-upgrade".into(),
            Self::PostSeriesUpgrade => "post-series-upgrade".into(),
            Self::CollectMetrics => "collect-metrics".into(),
            Self::MeterStatusChanged => "meter-status-changed".into(),
            Self::RelationCreated(relation) => of(&relation.endpoint, "relation-created"),
            Self::RelationJoined(relation) => of(&relation.endpoint, "relation-joined"),
            Self::RelationChanged(relation) => of(&relation.endpoint, "relation-changed"),
            Self::RelationDeparted { relation, .. } => of(&relation.endpoint, "relation-departed"),
            Self::RelationBroken(relation) => of(&relation.endpoint, "relation-broken"),
            Self::StorageAttached(storage) => of(&storage.storage, "storage-attached"),
            Self::StorageDetaching(storage) => of(&storage.storage, "storage-detaching"),
            Self::SecretChanged(_) => "secret-changed".into(),
            Self::SecretRotate(_) => "secret-rotate".into(),
            Self::SecretExpired { .. } => "secret-expired".into(),
            Self::SecretRemove { .. } => "secret-remove".into(),
            Self::PebbleReady { container } => of(container, "pebble-ready"),
            Self::PebbleCustomNotice { container, .. } => of(container, "pebble-custom-notice"),
            Self::PebbleCheckFailed { container, .. } => of(container, "pebble-check-failed"),
            Self::PebbleCheckRecovered { container, .. } => of(container, "pebble-check-recovered"),
            Self::Unknown { name } => name.clone(),
        }
    }

    /// How the dispatcher treats it.
    #[must_use]
    pub fn class(&self) -> EventClass {
        match self {
            Self::Install
            | Self::Start
            | Self::ConfigChanged
            | Self::UpdateStatus
            | Self::UpgradeCharm
            | Self::LeaderElected
            | Self::LeaderSettingsChanged
            | Self::PreSeriesUpgrade
            | Self::PostSeriesUpgrade
            | Self::RelationCreated(_)
            | Self::RelationJoined(_)
            | Self::RelationChanged(_)
            | Self::StorageAttached(_)
            | Self::SecretChanged(_)
            | Self::SecretRotate(_)
            | Self::SecretExpired { .. }
            | Self::SecretRemove { .. }
            | Self::PebbleReady { .. }
            | Self::PebbleCustomNotice { .. }
            | Self::PebbleCheckFailed { .. }
            | Self::PebbleCheckRecovered { .. } => EventClass::Ordinary,
            Self::RelationDeparted { .. } | Self::RelationBroken(_) => EventClass::RelationEnding,
            Self::StorageDetaching(_) | Self::Stop | Self::Remove => EventClass::Teardown,
            Self::CollectMetrics | Self::MeterStatusChanged => EventClass::Restricted,
            Self::Unknown { .. } => EventClass::Unknown,
        }
    }

    /// Whether Juju tells this once: what its handler cannot do now would be lost without a retry.
    #[must_use]
    pub fn is_one_shot(&self) -> bool {
        matches!(
            self,
            Self::SecretRemove { .. }
                | Self::SecretExpired { .. }
                | Self::SecretRotate(_)
                | Self::RelationDeparted { .. }
                | Self::RelationBroken(_)
                | Self::StorageDetaching(_)
                | Self::PebbleCustomNotice { .. }
                | Self::Stop
                | Self::Remove
        )
    }

    /// The relation, of a relation event.
    #[must_use]
    pub fn relation(&self) -> Option<&RelationEvent> {
        match self {
            Self::RelationCreated(relation)
            | Self::RelationJoined(relation)
            | Self::RelationChanged(relation)
            | Self::RelationDeparted { relation, .. }
            | Self::RelationBroken(relation) => Some(relation),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
