//! What the metadata gives: options and their defaults.

use crate::{conforms, said};
use serde_json::json;

#[test]
fn b17_options_that_nobody_set_have_their_defaults() {
    let runs = conforms("b17");
    assert_eq!(said(&runs[0])[0], &json!({"title": "mine", "port": 80, "debug": null}));
}

#[test]
fn b18_defaults_are_not_written_back() {
    let runs = conforms("b18");
    assert_eq!(runs[0]["config"], json!({"title": "mine"}));
    assert_eq!(said(&runs[0])[0]["port"], 80);
}
