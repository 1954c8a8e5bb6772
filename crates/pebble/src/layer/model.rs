//! A layer: what one author says about services, checks and log targets.

use super::{
    Check, LogTarget, Node, PlanError, Service, ShapeError,
    fields::{Fields, Place, Show, Unknown, Writer},
    plan::{combine_into, read_section},
};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A layer of Pebble's configuration. The daemon folds all its layers into one [`Plan`](super::Plan).
///
/// `Debug` and `Serialize` show secrets as their tags; only [`to_wire`](Self::to_wire) shows them.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Layer {
    /// One line about it.
    pub summary: String,
    /// Some lines about it.
    pub description: String,
    /// The services, by name.
    pub services: BTreeMap<String, Service>,
    /// The checks, by name.
    pub checks: BTreeMap<String, Check>,
    /// The log targets, by name.
    pub log_targets: BTreeMap<String, LogTarget>,
}

impl Layer {
    /// A layer that says nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One line about it.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Some lines about it.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Adds a service, in place of an earlier one of this name.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>, service: Service) -> Self {
        self.services.insert(name.into(), service);
        self
    }

    /// Adds a check, in place of an earlier one of this name.
    #[must_use]
    pub fn check(mut self, name: impl Into<String>, check: Check) -> Self {
        self.checks.insert(name.into(), check);
        self
    }

    /// Adds a log target, in place of an earlier one of this name.
    #[must_use]
    pub fn log_target(mut self, name: impl Into<String>, target: LogTarget) -> Self {
        self.log_targets.insert(name.into(), target);
        self
    }

    /// The text that `POST /v1/layers` takes: JSON, which Pebble's YAML parser reads as it is.
    ///
    /// It holds every secret in clear. Nothing but the request may see it.
    #[must_use]
    pub fn to_wire(&self) -> String {
        self.node(Show::Exposed).to_json()
    }

    /// Reads a layer from a tree, as the daemon does: an unknown field is an error.
    ///
    /// # Errors
    /// The tree does not have the shape of a layer.
    pub fn read(node: &Node<'_>) -> Result<Self, ShapeError> {
        let mut fields = Fields::of(node, Place::of("layer"), Unknown::Refuse)?;
        let layer = Self {
            summary: fields.text("summary")?,
            description: fields.text("description")?,
            services: read_section(&mut fields, "services", Service::read)?,
            checks: read_section(&mut fields, "checks", Check::read)?,
            log_targets: read_section(&mut fields, "log-targets", LogTarget::read)?,
        };
        fields.finish()?;
        Ok(layer)
    }

    /// Folds a later layer of the same label into this one, as `combine: true` does.
    ///
    /// Pebble writes the default threshold of 3 into every check while it does so, and cuts a timeout
    /// to the period.
    ///
    /// # Errors
    /// An entry without `override`.
    pub fn combine(&mut self, label: &str, later: &Self) -> Result<(), PlanError> {
        combine_into(&mut self.services, &mut self.checks, &mut self.log_targets, label, later)?;
        self.checks.values_mut().for_each(Check::fill_defaults);
        self.summary.clone_from(&later.summary);
        self.description.clone_from(&later.description);
        Ok(())
    }

    fn node(&self, show: Show) -> Node<'_> {
        let mut out = Writer::default();
        out.text("summary", &self.summary);
        out.text("description", &self.description);
        out.map("services", &self.services, |service| service.node(show));
        out.map("checks", &self.checks, |check| check.node(show));
        out.map("log-targets", &self.log_targets, |target| target.node(show));
        out.finish()
    }
}

impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.node(Show::Redacted).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::plan_text;
    use ops_core::Secret;

    fn layer() -> Layer {
        let token = Secret::new("hunter2".to_owned(), "secret:1/token@1");
        let mut check = Check::http("http://localhost/");
        check.http.as_mut().unwrap().headers.insert("Authorization".into(), token.clone().into());
        Layer::new().service("web", Service::new("web").env("TOKEN", token)).check("ready", check)
    }

    #[test]
    fn printing_a_layer_shows_the_tags_of_secrets_and_the_wire_shows_their_values() {
        for printed in [format!("{:?}", layer()), serde_json::to_string(&layer()).unwrap()] {
            assert!(!printed.contains("hunter2"), "{printed}");
            assert!(printed.contains("secret:1/token@1"), "{printed}");
        }
        assert_eq!(
            layer().to_wire(),
            concat!(
                r#"{"services":{"web":{"override":"replace","command":"web","environment":{"TOKEN":"hunter2"}}},"#,
                r#""checks":{"ready":{"override":"replace","http":{"url":"http://localhost/","#,
                r#""headers":{"Authorization":"hunter2"}}}}}"#
            )
        );
    }

    #[test]
    fn a_layer_is_read_back_from_its_own_text() {
        let text = plan_text::write(&layer().node(Show::Exposed));
        let read = Layer::read(&plan_text::read(&text).unwrap()).unwrap();
        assert_eq!(read.to_wire(), layer().to_wire());
    }

    #[test]
    fn an_unknown_field_is_named_and_its_value_is_not() {
        let text = "services:\n    web:\n        nope: hunter2\n";
        let error = Layer::read(&plan_text::read(text).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "services.web.nope: unknown field");
    }
}
