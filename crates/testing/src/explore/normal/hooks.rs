//! What a hook, and an event that waits, is about, in words that have no id in them.

use super::Walk;
use crate::emulator::juju::Hook;
use ops::Event;
use ops_core::names::{RelationId, SecretId, UnitName};

impl Walk<'_> {
    /// A hook, and all that it is about.
    pub(super) fn hook(&self, hook: &Hook, unit: &UnitName) -> String {
        let name = hook.name(self.model, unit);
        if let Some(relation) = hook.relation() {
            let remote = hook.remote_unit().map_or("", UnitName::as_str);
            let departing = match hook {
                Hook::RelationDeparted { departing, .. } => departing.as_str(),
                _ => "",
            };
            return self.of_relation(&name, relation, [remote, departing]);
        }
        match hook {
            Hook::SecretChanged { id, .. } | Hook::SecretRotate { id, .. } => {
                self.of_secret(&name, id, None)
            }
            Hook::SecretExpired { id, revision, .. } | Hook::SecretRemove { id, revision, .. } => {
                self.of_secret(&name, id, Some(*revision))
            }
            Hook::StorageAttached { storage, .. } | Hook::StorageDetaching { storage, .. } => {
                format!("{name} of {storage}")
            }
            Hook::PebbleCustomNotice { key: what, .. }
            | Hook::PebbleCheckFailed { check: what, .. }
            | Hook::PebbleCheckRecovered { check: what, .. } => format!("{name} of {what}"),
            _ => name.into_owned(),
        }
    }

    /// An event, and all that it is about.
    pub(super) fn event(&self, event: &Event) -> String {
        let name = event.name();
        match event {
            Event::RelationCreated(relation)
            | Event::RelationJoined(relation)
            | Event::RelationChanged(relation)
            | Event::RelationBroken(relation)
            | Event::RelationDeparted { relation, .. } => {
                let remote = relation.unit.as_ref().map_or("", UnitName::as_str);
                let departing = match event {
                    Event::RelationDeparted { departing: Some(unit), .. } => unit.as_str(),
                    _ => "",
                };
                self.of_relation(&name, relation.id, [remote, departing])
            }
            Event::StorageAttached(storage) | Event::StorageDetaching(storage) => {
                let index = storage.index.map(|index| index.to_string()).unwrap_or_default();
                format!("{name} of {}/{index}", storage.storage)
            }
            Event::SecretChanged(secret) | Event::SecretRotate(secret) => {
                self.of_secret(&name, &secret.id, None)
            }
            Event::SecretExpired { secret, revision }
            | Event::SecretRemove { secret, revision } => {
                self.of_secret(&name, &secret.id, Some(*revision))
            }
            Event::PebbleCustomNotice { key: what, .. }
            | Event::PebbleCheckFailed { check: what, .. }
            | Event::PebbleCheckRecovered { check: what, .. } => format!("{name} of {what}"),
            _ => name,
        }
    }

    fn of_relation(&self, name: &str, id: RelationId, units: [&str; 2]) -> String {
        let [remote, departing] = units;
        let relation = self.names.relation(id).unwrap_or("a relation that is gone");
        let remote = if remote.is_empty() { String::new() } else { format!(" by {remote}") };
        let left = if departing.is_empty() { String::new() } else { format!(", {departing} left") };
        format!("{name} of {relation}{remote}{left}")
    }

    /// Revisions are told apart by how many came after.
    fn of_secret(&self, name: &str, id: &SecretId, revision: Option<u64>) -> String {
        let secret = self.names.secret(id).unwrap_or("a secret that is gone");
        let latest = self.model.secrets.get(id).map(crate::emulator::juju::Secret::latest);
        let age = revision.zip(latest).map(|(revision, latest)| latest.saturating_sub(revision));
        let age = age.map(|age| format!(", {age} revisions ago")).unwrap_or_default();
        format!("{name} of {secret}{age}")
    }
}
