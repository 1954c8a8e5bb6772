//! Keeps the contents of secrets off the screen.

use ops_testing::emulator::juju::Model;
use serde_json::Value;

/// What stands in place of a secret.
pub(crate) const REDACTED: &str = Model::REDACTED;

/// The text, with every value of every secret in the model hidden.
pub(crate) fn redact(model: &Model, text: &str) -> String {
    model.redact(text)
}

/// The same for every text in a value; its keys are no secrets.
pub(crate) fn redact_all(model: &Model, value: &Value) -> Value {
    match value {
        Value::String(text) => redact(model, text).into(),
        Value::Array(items) => items.iter().map(|item| redact_all(model, item)).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), redact_all(model, v))).collect(),
        other => other.clone(),
    }
}
