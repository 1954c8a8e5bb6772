//! Writes YAML the way PyYAML's `safe_dump` does, byte for byte: block style, sorted keys, two spaces,
//! lines folded at 80 columns, ASCII only.
//!
//! Charms in Python write their databags with PyYAML. The same bytes from here mean that replacing
//! such a charm changes no databag, so the charm at the other end is not woken for nothing.
//!
//! It writes mappings with text keys, sequences, text, booleans and integers. It must not know what
//! they mean. It mirrors the states of PyYAML's `Emitter`, because line folding depends on the column.

mod scalar;

use scalar::Style;
use std::collections::BTreeMap;

/// A value to write.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// A mapping. Byte order of UTF-8 is code point order, which is how Python sorts.
    Map(BTreeMap<String, Node>),
    /// A sequence.
    List(Vec<Node>),
    /// Text, quoted where it would be read as anything else.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// A decimal integer.
    Integer(i64),
}

/// The document, with a line break at its end.
pub(crate) fn to_string(root: &BTreeMap<String, Node>) -> String {
    let mut emitter = Emitter { whitespace: true, indention: true, ..Emitter::default() };
    emitter.map(root, None);
    emitter.out.push('\n');
    emitter.out
}

const WIDTH: usize = 80;
const INDENT: usize = 2;
/// From this length on, a key is written in the long form, after `? `. PyYAML's limit is 128 characters
/// with the tag `!!str`, which it counts but does not write.
const LONG_KEY: usize = 128 - "!!str".len();

/// Where a node stands in its parent.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Item,
    Value,
}

#[derive(Default)]
struct Emitter {
    out: String,
    /// Characters on this line so far.
    column: usize,
    /// The last thing written was white space, or needs none after it.
    whitespace: bool,
    /// Nothing but indentation and block indicators stand on this line so far.
    indention: bool,
}

impl Emitter {
    fn node(&mut self, node: &Node, indent: usize, place: Place) {
        match node {
            Node::Map(map) => self.map(map, Some(indent)),
            Node::List(items) => self.list(items, indent, place),
            Node::Text(text) => self.text(text, indent, false),
            Node::Bool(true) => self.plain("true", indent, true),
            Node::Bool(false) => self.plain("false", indent, true),
            Node::Integer(number) => self.plain(&number.to_string(), indent, true),
        }
    }

    fn map(&mut self, map: &BTreeMap<String, Node>, parent: Option<usize>) {
        if map.is_empty() {
            self.indicator("{", true, true, false);
            self.indicator("}", false, false, false);
            return;
        }
        let indent = parent.map_or(0, |parent| parent + INDENT);
        for (key, value) in map {
            self.indent(indent);
            if scalar::is_simple_key(key, LONG_KEY) {
                self.text(key, indent, true);
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.text(key, indent, false);
                self.indent(indent);
                self.indicator(":", true, false, true);
            }
            self.node(value, indent, Place::Value);
        }
    }

    fn list(&mut self, items: &[Node], parent: usize, place: Place) {
        if items.is_empty() {
            self.indicator("[", true, true, false);
            self.indicator("]", false, false, false);
            return;
        }
        // The dashes of a list under a key stand below that key's first letter.
        let flush = place == Place::Value && !self.indention;
        let indent = if flush { parent } else { parent + INDENT };
        for item in items {
            self.indent(indent);
            self.indicator("-", true, false, true);
            self.node(item, indent, Place::Item);
        }
    }

    fn text(&mut self, text: &str, indent: usize, key: bool) {
        match scalar::style(text, key) {
            Style::Plain => self.plain(text, indent, !key),
            Style::Single => self.single_quoted(text, indent, !key),
            Style::Double => self.double_quoted(text, indent, !key),
        }
    }

    fn plain(&mut self, text: &str, indent: usize, fold: bool) {
        if !self.whitespace {
            self.write(" ");
        }
        self.whitespace = false;
        self.indention = false;
        // A style that holds line breaks is never plain, so words and spaces are all there is.
        for run in runs(text) {
            if run == " " && fold && self.column > WIDTH {
                self.indent(indent + INDENT);
                self.whitespace = false;
                self.indention = false;
            } else {
                self.write(run);
            }
        }
    }

    fn single_quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.indicator("'", true, false, false);
        let mut at = 0;
        for run in runs(text) {
            let (first, last) = (at == 0, at + run.len() == text.len());
            at += run.len();
            if run.starts_with(' ') {
                if run == " " && fold && self.column > WIDTH && !first && !last {
                    self.indent(indent + INDENT);
                } else {
                    self.write(run);
                }
            } else if run.starts_with('\n') {
                // One line break is read as a space, so each run of them takes one more.
                self.line_break();
                for _ in run.chars() {
                    self.line_break();
                }
                self.indent(indent + INDENT);
            } else {
                self.write(&run.replace('\'', "''"));
            }
        }
        self.indicator("'", false, false, false);
    }

    fn double_quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.indicator("\"", true, false, false);
        // Printable characters that are not written yet: a fold comes before them or after them.
        let mut pending = String::new();
        let mut first = true;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let escaped = scalar::escape(c);
            if let Some(escaped) = &escaped {
                self.write(&pending);
                pending.clear();
                self.write(escaped);
            }
            let inside = !first && chars.peek().is_some();
            first = false;
            let foldable = c == ' ' || pending.is_empty();
            // PyYAML counts an escape that it has just written one column short.
            let limit = if escaped.is_some() { WIDTH + 1 } else { WIDTH };
            if fold && inside && foldable && self.column + pending.chars().count() > limit {
                pending.push('\\');
                self.write(&pending);
                pending.clear();
                self.indent(indent + INDENT);
                self.whitespace = false;
                self.indention = false;
                let next = if escaped.is_some() { chars.peek().copied() } else { Some(c) };
                if next == Some(' ') {
                    self.write("\\");
                }
            }
            if escaped.is_none() {
                pending.push(c);
            }
        }
        self.write(&pending);
        self.indicator("\"", false, false, false);
    }

    fn indicator(&mut self, text: &str, spaced: bool, whitespace: bool, indention: bool) {
        if spaced && !self.whitespace {
            self.write(" ");
        }
        self.write(text);
        self.whitespace = whitespace;
        self.indention = self.indention && indention;
    }

    /// Goes to this column, on a new line if this one has content.
    fn indent(&mut self, indent: usize) {
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break();
        }
        if self.column < indent {
            self.whitespace = true;
            self.write(&" ".repeat(indent - self.column));
        }
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.whitespace = true;
        self.indention = true;
    }

    /// Writes text without line breaks.
    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }
}

/// The text cut into runs of spaces, runs of line breaks, and words.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| match c {
        ' ' => 0,
        '\n' => 1,
        _ => 2,
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = kind(rest.chars().next()?);
        let end = rest.find(|c| kind(c) != first).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

#[cfg(test)]
mod tests;
