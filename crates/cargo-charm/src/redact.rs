//! Keeps the contents of secrets off the screen.

use ops_testing::emulator::juju::Model;
use serde_json::Value;

/// What stands in place of a secret.
pub(crate) const REDACTED: &str = "<secret>";

/// Shorter values turn up by chance.
const SHORTEST: usize = 8;

/// The text, with every value of every secret in the model hidden.
pub(crate) fn redact(model: &Model, text: &str) -> String {
    let mut values: Vec<&str> = model
        .secret_values()
        .map(|(.., value)| value)
        .filter(|value| value.len() >= SHORTEST && text.contains(value))
        .collect();
    // One value may be part of another.
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    values.iter().fold(text.to_owned(), |text, value| text.replace(value, REDACTED))
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
