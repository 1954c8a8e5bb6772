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
        "a:\nb: hunter2\n",
        "\"a\":hunter2\n  c: d\n",
        "? hunter2\n  : b\n",
        "a: - hunter2\n",
        "a: -\n",
        "a: ? hunter2\n",
        "a: ?\n",
        ": hunter2\n",
        "a: |22\n  hunter2\n",
        "a: |+-\n  hunter2\n",
        "a: |x\n  hunter2\n",
    ] {
        let error = plan_text::read(text).unwrap_err().to_string();
        assert!(error.starts_with("line ") && !error.contains("hunter2"), "{text}: {error}");
    }
    let deep = (0..40).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>();
    assert!(plan_text::read(&deep).is_err());
}

#[test]
fn a_mistake_is_found_in_the_line_that_has_it() {
    for (text, error) in [
        ("a: b\nc: &x y\n", "line 2 of the plan: YAML that no plan is printed with"),
        ("a: b\n- c\n", "line 2 of the plan: text after the end"),
        ("a:\n    b: c\n    b: d\n", "line 3 of the plan: a key twice"),
    ] {
        assert_eq!(plan_text::read(text).unwrap_err().to_string(), error);
    }
}

#[test]
fn every_escape_of_yaml_is_read() {
    let text = r#"a: "\0\a\b\t\n\v\f\r\e\ \"\/\\\N\_\L\P\x41\u00e9\U0001F600""#;
    let read =
        "\0\u{7}\u{8}\t\n\u{b}\u{c}\r\u{1b} \"/\\\u{85}\u{a0}\u{2028}\u{2029}A\u{e9}\u{1f600}";
    assert_eq!(plan_text::read(text).unwrap(), map([("a", Node::text(read))]));
}

#[test]
fn a_literal_block_without_text_is_empty_and_takes_nothing_of_what_follows() {
    let empty = || Node::text("");
    assert_eq!(plan_text::read("a: |\n\n").unwrap(), map([("a", empty())]));
    let read = plan_text::read("a: |\nb: c\n").unwrap();
    assert_eq!(read, map([("a", empty()), ("b", Node::Plain("c".into()))]));
}

#[test]
fn lists_are_indented_as_go_does_it_and_may_be_all_there_is() {
    let list = || Node::List(vec![Node::text("x"), Node::text("z")]);
    assert_eq!(plan_text::write(&map([("a", list())])), "a:\n    - x\n    - z\n");
    assert_eq!(plan_text::write(&list()), "- x\n- z\n");
    assert_eq!(plan_text::write(&Node::List(Vec::new())), "[]\n");
}

#[test]
fn texts_are_written_as_blocks_where_a_real_daemon_does_and_in_the_same_form() {
    let sent = Layer::read(&node(&serde_json::from_str(SENT).unwrap())).unwrap();
    let ours = Plan::combine([("a", &sent)]).unwrap().to_text();
    let (ours, recorded) = (environment(&ours), environment(RECORDED));
    let is_block = |form: &str| form.starts_with('|');
    assert!(recorded.values().filter(|form| is_block(form)).count() > 15);
    for (name, form) in recorded {
        let our_form = &ours[name];
        assert_eq!(is_block(our_form), is_block(&form), "{name}: {our_form}");
        // At a separator a daemon begins a line, which our writer does not.
        if is_block(&form) && !form.contains(['\u{2028}', '\u{2029}']) {
            assert_eq!(*our_form, form, "{name}");
        }
    }
}

/// How a plan's text writes each value of an environment, for names of letters and digits.
fn environment(plan: &str) -> BTreeMap<&str, String> {
    let mut forms = BTreeMap::<&str, String>::new();
    let mut last = None;
    for line in plan.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        match line.trim_start_matches(' ').split_once(": ") {
            Some((name, form)) if indent == 12 => {
                let name = name.trim_matches('"');
                let plain =
                    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                last = plain.then_some(name);
                forms.extend(last.map(|name| (name, form.to_owned())));
            }
            _ if indent > 12 || line == "\n" => {
                if let Some(form) = last.and_then(|name| forms.get_mut(name)) {
                    form.push_str(line);
                }
            }
            _ => last = None,
        }
    }
    forms
}

fn map<'a, const N: usize>(entries: [(&'a str, Node<'a>); N]) -> Node<'a> {
    Node::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
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
