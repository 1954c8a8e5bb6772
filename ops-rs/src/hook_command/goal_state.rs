//! `goal-state`: the units that are planned, for this application and those it is related to.

use super::{CommandError, Invocation, Juju};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the model is heading for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GoalState {
    /// The units of this application, by name.
    pub units: BTreeMap<String, GoalStatus>,
    /// For each endpoint, the applications and units on the other side, by name.
    pub relations: BTreeMap<String, BTreeMap<String, GoalStatus>>,
}

impl GoalState {
    /// How many units of this application are planned: all that are not going away.
    #[must_use]
    pub fn planned_units(&self) -> usize {
        self.units.values().filter(|unit| unit.status != "dying").count()
    }
}

/// How far one unit or application is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalStatus {
    /// Juju's word for it, such as `active`, `waiting` or `dying`.
    pub status: String,
    /// Since when, such as `2024-01-02 03:04:05Z`.
    #[serde(default)]
    pub since: Option<String>,
}

/// What the model is heading for (Juju: `goal-state`).
///
/// # Errors
/// See [`CommandError`].
pub fn goal_state(juju: &Juju) -> Result<GoalState, CommandError> {
    juju.json(&Invocation::new("goal-state").arg("--format=json"))
}
