//! That no rule is without its two tests, nor without its line in the documentation.

use super::*;
use ops_testing::consistency::Level;
use std::{collections::BTreeSet, fs, path::Path};

/// The names of all tests in this directory.
fn tests() -> Vec<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consistency");
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        for part in text.split("#[test]\nfn ").skip(1) {
            names.push(part.split('(').next().unwrap().to_owned());
        }
    }
    names
}

#[test]
fn every_rule_has_a_test_that_breaks_it_and_one_that_mends_it() {
    let tests = tests();
    for rule in Rule::ALL {
        let prefix = format!("{}_", rule.id().to_lowercase());
        let number = tests.iter().filter(|name| name.starts_with(&prefix)).count();
        assert_eq!(number, 2, "tests called {prefix}...");
    }
}

#[test]
fn the_ids_are_those_of_scenario_and_ours_behind_them() {
    let scenario = (1..=54).map(|number| format!("R{number}"));
    let scenario = scenario.chain((1..=10).map(|number| format!("V{number}")));
    let ids: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(ids.len(), Rule::ALL.len(), "no id twice");
    for id in scenario {
        assert!(ids.contains(id.as_str()), "{id}");
    }
}

fn table() -> String {
    let mut text =
        "| id | level | what holds | how to mend it | beside Scenario |\n|---|---|---|---|---|\n"
            .to_owned();
    for rule in Rule::ALL {
        let level = match rule.level() {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let (id, title, mend, note) = (rule.id(), rule.title(), rule.mend(), rule.note());
        text.push_str(&format!("| {id} | {level} | {title} | {mend} | {note} |\n"));
    }
    text
}

/// With `OPS_UPDATE_DOCS` set, the table is written instead.
#[test]
fn the_documentation_lists_every_rule() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/consistency.md");
    let text = fs::read_to_string(&path).unwrap();
    let (head, _) = text.split_once("| id |").unwrap();
    let expected = format!("{head}{}", table());
    if std::env::var_os("OPS_UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
    } else {
        assert!(text == expected, "docs/consistency.md: run this test with OPS_UPDATE_DOCS=1");
    }
}
