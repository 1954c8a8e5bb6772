//! Secrets: who reads which revision, and who may change them.

use crate::{conforms, refused, said};
use serde_json::{Value, json};

/// The contents that were read, in order.
fn read(run: &Value) -> Vec<&str> {
    said(run).into_iter().filter_map(|said| said["key"].as_str()).collect()
}

#[test]
fn b45_a_reader_keeps_its_revision_until_it_moves_on() {
    assert_eq!(read(&conforms("b45")[0]), ["one", "two", "one", "two", "two"]);
}

#[test]
fn b46_an_owner_reads_the_old_content_until_it_moves_on() {
    let runs = conforms("b46");
    assert_eq!(read(&runs[0])[..2], ["one", "one"]);
    let secrets = runs[1]["secrets"].as_object().unwrap();
    let secret = secrets.values().next().unwrap();
    assert_eq!(secret["tracked"], secret["latest"]);
}

#[test]
fn b47_under_an_old_juju_an_owner_reads_the_latest_at_once() {
    let runs = conforms("b47");
    assert_eq!(read(&runs[1]), ["two"]);
}

#[test]
fn b48_units_manage_their_own_secrets_and_leaders_those_of_the_application() {
    let runs = conforms("b48");
    let first = said(&runs[0]);
    assert_eq!(first[4], &Value::Null);
    assert_eq!(first[7], &refused("not-found"));
    assert_eq!(read(&runs[0]), ["one", "two", "three"]);
    assert_eq!(said(&runs[1])[1], &Value::Null);
}

#[test]
fn b49_a_grant_is_kept_with_its_relation() {
    let grants = conforms("b49")[0]["grants"].clone();
    let grants = grants.as_object().unwrap().values().next().unwrap().clone();
    assert_eq!(grants, json!({"1": ["remote"], "2": ["proxy/0"]}));
}

#[test]
fn b50_a_grant_can_be_taken_back_while_its_relation_breaks() {
    let grants = conforms("b50")[0]["grants"].clone();
    assert_eq!(grants.as_object().unwrap().values().next().unwrap(), &json!({}));
}

#[test]
fn b51_an_owner_can_remove_any_revision() {
    let runs = conforms("b51");
    assert_eq!(runs[0]["removed"], json!([1]));
    assert_eq!(runs[1]["removed"], json!([3]));
}
