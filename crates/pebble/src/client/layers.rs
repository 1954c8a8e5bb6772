//! Layers, and the plan that they come to.

use super::{Client, Error};
use crate::{
    error::Failure,
    layer::{Action, Layer, Plan},
    version::Feature,
};
use serde::Serialize;

/// What happens when a layer of this label is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    /// The new layer is merged into it, in its place.
    Yes,
    /// The request fails.
    No,
}

#[derive(Serialize)]
struct AddLayer<'a> {
    action: &'static str,
    label: &'a str,
    format: &'static str,
    layer: &'a str,
    combine: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    inner: bool,
}

impl Client {
    /// What all layers of the daemon come to.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn plan(&self) -> Result<Plan, Error> {
        let text: String = self.get("/v1/plan", "?format=yaml")?;
        Plan::read(&text).map_err(|error| {
            let failure = Failure::Protocol("its plan cannot be read");
            Error::of(format!("GET /v1/plan ({error})"), failure)
        })
    }

    /// Adds a layer, or merges it into the one of this label. Services are left as they are; checks
    /// start at once. The daemon forgets it when it restarts.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when the daemon refuses it and is too old for one of its fields.
    /// Otherwise see [`Error`].
    pub fn add_layer(&self, label: &str, layer: &Layer, combine: Combine) -> Result<(), Error> {
        let Err(error) = self.add_layer_text(label, &layer.to_wire(), combine) else {
            return Ok(());
        };
        if error.is_status(400) {
            for feature in Feature::needed_by(layer) {
                self.needs(feature, error.attempt())?;
            }
        }
        Err(error)
    }

    /// Adds a layer as the text that it is, in YAML: what [`Layer`] cannot say. Otherwise see
    /// [`add_layer`](Self::add_layer).
    ///
    /// # Errors
    /// See [`Error`].
    pub fn add_layer_text(&self, label: &str, yaml: &str, combine: Combine) -> Result<(), Error> {
        self.post_layer(label, yaml, combine, false)
    }

    /// Adds a layer of a label `GROUP/NAME` at the end of its group, although layers follow that group.
    /// [`add_layer`](Self::add_layer) is refused there, so that nobody does it unawares.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when the daemon would put it at the end of all. Otherwise see [`Error`].
    pub fn add_inner_layer(
        &self,
        label: &str,
        layer: &Layer,
        combine: Combine,
    ) -> Result<(), Error> {
        self.needs(Feature::InnerLayers, "POST /v1/layers")?;
        self.post_layer(label, &layer.to_wire(), combine, true)
    }

    fn post_layer(
        &self,
        label: &str,
        yaml: &str,
        combine: Combine,
        inner: bool,
    ) -> Result<(), Error> {
        let (action, format, combine) = ("add", "yaml", combine == Combine::Yes);
        let body = AddLayer { action, label, format, layer: yaml, combine, inner };
        self.post("/v1/layers", &body).map(|_| ())
    }
}

impl Feature {
    /// What a layer uses that not every daemon has.
    pub fn needed_by(layer: &Layer) -> impl Iterator<Item = Self> {
        let with_code =
            |action: &Action| matches!(action, Action::SuccessShutdown | Action::FailureShutdown);
        let mut targets = layer.log_targets.values();
        let uses = [
            (layer.checks.values().any(|check| check.startup.is_some()), Feature::StartChecks),
            (targets.clone().any(|target| !target.labels.is_empty()), Feature::LogTargetLabels),
            (targets.any(|target| target.protocol == "opentelemetry"), Feature::OpenTelemetry),
            (
                layer.services.values().any(|service| {
                    let ends = service.on_success.iter().chain(&service.on_failure);
                    ends.chain(service.on_check_failure.values()).any(with_code)
                }),
                Feature::ShutdownWithCode,
            ),
        ];
        uses.into_iter().filter(|(uses, _)| *uses).map(|(_, feature)| feature)
    }
}
