//! What the agent of one unit has seen and done so far: plain data, and no rule.

use crate::emulator::juju::{ConfigValue, Hook, Model, Network, Timestamp};
use ops_core::names::{ContainerName, RelationId, SecretId, UnitName};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

/// What the agent of one unit has seen and done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Agent {
    /// Whether `install` has run.
    pub installed: bool,
    /// Whether `start` has run since the unit, or its pod, came up.
    pub started: bool,
    /// Whether `stop` has run for good.
    pub stopped: bool,
    /// Whether the charm has ever set the unit's status.
    pub status_set: bool,
    /// Whether the charm was upgraded, and it was not told yet.
    pub upgraded: bool,
    /// Whether the pod is being replaced by another.
    pub replaced: bool,
    /// How many pods the unit has had before this one.
    #[serde(default)]
    pub pod: u64,
    /// What the last `config-changed` was about; `None` if it has to run anyway.
    pub config: Option<ConfigSeen>,
    /// Whether `leader-elected` has run for the leadership that the unit has.
    pub leads: bool,
    /// Which leader `leader-settings-changed` has last run for.
    pub follows: Option<UnitName>,
    /// Relations whose relation-created has run, or has failed.
    pub relations: BTreeMap<RelationId, RelationSeen>,
    /// Secrets that hooks have run for.
    pub secrets: SecretsSeen,
    /// Which start of each container pebble-ready has run for.
    pub ready: BTreeMap<ContainerName, u64>,
    /// Storage whose storage-attached has run.
    #[serde(default)]
    pub storage: BTreeSet<String>,
    /// How much of the news of each container hooks have run for, and since which of its starts.
    #[serde(default)]
    pub heard: BTreeMap<ContainerName, (u64, usize)>,
    /// What was handed in of containers, and waits for its hook.
    pub workload: VecDeque<Hook>,
    /// Whether `update-status` is to run once there is nothing else.
    pub update_status: bool,
    /// The hook that failed, which is all that runs until it succeeds.
    pub failed: Option<FailedHook>,
}

/// What a `config-changed` was about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConfigSeen {
    /// What the operator had set.
    pub options: Arc<BTreeMap<String, ConfigValue>>,
    /// Whether the application was trusted.
    pub trusted: bool,
    /// The unit's addresses.
    pub networks: BTreeMap<String, Network>,
}

impl ConfigSeen {
    pub(super) fn now(model: &Model, unit: &UnitName) -> Option<Self> {
        let application = model.applications.get(&unit.application())?;
        Some(Self {
            options: Arc::clone(&application.config),
            trusted: application.trusted,
            networks: model.units.get(unit)?.networks.clone(),
        })
    }
}

/// What a unit has been told of one relation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RelationSeen {
    /// The unit that has joined, and whose databag the charm has not been sent to yet.
    pub joined: Option<UnitName>,
    /// The remote units that have joined, each with the version of its databag.
    pub members: BTreeMap<UnitName, u64>,
    /// The version of the remote application's databag.
    pub application: u64,
    /// Whether relation-broken has run.
    pub broken: bool,
}

/// What a unit has been told of secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SecretsSeen {
    /// The revision that `secret-changed` has run for.
    pub changed: BTreeMap<SecretId, u64>,
    /// The revisions that `secret-remove` has run for.
    pub removed: BTreeSet<(SecretId, u64)>,
    /// When `secret-rotate` has last run for a rotation that is still due.
    pub rotated: BTreeMap<SecretId, Timestamp>,
    /// When `secret-expired` has last run for a revision.
    pub expired: BTreeMap<SecretId, (u64, Timestamp)>,
}

/// A hook that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailedHook {
    /// Which.
    pub hook: Hook,
    /// How often it has failed in a row.
    pub attempts: u32,
    /// When Juju runs it again.
    pub retry_at: Timestamp,
}
