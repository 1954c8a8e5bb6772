//! The small tree between a layer's text and its types. It must not know what the keys mean.

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};
use std::{borrow::Cow, fmt::Write as _};

/// One value of a layer or a plan, as YAML and JSON both have it.
///
/// It borrows its texts where it can. Maps keep their order, because `GET /v1/plan` prints its keys in a fixed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<'a> {
    /// A scalar without quotes: a number, `true`, or a word. Text fields take it as it is written.
    Plain(Cow<'a, str>),
    /// A scalar that is text whatever it looks like.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Node<'a>>),
    /// A map, in the order of its keys.
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// Text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// The JSON text of this tree, as a YAML 1.1 parser and a JSON parser read it alike.
    ///
    /// YAML refuses or folds some characters that JSON lets through, so they are escaped: U+007F to
    /// U+009F, U+2028, U+2029, U+FEFF and U+FFF0 to U+FFFF.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        self.write_json(&mut json);
        json
    }

    fn write_json(&self, json: &mut String) {
        match self {
            Self::Plain(text) if is_json_number(text) || text == "true" || text == "false" => {
                json.push_str(text);
            }
            Self::Plain(text) | Self::Text(text) => write_json_text(text, json),
            Self::List(items) => {
                json.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    item.write_json(json);
                }
                json.push(']');
            }
            Self::Map(entries) => {
                json.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    write_json_text(key, json);
                    json.push(':');
                    value.write_json(json);
                }
                json.push('}');
            }
        }
    }
}

fn is_json_number(text: &str) -> bool {
    serde_json::from_str::<serde_json::Number>(text).is_ok()
}

fn write_json_text(text: &str, json: &mut String) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{0}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{ffff}' => {
                // Writing into a String cannot fail.
                let _ = write!(json, "\\u{:04x}", u32::from(character));
            }
            other => json.push(other),
        }
    }
    json.push('"');
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(text) => match (text.parse::<i64>(), text.parse::<f64>(), &**text) {
                (Ok(number), _, _) => serializer.serialize_i64(number),
                (_, Ok(number), _) if number.is_finite() => serializer.serialize_f64(number),
                (_, _, "true") => serializer.serialize_bool(true),
                (_, _, "false") => serializer.serialize_bool(false),
                (_, _, text) => serializer.serialize_str(text),
            },
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn json_of_any_text_is_read_back_by_json_and_by_yaml(text in any::<String>()) {
            let json = Node::Map(vec![(text.as_str().into(), Node::text(&text))]).to_json();
            let expected = serde_json::json!({ text.clone(): text });
            prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&json).unwrap(), &expected);
            prop_assert_eq!(&serde_yaml::from_str::<serde_json::Value>(&json).unwrap(), &expected);
        }
    }

    #[test]
    fn numbers_go_out_bare_and_text_that_looks_like_one_does_not() {
        let node = Node::List(vec![Node::Plain("3".into()), Node::text("3")]);
        assert_eq!(node.to_json(), r#"[3,"3"]"#);
    }

    #[test]
    fn a_bare_word_is_text_unless_json_knows_it() {
        let words = ["1.5", "true", "false", "10s", "inf", "007", "null"];
        let list = Node::List(words.map(|word| Node::Plain(word.into())).into());
        assert_eq!(list.to_json(), r#"[1.5,true,false,"10s","inf","007","null"]"#);
        let printed = serde_json::to_string(&list).unwrap();
        assert_eq!(printed, r#"[1.5,true,false,"10s","inf",7,"null"]"#);
    }
}
