//! Layers: how the daemon reads, combines and refuses them.

use super::{Effect, Pebble, Response, json_node, shared::Printed};
use ops_pebble::{
    Feature,
    layer::{Layer, Node, PlanError, Stack},
};
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Deserialize, Default)]
#[serde(default)]
struct AddLayer<'a> {
    #[serde(borrow)]
    action: Cow<'a, str>,
    label: String,
    #[serde(borrow)]
    format: Cow<'a, str>,
    #[serde(borrow)]
    layer: Cow<'a, str>,
    combine: bool,
    inner: bool,
}

impl Pebble {
    /// Adds a layer as if a client had done so, but leaves no effect.
    ///
    /// # Errors
    /// Pebble's refusal.
    pub fn add_layer(&mut self, label: &str, layer: &Layer, combine: bool) -> Result<(), String> {
        self.put_layer(label, layer, combine, false).map_err(|error| error.to_string())
    }

    fn put_layer(
        &mut self,
        label: &str,
        layer: &Layer,
        combine: bool,
        inner: bool,
    ) -> Result<(), PlanError> {
        let mut stack = Stack::from(self.layers.to_vec());
        let plan = match self.has(Feature::InnerLayers) || !stack.needs_inner(label) {
            true => stack.add(label, layer, combine, inner)?,
            // It knows no groups, and ignores the word.
            false => stack.append(label, layer)?,
        };
        self.layers = stack.into_layers().into();
        self.plan = Printed::from(plan).into();
        self.update_checks();
        Ok(())
    }

    pub(super) fn post_layers(&mut self, body: &[u8]) -> Response {
        let refuse = |message: String| Response::refused(400, "", message);
        let request: AddLayer<'_> = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return refuse(format!("cannot decode request body: {error}")),
        };
        match (&*request.action, request.label.as_str(), &*request.format) {
            ("add", "", _) => return refuse("label must be set".to_owned()),
            ("add", _, "yaml") => {}
            ("add", _, format) => return refuse(format!("invalid format {format:?}")),
            (action, _, _) => return refuse(format!("invalid action {action:?}")),
        }
        let label = request.label;
        let layer = match read(&label, &request.layer) {
            Ok(layer) => layer,
            Err(message) => return refuse(message),
        };
        if let Some(message) = self.refuses(&label, &layer, request.combine) {
            return refuse(message);
        }
        match self.put_layer(&label, &layer, request.combine, request.inner) {
            Ok(()) => {
                self.effects.push(Effect::AddLayer { label });
                Response::sync(&true)
            }
            Err(error) => {
                // Pebble has no 400 for a layer out of its group.
                let stack = Stack::from(self.layers.to_vec());
                let misplaced = !request.inner && stack.needs_inner(&label);
                let status = if misplaced { 500 } else { 400 };
                Response::refused(status, "", error.to_string())
            }
        }
    }
}

/// Reads a layer's YAML. Where Pebble quotes its YAML library, the wording differs.
pub(crate) fn read(label: &str, text: &str) -> Result<Layer, String> {
    let prefix = || format!("cannot parse layer YAML: cannot parse layer {label:?}:");
    let value: serde_yaml::Value;
    let node = match json_node::read(text) {
        Some(node) => node,
        None => {
            let failed = |error| format!("{} yaml: {error}", prefix());
            value = serde_yaml::from_str(text).map_err(failed)?;
            match &value {
                serde_yaml::Value::Null => Node::Map(Vec::new()),
                value => node(value),
            }
        }
    };
    if let Node::Map(sections) = &node {
        const KNOWN: [&str; 5] = ["summary", "description", "services", "checks", "log-targets"];
        let unknown = sections.iter().find(|(name, _)| !KNOWN.contains(&&**name));
        if let Some((name, _)) = unknown {
            return Err(format!("{} unknown section {name:?}", prefix()));
        }
    }
    Layer::read(&node).map_err(|error| format!("{} {error}", prefix()))
}

fn node(value: &serde_yaml::Value) -> Node<'_> {
    match value {
        serde_yaml::Value::Null => Node::Plain("null".into()),
        serde_yaml::Value::Bool(value) => Node::Plain(value.to_string().into()),
        serde_yaml::Value::Number(value) => Node::Plain(value.to_string().into()),
        serde_yaml::Value::String(text) => Node::text(text),
        serde_yaml::Value::Sequence(items) => Node::List(items.iter().map(node).collect()),
        serde_yaml::Value::Mapping(entries) => Node::Map(entries.iter().map(entry).collect()),
        serde_yaml::Value::Tagged(tagged) => node(&tagged.value),
    }
}

fn entry<'a>(
    (key, value): (&'a serde_yaml::Value, &'a serde_yaml::Value),
) -> (Cow<'a, str>, Node<'a>) {
    let key = match node(key) {
        Node::Plain(key) | Node::Text(key) => key,
        Node::List(_) | Node::Map(_) => "".into(),
    };
    (key, node(value))
}
