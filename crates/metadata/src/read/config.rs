//! The options of the configuration: `config.yaml`, or `config` in `charmcraft.yaml`.

use super::context::{Context, Fields, Space};
use crate::{
    charm::{Charm, ConfigOption, OptionType, Scalar},
    yaml::{Key, Meaning, Node, Value, clip},
};

/// Reads what stands under `options`.
pub(super) fn options(cx: &mut Context, node: &Node, charm: &mut Charm) {
    for (key, node) in cx.map(node, "options").unwrap_or_default() {
        cx.declare(Space::Option, key);
        if let Some(option) = option(cx, key, node) {
            charm.options.insert(key.text.clone(), option);
        }
    }
}

fn option(cx: &mut Context, key: &Key, node: &Node) -> Option<ConfigOption> {
    let name = &key.text;
    let mut fields = Fields::of(cx.map(node, &format!("option {name}"))?);
    let kind = match fields.value("type") {
        None => {
            let hint = "add `type:` with string, int, float, boolean or secret";
            cx.author(key.line, format!("option {name:?} has no type"), hint);
            OptionType::String
        }
        Some(node) => kind(cx, name, node)?,
    };
    let default = match fields.value("default") {
        None => None,
        Some(node) => Some(default(cx, name, kind, node)?),
    };
    let description = fields.value("description").and_then(|node| cx.text(node, "description"));
    fields.finish(cx, &["type", "default", "description"], "in an option");
    Some(ConfigOption { kind, default, description })
}

fn kind(cx: &mut Context, name: &str, node: &Node) -> Option<OptionType> {
    let kind = match &node.value {
        Value::Scalar(text, _) => text.as_str(),
        _ => "",
    };
    Some(match kind {
        "string" => OptionType::String,
        "int" => OptionType::Int,
        "float" => OptionType::Float,
        "boolean" => OptionType::Boolean,
        "secret" => OptionType::Secret,
        other => {
            let hint = match other {
                "bool" => "write `boolean`",
                "integer" => "write `int`",
                "number" => "write `float`",
                "str" => "write `string`",
                _ => "Juju knows string, int, float, boolean and secret",
            };
            let message =
                format!("invalid config: option {name:?} has unknown type {:?}", clip(other));
            cx.problem(node.line, message, hint);
            return None;
        }
    })
}

fn default(cx: &mut Context, name: &str, kind: OptionType, node: &Node) -> Option<Scalar> {
    let value = match (&node.value, kind) {
        (Value::Scalar(text, Meaning::Text), OptionType::String) => {
            Some(Scalar::Text(text.clone()))
        }
        (Value::Scalar(text, Meaning::Text), OptionType::Secret)
            if text.is_empty() || text.starts_with("secret:") =>
        {
            Some(Scalar::Text(text.clone()))
        }
        (Value::Scalar(_, Meaning::Integer(value)), OptionType::Int) => Some(Scalar::Int(*value)),
        #[expect(clippy::cast_precision_loss, reason = "the option is a float")]
        (Value::Scalar(_, Meaning::Integer(value)), OptionType::Float) => {
            Some(Scalar::Float(*value as f64))
        }
        (Value::Scalar(_, Meaning::Float(value)), OptionType::Float) if value.is_finite() => {
            Some(Scalar::Float(*value))
        }
        (Value::Scalar(_, Meaning::Boolean(value)), OptionType::Boolean) => {
            Some(Scalar::Boolean(*value))
        }
        _ => None,
    };
    if value.is_none() {
        let got = match &node.value {
            Value::Scalar(text, _) => format!("{:?}", clip(text)),
            _ => node.shown(),
        };
        let message =
            format!("invalid config default: option {name:?} expected {}, got {got}", kind.name());
        let hint = match (kind, &node.value) {
            (OptionType::String, Value::Scalar(text, _)) => format!("quote it: \"{}\"", clip(text)),
            (OptionType::Secret, _) => {
                "write the URI of a secret, or leave `default` out".to_owned()
            }
            (_, Value::Scalar(_, Meaning::Text)) => {
                "write it without quotes, or change the type".to_owned()
            }
            _ => "change the default, or the type".to_owned(),
        };
        cx.problem(node.line, message, hint);
    }
    value
}
