//! Writes a tree as Go's YAML emitter does, its loss of a leading line break included: an emulated
//! daemon must not be kinder than a real one.

use super::{Node, plan_text::SEPARATORS};
use std::{borrow::Cow, fmt::Write as _};

const INDENT: usize = 4;

/// The text of a tree, as `GET /v1/plan` has it.
#[must_use]
pub fn write(node: &Node<'_>) -> String {
    let mut out = String::new();
    match node {
        Node::Map(entries) if !entries.is_empty() => map(&mut out, entries, 0),
        Node::List(items) if !items.is_empty() => list(&mut out, items, 0),
        scalar => {
            value(&mut out, scalar, 0);
            out.push('\n');
        }
    }
    out
}

fn map(out: &mut String, entries: &[(Cow<'_, str>, Node<'_>)], indent: usize) {
    for (key, node) in entries {
        pad(out, indent);
        out.push_str(&one_line(key));
        out.push(':');
        match node {
            Node::Map(inner) if !inner.is_empty() => {
                out.push('\n');
                map(out, inner, indent + INDENT);
            }
            Node::List(items) if !items.is_empty() => {
                out.push('\n');
                list(out, items, indent + INDENT);
            }
            scalar => {
                out.push(' ');
                value(out, scalar, indent);
                out.push('\n');
            }
        }
    }
}

fn list(out: &mut String, items: &[Node<'_>], indent: usize) {
    for item in items {
        pad(out, indent);
        out.push_str("- ");
        value(out, item, indent);
        out.push('\n');
    }
}

fn value(out: &mut String, node: &Node<'_>, indent: usize) {
    match node {
        Node::Plain(text) => out.push_str(text),
        Node::Text(text) if text.contains('\n') && fits_literal(text) => literal(out, text, indent),
        Node::Text(text) => out.push_str(&one_line(text)),
        Node::Map(_) => out.push_str("{}"),
        Node::List(_) => out.push_str("[]"),
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// The literal form exists for printable text without a blank before a line break or at the end.
fn fits_literal(text: &str) -> bool {
    let printable = |c: char| {
        matches!(c, '\t' | '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
            && c != '\u{feff}'
    };
    text.chars().all(printable)
        && !text.contains(" \n")
        && !text.contains(" \u{2028}")
        && !text.contains(" \u{2029}")
        && !text.ends_with(' ')
        // Go prints such a text as a literal that no YAML parser reads, its own included.
        && !text.starts_with('\t')
}

fn literal(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with([' ', '\n', SEPARATORS[0], SEPARATORS[1]]) {
        let _ = write!(out, "{INDENT}");
    }
    let breaks = text.chars().rev().take_while(|c| *c == '\n').count();
    match breaks {
        0 => out.push('-'),
        1 if text.len() > 1 => {}
        _ => out.push('+'),
    }
    // The emitter counts on the first line of the text to end the header's line. A text that begins
    // with a break uses up that break for it.
    let mut lines = text.split('\n');
    if text.starts_with('\n') {
        lines.next();
    }
    let body: Vec<&str> = lines.collect();
    let body = body.strip_suffix(&[""]).unwrap_or(&body);
    for line in body {
        out.push('\n');
        if !line.is_empty() {
            pad(out, indent + INDENT);
        }
        out.push_str(line);
    }
}

fn one_line(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' | '\u{a1}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' => out.push(character),
            other => {
                let _ = write!(out, "\\U{:08X}", u32::from(other));
            }
        }
    }
    out.push('"');
    Cow::Owned(out)
}

/// A careful choice: text that no YAML reader takes for a number, a boolean, a date or a null.
fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    const WORDS: [&str; 11] =
        ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];
    !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        && chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " /._-:=".contains(c))
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
}
