//! Every verb is tried by a test of this program.

use super::Model;

/// The tests, as text.
const TESTS: &[&str] = &[
    include_str!("containers.rs"),
    include_str!("deploy.rs"),
    include_str!("keeping.rs"),
    include_str!("operations.rs"),
    include_str!("relations.rs"),
    include_str!("session.rs"),
    include_str!("storage.rs"),
    include_str!("units.rs"),
];

#[test]
fn every_verb_has_a_test_that_names_it() {
    let help = Model::new().run(&["--help"]).stdout;
    let (_, verbs) = help.split_once("Commands:").unwrap();
    let (verbs, _) = verbs.split_once("Options:").unwrap();
    let verbs: Vec<&str> = verbs
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .collect();
    assert!(verbs.len() > 30, "{verbs:?}");
    let untested: Vec<&&str> = verbs
        .iter()
        .filter(|verb| !TESTS.iter().any(|text| text.contains(&format!("[\"{verb}\""))))
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}
