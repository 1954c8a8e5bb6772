//! `key=value` arguments and the YAML that `relation-set --file` and `state-set --file` read.

use super::{
    arguments::{Failure, refused, usage},
    go,
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use std::{collections::BTreeMap, fmt};

/// Reads `key=value` arguments.
pub(super) fn key_values(arguments: &[&str]) -> Result<BTreeMap<String, String>, Failure> {
    let mut settings = BTreeMap::new();
    for argument in arguments {
        let (key, value) = argument
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| usage(format!("expected \"key=value\", got {}", go::quote(argument))))?;
        if settings.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(usage(format!("key {} specified more than once", go::quote(key))));
        }
    }
    Ok(settings)
}

/// Reads a mapping of scalars, each kept as it is written; null is the empty text.
pub(super) fn mapping(bytes: &[u8]) -> Result<BTreeMap<String, String>, Failure> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| refused("yaml: invalid leading UTF-8 octet"))?;
    if is_plain_json(text)
        && let Ok(settings) = serde_json::from_str(text)
    {
        return Ok(settings);
    }
    match serde_yaml::from_str::<Option<Settings>>(text) {
        Ok(settings) => Ok(settings.unwrap_or_default().0),
        Err(error) => Err(refused(explain(&error))),
    }
}

/// JSON that Go's YAML reads as JSON readers do: it has no surrogate escapes, and no characters that
/// YAML refuses or takes for line breaks. Reading it as JSON is many times faster.
fn is_plain_json(text: &str) -> bool {
    text.starts_with('{')
        && !text.contains("\\ud")
        && !text.contains("\\uD")
        && !text.contains("\\/")
        && text.chars().all(|c| {
            matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{fefe}'
                | '\u{ff00}'..='\u{ffef}' | '\u{10000}'..)
        })
}

fn explain(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let line = error.location().map_or(1, |location| location.line());
    let kind = if text.contains("sequence") {
        "!!seq"
    } else if text.contains("map") {
        "!!map"
    } else {
        return format!("yaml: {text}");
    };
    let target = if text.contains("expected a mapping of settings") {
        "map[string]string"
    } else {
        "string"
    };
    format!("yaml: unmarshal errors:\n  line {line}: cannot unmarshal {kind} into {target}")
}

#[derive(Default)]
struct Settings(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Settings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of settings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Settings, A::Error> {
                let mut settings = BTreeMap::new();
                // `Option` knows null from the text "null"; a repeated key wins over the first.
                while let Some((key, value)) = map.next_entry::<String, Option<String>>()? {
                    settings.insert(key, value.unwrap_or_default());
                }
                Ok(Settings(settings))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        mapping(text.as_bytes()).map(|m| m.into_iter().collect()).map_err(|f| f.message)
    }

    #[test]
    fn scalars_are_kept_as_they_are_written() {
        for (text, value) in [
            ("a: 1", "1"),
            ("a: true", "true"),
            ("a: 1.50", "1.50"),
            ("a: 0x10", "0x10"),
            ("a: yes", "yes"),
            ("a: 2024-01-02", "2024-01-02"),
            ("a: null", ""),
            ("a: ~", ""),
            ("a:", ""),
            ("a: ''", ""),
            ("a: 'null'", "null"),
            ("{\"a\": \"x\\ny \\u00e9 \\\" \\\\\"}", "x\ny é \" \\"),
            ("{\"a\":\"\u{1f600}\"}", "\u{1f600}"),
            ("a: 1\na: 2", "2"),
        ] {
            assert_eq!(read(text), Ok(vec![("a".to_owned(), value.to_owned())]), "{text}");
        }
        assert_eq!(read("1: x"), Ok(vec![("1".to_owned(), "x".to_owned())]));
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read("{}"), Ok(vec![]));
    }

    #[test]
    fn what_go_refuses_is_refused() {
        assert_eq!(
            read("a: [1]"),
            Err("yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into string".to_owned())
        );
        assert_eq!(
            read("b: x\na: {c: d}"),
            Err("yaml: unmarshal errors:\n  line 2: cannot unmarshal !!map into string".to_owned())
        );
        assert_eq!(
            read("- a"),
            Err("yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into map[string]string"
                .to_owned())
        );
        assert!(read("{\"a\": \"\\ud83d\\ude00\"}").is_err());
    }

    #[test]
    fn arguments_need_a_key_and_an_equals_sign() {
        let message = |arguments: &[&str]| key_values(arguments).unwrap_err().message;
        assert_eq!(message(&["x"]), "expected \"key=value\", got \"x\"");
        assert_eq!(message(&["=x"]), "expected \"key=value\", got \"=x\"");
        assert_eq!(message(&["a=1", "a=2"]), "key \"a\" specified more than once");
        assert_eq!(key_values(&["a=b=c"]).unwrap()["a"], "b=c");
    }
}
