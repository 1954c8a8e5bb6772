//! What every part of the reader uses: values of the right type, unknown keys, and the problems so far.

use super::Rules;
use crate::{
    problem::Problem,
    yaml::{Key, Meaning, Node, Value, clip},
};
use std::collections::BTreeMap;

/// Where something stands: a file and a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: usize,
}

/// Of which kind a declared name is. Names of one kind must differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Space {
    Option,
    Endpoint,
    Binding,
    Container,
    Resource,
    Storage,
    Device,
    Action,
    /// The parameters of this action.
    Parameter(String),
    /// The values of this parameter of this action.
    Choice(String, String),
    /// The parameters of this action that have an `enum`: each is a type.
    Enum(String),
    /// A resource that a container wants, under the container's name.
    Wants(String),
    /// A storage that a container mounts.
    Mounts(String),
}

/// The state of reading.
pub(super) struct Context {
    rules: Rules,
    files: Vec<String>,
    problems: Vec<(usize, Problem)>,
    /// The keys at the top of the files.
    pub(super) claimed: BTreeMap<String, Place>,
    /// Every declared name.
    pub(super) places: BTreeMap<(Space, String), Place>,
    /// Whether one of the files is `metadata.yaml`, which charmcraft then packs as it is.
    pub(super) has_metadata_file: bool,
}

impl Context {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            files: Vec::new(),
            problems: Vec::new(),
            claimed: BTreeMap::new(),
            places: BTreeMap::new(),
            has_metadata_file: false,
        }
    }

    pub(super) fn enter(&mut self, file: &str) {
        self.files.push(file.to_owned());
    }

    pub(super) fn file(&self) -> &str {
        self.files.last().map_or("", String::as_str)
    }

    /// A line of the file at hand.
    pub(super) fn place(&self, line: usize) -> Place {
        Place { file: self.file().to_owned(), line }
    }

    pub(super) fn is_author(&self) -> bool {
        self.rules == Rules::Author
    }

    pub(super) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// In the order of the files and their lines.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|(file, problem)| (*file, problem.line()));
        self.problems.into_iter().map(|(_, problem)| problem).collect()
    }

    /// A mistake in the file at hand.
    pub(super) fn problem(
        &mut self,
        line: usize,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let place = self.place(line);
        self.problem_at(&place, message, hint);
    }

    pub(super) fn problem_at(
        &mut self,
        place: &Place,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let at = self.files.iter().position(|file| *file == place.file).unwrap_or_default();
        self.problems.push((at, Problem::new(&place.file, place.line, message, hint)));
    }

    /// What Juju lets pass, and the author of a charm would regret.
    pub(super) fn author(
        &mut self,
        line: usize,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        if self.is_author() {
            self.problem(line, message, hint);
        }
    }

    pub(super) fn twice(&mut self, key: &str, line: usize, first: usize) {
        let message = format!("the key `{}` stands here a second time", clip(key));
        self.author(line, message, format!("the first is on line {first}: keep one of them"));
    }

    /// A key that only one of the files may have.
    pub(super) fn claim(&mut self, key: &str, line: usize) {
        let place = self.place(line);
        if let Some(first) = self.claimed.insert(key.to_owned(), place) {
            let Place { file, line: there } = first;
            let message = format!("`{key}` stands in {file} too, on line {there}");
            self.author(
                line,
                message,
                "charmcraft refuses a key that is in both: keep one of them",
            );
        }
    }

    /// A key that Juju reads, in `charmcraft.yaml`.
    pub(super) fn metadata_key(&mut self, key: &str, line: usize) {
        if self.has_metadata_file {
            let message = format!("`{key}` would be lost: charmcraft packs metadata.yaml as it is");
            self.author(line, message, "move it to metadata.yaml");
        }
    }

    /// Notes a declared name. Whether it is a name at all is said here, too.
    pub(super) fn declare(&mut self, space: Space, key: &Key) {
        if !key.is_text {
            let message = format!("the name `{}` is not read as a text", clip(&key.text));
            self.author(key.line, message, format!("quote it: \"{}\"", clip(&key.text)));
        }
        let place = self.place(key.line);
        self.places.insert((space, key.text.clone()), place);
    }

    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        match &node.value {
            Value::Scalar(text, Meaning::Text) => Some(text.clone()),
            Value::Scalar(text, meaning) if *meaning != Meaning::Null => {
                let hint = format!("quote it: \"{}\"", clip(text));
                self.wrong(node, what, "a text", hint);
                None
            }
            _ => {
                self.wrong(node, what, "a text", "give it a text");
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        if let Value::Scalar(_, Meaning::Boolean(value)) = node.value {
            return Some(value);
        }
        self.wrong(node, what, "a boolean", "write `true` or `false`, without quotes");
        None
    }

    pub(super) fn count(&mut self, node: &Node, what: &str) -> Option<u32> {
        if let Value::Scalar(_, Meaning::Integer(value)) = node.value
            && let Ok(value) = u32::try_from(value)
        {
            return Some(value);
        }
        let hint = format!("give it a whole number, such as `{what}: 1`");
        self.wrong(node, what, "a whole number", hint);
        None
    }

    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        if let Value::List(items) = &node.value {
            return Some(items);
        }
        self.wrong(node, what, "a list", "write each item on a line that begins with `- `");
        None
    }

    pub(super) fn texts(&mut self, node: &Node, what: &str) -> Vec<String> {
        let items = self.list(node, what).unwrap_or_default();
        items.iter().filter_map(|item| self.text(item, what)).collect()
    }

    pub(super) fn map<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Key, Node)]> {
        if let Value::Map(entries) = &node.value {
            return Some(entries);
        }
        self.wrong(node, what, "a mapping", "write `name: value` pairs, indented by two spaces");
        None
    }

    /// As [`map`](Self::map), for what may also be left empty.
    pub(super) fn optional_map<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
    ) -> Option<&'n [(Key, Node)]> {
        if node.is_null() { None } else { self.map(node, what) }
    }

    fn wrong(&mut self, node: &Node, what: &str, expected: &str, hint: impl Into<String>) {
        let what = if what.contains(' ') { what.to_owned() } else { format!("`{what}`") };
        self.problem(
            node.line,
            format!("{what} is {}, but must be {expected}", node.shown()),
            hint,
        );
    }
}

/// The entries of a mapping, taken one after the other.
pub(super) struct Fields<'n> {
    entries: Vec<&'n (Key, Node)>,
}

impl<'n> Fields<'n> {
    pub(super) fn of(entries: &'n [(Key, Node)]) -> Self {
        Self { entries: entries.iter().collect() }
    }

    /// The entry of this key. One without a value is as good as none.
    pub(super) fn take(&mut self, key: &str) -> Option<(&'n Key, &'n Node)> {
        let at = self.entries.iter().position(|(other, _)| other.text == key)?;
        let (key, node) = self.entries.remove(at);
        (!node.is_null()).then_some((key, node))
    }

    /// The value of this key.
    pub(super) fn value(&mut self, key: &str) -> Option<&'n Node> {
        self.take(key).map(|(_, node)| node)
    }

    /// What nobody took.
    pub(super) fn rest(self) -> Vec<&'n (Key, Node)> {
        self.entries
    }

    /// What nobody took, where anything may stand, and what looks like a spelling mistake.
    pub(super) fn misspelt(&self, cx: &mut Context, known: &[&str], place: &str) {
        for (key, _) in &self.entries {
            if let Some(near) = nearest(&key.text, known).filter(|near| *near != key.text) {
                let hint = format!("did you mean `{near}`?");
                cx.author(key.line, format!("there is no key `{}` {place}", clip(&key.text)), hint);
            }
        }
    }

    /// What nobody took and nobody knows is a problem, perhaps a spelling mistake.
    pub(super) fn finish(self, cx: &mut Context, known: &[&str], place: &str) {
        for (key, _) in self.entries {
            if known.contains(&key.text.as_str()) {
                continue;
            }
            let hint = match nearest(&key.text, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.len() > 12 => "remove it".to_owned(),
                None => format!("what can stand here: {}", known.join(", ")),
            };
            cx.author(key.line, format!("there is no key `{}` {place}", clip(&key.text)), hint);
        }
    }
}

/// The known word that is a letter or two away.
fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let most = if word.len() < 4 { 1 } else { 2 };
    let near = known.iter().map(|known| (distance(word, known), *known));
    near.filter(|(distance, _)| *distance <= most).min().map(|(_, known)| known)
}

/// How many letters have to be changed, added or removed. Hyphens and underscores are the same.
fn distance(a: &str, b: &str) -> usize {
    let plain = |c: char| if c == '_' { '-' } else { c.to_ascii_lowercase() };
    if a.len() > 40 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().map(plain).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, a) in a.chars().map(plain).enumerate() {
        let mut next = vec![line + 1];
        for ((b, above), pair) in b.iter().zip(row.iter().skip(1)).zip(row.iter()) {
            let left = next.last().copied().unwrap_or_default();
            next.push((above + 1).min(left + 1).min(pair + usize::from(a != *b)));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
