//! What outlives a run: deferred events, what the charm stored, files of storages.

use crate::{conforms, said};
use serde_json::{Value, json};

fn names(run: &Value) -> Vec<&str> {
    said(run).into_iter().filter_map(|said| said["name"].as_str()).collect()
}

#[test]
fn b52_a_deferred_event_comes_first_in_the_next_run_and_is_then_gone() {
    let runs = conforms("b52");
    assert_eq!(runs[0]["deferred"], json!(["start"]));
    assert_eq!(names(&runs[1]), ["start", "update-status"]);
    assert_eq!(runs[1]["deferred"], json!([]));
    assert_eq!(names(&runs[2]), ["update-status"]);
}

#[test]
fn b53_a_deferred_event_keeps_what_it_is_about() {
    let runs = conforms("b53");
    assert_eq!(said(&runs[1])[0]["unit"], "remote/3");
}

#[test]
fn b54_each_event_of_a_run_can_be_told_deferred_ones_first() {
    let runs = conforms("b54");
    assert_eq!(names(&runs[1]), ["start", "install"]);
    assert_eq!(names(&runs[2]), ["start", "install", "update-status"]);
}

#[test]
fn b59_what_the_charm_stored_is_there_key_by_key() {
    let runs = conforms("b59");
    assert_eq!(said(&runs[0])[0], &Value::Null);
    assert_eq!(said(&runs[1])[..2], ["one", "two"]);
    assert_eq!(said(&runs[2]), ["three", "two"]);
}

#[test]
fn b60_files_of_a_storage_are_read_and_written_and_more_can_be_asked_for() {
    let runs = conforms("b60");
    assert_eq!(runs[0]["storage-files"], json!({"data/0": {"seed": "sown", "grown": "reaped"}}));
    assert_eq!(runs[0]["requested"], json!({"data": 3}));
}
