//! Actions: what they are given, and what they answer.

use crate::{conforms, said};
use serde_json::json;

#[test]
fn b34_what_an_action_says_and_answers_can_be_read() {
    let action = &conforms("b34")[0]["action"];
    assert_eq!(action["failed"], "no room");
    assert_eq!(action["messages"], json!(["half way"]));
    assert_eq!(action["results"], json!({"size": "12", "deep": {"er": "1"}}));
}

#[test]
fn b35_an_action_goes_on_after_it_failed() {
    let runs = conforms("b35");
    assert_eq!(runs[0]["action"]["results"], json!({"size": "12"}));
    assert_eq!(runs[0]["unit-status"], json!(["active", "went on"]));
}

#[test]
fn b36_a_second_action_sees_nothing_of_the_first() {
    let runs = conforms("b36");
    assert_eq!(
        runs[1]["action"],
        json!({"failed": null, "messages": [], "results": {"second": "2"}})
    );
}

#[test]
fn b37_parameters_are_what_was_given_with_the_defaults_of_the_schema() {
    let runs = conforms("b37");
    assert_eq!(said(&runs[0]), [&json!({"to": "there", "keep": 7}); 2]);
}
