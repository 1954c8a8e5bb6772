//! Events, each made from what it is about.

use crate::{
    emulator::{juju::Hook, pebble::Notice},
    state::{Relation, Secret, Storage},
};
use ops_core::names::{ContainerName, UnitName};
use serde::Serialize;

/// Makes events: `ctx.run(ctx.on().config_changed(), &state)`.
///
/// An event about a part of the state takes that part: `on.relation_changed(&database)`. It holds ids only, so the
/// part may be one that a later change made other.
#[derive(Debug, Clone)]
pub struct On {
    unit: UnitName,
}

impl On {
    pub(super) fn new(unit: UnitName) -> Self {
        Self { unit }
    }
}

macro_rules! plain {
    ($($name:ident, $hook:literal, $value:expr;)*) => {
        /// Events about nothing but the unit.
        impl On {
            $(
                #[doc = concat!("`", $hook, "`")]
                #[must_use]
                pub fn $name(&self) -> Hook {
                    $value
                }
            )*
        }
    };
}

plain! {
    install, "install", Hook::Install;
    start, "start", Hook::Start;
    stop, "stop", Hook::Stop;
    remove, "remove", Hook::Remove;
    upgrade_charm, "upgrade-charm", Hook::UpgradeCharm;
    config_changed, "config-changed", Hook::ConfigChanged;
    update_status, "update-status", Hook::UpdateStatus;
    leader_elected, "leader-elected", Hook::LeaderElected;
    leader_settings_changed, "leader-settings-changed", Hook::LeaderSettingsChanged;
    pre_series_upgrade, "pre-series-upgrade", Hook::Other("pre-series-upgrade".to_owned());
    post_series_upgrade, "post-series-upgrade", Hook::Other("post-series-upgrade".to_owned());
    collect_metrics, "collect-metrics", Hook::CollectMetrics;
    meter_status_changed, "meter-status-changed", Hook::Other("meter-status-changed".to_owned());
}

/// Events about a relation. Those of one other unit come in two forms: of the first one that there is, and
/// of the one with a number.
impl On {
    /// `<endpoint>-relation-created`
    #[must_use]
    pub fn relation_created(&self, relation: &Relation) -> Hook {
        Hook::RelationCreated { relation: relation.id }
    }

    /// `<endpoint>-relation-joined`, of the first of the other units.
    #[must_use]
    pub fn relation_joined(&self, relation: &Relation) -> Hook {
        self.relation_joined_by(relation, first(relation))
    }

    /// `<endpoint>-relation-joined`, of the other unit with this number.
    #[must_use]
    pub fn relation_joined_by(&self, relation: &Relation, number: u32) -> Hook {
        Hook::RelationJoined { relation: relation.id, unit: self.other_unit(relation, number) }
    }

    /// `<endpoint>-relation-changed`: the other application's databag changed.
    #[must_use]
    pub fn relation_changed(&self, relation: &Relation) -> Hook {
        Hook::RelationChanged { relation: relation.id, unit: None }
    }

    /// `<endpoint>-relation-changed`: the databag of the other unit with this number changed.
    #[must_use]
    pub fn relation_changed_by(&self, relation: &Relation, number: u32) -> Hook {
        let unit = Some(self.other_unit(relation, number));
        Hook::RelationChanged { relation: relation.id, unit }
    }

    /// `<endpoint>-relation-departed`: the first of the other units left.
    #[must_use]
    pub fn relation_departed(&self, relation: &Relation) -> Hook {
        self.relation_departed_by(relation, first(relation))
    }

    /// `<endpoint>-relation-departed`: the other unit with this number left, 0 like any other.
    #[must_use]
    pub fn relation_departed_by(&self, relation: &Relation, number: u32) -> Hook {
        let unit = self.other_unit(relation, number);
        Hook::RelationDeparted { relation: relation.id, departing: unit.clone(), unit }
    }

    /// `<endpoint>-relation-departed`, because this unit itself leaves; of the first of the other units.
    #[must_use]
    pub fn relation_departed_by_this_unit(&self, relation: &Relation) -> Hook {
        let (unit, departing) = (self.other_unit(relation, first(relation)), self.unit.clone());
        Hook::RelationDeparted { relation: relation.id, unit, departing }
    }

    /// `<endpoint>-relation-broken`
    #[must_use]
    pub fn relation_broken(&self, relation: &Relation) -> Hook {
        Hook::RelationBroken { relation: relation.id }
    }

    fn other_unit(&self, relation: &Relation, number: u32) -> UnitName {
        let unit = relation.unit_name(&self.unit.application(), number);
        unit.unwrap_or(UnitName::from_static("remote/0"))
    }
}

/// Events about a storage.
impl On {
    /// `<storage>-storage-attached`: the charm sees the storage from now on.
    #[must_use]
    pub fn storage_attached(&self, storage: &Storage) -> Hook {
        let location = storage.location.to_string_lossy().into_owned();
        Hook::StorageAttached { storage: storage.id(), location }
    }

    /// `<storage>-storage-detaching`: after it, the storage is gone.
    #[must_use]
    pub fn storage_detaching(&self, storage: &Storage) -> Hook {
        let location = storage.location.to_string_lossy().into_owned();
        Hook::StorageDetaching { storage: storage.id(), location }
    }
}

/// Events about a secret.
impl On {
    /// `secret-changed`: a secret that this unit reads has another revision.
    #[must_use]
    pub fn secret_changed(&self, secret: &Secret) -> Hook {
        Hook::SecretChanged { id: secret.id.clone(), label: label(secret) }
    }

    /// `secret-rotate`: a secret that this unit manages is due for rotation.
    #[must_use]
    pub fn secret_rotate(&self, secret: &Secret) -> Hook {
        Hook::SecretRotate { id: secret.id.clone(), label: label(secret) }
    }

    /// `secret-expired`: a revision of a secret that this unit manages expired.
    #[must_use]
    pub fn secret_expired(&self, secret: &Secret, revision: u64) -> Hook {
        Hook::SecretExpired { id: secret.id.clone(), label: label(secret), revision }
    }

    /// `secret-remove`: nobody reads this revision any more.
    #[must_use]
    pub fn secret_remove(&self, secret: &Secret, revision: u64) -> Hook {
        Hook::SecretRemove { id: secret.id.clone(), label: label(secret), revision }
    }
}

/// Events about a container.
impl On {
    /// `<container>-pebble-ready`
    #[must_use]
    pub fn pebble_ready(&self, container: impl Into<ContainerName>) -> Hook {
        Hook::PebbleReady { container: container.into() }
    }

    /// `<container>-pebble-check-failed`
    #[must_use]
    pub fn pebble_check_failed(
        &self,
        container: impl Into<ContainerName>,
        check: impl Into<String>,
    ) -> Hook {
        Hook::PebbleCheckFailed { container: container.into(), check: check.into() }
    }

    /// `<container>-pebble-check-recovered`
    #[must_use]
    pub fn pebble_check_recovered(
        &self,
        container: impl Into<ContainerName>,
        check: impl Into<String>,
    ) -> Hook {
        Hook::PebbleCheckRecovered { container: container.into(), check: check.into() }
    }

    /// `<container>-pebble-custom-notice`, of the notice with the id 1.
    #[must_use]
    pub fn pebble_custom_notice(
        &self,
        container: impl Into<ContainerName>,
        key: impl Into<String>,
    ) -> Hook {
        Hook::PebbleCustomNotice {
            container: container.into(),
            id: "1".to_owned(),
            key: key.into(),
        }
    }

    /// `<container>-pebble-custom-notice`, of a notice that the container has.
    #[must_use]
    pub fn pebble_notice(&self, container: impl Into<ContainerName>, notice: &Notice) -> Hook {
        let (id, key) = (notice.id.to_string(), notice.key.clone());
        Hook::PebbleCustomNotice { container: container.into(), id, key }
    }
}

/// Actions, and what has no name here.
impl On {
    /// An action: `ctx.on().action("backup").param("keep", 3)`. A parameter that is not given has the
    /// default that the metadata declares.
    #[must_use]
    pub fn action(&self, name: impl Into<String>) -> Hook {
        Hook::action(name)
    }

    /// An action with the fields of a struct as its parameters. What serde cannot write as an object is
    /// no parameter.
    #[must_use]
    pub fn action_with(&self, name: impl Into<String>, parameters: &impl Serialize) -> Hook {
        match serde_json::to_value(parameters) {
            Ok(serde_json::Value::Object(params)) => {
                Hook::Action { name: name.into(), id: "1".to_owned(), params }
            }
            _ => Hook::action(name),
        }
    }

    /// A hook of this name, about nothing in particular: one that a newer Juju may have.
    #[must_use]
    pub fn other(&self, name: impl Into<String>) -> Hook {
        Hook::Other(name.into())
    }
}

fn first(relation: &Relation) -> u32 {
    relation.remote_units.keys().next().copied().unwrap_or_default()
}

fn label(secret: &Secret) -> String {
    secret.seen_label().to_owned()
}
