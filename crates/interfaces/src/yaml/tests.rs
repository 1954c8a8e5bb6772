//! The YAML that is written, held to what PyYAML writes and to what other readers make of it.

use super::{Node, to_string};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Documents and what PyYAML makes of them; `fixtures/yaml/make.py` writes the file.
const CORPUS: &str = include_str!("../../fixtures/yaml/corpus.json");

fn node(value: &serde_json::Value) -> Node {
    match value {
        serde_json::Value::Object(map) => {
            Node::Map(map.iter().map(|(key, value)| (key.clone(), node(value))).collect())
        }
        serde_json::Value::Array(items) => Node::List(items.iter().map(node).collect()),
        serde_json::Value::String(text) => Node::Text(text.clone()),
        serde_json::Value::Bool(bool) => Node::Bool(*bool),
        serde_json::Value::Number(number) => Node::Integer(number.as_i64().unwrap()),
        serde_json::Value::Null => panic!("no shape of ours has a null"),
    }
}

fn document(value: &serde_json::Value) -> String {
    let Node::Map(root) = node(value) else { panic!("a document is a mapping") };
    to_string(&root)
}

#[test]
fn writes_the_bytes_that_pyyaml_writes() {
    let corpus: Vec<(serde_json::Value, String)> = serde_json::from_str(CORPUS).unwrap();
    assert!(corpus.len() > 300);
    for (value, expected) in corpus {
        assert_eq!(document(&value), expected, "of {value}");
    }
}

#[test]
fn deep_nesting_is_written() {
    let mut node = Node::Text("bottom".to_owned());
    for depth in 0..200 {
        node = match depth % 2 {
            0 => Node::List(vec![node]),
            _ => Node::Map(BTreeMap::from([("k".to_owned(), node)])),
        };
    }
    assert!(to_string(&BTreeMap::from([("k".to_owned(), node)])).contains("bottom"));
}

/// Words that YAML reads as something, folds, and whatever else there is.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(" ".to_owned()),
        Just("\n".to_owned()),
        "[:#?*&!|>'\"%@`{}\\[\\],=<~-]",
        "[0-9._eExob:+-]{1,6}",
        "[a-z]{1,12}",
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_written_reads_back_as_the_same_lists(
        lists in proptest::collection::btree_map(text(), proptest::collection::vec(text(), 0..4), 0..4)
    ) {
        let root = lists
            .iter()
            .map(|(key, items)| (key.clone(), Node::List(items.iter().cloned().map(Node::Text).collect())))
            .collect();
        let read: BTreeMap<String, Vec<String>> = serde_yaml::from_str(&to_string(&root)).unwrap();
        prop_assert_eq!(read, lists);
    }

    #[test]
    fn what_is_written_reads_back_as_the_same_mappings(
        maps in proptest::collection::vec(proptest::collection::btree_map(text(), text(), 0..4), 0..4),
        number: i64,
        flag: bool,
    ) {
        let map = |map: &BTreeMap<String, String>| {
            Node::Map(map.iter().map(|(key, value)| (key.clone(), Node::Text(value.clone()))).collect())
        };
        let root = BTreeMap::from([
            ("flag".to_owned(), Node::Bool(flag)),
            ("maps".to_owned(), Node::List(maps.iter().map(map).collect())),
            ("number".to_owned(), Node::Integer(number)),
        ]);
        #[derive(serde::Deserialize)]
        struct Read { flag: bool, maps: Vec<BTreeMap<String, String>>, number: i64 }
        let read: Read = serde_yaml::from_str(&to_string(&root)).unwrap();
        prop_assert_eq!((read.flag, read.maps, read.number), (flag, maps, number));
    }
}
