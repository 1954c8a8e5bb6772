//! Keeps the contents of secrets off the screen.

use ops_testing::emulator::juju::Model;

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
