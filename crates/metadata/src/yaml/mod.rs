//! YAML as a tree in which everything knows its line, with limits on what it may cost to read.
//!
//! The parser gives events with positions; this module makes the tree, resolves aliases, merge keys and
//! plain scalars as Go's `yaml.v2` does (Juju reads with it), and refuses what charmcraft or Juju would
//! refuse. It must not know what a charm is.

mod compose;
mod scalar;

pub(crate) use compose::compose;
pub(crate) use scalar::Meaning;

/// The size of a file that is read, in bytes.
pub(crate) const MOST_BYTES: usize = 1 << 20;
/// How deep lists and mappings may be nested.
pub(crate) const MOST_DEPTH: usize = 64;
/// How many scalars, lists and mappings a file may have.
pub(crate) const MOST_NODES: usize = 20_000;
/// How many of them may come from aliases.
pub(crate) const MOST_ALIASED: usize = 10_000;

/// A value and where it begins.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// What stands there.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// A scalar: its text, and what it means.
    Scalar(String, Meaning),
    List(Vec<Node>),
    /// No key is there twice.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) line: usize,
    pub(crate) text: String,
    /// Whether readers take it for a text, and not for a number or a boolean such as `on`.
    pub(crate) is_text: bool,
}

impl Node {
    /// Whether nothing stands there: `null`, `~`, or nothing.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar(_, Meaning::Null))
    }

    /// What stands there, for an error: short, and in one line.
    pub(crate) fn shown(&self) -> String {
        match &self.value {
            Value::Scalar(_, Meaning::Null) => "nothing".to_owned(),
            Value::Scalar(text, Meaning::Text) => format!("the text {:?}", clip(text)),
            Value::Scalar(text, Meaning::Boolean(_)) => format!("the boolean {}", clip(text)),
            Value::Scalar(text, _) => format!("the number {}", clip(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }

    /// As JSON, as Juju hands it on to its schema checker.
    pub(crate) fn json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar(text, meaning) => meaning.json(text),
            Value::List(items) => items.iter().map(Self::json).collect(),
            Value::Map(entries) => {
                let entries = entries.iter().map(|(key, node)| (key.text.clone(), node.json()));
                serde_json::Value::Object(entries.collect())
            }
        }
    }
}

/// The beginning of a text, in one line.
pub(crate) fn clip(text: &str) -> String {
    const MOST: usize = 60;
    let mut line: String =
        text.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        line.push_str("...");
    }
    line
}
