//! Relations and their databags.

use crate::{conforms, refused, said};
use serde_json::{Value, json};

#[test]
fn b38_databags_are_written_by_those_who_may() {
    let runs = conforms("b38");
    let denied = refused("denied");
    assert_eq!(said(&runs[0]), [&denied, &denied, &denied, &Value::Null]);
    assert_eq!(runs[0]["relations"]["1"]["local-unit"], json!({"u": "1"}));
}

#[test]
fn b39_keys_that_were_added_changed_and_deleted_make_the_new_databag() {
    let runs = conforms("b39");
    assert_eq!(runs[0]["relations"]["1"]["local-app"], json!({"a": "2", "b": "3"}));
}

#[test]
fn b40_of_several_units_the_first_is_taken_and_created_and_broken_have_none() {
    let units: Vec<_> = conforms("b40").iter().map(|run| said(run)[0]["unit"].clone()).collect();
    assert_eq!(units, [json!("remote/1"), Value::Null, Value::Null]);
}

#[test]
fn b41_a_relation_that_breaks_is_not_among_the_relations() {
    let runs = conforms("b41");
    assert_eq!(said(&runs[0]), [&json!([2])]);
    let left: Vec<_> = runs[0]["relations"].as_object().unwrap().keys().collect();
    assert_eq!(left, ["2"]);
}

#[test]
fn b42_an_endpoint_without_a_relation_has_none_and_an_unknown_one_cannot_be_read() {
    let runs = conforms("b42");
    assert_eq!(said(&runs[0]), [&json!([]), &refused("not-found")]);
}

#[test]
fn b43_a_relation_across_models_tells_the_other_model() {
    let runs = conforms("b43");
    let said = said(&runs[0]);
    assert!(said[0].as_str().unwrap().starts_with('2'), "{said:?}");
    assert!(said[1].as_str().unwrap().starts_with('1'), "{said:?}");
}

#[test]
fn b44_a_unit_is_not_among_its_own_peers() {
    let runs = conforms("b44");
    assert_eq!(said(&runs[0])[0], &json!(["conformance/1", "conformance/2"]));
    assert_eq!(runs[0]["relations"]["1"]["local-unit"], json!({"u": "1"}));
}
