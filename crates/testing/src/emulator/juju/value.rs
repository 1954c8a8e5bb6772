//! A value on its way out of a hook command, and the three forms Juju prints it in.
//!
//! The forms are those of `juju/cmd`: `smart`, `yaml` (Go's yaml.v2) and `json` (Go's encoding/json).
//! Nothing here knows which command prints.

use super::{go, yaml};
use std::{borrow::Cow, fmt::Write as _};

/// A value as Go holds it: nil and empty differ in JSON. It borrows what it can from the model.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
    NilList,
    List(Vec<Value<'a>>),
    NilMap,
    /// A map: keys are sorted on the way out.
    Map(Vec<(Cow<'a, str>, Value<'a>)>),
    /// A struct: fields in the order of their declaration.
    Struct(Vec<(&'static str, Value<'a>)>),
}

impl<'a> Value<'a> {
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn texts<T: Into<Cow<'a, str>>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    pub(super) fn map<K: Into<Cow<'a, str>>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}

impl<'a> From<&'a serde_json::Value> for Value<'a> {
    /// As Go decodes JSON into `interface{}`: every number is a float.
    fn from(value: &'a serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match value {
            Json::Null => Self::Nil,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => Self::Float(number.as_f64().unwrap_or_default()),
            Json::String(text) => Self::text(text),
            Json::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Json::Object(map) => Self::map(map.iter().map(|(k, v)| (k, Self::from(v)))),
        }
    }
}

/// What `--format` chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Smart,
    Yaml,
    Json,
}

impl Format {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "smart" => Some(Self::Smart),
            "yaml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The bytes on standard output.
    pub(super) fn print(self, value: &Value<'_>) -> String {
        match self {
            Self::Smart => smart(value),
            Self::Yaml => yaml_line(value),
            Self::Json => {
                let mut out = String::with_capacity(64);
                json(&mut out, value);
                out.push('\n');
                out
            }
        }
    }
}

fn smart(value: &Value<'_>) -> String {
    match value {
        Value::Nil | Value::NilList => String::new(),
        Value::Text(text) if text.is_empty() => String::new(),
        Value::Text(text) => format!("{text}\n"),
        Value::Bool(true) => "True\n".to_owned(),
        Value::Bool(false) => "False\n".to_owned(),
        Value::List(items) if items.iter().all(|item| matches!(item, Value::Text(_))) => items
            .iter()
            .map(|item| match item {
                Value::Text(text) => format!("{text}\n"),
                _ => String::new(),
            })
            .collect(),
        other => yaml_line(other),
    }
}

fn yaml_line(value: &Value<'_>) -> String {
    if *value == Value::Nil {
        return String::new();
    }
    let mut out = yaml::print(value);
    out.truncate(out.trim_end_matches('\n').len());
    out.push('\n');
    out
}

fn json(out: &mut String, value: &Value<'_>) {
    match value {
        Value::Nil | Value::NilList | Value::NilMap => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) => out.push_str(&go::float_json(*number)),
        Value::Text(text) => json_text(out, text),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                json(out, item);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(k, v)| (&**k, v)).collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            json_entries(out, entries.into_iter());
        }
        Value::Struct(fields) => json_entries(out, fields.iter().map(|(k, v)| (*k, v))),
    }
}

fn json_entries<'a>(out: &mut String, entries: impl Iterator<Item = (&'a str, &'a Value<'a>)>) {
    out.push('{');
    for (at, (key, value)) in entries.enumerate() {
        if at > 0 {
            out.push(',');
        }
        json_text(out, key);
        out.push(':');
        json(out, value);
    }
    out.push('}');
}

fn json_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(value: &Value<'_>) -> [String; 3] {
        [Format::Smart, Format::Yaml, Format::Json].map(|format| format.print(value))
    }

    #[test]
    fn every_kind_of_value_prints_in_the_three_forms_of_juju() {
        let text = |text: &'static str| Value::text(text);
        for (value, smart, yaml, json) in [
            (Value::Nil, "", "", "null\n"),
            (text(""), "", "\"\"\n", "\"\"\n"),
            (text("word"), "word\n", "word\n", "\"word\"\n"),
            (text("12345"), "12345\n", "\"12345\"\n", "\"12345\"\n"),
            (text("true"), "true\n", "\"true\"\n", "\"true\"\n"),
            (text("a: b"), "a: b\n", "'a: b'\n", "\"a: b\"\n"),
            (text("a\nb"), "a\nb\n", "|-\n  a\n  b\n", "\"a\\nb\"\n"),
            (Value::Bool(true), "True\n", "true\n", "true\n"),
            (Value::Bool(false), "False\n", "false\n", "false\n"),
            (Value::List(vec![]), "", "[]\n", "[]\n"),
            (Value::NilList, "", "[]\n", "null\n"),
            (Value::texts(["a", "b"]), "a\nb\n", "- a\n- b\n", "[\"a\",\"b\"]\n"),
            (Value::Int(42), "42\n", "42\n", "42\n"),
            (Value::Float(1.5), "1.5\n", "1.5\n", "1.5\n"),
            (Value::Float(1.0), "1\n", "1\n", "1\n"),
            (Value::Float(12_345_678.0), "1.2345678e+07\n", "1.2345678e+07\n", "12345678\n"),
            (Value::Map(vec![]), "{}\n", "{}\n", "{}\n"),
            (Value::NilMap, "{}\n", "{}\n", "null\n"),
            (
                Value::map([("b", text("<&>")), ("a", Value::texts(["x"]))]),
                "a:\n- x\nb: <&>\n",
                "a:\n- x\nb: <&>\n",
                "{\"a\":[\"x\"],\"b\":\"\\u003c\\u0026\\u003e\"}\n",
            ),
            (
                Value::Struct(vec![("z", Value::Int(1)), ("a", Value::map([("k", text("v"))]))]),
                "z: 1\na:\n  k: v\n",
                "z: 1\na:\n  k: v\n",
                "{\"z\":1,\"a\":{\"k\":\"v\"}}\n",
            ),
        ] {
            assert_eq!(forms(&value), [smart, yaml, json], "{value:?}");
        }
    }
}
