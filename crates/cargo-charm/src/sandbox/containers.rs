//! Workload containers: which Pebble runs in them.

use super::{model::Sandbox, place::Place};
use crate::failure::Failure;
use clap::ValueEnum;
use ops_core::names::UnitName;
use serde::{Deserialize, Serialize};

/// Which Pebble runs in a container.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Which {
    /// An emulated one, which runs nothing
    #[default]
    Emulated,
    /// A real one, which runs what is on the machine
    Real,
}

impl Sandbox {
    /// Lets the containers of a new unit come up, each with the Pebble that its application wants.
    pub(super) fn start_containers(&mut self, unit: &UnitName) -> Result<(), Failure> {
        let _ = unit;
        Ok(())
    }
}

/// Stops every real Pebble of a model.
pub(super) fn stop_all(place: &Place) -> Result<(), Failure> {
    let _ = place;
    Ok(())
}
