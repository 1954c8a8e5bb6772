//! The queue of events whose handlers asked to be called again, oldest first.

use crate::{event::Event, store::Store};
use ops_core::Fault;
use serde::{Deserialize, Serialize};

const DOCUMENT: &str = "ops.deferred";
const VERSION: u32 = 1;

/// One event and why it waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) event: Event,
    pub(super) why: String,
    /// How often its handler has run.
    pub(super) tries: u32,
}

impl Entry {
    /// The same event after one more try.
    pub(super) fn again(self, why: String) -> Self {
        Self { why, tries: self.tries.saturating_add(1), ..self }
    }
}

/// The queue of this dispatch.
#[derive(Debug)]
pub(super) struct Queue(Vec<Entry>);

impl Queue {
    pub(super) fn load(store: &Store) -> Result<Self, Fault> {
        Ok(Self(store.get(DOCUMENT, VERSION)?.unwrap_or_default()))
    }

    /// The entries, to be handled; those that should stay are [kept](Self::keep) again, in their order.
    pub(super) fn take(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.0)
    }

    pub(super) fn keep(&mut self, entry: Entry) {
        self.0.push(entry);
    }

    /// Adds an event, unless the very same one waits already.
    pub(super) fn defer(&mut self, event: Event, why: String) {
        if !self.0.iter().any(|entry| entry.event == event) {
            self.0.push(Entry { event, why, tries: 1 });
        }
    }

    pub(super) fn store(&self, store: &Store) -> Result<(), Fault> {
        if self.0.is_empty() {
            Ok(store.remove(DOCUMENT)?)
        } else {
            Ok(store.set(DOCUMENT, VERSION, &self.0)?)
        }
    }
}

#[cfg(test)]
mod tests;
