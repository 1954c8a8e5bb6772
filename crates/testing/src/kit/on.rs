//! Events, each made from what it is about.

use super::{Relation, Secret};
use crate::emulator::juju::Hook;
use ops_core::names::{ContainerName, UnitName};

/// Makes events: `ctx.run(ctx.on().config_changed(), &state)`.
#[derive(Debug, Clone)]
pub struct On {
    pub(super) unit: UnitName,
}

impl On {
    /// `install`
    #[must_use]
    pub fn install(&self) -> Hook {
        Hook::Install
    }

    /// `start`
    #[must_use]
    pub fn start(&self) -> Hook {
        Hook::Start
    }

    /// `stop`
    #[must_use]
    pub fn stop(&self) -> Hook {
        Hook::Stop
    }

    /// `remove`
    #[must_use]
    pub fn remove(&self) -> Hook {
        Hook::Remove
    }

    /// `upgrade-charm`
    #[must_use]
    pub fn upgrade_charm(&self) -> Hook {
        Hook::UpgradeCharm
    }

    /// `config-changed`
    #[must_use]
    pub fn config_changed(&self) -> Hook {
        Hook::ConfigChanged
    }

    /// `update-status`
    #[must_use]
    pub fn update_status(&self) -> Hook {
        Hook::UpdateStatus
    }

    /// `leader-elected`
    #[must_use]
    pub fn leader_elected(&self) -> Hook {
        Hook::LeaderElected
    }

    /// `<endpoint>-relation-created`
    #[must_use]
    pub fn relation_created(&self, relation: &Relation) -> Hook {
        Hook::RelationCreated { relation: relation.id }
    }

    /// `<endpoint>-relation-joined`, of the first of the other units.
    #[must_use]
    pub fn relation_joined(&self, relation: &Relation) -> Hook {
        Hook::RelationJoined { relation: relation.id, unit: first(relation) }
    }

    /// `<endpoint>-relation-changed`: the other application's databag changed.
    #[must_use]
    pub fn relation_changed(&self, relation: &Relation) -> Hook {
        Hook::RelationChanged { relation: relation.id, unit: None }
    }

    /// `<endpoint>-relation-departed`: the first of the other units left.
    #[must_use]
    pub fn relation_departed(&self, relation: &Relation) -> Hook {
        let unit = first(relation);
        Hook::RelationDeparted { relation: relation.id, departing: unit.clone(), unit }
    }

    /// `<endpoint>-relation-departed`, because this unit itself leaves.
    #[must_use]
    pub fn relation_departed_by_this_unit(&self, relation: &Relation) -> Hook {
        let departing = self.unit.clone();
        Hook::RelationDeparted { relation: relation.id, unit: first(relation), departing }
    }

    /// `<endpoint>-relation-broken`
    #[must_use]
    pub fn relation_broken(&self, relation: &Relation) -> Hook {
        Hook::RelationBroken { relation: relation.id }
    }

    /// `secret-changed`
    #[must_use]
    pub fn secret_changed(&self, secret: &Secret) -> Hook {
        Hook::SecretChanged { id: secret.id.clone(), label: secret.seen_label().to_owned() }
    }

    /// `secret-remove`
    #[must_use]
    pub fn secret_remove(&self, secret: &Secret, revision: u64) -> Hook {
        Hook::SecretRemove {
            id: secret.id.clone(),
            label: secret.seen_label().to_owned(),
            revision,
        }
    }

    /// `<container>-pebble-ready`
    #[must_use]
    pub fn pebble_ready(&self, container: ContainerName) -> Hook {
        Hook::PebbleReady { container }
    }

    /// `<container>-pebble-check-failed`
    #[must_use]
    pub fn pebble_check_failed(&self, container: ContainerName, check: impl Into<String>) -> Hook {
        Hook::PebbleCheckFailed { container, check: check.into() }
    }

    /// `<container>-pebble-check-recovered`
    #[must_use]
    pub fn pebble_check_recovered(
        &self,
        container: ContainerName,
        check: impl Into<String>,
    ) -> Hook {
        Hook::PebbleCheckRecovered { container, check: check.into() }
    }

    /// `<container>-pebble-custom-notice`, of the notice with the id 1.
    #[must_use]
    pub fn pebble_custom_notice(&self, container: ContainerName, key: impl Into<String>) -> Hook {
        Hook::PebbleCustomNotice { container, id: "1".to_owned(), key: key.into() }
    }

    /// `secret-rotate`
    #[must_use]
    pub fn secret_rotate(&self, secret: &Secret) -> Hook {
        Hook::SecretRotate { id: secret.id.clone(), label: secret.seen_label().to_owned() }
    }

    /// `secret-expired`
    #[must_use]
    pub fn secret_expired(&self, secret: &Secret, revision: u64) -> Hook {
        Hook::SecretExpired {
            id: secret.id.clone(),
            label: secret.seen_label().to_owned(),
            revision,
        }
    }

    /// An action: `ctx.on().action("backup").param("keep", 3)`. A parameter that is not given has the
    /// default that the metadata declares.
    #[must_use]
    pub fn action(&self, name: impl Into<String>) -> Hook {
        Hook::action(name)
    }
}

fn first(relation: &Relation) -> UnitName {
    let number = relation.remote_units.keys().next().copied().unwrap_or_default();
    UnitName::new(format!("{}/{number}", relation.application))
        .unwrap_or(UnitName::from_static("remote/0"))
}
