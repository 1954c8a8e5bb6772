//! A place that Pebble sends logs to, with Pebble's merge rules.

use super::{
    Node, ShapeError,
    fields::{Fields, Show, Writer, replace_entries, replace_text},
    words::Override,
};
use ops_core::Text;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A place that Pebble sends the logs of services to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LogTarget {
    /// The protocol: `loki`, `opentelemetry` or `syslog`.
    pub protocol: String,
    /// The URL or address.
    pub location: String,
    /// Names of services, `all`, and either with a leading `-` to take it out; the last match counts.
    pub services: Vec<String>,
    /// How this entry meets an earlier one. Pebble demands it in every layer.
    pub override_: Option<Override>,
    /// Labels; `$NAME` stands for a variable of the service's environment.
    pub labels: BTreeMap<String, Text>,
}

impl LogTarget {
    /// A target that replaces an earlier one of its name.
    pub fn new(protocol: impl Into<String>, location: impl Into<String>) -> Self {
        Self {
            protocol: protocol.into(),
            location: location.into(),
            override_: Some(Override::Replace),
            ..Self::default()
        }
    }

    /// Adds a service, `all`, or one of them with a leading `-`.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.services.push(service.into());
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl Into<Text>) -> Self {
        self.labels.insert(name.into(), value.into());
        self
    }

    /// How this entry meets an earlier one of the same name.
    #[must_use]
    pub fn override_(mut self, override_: Override) -> Self {
        self.override_ = Some(override_);
        self
    }

    /// Lays a later entry of the same name over this one, as `override: merge` does.
    pub fn merge(&mut self, later: &Self) {
        replace_text(&mut self.protocol, &later.protocol);
        replace_text(&mut self.location, &later.location);
        self.services.extend_from_slice(&later.services);
        replace_entries(&mut self.labels, &later.labels);
    }

    /// The tree without `override`, for comparisons.
    pub(crate) fn comparable(&self) -> Node<'_> {
        let mut out = self.fields(Show::Exposed);
        out.leave_out("override");
        out.finish()
    }

    pub(crate) fn read(mut fields: Fields<'_>) -> Result<Self, ShapeError> {
        let target = Self {
            protocol: fields.text("type")?,
            location: fields.text("location")?,
            services: fields.texts("services")?,
            override_: Override::read(&mut fields)?,
            labels: fields.values("labels")?,
        };
        fields.finish()?;
        Ok(target)
    }

    /// The tree, in the order in which Pebble prints it. The first three are always printed.
    pub(crate) fn node(&self, show: Show) -> Node<'_> {
        self.fields(show).finish()
    }

    fn fields(&self, show: Show) -> Writer<'_> {
        let mut out = Writer::default();
        out.put("type", Node::text(&self.protocol));
        out.put("location", Node::text(&self.location));
        out.put("services", Node::List(self.services.iter().map(Node::text).collect()));
        out.word("override", self.override_.map(Override::as_str));
        out.values("labels", &self.labels, show);
        out
    }
}

impl Serialize for LogTarget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.node(Show::Redacted).serialize(serializer)
    }
}
