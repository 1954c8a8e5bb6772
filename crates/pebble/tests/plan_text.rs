//! The reader of plan texts against a real daemon's text and against a YAML library.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use ops_pebble::layer::{Layer, Node, Plan, plan_text};
use proptest::{collection, prelude::*};
use std::collections::BTreeMap;

/// What pebble v1.32.1 printed for `layer-1.32.1.json`.
const RECORDED: &str = include_str!("data/plan-1.32.1.yaml");
const SENT: &str = include_str!("data/layer-1.32.1.json");

fn node(value: &serde_json::Value) -> Node<'_> {
    match value {
        serde_json::Value::String(text) => Node::text(text),
        serde_json::Value::Array(items) => Node::List(items.iter().map(node).collect()),
        serde_json::Value::Object(entries) => {
            Node::Map(entries.iter().map(|(key, value)| (key.into(), node(value))).collect())
        }
        other => Node::Plain(other.to_string().into()),
    }
}

/// The same tree with every scalar as text and every map sorted: what a comparison may look at.
fn plainly(node: &Node<'_>) -> serde_json::Value {
    match node {
        Node::Plain(text) | Node::Text(text) => serde_json::Value::String(text.to_string()),
        Node::List(items) => items.iter().map(plainly).collect(),
        Node::Map(entries) => {
            entries.iter().map(|(key, value)| (key.to_string(), plainly(value))).collect()
        }
    }
}

#[test]
fn a_real_daemons_plan_is_the_layer_that_was_sent() {
    let sent = Layer::read(&node(&serde_json::from_str(SENT).unwrap())).unwrap();
    let plan = Plan::read(RECORDED).unwrap();
    let difference = plan.difference(&sent);
    assert!(difference.is_empty(), "{difference:#?}");
    assert_eq!(plan.services.len(), 4);

    let mut lost = Vec::new();
    for (key, value) in &sent.services["web"].environment {
        let printed = plan.services["web"].environment[key].expose();
        if printed != value.expose() {
            assert_eq!(value.expose().strip_prefix(['\n', '\u{2028}']), Some(printed), "{key}");
            lost.push(key.as_str());
        }
    }
    assert_eq!(lost, ["lead_nl", "nl_lead_sp", "onlynl", "seplead", "twonl"], "the known loss");
}

#[test]
fn our_own_text_of_the_recorded_plan_says_the_same_and_loses_the_same() {
    let plan = Plan::read(RECORDED).unwrap();
    let again = Plan::read(&plan.to_text()).unwrap();
    assert!(plan.same_as(&again));
}

#[test]
fn an_empty_plan_is_read() {
    assert_eq!(Plan::read("{}\n").unwrap(), Plan::default());
    assert_eq!(Plan::read("").unwrap(), Plan::default());
}

#[test]
fn text_outside_the_subset_is_refused_by_line_and_not_by_content() {
    for text in [
        "a: &anchor hunter2\n",
        "a: *hunter2\n",
        "a: [hunter2]\n",
        "a: {hunter2: 1}\n",
        "a: >\n  hunter2\n",
        "a: \"hunter2\n",
        "a: hunter2 # comment\n",
        "hunter2\n",
        "a: hunter2: c\n",
        "a:\n  b: hunter2\n    c: d\n",
        "a: \"\\q hunter2\"\n",
        "a: hunter2\na: hunter2\n",
        "---\na: hunter2\n...\n",
        "a:\n",
    ] {
        let error = plan_text::read(text).unwrap_err().to_string();
        assert!(error.starts_with("line ") && !error.contains("hunter2"), "{text}: {error}");
    }
    let deep = (0..40).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>();
    assert!(plan_text::read(&deep).is_err());
}

fn any_node() -> impl Strategy<Value = serde_json::Value> {
    // Characters that every YAML emitter has its trouble with, beside all others.
    let text = prop_oneof![
        "[a-z'\": #\\n\\t,\\-\\[\\]{}&*!|>%@`~?=0-9.]{0,12}",
        ".{0,12}",
        any::<String>(),
        prop_oneof![Just("yes"), Just("1.0"), Just("~"), Just(""), Just("null"), Just("0x1f")]
            .prop_map(str::to_owned),
    ];
    let scalar = text.prop_map(serde_json::Value::String);
    let list = collection::vec(scalar.clone(), 0..4).prop_map(serde_json::Value::Array);
    let leaf = prop_oneof![4 => scalar, 1 => list];
    leaf.prop_recursive(3, 24, 5, |inner| {
        collection::btree_map("[a-zA-Z0-9 ':_.-]{1,12}", inner, 0..5)
            .prop_map(|map: BTreeMap<String, _>| map.into_iter().collect())
    })
}

fn any_tree() -> impl Strategy<Value = serde_json::Value> {
    collection::btree_map("[a-z]{1,8}", any_node(), 0..4)
        .prop_map(|map: BTreeMap<String, _>| map.into_iter().collect())
}

/// Drops the first line break of every text that is printed as a literal block.
fn without_the_known_loss(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::String(text) => {
            let json = serde_json::json!({ "k": text });
            let written = plan_text::write(&node(&json));
            match text.strip_prefix('\n') {
                Some(rest) if written.starts_with("k: |") => rest.into(),
                _ => text.as_str().into(),
            }
        }
        serde_json::Value::Array(items) => items.iter().map(without_the_known_loss).collect(),
        serde_json::Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), without_the_known_loss(value)))
            .collect(),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_a_yaml_library_writes_is_read_as_it_was(tree in any_tree()) {
        let text = serde_yaml::to_string(&tree).unwrap();
        let read = plan_text::read(&text);
        prop_assert!(read.is_ok(), "{:?}\n{}", read, text);
        prop_assert_eq!(plainly(&read.unwrap()), tree, "{}", text);
    }

    #[test]
    fn what_we_write_is_read_as_it_was(tree in any_tree()) {
        let text = plan_text::write(&node(&tree));
        let read = plan_text::read(&text);
        prop_assert!(read.is_ok(), "{:?}\n{}", read, text);
        prop_assert_eq!(plainly(&read.unwrap()), without_the_known_loss(&tree), "{}", text);
    }

    #[test]
    fn what_we_write_is_read_by_a_yaml_library(tree in any_tree()) {
        let text = plan_text::write(&node(&tree));
        let read: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        prop_assert_eq!(plainly(&node(&read)), without_the_known_loss(&tree), "{}", text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-z:'\"|>?\\- \\n\\\\{}\\[\\]+0-9\u{2028}]{0,60}") {
        let _ = Plan::read(&text);
    }
}
