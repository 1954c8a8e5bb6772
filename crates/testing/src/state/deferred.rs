//! The events that the charm has deferred, as the SDK keeps them in the unit's state.

use super::State;
use ops::Event;
use serde::{Deserialize, Serialize};

/// Where the SDK keeps its queue.
const DOCUMENT: &str = "ops.deferred";
const VERSION: u32 = 1;

/// An event whose handler asked to be called again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Deferred {
    /// The event.
    pub event: Event,
    /// What the handler waits for.
    pub why: String,
    /// How often its handler has run.
    pub tries: u32,
}

/// What the unit's state holds under the name of the queue is no queue of this SDK.
#[derive(Debug, thiserror::Error)]
#[error("the document {DOCUMENT} in the unit's state is no queue of schema {VERSION}: {0}")]
pub struct DeferredError(String);

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    data: Vec<Deferred>,
}

impl State {
    /// The events that the charm has deferred, oldest first. Those of a charm that keeps its state in a file are
    /// not here.
    ///
    /// # Errors
    /// The document in [`stored`](Self::stored) was not written by this SDK.
    pub fn deferred(&self) -> Result<Vec<Deferred>, DeferredError> {
        self.stored.get(DOCUMENT).map_or_else(|| Ok(Vec::new()), |text| read(text))
    }

    /// The charm has deferred these events, and no others. [`Context::event`] makes them.
    ///
    /// [`Context::event`]: crate::Context::event
    #[must_use]
    pub fn with_deferred(mut self, events: impl IntoIterator<Item = Deferred>) -> Self {
        let document = Document { version: VERSION, data: events.into_iter().collect() };
        match serde_json::to_string(&document) {
            Ok(text) if !document.data.is_empty() => self.stored.insert(DOCUMENT.to_owned(), text),
            _ => self.stored.remove(DOCUMENT),
        };
        self
    }
}

/// Whether a unit's state holds the queue under this name.
pub(crate) fn is_queue(key: &str) -> bool {
    key == DOCUMENT
}

pub(crate) fn read(text: &str) -> Result<Vec<Deferred>, DeferredError> {
    let document: Document =
        serde_json::from_str(text).map_err(|error| DeferredError(error.to_string()))?;
    if document.version != VERSION {
        return Err(DeferredError(format!("it has schema {}", document.version)));
    }
    Ok(document.data)
}

impl Deferred {
    /// An event whose handler has run once and waits for this.
    pub fn new(event: Event, why: impl Into<String>) -> Self {
        Self { event, why: why.into(), tries: 1 }
    }

    /// Its handler has run so often.
    #[must_use]
    pub fn tries(mut self, tries: u32) -> Self {
        self.tries = tries;
        self
    }
}
