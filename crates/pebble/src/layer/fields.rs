//! Reading and writing the fields of one map. It must not know which fields there are.

use super::{Node, duration};
use ops_core::{Secret, Text};
use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc, time::Duration};

/// Whether a tree shows its secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// For the daemon, or for a comparison in memory.
    Exposed,
    /// For everybody else.
    Redacted,
}

/// What to do with a key nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// A layer: the daemon refuses it.
    Refuse,
    /// A live plan: a newer daemon may print more.
    Ignore,
}

/// A tree that is not a layer: where it goes wrong and how, never with what value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeError {
    place: String,
    what: &'static str,
}

impl ShapeError {
    pub(crate) fn new(place: impl Into<String>, what: &'static str) -> Self {
        Self { place: place.into(), what }
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for ShapeError {}

/// Where in a tree something stands: `checks.up.http.headers` is as deep as it gets.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place<'a>([Option<&'a str>; 4]);

impl<'a> Place<'a> {
    pub(crate) fn of(name: &'a str) -> Self {
        Self::default().inner(name)
    }

    pub(crate) fn inner(mut self, name: &'a str) -> Self {
        if let Some(free) = self.0.iter_mut().find(|name| name.is_none()) {
            *free = Some(name);
        }
        self
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().flatten().enumerate().try_for_each(|(at, name)| {
            f.write_str(if at > 0 { "." } else { "" })?;
            f.write_str(name)
        })
    }
}

/// The fields of one map while they are read.
pub(crate) struct Fields<'a> {
    entries: Vec<(&'a str, &'a Node<'a>)>,
    place: Place<'a>,
    pub(crate) unknown: Unknown,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(
        node: &'a Node<'a>,
        place: Place<'a>,
        unknown: Unknown,
    ) -> Result<Self, ShapeError> {
        match node {
            Node::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| (&**key, value)).collect();
                Ok(Self { entries, place, unknown })
            }
            Node::Plain(_) | Node::Text(_) | Node::List(_) => {
                Err(ShapeError::new(place.to_string(), "expected a map"))
            }
        }
    }

    fn at(&self, key: &str) -> String {
        format!("{}.{key}", self.place)
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<&'a Node<'a>> {
        let index = self.entries.iter().position(|(known, _)| *known == key)?;
        Some(self.entries.remove(index).1)
    }

    /// The fields of an inner map, when it is there.
    pub(crate) fn inner(&mut self, key: &'a str) -> Result<Option<Fields<'a>>, ShapeError> {
        let place = self.place.inner(key);
        self.take(key).map(|node| Fields::of(node, place, self.unknown)).transpose()
    }

    pub(crate) fn text(&mut self, key: &str) -> Result<String, ShapeError> {
        self.word(key).map(str::to_owned)
    }

    /// The same without a copy.
    pub(crate) fn word(&mut self, key: &str) -> Result<&'a str, ShapeError> {
        match self.take(key) {
            None => Ok(""),
            Some(node) => self.scalar(node, key),
        }
    }

    pub(crate) fn texts(&mut self, key: &str) -> Result<Vec<String>, ShapeError> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Node::List(items)) => {
                items.iter().map(|item| self.scalar(item, key).map(str::to_owned)).collect()
            }
            Some(_) => Err(ShapeError::new(self.at(key), "expected a list")),
        }
    }

    /// A map of values that may be secret. Those of a live plan count as secret: they may have been.
    pub(crate) fn values(&mut self, key: &'a str) -> Result<BTreeMap<String, Text>, ShapeError> {
        if self.unknown == Unknown::Refuse {
            return self.map(key, |text| Text::from(text));
        }
        let tag: Arc<str> = Arc::from("pebble plan");
        self.map(key, |text| Text::from(Secret::new(text.to_owned(), Arc::clone(&tag))))
    }

    pub(crate) fn map<T>(
        &mut self,
        key: &'a str,
        read: impl Fn(&str) -> T,
    ) -> Result<BTreeMap<String, T>, ShapeError> {
        let Some(inner) = self.inner(key)? else {
            return Ok(BTreeMap::new());
        };
        let entries = inner.entries.iter();
        entries
            .map(|(name, node)| Ok(((*name).to_owned(), read(inner.scalar(node, name)?))))
            .collect()
    }

    pub(crate) fn duration(&mut self, key: &str) -> Result<Option<Duration>, ShapeError> {
        self.parsed(key, duration::parse, "invalid duration")
    }

    pub(crate) fn number<T: std::str::FromStr>(
        &mut self,
        key: &str,
    ) -> Result<Option<T>, ShapeError> {
        self.parsed(key, |text| text.parse().ok(), "invalid number")
    }

    fn parsed<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
        what: &'static str,
    ) -> Result<Option<T>, ShapeError> {
        let Some(node) = self.take(key) else {
            return Ok(None);
        };
        let text = self.scalar(node, key)?;
        if is_null(node) {
            return Ok(None);
        }
        parse(text).map(Some).ok_or_else(|| ShapeError::new(self.at(key), what))
    }

    fn scalar<'n>(&self, node: &'n Node<'_>, key: &str) -> Result<&'n str, ShapeError> {
        match node {
            node if is_null(node) => Ok(""),
            Node::Plain(text) | Node::Text(text) => Ok(text),
            Node::List(_) | Node::Map(_) => Err(ShapeError::new(self.at(key), "expected text")),
        }
    }

    /// Nothing may be left over, unless the tree comes from a newer daemon.
    pub(crate) fn finish(self) -> Result<(), ShapeError> {
        match self.entries.first() {
            Some((key, _)) if self.unknown == Unknown::Refuse => {
                Err(ShapeError::new(self.at(key), "unknown field"))
            }
            _ => Ok(()),
        }
    }
}

fn is_null(node: &Node<'_>) -> bool {
    matches!(node, Node::Plain(text) if text == "null" || text == "~")
}

/// The fields of one map while they are written: what is unset is left out, as Pebble does.
#[derive(Default)]
pub(crate) struct Writer<'a>(Vec<(Cow<'a, str>, Node<'a>)>);

impl<'a> Writer<'a> {
    pub(crate) fn put(&mut self, key: &'a str, node: Node<'a>) {
        self.0.push((Cow::Borrowed(key), node));
    }

    /// Puts it there if nothing is.
    pub(crate) fn or(&mut self, key: &'a str, default: Node<'a>) {
        if !self.0.iter().any(|(known, _)| known == key) {
            self.put(key, default);
        }
    }

    pub(crate) fn leave_out(&mut self, key: &str) {
        self.0.retain(|(known, _)| known != key);
    }

    pub(crate) fn text(&mut self, key: &'a str, text: &'a str) {
        if !text.is_empty() {
            self.put(key, Node::text(text));
        }
    }

    pub(crate) fn word(&mut self, key: &'a str, word: Option<&'a str>) {
        self.text(key, word.unwrap_or_default());
    }

    pub(crate) fn texts(&mut self, key: &'a str, texts: &'a [String]) {
        if !texts.is_empty() {
            self.put(key, Node::List(texts.iter().map(Node::text).collect()));
        }
    }

    pub(crate) fn values(&mut self, key: &'a str, values: &'a BTreeMap<String, Text>, show: Show) {
        let shown = |text: &'a Text| match (text, show) {
            (Text::Secret(secret), Show::Redacted) => {
                Node::text(format!("<secret {}>", secret.tag()))
            }
            (text, _) => Node::text(text.expose()),
        };
        self.map(key, values, shown);
    }

    pub(crate) fn map<T>(
        &mut self,
        key: &'a str,
        values: &'a BTreeMap<String, T>,
        write: impl Fn(&'a T) -> Node<'a>,
    ) {
        if !values.is_empty() {
            let entries = values.iter().map(|(name, value)| (name.into(), write(value)));
            self.put(key, Node::Map(entries.collect()));
        }
    }

    pub(crate) fn duration(&mut self, key: &'a str, value: Option<Duration>) {
        if let Some(value) = value {
            self.put(key, duration(value));
        }
    }

    pub(crate) fn number<T: ToString>(&mut self, key: &'a str, value: Option<T>) {
        if let Some(value) = value {
            self.put(key, number(&value));
        }
    }

    pub(crate) fn finish(self) -> Node<'a> {
        Node::Map(self.0)
    }
}

pub(crate) fn duration(value: Duration) -> Node<'static> {
    Node::Plain(duration::format(value).into())
}

pub(crate) fn number<T: ToString>(value: &T) -> Node<'static> {
    Node::Plain(value.to_string().into())
}

/// Merging: what is set replaces.
pub(crate) fn replace_text(old: &mut String, new: &str) {
    if !new.is_empty() {
        new.clone_into(old);
    }
}

/// Merging: what is set replaces.
pub(crate) fn replace<T: Clone>(old: &mut Option<T>, new: &Option<T>) {
    if let Some(new) = new {
        *old = Some(new.clone());
    }
}

/// Merging: by key.
pub(crate) fn replace_entries<T: Clone>(old: &mut BTreeMap<String, T>, new: &BTreeMap<String, T>) {
    for (key, value) in new {
        old.insert(key.clone(), value.clone());
    }
}
