//! What the other side thinks of rules or dashboards that it was sent.

use ops_core::interface::{Databag, Schema, SchemaError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const EVENT: &str = "event";

/// What the leader of Loki, Prometheus or Grafana writes back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// What it thinks of what it was sent, once it has said so.
    pub event: Option<Verdict>,
}

impl Schema for Answer {
    fn encode(&self) -> Result<Databag, SchemaError> {
        Verdict::encode(self.event.as_ref())
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        Ok(Some(Self { event: Verdict::read(bag)? }))
    }
}

/// What Loki, Prometheus or Grafana thinks of what it was sent, in its application's databag under `event`.
///
/// Charms may ignore it; it helps who looks for a rule that does not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether everything was taken.
    pub valid: bool,
    /// What was wrong, in the other charm's words.
    pub errors: Vec<String>,
}

/// Some charms write one text, some a list of texts or of objects with an `error`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Errors {
    Text(String),
    List(Vec<Entry>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Text(String),
    Object { error: String },
}

#[derive(Deserialize)]
struct Wire {
    valid: Option<bool>,
    errors: Option<Errors>,
}

impl Verdict {
    fn encode(verdict: Option<&Self>) -> Result<Databag, SchemaError> {
        #[derive(Serialize)]
        struct Out<'a> {
            valid: bool,
            errors: &'a str,
        }
        let Some(verdict) = verdict else { return Ok(Databag::new()) };
        let errors = verdict.errors.join("; ");
        let text = super::json::to_text(EVENT, &Out { valid: verdict.valid, errors: &errors })?;
        Ok(Databag::from([(EVENT.to_owned(), text.into())]))
    }

    fn read(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        let wire: Option<Wire> = super::json::read(bag, EVENT, "a verdict as JSON")?;
        Ok(wire.map(|wire| {
            let errors = match wire.errors {
                None => Vec::new(),
                Some(Errors::Text(text)) => vec![text],
                Some(Errors::List(entries)) => entries.into_iter().map(Entry::text).collect(),
            };
            let errors = errors.into_iter().filter(|error| !error.is_empty()).collect();
            Self { valid: wire.valid.unwrap_or(true), errors }
        }))
    }
}

impl Entry {
    fn text(self) -> String {
        match self {
            Self::Text(text) | Self::Object { error: text } => text,
        }
    }
}
