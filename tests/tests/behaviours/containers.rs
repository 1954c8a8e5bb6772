//! Containers: commands, files, checks and layers.

use crate::{conforms, refused, said};
use serde_json::json;

#[test]
fn b55_a_command_is_answered_by_its_first_words() {
    let runs = conforms("b55");
    assert_eq!(said(&runs[0]), [&json!([0, "tool\n"]), &json!([0, "1.2\n"]), &json!([3, ""])]);
    assert_eq!(runs[0]["execs"][1], json!(["tool", "version", "--long"]));
}

#[test]
fn b56_a_file_needs_its_directory_unless_directories_are_made() {
    let runs = conforms("b56");
    let missing = refused("not-found");
    assert_eq!(said(&runs[0])[..2], [&missing, &missing]);
    assert_eq!(runs[0]["files"], json!({"/etc/there": "old", "/srv/made/here": "text"}));
}

#[test]
fn b57_an_enabled_check_is_up_at_once_and_a_disabled_one_when_it_is_started() {
    let runs = conforms("b57");
    assert_eq!(said(&runs[0])[1], &json!({"watch": "up", "idle": "inactive"}));
    assert_eq!(runs[0]["checks"], json!({"watch": "up", "idle": "up"}));
}

#[test]
fn b58_layers_merge_in_their_order_and_reading_the_plan_adds_nothing() {
    let runs = conforms("b58");
    let said = said(&runs[0]);
    assert_eq!(said[0], said[1]);
    assert_eq!(said[0]["services"]["web"]["after"], json!(["a", "b"]));
    assert_eq!(said[0]["services"]["web"]["command"], "two");
    assert_eq!(runs[0]["layers"]["one"]["web"], json!(["one", ["a"]]));
}
