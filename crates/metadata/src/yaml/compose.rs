//! From the parser's events to a tree. Without recursion, so that no nesting exhausts the stack.

use super::{Key, MOST_ALIASED, MOST_BYTES, MOST_DEPTH, MOST_NODES, Meaning, Node, Value, clip};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use std::{borrow::Cow, collections::HashMap};

/// A key that stands in one mapping twice; the tree has the later one, as Juju reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Duplicate {
    pub(crate) key: String,
    pub(crate) line: usize,
    pub(crate) first: usize,
}

/// Why a text is not YAML that can be read: a line, what is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) line: usize,
    pub(crate) message: String,
    pub(crate) hint: &'static str,
}

/// A document that was read.
#[derive(Debug)]
pub(crate) struct Composed {
    /// Its root; null if there is nothing in it.
    pub(crate) root: Node,
    pub(crate) duplicates: Vec<Duplicate>,
    /// The line of a tab that separates tokens: YAML 1.2 and Go take it, Python and so charmcraft do not.
    pub(crate) tab: Option<usize>,
}

/// Reads one document.
pub(crate) fn compose(bytes: &[u8]) -> Result<Composed, Refusal> {
    if bytes.len() > MOST_BYTES {
        let message = format!("the file has {} bytes, more than {MOST_BYTES}", bytes.len());
        return Err(refusal(1, message, "charm metadata is small: is this the right file?"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        refusal(line, "the file is not UTF-8", "save it as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    control_characters(text)?;
    let mut composer = Composer::default();
    let mut parser = Parser::new_from_str(text);
    let mut scalars = Vec::new();
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| explain(&error, text))?;
        if matches!(event, Event::Scalar(..)) {
            scalars.push((span.start.index(), span.end.index()));
        }
        composer.take(event, span.start.line())?;
    }
    let nothing = Node { line: 1, value: Value::Scalar(String::new(), Meaning::Null) };
    let root = composer.root.unwrap_or(nothing);
    Ok(Composed { root, duplicates: composer.duplicates, tab: tab(text, &scalars) })
}

/// The first tab that is neither in a scalar nor in a comment. Scalars are given by their characters.
fn tab(text: &str, scalars: &[(usize, usize)]) -> Option<usize> {
    let mut scalars = scalars.iter().peekable();
    let (mut line, mut comment, mut before) = (1, false, '\n');
    for (at, c) in text.chars().enumerate() {
        while scalars.next_if(|(_, end)| *end <= at).is_some() {}
        let inside = scalars.peek().is_some_and(|(start, _)| *start <= at);
        match c {
            '\n' => (line, comment) = (line + 1, false),
            '#' if !inside && before.is_whitespace() => comment = true,
            '\t' if !inside && !comment => return Some(line),
            _ => {}
        }
        before = c;
    }
    None
}

fn refusal(line: usize, message: impl Into<String>, hint: &'static str) -> Refusal {
    Refusal { line: line.max(1), message: message.into(), hint }
}

/// The parser lets them pass; charmcraft's and Juju's readers do not.
fn control_characters(text: &str) -> Result<(), Refusal> {
    for (at, line) in text.split('\n').enumerate() {
        let is_control = |c: &char| c.is_control() && !matches!(c, '\t' | '\r' | '\u{85}');
        if let Some(found) = line.chars().find(is_control) {
            let message = format!("there is a control character, U+{:04X}", u32::from(found));
            return Err(refusal(at + 1, message, "remove it, or write it as an escape in \"...\""));
        }
    }
    Ok(())
}

fn too_deep(line: usize) -> Refusal {
    let message = format!("this is nested more than {MOST_DEPTH} deep");
    refusal(line, message, "charm metadata is flat: look for stray brackets")
}

fn explain(error: &ScanError, text: &str) -> Refusal {
    // What is missing is missed behind the last line.
    let line = error.marker().line().min(text.lines().count());
    if error.info().contains("recursion limit") {
        return too_deep(line);
    }
    let at = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let hint = if at.contains('\t') || error.info().contains("tab") {
        "YAML is indented and separated with spaces, not with tabs"
    } else if error.info().contains("unknown anchor") {
        "an alias `*name` needs an anchor `&name` above it; quote a text that begins with `*`"
    } else if error.info().contains("indentation") {
        "indent what belongs to a line, also in brackets, by two spaces more than the line"
    } else if error.info().contains("bracket") {
        "look for a bracket that is not closed or not opened"
    } else if at.contains(": ") && at.matches(": ").count() > 1 {
        "quote a value that has `: ` in it"
    } else {
        "look for a missing `:`, a wrong indentation, or a quote or bracket that is not closed"
    };
    refusal(line, format!("this is not YAML: {}", clip(error.info())), hint)
}

/// A list or a mapping that has begun.
struct Open {
    line: usize,
    anchor: usize,
    nodes: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Node>),
    Map { entries: Vec<(Key, Node)>, key: Option<Key>, merges: Vec<Node> },
}

#[derive(Default)]
struct Composer {
    open: Vec<Open>,
    root: Option<Node>,
    /// What each anchor stands for, and of how many nodes that is.
    anchors: HashMap<usize, (Node, usize)>,
    duplicates: Vec<Duplicate>,
    nodes: usize,
    aliased: usize,
    documents: usize,
}

impl Composer {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), Refusal> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let hint = "remove what follows, or the `---` if it is one document";
                    return Err(refusal(line, "a second document begins here", hint));
                }
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, line),
            Event::Scalar(text, style, anchor, tag) => {
                let meaning = meaning(&text, style, tag, line)?;
                let value = Value::Scalar(text.into_owned(), meaning);
                self.done(Node { line, value }, anchor, 1)
            }
            Event::SequenceStart(anchor, _) => self.begin(line, anchor, Kind::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                let kind = Kind::Map { entries: Vec::new(), key: None, merges: Vec::new() };
                self.begin(line, anchor, kind)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
        }
    }

    fn begin(&mut self, line: usize, anchor: usize, kind: Kind) -> Result<(), Refusal> {
        if self.open.len() >= MOST_DEPTH {
            return Err(too_deep(line));
        }
        self.open.push(Open { line, anchor, nodes: 1, kind });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Refusal> {
        let Some(Open { line, anchor, nodes, kind }) = self.open.pop() else { return Ok(()) };
        let value = match kind {
            Kind::List(items) => Value::List(items),
            Kind::Map { mut entries, merges, .. } => {
                merge(&mut entries, merges)?;
                Value::Map(entries)
            }
        };
        self.done(Node { line, value }, anchor, nodes)
    }

    /// A copy of what the anchor stands for. What that costs is known before it is made.
    fn alias(&mut self, anchor: usize, line: usize) -> Result<(), Refusal> {
        let Some((node, nodes)) = self.anchors.get(&anchor) else {
            let hint = "write out what it should stand for";
            return Err(refusal(line, "this alias stands inside of its own anchor", hint));
        };
        self.aliased += nodes;
        if self.aliased > MOST_ALIASED {
            let message = format!("aliases stand for more than {MOST_ALIASED} values");
            return Err(refusal(line, message, "write out what they should stand for"));
        }
        let (node, nodes) = (node.clone(), *nodes);
        self.done(node, 0, nodes)
    }

    fn done(&mut self, node: Node, anchor: usize, nodes: usize) -> Result<(), Refusal> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            let message = format!("the file has more than {MOST_NODES} values");
            return Err(refusal(node.line, message, "is this the right file?"));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), nodes));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.nodes += nodes;
        match &mut open.kind {
            Kind::List(items) => items.push(node),
            Kind::Map { entries, key, merges } => match key.take() {
                None => *key = Some(as_key(node)?),
                // What YAML 1.1 calls the merge key.
                Some(key) if key.text == "<<" => merges.push(node),
                Some(key) => {
                    if let Some(at) = entries.iter().position(|(other, _)| other.text == key.text) {
                        let (before, _) = entries.remove(at);
                        let (text, line) = (key.text.clone(), key.line);
                        self.duplicates.push(Duplicate { key: text, line, first: before.line });
                    }
                    entries.push((key, node));
                }
            },
        }
        Ok(())
    }
}

fn as_key(node: Node) -> Result<Key, Refusal> {
    match node.value {
        Value::Scalar(text, meaning) => {
            Ok(Key { line: node.line, is_text: meaning == Meaning::Text, text })
        }
        _ => {
            let hint = "a key is a name; quote one that begins with `[` or `{`";
            Err(refusal(node.line, format!("{} is used as a key", node.shown()), hint))
        }
    }
}

/// What stands in the mapping itself wins over what is merged into it, and earlier over later.
fn merge(entries: &mut Vec<(Key, Node)>, merges: Vec<Node>) -> Result<(), Refusal> {
    for node in merges {
        let sources = match node.value {
            Value::List(items) => items,
            _ => vec![node],
        };
        for source in sources {
            let Value::Map(merged) = source.value else {
                let message = format!("`<<` merges {}, which is not a mapping", source.shown());
                return Err(refusal(source.line, message, "give it an alias of a mapping"));
            };
            for (key, value) in merged {
                if !entries.iter().any(|(other, _)| other.text == key.text) {
                    entries.push((key, value));
                }
            }
        }
    }
    Ok(())
}

fn meaning(
    text: &str,
    style: ScalarStyle,
    tag: Option<Cow<'_, Tag>>,
    line: usize,
) -> Result<Meaning, Refusal> {
    let plain = || match style {
        ScalarStyle::Plain => Meaning::of_plain(text),
        _ => Meaning::Text,
    };
    let Some(tag) = tag else { return Ok(plain()) };
    match tag.suffix.as_str() {
        "" | "str" => Ok(Meaning::Text),
        "int" | "float" | "bool" | "null" if tag.is_yaml_core_schema() => {
            Ok(Meaning::of_plain(text))
        }
        _ => {
            let message = format!("there is a tag that nobody knows, {}", clip(&tag.to_string()));
            Err(refusal(line, message, "remove it, or quote a text that begins with `!`"))
        }
    }
}
