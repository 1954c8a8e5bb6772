//! Prints YAML as Go's yaml.v2 does: which scalars are quoted and how, the order of keys, long lines.
//!
//! Written here because no Rust emitter has Go's rules, and `smart` output is made of them.

use super::{go, value::Value};
use std::{borrow::Cow, cmp::Ordering, fmt::Write as _};

/// The column after which Go's emitter breaks a line at the next single space.
const WIDTH: usize = 80;

/// The document, with a newline at its end.
pub(super) fn print(value: &Value<'_>) -> String {
    let mut out = String::new();
    node(&mut out, value, 0, 0);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// Prints `value` after what stands on the line already; `column` is where its scalar would begin.
fn node(out: &mut String, value: &Value<'_>, indent: usize, column: usize) {
    match value {
        Value::Nil => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) => out.push_str(&go::float_general(*number)),
        Value::Text(text) => scalar(out, text, indent, column),
        Value::NilList => out.push_str("[]"),
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::NilMap => out.push_str("{}"),
        Value::Map(entries) if entries.is_empty() => out.push_str("{}"),
        Value::Struct(fields) if fields.is_empty() => out.push_str("{}"),
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    line(out, indent);
                }
                out.push_str("- ");
                node(out, item, indent + 2, indent + 2);
            }
        }
        Value::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(k, v)| (&**k, v)).collect();
            entries.sort_by(|(a, _), (b, _)| natural(a, b));
            mapping(out, indent, entries.into_iter());
        }
        Value::Struct(fields) => mapping(out, indent, fields.iter().map(|(k, v)| (*k, v))),
    }
}

fn mapping<'a>(
    out: &mut String,
    indent: usize,
    entries: impl Iterator<Item = (&'a str, &'a Value<'a>)>,
) {
    for (at, (key, value)) in entries.enumerate() {
        if at > 0 {
            line(out, indent);
        }
        let start = out.len();
        out.push_str(&simple_key(key));
        out.push(':');
        let width = out.len() - start;
        match value {
            // A list stands under its key without indentation, a map with it.
            Value::List(items) if !items.is_empty() => {
                line(out, indent);
                node(out, value, indent, indent);
            }
            Value::Map(entries) if !entries.is_empty() => {
                line(out, indent + 2);
                node(out, value, indent + 2, indent + 2);
            }
            Value::Struct(fields) if !fields.is_empty() => {
                line(out, indent + 2);
                node(out, value, indent + 2, indent + 2);
            }
            _ => {
                out.push(' ');
                node(out, value, indent + 2, indent + width + 1);
            }
        }
    }
}

fn line(out: &mut String, indent: usize) {
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out.extend(std::iter::repeat_n(' ', indent));
}

/// The order of keys: numbers inside them count as numbers, letters come after everything else.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else {
        return a.len().cmp(&b.len());
    };
    let tails = (a.get(at..).unwrap_or_default(), b.get(at..).unwrap_or_default());
    let (Some(x), Some(y)) = (tails.0.first(), tails.1.first()) else {
        return a.len().cmp(&b.len());
    };
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x.cmp(y),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let mut seed = 0_u64;
    if *x == '0' || *y == '0' {
        // A number that began before the difference: `10` and `12` differ in its last digit.
        let before = a.get(..at).unwrap_or_default().iter().rev();
        if before.take_while(|c| c.is_ascii_digit()).any(|c| *c != '0') {
            seed = 1;
        }
    }
    let number = |tail: &[char]| {
        tail.iter().map_while(|c| c.to_digit(10)).fold((seed, 0), |(number, length), digit| {
            (number.saturating_mul(10).saturating_add(u64::from(digit)), length + 1)
        })
    };
    number(tails.0).cmp(&number(tails.1)).then_with(|| x.cmp(y))
}

fn simple_key(key: &str) -> Cow<'_, str> {
    let facts = Facts::of(key);
    if key.contains('\n') || key.is_empty() || resolves_to_another_type(key) {
        return Cow::Owned(double_quoted(key, 0, usize::MAX));
    }
    if facts.plain && !facts.multiline {
        return Cow::Borrowed(key);
    }
    if facts.single_quoted {
        return Cow::Owned(single_quoted(key, 0, usize::MAX));
    }
    Cow::Owned(double_quoted(key, 0, usize::MAX))
}

fn scalar(out: &mut String, text: &str, indent: usize, column: usize) {
    let facts = Facts::of(text);
    // Folded lines of a top-level scalar are not indented.
    let indent = if column == 0 { 0 } else { indent };
    if text.contains('\n') {
        if facts.literal {
            literal(out, text, indent.max(2));
        } else {
            out.push_str(&double_quoted(text, indent, column));
        }
    } else if text.is_empty() || resolves_to_another_type(text) {
        out.push_str(&double_quoted(text, indent, column));
    } else if facts.plain {
        out.push_str(&folded(text, indent, column));
    } else if facts.single_quoted {
        out.push_str(&single_quoted(text, indent, column));
    } else {
        out.push_str(&double_quoted(text, indent, column));
    }
}

fn literal(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    if !text.ends_with('\n') {
        out.push('-');
    } else if text.ends_with("\n\n") || text == "\n" {
        out.push('+');
    }
    for row in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        out.push('\n');
        if !row.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(row);
        }
    }
    out.push('\n');
}

/// Breaks at single spaces beyond the width.
fn folded(text: &str, indent: usize, column: usize) -> Cow<'_, str> {
    if column.saturating_add(text.len()) <= WIDTH || column == usize::MAX {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut column = column;
    let mut after_space = false;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let single = c == ' ' && !after_space && rest.peek().is_some_and(|next| *next != ' ');
        after_space = c == ' ';
        if single && column > WIDTH {
            line(&mut out, indent);
            column = indent;
        } else {
            out.push(c);
            column += 1;
        }
    }
    Cow::Owned(out)
}

fn single_quoted(text: &str, indent: usize, column: usize) -> String {
    let doubled = text.replace('\'', "''");
    format!("'{}'", folded(&doubled, indent, column.saturating_add(1)))
}

fn double_quoted(text: &str, indent: usize, column: usize) -> String {
    let mut out = String::from("\"");
    let mut column = column.saturating_add(1);
    let mut after_space = false;
    let mut rest = text.chars().peekable();
    let mut first = true;
    while let Some(c) = rest.next() {
        let inner = c == ' ' && !after_space && !first && rest.peek().is_some();
        after_space = c == ' ';
        first = false;
        if inner && column > WIDTH && column != usize::MAX {
            line(&mut out, indent);
            if rest.peek() == Some(&' ') {
                out.push('\\');
            }
            column = indent;
            continue;
        }
        let before = out.len();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{a0}' => out.push_str("\\_"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            c if is_printable(c) => out.push(c),
            c if (c as u32) <= 0xff => {
                let _ = write!(out, "\\x{:02X}", c as u32);
            }
            c if (c as u32) <= 0xffff => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => {
                let _ = write!(out, "\\U{:08X}", c as u32);
            }
        }
        column = column.saturating_add(out.len() - before);
    }
    out.push('"');
    out
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Which styles a text may have: `yaml_emitter_analyze_scalar`, as far as block style needs it.
struct Facts {
    multiline: bool,
    plain: bool,
    single_quoted: bool,
    literal: bool,
}

impl Facts {
    fn of(text: &str) -> Self {
        let mut facts = Self { multiline: false, plain: true, single_quoted: true, literal: true };
        if text.is_empty() {
            facts.literal = false;
            return facts;
        }
        let mut indicator = text.starts_with("---") || text.starts_with("...");
        let mut special = false;
        let mut previous = None;
        let mut rest = text.chars().peekable();
        let (mut leading, mut trailing) = (false, false);
        let (mut break_space, mut space_break) = (false, false);
        while let Some(c) = rest.next() {
            let blank_next = rest.peek().is_none_or(|c| matches!(c, ' ' | '\t') || is_break(*c));
            indicator |= match (previous, c) {
                (
                    None,
                    '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"'
                    | '%' | '@' | '`',
                ) => true,
                (None, '?' | ':' | '-') => blank_next,
                (Some(_), ':') => blank_next,
                (Some(before), '#') => matches!(before, ' ' | '\t') || is_break(before),
                _ => false,
            };
            special |= !is_printable(c);
            if is_break(c) {
                facts.multiline = true;
                special |= c != '\n';
            }
            if c == ' ' {
                leading |= previous.is_none();
                trailing |= rest.peek().is_none();
                break_space |= previous.is_some_and(is_break);
            } else if is_break(c) {
                leading |= previous.is_none();
                trailing |= rest.peek().is_none();
                space_break |= previous == Some(' ');
            }
            previous = Some(c);
        }
        let trailing_space = text.ends_with(' ');
        if leading || trailing {
            facts.plain = false;
        }
        if trailing_space {
            facts.literal = false;
        }
        if break_space {
            facts.plain = false;
            facts.single_quoted = false;
        }
        if space_break || special {
            facts.plain = false;
            facts.single_quoted = false;
            facts.literal = false;
        }
        if facts.multiline || indicator {
            facts.plain = false;
        }
        facts
    }
}

/// Whether Go would read the plain text as something else than a string.
fn resolves_to_another_type(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE", "n", "N", "no",
        "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE", "~", "null", "Null", "NULL",
        ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
        "-.Inf", "-.INF", "<<",
    ];
    let Some(first) = text.chars().next() else { return true };
    if WORDS.contains(&text) {
        return true;
    }
    matches!(first, '0'..='9' | '+' | '-' | '.') && (is_number(text) || is_date(text))
}

fn is_number(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    if unsigned.is_empty() {
        return false;
    }
    let radix = |prefix: [&str; 2], radix: u32| {
        prefix
            .iter()
            .filter_map(|prefix| unsigned.strip_prefix(prefix))
            .any(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix)))
    };
    // Base 60 is not read by yaml.v2, but quoted for those who do.
    let sexagesimal = unsigned.contains(':')
        && unsigned.split(':').enumerate().all(|(at, part)| {
            let part = part.split_once('.').map_or(part, |(whole, _)| whole);
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_digit())
                && (at == 0 || part.parse::<u32>().is_ok_and(|n| n < 60))
        });
    radix(["0x", "0X"], 16) || radix(["0b", "0B"], 2) || sexagesimal || is_decimal(unsigned)
}

fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']).and_then(|at| text.split_at_checked(at))
    {
        Some((mantissa, exponent)) => (mantissa, exponent.get(1..)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_fits
}

fn is_date(text: &str) -> bool {
    let day = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let mut parts = day.split('-');
    let mut part = |lengths: std::ops::RangeInclusive<usize>| {
        parts
            .next()
            .is_some_and(|p| lengths.contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()))
    };
    let ymd = part(4..=4) && part(1..=2) && part(1..=2) && parts.next().is_none();
    ymd && (day.len() == text.len() || text.get(day.len() + 1..).is_some_and(|t| t.contains(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_quoted_as_in_go() {
        for (text, printed) in [
            ("plain words", "plain words"),
            ("0x10", "\"0x10\""),
            ("yes", "\"yes\""),
            ("null", "\"null\""),
            ("1.5", "\"1.5\""),
            ("1e3", "\"1e3\""),
            ("10:30", "\"10:30\""),
            ("2024-01-02", "\"2024-01-02\""),
            ("10.0.0.1", "10.0.0.1"),
            ("- a", "'- a'"),
            ("#a", "'#a'"),
            ("a #b", "'a #b'"),
            ("it's", "it's"),
            ("{\"a\":1}", "'{\"a\":1}'"),
            (" a", "' a'"),
            ("tab\there", "\"tab\\there\""),
            ("http://a/b", "http://a/b"),
            ("a:", "'a:'"),
            ("\u{1f600}", "\"\\U0001F600\""),
            ("é", "é"),
            ("10:99", "10:99"),
            ("a:30", "a:30"),
            ("2024-x", "2024-x"),
            ("20-01-02", "20-01-02"),
            ("a\n b ", "\"a\\n b \""),
            ("\u{1}\nb", "\"\\x01\\nb\""),
        ] {
            assert_eq!(print(&Value::text(text)), format!("{printed}\n"), "{text}");
        }
    }

    #[test]
    fn what_is_empty_is_printed_in_one_line() {
        for (value, printed) in [
            (Value::Struct(Vec::new()), "{}\n"),
            (Value::NilMap, "{}\n"),
            (Value::List(Vec::new()), "[]\n"),
            (Value::NilList, "[]\n"),
        ] {
            assert_eq!(print(&value), printed);
        }
    }

    #[test]
    fn keys_are_sorted_naturally() {
        let map = Value::map(["b", "a10", "a2", "1", "A", "a"].map(|key| (key, Value::Bool(true))));
        assert_eq!(print(&map), "\"1\": true\nA: true\na: true\na2: true\na10: true\nb: true\n");
    }

    #[test]
    fn long_plain_text_is_folded_after_eighty_columns() {
        let text = "word ".repeat(20).trim().to_owned();
        let printed = print(&Value::map([("key", Value::text(text.clone()))]));
        assert_eq!(printed.lines().count(), 2);
        assert!(printed.lines().nth(1).unwrap().starts_with("  word"));
        assert_eq!(printed.trim_end().replace("\n  ", " "), format!("key: {text}"));
    }

    #[test]
    fn nested_values_are_laid_out_as_in_go() {
        let value = Value::map([(
            "bind-addresses",
            Value::List(vec![Value::Struct(vec![
                ("mac", Value::text("")),
                (
                    "addresses",
                    Value::List(vec![Value::Struct(vec![("value", Value::text("10.0.0.1"))])]),
                ),
            ])]),
        )]);
        assert_eq!(
            print(&value),
            "bind-addresses:\n- mac: \"\"\n  addresses:\n  - value: 10.0.0.1\n"
        );
    }
}
