//! Layers as JSON: what our own client sends, and much quicker to read than YAML. It must not know what the
//! keys mean.

use ops_pebble::layer::Node;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, fmt};

/// The tree of a text that is JSON and that YAML would read in the same way; `None` for any other.
pub(super) fn read(text: &str) -> Option<Node<'_>> {
    // Escapes are left to YAML, which does not know all that JSON does.
    if !text.starts_with('{') || text.contains("\\u") {
        return None;
    }
    serde_json::from_str(text).ok().map(|Json(node)| node)
}

struct Json<'a>(Node<'a>);

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree).map(Self)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Node::Plain("null".into()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Node::Plain(if value { "true" } else { "false" }.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Node::Plain(value.to_string().into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Node::Plain(value.to_string().into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Node::Plain(serde_yaml::Number::from(value).to_string().into()))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Node::text(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Node::text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Json(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map: Vec<(Cow<'_, str>, Node<'_>)> = Vec::new();
        while let Some((Json(key), Json(value))) = entries.next_entry()? {
            let (Node::Plain(key) | Node::Text(key)) = key else {
                return Err(A::Error::custom("a key that is no text"));
            };
            // YAML says which one.
            if map.iter().any(|(known, _)| *known == key) {
                return Err(A::Error::custom("a key twice"));
            }
            map.push((key, value));
        }
        Ok(Node::Map(map))
    }
}
