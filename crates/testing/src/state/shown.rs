//! A state as lines that people read and compare: a path and a value each. The contents of secrets are in none
//! of them, wherever they stand.

use super::State;
use ops::record;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

/// Shorter values of secrets turn up by chance; where a secret itself is written, they are hidden too.
const SHORTEST: usize = 4;

/// Leaves by their paths, such as `relations.1.local_unit.url`.
type Leaves = BTreeMap<String, Leaf>;

#[derive(PartialEq)]
struct Leaf {
    text: String,
    /// Whether it is the content of a secret.
    hidden: bool,
}

/// What differs between two states, a line each. Empty if they are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDiff(Vec<Difference>);

/// One place in which two states differ.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Where, such as `relations.1.local_unit.url`.
    pub path: String,
    /// What was there; `None` if nothing was.
    pub before: Option<String>,
    /// What is there; `None` if nothing is.
    pub after: Option<String>,
}

impl StateDiff {
    /// Whether the two states are equal.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The places, in order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = &Difference> {
        self.0.iter()
    }
}

impl fmt::Display for StateDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|difference| writeln!(f, "{difference}"))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{}: {} -> {}", self.path, shown(&self.before), shown(&self.after))
    }
}

impl State {
    /// What differs in the other state: `path: here -> there`, a line each.
    ///
    /// ```
    /// use ops_testing::{State, raw};
    ///
    /// let state = State::default().config(raw("port"), 80_i64);
    /// let other = state.clone().leader().config(raw("port"), 81_i64);
    /// assert_eq!(state.diff(&other).to_string(), "config.port: 80 -> 81\nleader: false -> true\n");
    /// ```
    #[must_use]
    pub fn diff(&self, other: &Self) -> StateDiff {
        if self == other {
            return StateDiff(Vec::new());
        }
        let hide = Redaction::of([self, other]);
        let (before, after) = (leaves(self), leaves(other));
        let paths: std::collections::BTreeSet<&String> =
            before.keys().chain(after.keys()).collect();
        let differences = paths.into_iter().filter_map(|path| {
            let (one, two) = (before.get(path), after.get(path));
            if one == two {
                return None;
            }
            let shown = |leaf: &Leaf| hide.shown(leaf);
            let (one, mut two) = (one.map(shown), two.map(shown));
            if one == two {
                two = Some("another value".to_owned());
            }
            Some(Difference { path: hide.text(path), before: one, after: two })
        });
        let mut all: Vec<Difference> = differences.collect();
        if all.is_empty() {
            // Commands that run, and what else lives no longer than a connection.
            let path = "containers".to_owned();
            all.push(Difference { path, before: None, after: Some("something unwritten".into()) });
        }
        StateDiff(all)
    }
}

/// All that is not as in a state in which nothing was said, a line each; fit for snapshots.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hide = Redaction::of([self]);
        let usual = leaves(&Self::default());
        for (path, leaf) in leaves(self) {
            if usual.get(&path) != Some(&leaf) {
                writeln!(f, "{}: {}", hide.text(&path), hide.shown(&leaf))?;
            }
        }
        Ok(())
    }
}

/// As `Display`, between braces.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State {\n")?;
        self.to_string().lines().try_for_each(|line| writeln!(f, "    {line}"))?;
        f.write_str("}")
    }
}

/// Puts the names of secrets in the place of their contents, however they are spelt.
#[derive(Default)]
pub(crate) struct Redaction {
    contents: record::Redaction,
    /// By the numbers that the contents have there.
    names: BTreeMap<usize, String>,
}

impl Redaction {
    pub(crate) fn of<'a>(states: impl IntoIterator<Item = &'a State>) -> Self {
        let mut known = Self::default();
        for secret in states.into_iter().flat_map(|state| state.secrets.values()) {
            for (number, revision) in &secret.revisions {
                for (key, value) in revision.content.0.iter().filter(|(_, v)| v.len() >= SHORTEST) {
                    let name = format!("<{key} of {} revision {number}>", secret.id);
                    if let Some(tag) = known.contents.learn(value.as_bytes()) {
                        known.names.insert(tag, name);
                    }
                }
            }
        }
        known
    }

    pub(crate) fn text(&self, text: &str) -> String {
        if self.names.is_empty() {
            return text.to_owned();
        }
        let text = self.contents.redact(text.as_bytes());
        let text = String::from_utf8_lossy(&text).into_owned();
        self.names.iter().fold(text, |text, (number, name)| {
            let tag = record::tag(*number);
            text.replace(&record::tag_in_base64(*number), name).replace(&tag, name)
        })
    }

    fn shown(&self, leaf: &Leaf) -> String {
        match leaf.hidden {
            true => "<hidden>".to_owned(),
            false => {
                let text = self.text(&leaf.text);
                if text.contains('\n') { format!("{text:?}") } else { text }
            }
        }
    }
}

fn leaves(state: &State) -> Leaves {
    let mut state = state.clone();
    state.containers.values_mut().for_each(|container| container.pebble.describe_exec_handlers());
    // A path may be no text.
    let mut value = serde_json::to_value(&state)
        .unwrap_or_else(|error| Value::from(format!("it cannot be shown: {error}")));
    if let Some(containers) = value.get_mut("containers").and_then(Value::as_object_mut) {
        containers.values_mut().filter_map(|container| container.get_mut("pebble")).for_each(open);
    }
    let mut leaves = Leaves::new();
    flatten(String::new(), &value, false, &mut leaves);
    leaves
}

/// Layers and configurations are texts in JSON, and are read as what they are.
fn open(pebble: &mut Value) {
    let parsed = |text: &Value| -> Option<Value> { serde_json::from_str(text.as_str()?).ok() };
    if let Some(layers) = pebble.get_mut("layers") {
        let labelled = layers.as_array().into_iter().flatten().filter_map(|layer| {
            let (label, text) = (layer.get(0)?.as_str()?, layer.get(1)?);
            Some((label.to_owned(), parsed(text)?))
        });
        *layers = Value::Object(labelled.collect());
    }
    for kind in ["services", "checks"] {
        let entries = pebble.get_mut(kind).and_then(Value::as_object_mut);
        for config in entries.into_iter().flatten().filter_map(|(_, it)| it.get_mut("config")) {
            // The layers have said all of it.
            if let Some(read) = parsed(config) {
                *config = Value::from(checksum(&read.to_string()));
            }
        }
    }
}

fn flatten(path: String, value: &Value, hidden: bool, into: &mut Leaves) {
    let under = |name: &str| {
        if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
    };
    let hidden = hidden || (path.starts_with("secrets.") && path.ends_with(".content"));
    let text = match value {
        Value::Null => return,
        Value::Object(entries) if entries.is_empty() => return,
        Value::Array(items) if items.is_empty() => return,
        Value::Object(entries) => {
            for (name, value) in entries {
                flatten(under(name), value, hidden, into);
            }
            return;
        }
        Value::Array(items) if items.len() > 8 && items.iter().all(Value::is_u64) => {
            format!("{} bytes, checksum {}", items.len(), checksum(&value.to_string()))
        }
        Value::Array(items) => {
            for (number, value) in items.iter().enumerate() {
                flatten(format!("{path}[{number}]"), value, hidden, into);
            }
            return;
        }
        Value::String(text) if text.is_empty() => return,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    into.insert(path, Leaf { text, hidden });
}

fn checksum(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Fails if two states are not equal, and prints what differs, a line each: `path: left -> right`.
///
/// ```
/// use ops_testing::{State, assert_state_eq, raw};
///
/// let state = State::default().config(raw("port"), 80_i64);
/// assert_state_eq!(state, state.clone());
/// ```
#[macro_export]
macro_rules! assert_state_eq {
    ($left:expr, $right:expr $(,)?) => {
        $crate::assert_state_eq!($left, $right, "the states differ")
    };
    ($left:expr, $right:expr, $($about:tt)+) => {{
        let diff = ($left).diff(&$right);
        assert!(diff.is_empty(), "{}\n{diff}", format_args!($($about)+));
    }};
}
