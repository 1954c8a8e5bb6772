//! Documents in Juju's unit state: `state-get` and `state-set`.
//!
//! Juju flushes them with the rest of a successful hook and drops them with a failed one; they survive
//! the pod.

use super::{Backend, Loaded, StoreError};
use crate::hook_command::{Juju, state_delete, state_get, state_set};
use std::collections::BTreeMap;

/// Juju's unit state.
#[derive(Debug)]
pub struct UnitState(Juju);

impl UnitState {
    /// The state of the unit that this dispatch is about.
    #[must_use]
    pub fn new(juju: Juju) -> Self {
        Self(juju)
    }
}

impl Backend for UnitState {
    fn load(&self) -> Result<Loaded, StoreError> {
        let documents =
            state_get(&self.0).map_err(|source| StoreError::Juju { action: "read", source })?;
        Ok(Loaded { documents, set_aside: Vec::new() })
    }

    // Several commands, one step: Juju buffers them and flushes them together.
    fn save(&self, changes: &BTreeMap<String, Option<String>>) -> Result<(), StoreError> {
        let failed = |source| StoreError::Juju { action: "write", source };
        let set: BTreeMap<String, String> =
            changes.iter().filter_map(|(key, text)| Some((key.clone(), text.clone()?))).collect();
        if !set.is_empty() {
            state_set(&self.0, &set).map_err(failed)?;
        }
        for (key, _) in changes.iter().filter(|(_, text)| text.is_none()) {
            state_delete(&self.0, key).map_err(failed)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
