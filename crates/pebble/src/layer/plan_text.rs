//! Reads (and, for an emulated daemon, writes) the text of `GET /v1/plan`: the part of YAML that Go's emitter prints, and nothing else.
//!
//! Block maps and lists, one scalar per line (plain, `'single'`, `"double"`), literal blocks (`|`
//! with indentation and chomping indicators), `{}` and `[]`. Anchors, flow collections, folded
//! scalars, comments and several documents are refused: no daemon prints them. Errors say the line
//! number and never its content, because the content may be a secret.

pub use super::plan_text_write::write;

use super::Node;
use std::{borrow::Cow, fmt};

/// Why a plan's text could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanTextError {
    line: usize,
    what: &'static str,
}

impl fmt::Display for PlanTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the plan: {}", self.line, self.what)
    }
}

impl std::error::Error for PlanTextError {}

/// Reads the text of a plan into a tree.
///
/// # Errors
/// The text is not in the subset that the daemon prints.
pub fn read(text: &str) -> Result<Node<'_>, PlanTextError> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    if lines.last() == Some(&"") {
        lines.pop();
    }
    let mut reader = Reader { lines, at: 0, depth: 0 };
    let Some((_, first)) = reader.peek() else {
        return Ok(Node::Map(Vec::new()));
    };
    let node = if first == "{}" || first == "[]" {
        reader.at += 1;
        if first == "{}" { Node::Map(Vec::new()) } else { Node::List(Vec::new()) }
    } else {
        reader.block(0)?
    };
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.error("text after the end")),
    }
}

/// Deeper than any plan; a bound on recursion.
const MAX_DEPTH: usize = 16;

/// Line breaks of YAML 1.1 that the emitter writes raw inside scalars.
pub(super) const SEPARATORS: [char; 2] = ['\u{2028}', '\u{2029}'];

struct Reader<'a> {
    lines: Vec<&'a str>,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// The indentation and the rest of the next line.
    fn peek(&self) -> Option<(usize, &'a str)> {
        let line = self.lines.get(self.at)?;
        let rest = line.trim_start_matches(' ');
        Some((line.len() - rest.len(), rest))
    }

    fn error(&self, what: &'static str) -> PlanTextError {
        PlanTextError { line: self.at + 1, what }
    }

    fn block(&mut self, indent: usize) -> Result<Node<'a>, PlanTextError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        self.depth += 1;
        let node = match self.peek() {
            Some((_, rest)) if is_item(rest) => self.list(indent),
            _ => self.map(indent),
        };
        self.depth -= 1;
        node
    }

    fn list(&mut self, indent: usize) -> Result<Node<'a>, PlanTextError> {
        let mut items = Vec::new();
        while let Some((found, rest)) = self.peek() {
            if found != indent || !is_item(rest) {
                if found > indent {
                    return Err(self.error("unexpected indentation"));
                }
                break;
            }
            let value = rest.strip_prefix("- ").ok_or_else(|| self.error("an empty list item"))?;
            items.push(self.scalar(value, indent)?);
        }
        Ok(Node::List(items))
    }

    fn map(&mut self, indent: usize) -> Result<Node<'a>, PlanTextError> {
        let mut entries: Vec<(Cow<'a, str>, Node<'a>)> = Vec::new();
        while let Some((found, rest)) = self.peek() {
            if found < indent || (found == indent && is_item(rest)) {
                break;
            }
            if found > indent {
                return Err(self.error("unexpected indentation"));
            }
            let (key, rest) = match rest.strip_prefix("? ") {
                Some(key) => self.long_key(key, indent)?,
                None => self.key(rest)?,
            };
            if entries.iter().any(|(known, _)| *known == key) {
                return Err(self.error("a key twice"));
            }
            let value = match rest.strip_prefix(' ') {
                Some(value) => self.scalar(value, indent)?,
                None if rest.is_empty() => self.nested(indent)?,
                None => return Err(self.error("no space after a colon")),
            };
            entries.push((key, value));
        }
        Ok(Node::Map(entries))
    }

    /// A key and what stands after its colon.
    fn key(&self, line: &'a str) -> Result<(Cow<'a, str>, &'a str), PlanTextError> {
        let no_colon = || self.error("a line without a key");
        if line.starts_with(['"', '\'']) {
            let (key, rest) = self.quoted(line)?;
            return Ok((key, rest.strip_prefix(':').ok_or_else(no_colon)?));
        }
        self.refuse_indicators(line)?;
        match line.split_once(": ") {
            Some((key, _)) => {
                let rest = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(':'));
                Ok((key.into(), rest.ok_or_else(no_colon)?))
            }
            None => Ok((line.strip_suffix(':').ok_or_else(no_colon)?.into(), "")),
        }
    }

    /// `? key`, the form of a key longer than 128 bytes; its value follows on a line with `:`.
    fn long_key(
        &mut self,
        key: &'a str,
        indent: usize,
    ) -> Result<(Cow<'a, str>, &'a str), PlanTextError> {
        let (Node::Plain(key) | Node::Text(key)) = self.scalar(key, indent)? else {
            return Err(self.error("a key that is not text"));
        };
        match self.peek() {
            Some((found, rest)) if found == indent => match rest.strip_prefix(':') {
                Some(rest) => Ok((key, rest)),
                None => Err(self.error("a long key without a value")),
            },
            _ => Err(self.error("a long key without a value")),
        }
    }

    fn nested(&mut self, indent: usize) -> Result<Node<'a>, PlanTextError> {
        self.at += 1;
        match self.peek() {
            Some((found, rest)) if found > indent || (found == indent && is_item(rest)) => {
                self.block(found)
            }
            _ => Err(self.error("a key without a value")),
        }
    }

    /// The scalar at the end of this line (and, for a literal block, on the lines after it).
    fn scalar(&mut self, value: &'a str, indent: usize) -> Result<Node<'a>, PlanTextError> {
        if let Some(header) = value.strip_prefix('|') {
            return self.literal(header, indent).map(Node::text);
        }
        // Bytes that are not UTF-8. They are kept under their tag, so they equal no text.
        if let Some(value) = value.strip_prefix("!!binary ") {
            return match self.scalar(value, indent)? {
                Node::Plain(text) | Node::Text(text) => Ok(Node::text(format!("!!binary {text}"))),
                Node::List(_) | Node::Map(_) => Err(self.error("a tag on a collection")),
            };
        }
        let node = match value {
            "{}" => Node::Map(Vec::new()),
            "[]" => Node::List(Vec::new()),
            quoted if quoted.starts_with(['"', '\'']) => match self.quoted(quoted)? {
                (text, "") => Node::Text(text),
                _ => return Err(self.error("text after a closing quote")),
            },
            plain => {
                self.refuse_indicators(plain)?;
                if plain.contains(": ") || plain.contains(" #") || plain.ends_with([':', ' ']) {
                    return Err(self.error("a plain value that should be quoted"));
                }
                Node::Plain(plain.into())
            }
        };
        self.at += 1;
        Ok(node)
    }

    fn refuse_indicators(&self, plain: &str) -> Result<(), PlanTextError> {
        const INDICATORS: [char; 14] =
            ['&', '*', '!', '%', '@', '`', '>', '|', '[', ']', '{', '}', '#', ','];
        let lone = |mark: char| {
            plain.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        if plain.is_empty() || plain.starts_with(INDICATORS) || lone('-') || lone('?') || lone(':')
        {
            return Err(self.error("YAML that no plan is printed with"));
        }
        Ok(())
    }

    /// The text in quotes at the start, and what follows the closing quote.
    fn quoted(&self, text: &'a str) -> Result<(Cow<'a, str>, &'a str), PlanTextError> {
        // Most texts have nothing to undo between their quotes.
        if let Some(inner) = text.strip_prefix('"')
            && let Some((plain, rest)) = inner.split_once('"')
            && !plain.contains('\\')
        {
            return Ok((plain.into(), rest));
        }
        let unclosed = || self.error("an unclosed quote");
        let mut chars = text.chars();
        let mut out = String::new();
        if chars.next() == Some('\'') {
            loop {
                match chars.next().ok_or_else(unclosed)? {
                    '\'' => match chars.as_str().strip_prefix('\'') {
                        Some(rest) => {
                            out.push('\'');
                            chars = rest.chars();
                        }
                        None => return Ok((out.into(), chars.as_str())),
                    },
                    // After a separator the emitter indents, and a reader skips that again.
                    separator if SEPARATORS.contains(&separator) => {
                        out.push(separator);
                        chars = chars.as_str().trim_start_matches(' ').chars();
                    }
                    other => out.push(other),
                }
            }
        }
        loop {
            match chars.next().ok_or_else(unclosed)? {
                '"' => return Ok((out.into(), chars.as_str())),
                '\\' => {
                    let escape = chars.next().ok_or_else(unclosed)?;
                    out.push(self.escaped(escape, &mut chars)?);
                }
                other => out.push(other),
            }
        }
    }

    fn escaped(
        &self,
        escape: char,
        chars: &mut std::str::Chars<'a>,
    ) -> Result<char, PlanTextError> {
        let digits = match escape {
            '0' => return Ok('\0'),
            'a' => return Ok('\u{7}'),
            'b' => return Ok('\u{8}'),
            't' | '\t' => return Ok('\t'),
            'n' => return Ok('\n'),
            'v' => return Ok('\u{b}'),
            'f' => return Ok('\u{c}'),
            'r' => return Ok('\r'),
            'e' => return Ok('\u{1b}'),
            ' ' | '"' | '/' | '\\' => return Ok(escape),
            'N' => return Ok('\u{85}'),
            '_' => return Ok('\u{a0}'),
            'L' => return Ok('\u{2028}'),
            'P' => return Ok('\u{2029}'),
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => return Err(self.error("an unknown escape")),
        };
        let mut code = 0;
        for _ in 0..digits {
            let digit = chars.next().and_then(|digit| digit.to_digit(16));
            code = code * 16 + digit.ok_or_else(|| self.error("an escape that is cut short"))?;
        }
        char::from_u32(code).ok_or_else(|| self.error("an escape that is no character"))
    }

    fn literal(&mut self, header: &'a str, parent: usize) -> Result<String, PlanTextError> {
        let mut chars = header.chars();
        let (mut hint, mut chomp) = (None, None);
        let mut first_line = None;
        loop {
            let before = chars.as_str();
            match chars.next() {
                None => break,
                Some(digit @ '1'..='9') if hint.is_none() => hint = digit.to_digit(10),
                Some(mark @ ('+' | '-')) if chomp.is_none() => chomp = Some(mark),
                // A text that begins with a separator: it ends the header's line.
                Some(separator) if SEPARATORS.contains(&separator) => {
                    first_line = before.strip_prefix(separator);
                    break;
                }
                Some(_) => return Err(self.error("an unknown mark after |")),
            }
        }
        self.at += 1;
        let indent = match hint {
            Some(hint) => parent + usize::try_from(hint).unwrap_or_default(),
            None => self.first_content_indent(parent),
        };
        let mut content: Vec<String> = Vec::new();
        content.extend(first_line.map(|line| unindented(line, indent)));
        while let Some((found, rest)) = self.peek() {
            if !rest.is_empty() && found < indent {
                break;
            }
            let line = self.lines.get(self.at).copied().unwrap_or_default();
            content.push(unindented(line, indent));
            self.at += 1;
        }
        let kept = content.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
        Ok(match chomp {
            Some('+') => content.iter().fold(String::new(), |text, line| text + line + "\n"),
            Some(_) => content.get(..kept).unwrap_or_default().join("\n"),
            None if kept == 0 => String::new(),
            None => content.get(..kept).unwrap_or_default().join("\n") + "\n",
        })
    }

    fn first_content_indent(&self, parent: usize) -> usize {
        let rest = self.lines.get(self.at..).unwrap_or_default();
        let first = rest.iter().find(|line| !line.trim_start_matches(' ').is_empty());
        let found = first.map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
        found.max(parent + 1)
    }
}

fn is_item(rest: &str) -> bool {
    rest == "-" || rest.starts_with("- ")
}

/// A line of a literal block without its indentation, which also follows each raw separator.
fn unindented(line: &str, indent: usize) -> String {
    let strip = |part: &str| {
        let spaces = part.len() - part.trim_start_matches(' ').len();
        part.get(spaces.min(indent)..).unwrap_or_default().to_owned()
    };
    let mut out = String::new();
    for part in line.split_inclusive(SEPARATORS) {
        out.push_str(&strip(part));
    }
    out
}
