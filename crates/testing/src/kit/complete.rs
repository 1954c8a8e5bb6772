//! A [`State`] with everything that the charm's metadata declares.

use super::Context;
use crate::{
    emulator::juju::{Role, Scope, StorageKind},
    state::{Relation, RelationKind, State, Storage},
};
use ops_core::names::StorageName;

impl Context {
    /// The state, and what the metadata declares and the state lacks: one relation of each endpoint, each
    /// container, reachable, and one of each storage. Options need nothing: those that are not set have their
    /// defaults.
    ///
    /// ```
    /// # fn test(ctx: &ops_testing::Context) {
    /// use ops_testing::State;
    ///
    /// let everything = ctx.complete(State::default().leader());
    /// let out = ctx.run(ctx.on().config_changed(), &everything);
    /// # }
    /// ```
    #[must_use]
    pub fn complete(&self, mut state: State) -> State {
        let charm = self.charm();
        let mut next = state.relations.keys().next_back().map_or(1, |id| id.number() + 1);
        for (name, endpoint) in &charm.endpoints {
            if state.relations.values().any(|relation| relation.endpoint == *name) {
                continue;
            }
            let mut relation = Relation::named(name.clone(), next);
            if endpoint.role == Role::Peer {
                relation.kind = RelationKind::Peer;
                relation.remote_units.clear();
            } else if endpoint.scope == Scope::Container {
                relation.kind = RelationKind::Subordinate;
            }
            state = state.relation(&relation);
            next += 1;
        }
        for name in &charm.containers {
            state.containers.entry(name.clone()).or_default();
        }
        for (name, declared) in &charm.storage {
            let Ok(name) = StorageName::new(name.as_str()) else { continue };
            if state.storages.values().any(|storage| storage.name == name) {
                continue;
            }
            let taken = state.storages.values().map(|storage| storage.index + 1).max();
            let mut storage = Storage::new(name, taken.unwrap_or_default());
            if declared.kind == StorageKind::Block {
                storage = storage.block();
            }
            state = state.storage(&storage);
        }
        state
    }
}
