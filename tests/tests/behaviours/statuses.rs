//! Statuses, the version of the workload, and leadership.

use crate::{conforms, refused, said};
use serde_json::json;

#[test]
fn b01_a_bare_event_leaves_both_statuses_unknown() {
    let runs = conforms("b01");
    assert_eq!(runs[0]["unit-statuses"], json!([["unknown", ""]]));
    assert_eq!(runs[0]["app-statuses"], json!([["unknown", ""]]));
}

#[test]
fn b02_the_last_of_three_statuses_stays_and_all_are_on_the_way() {
    let runs = conforms("b02");
    let words = |of: &str| -> Vec<_> {
        let statuses = runs[0][of].as_array().unwrap();
        statuses.iter().map(|pair| pair[1].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(words("unit-statuses"), ["", "one", "two", "three"]);
    assert_eq!(words("app-statuses"), ["", "app-one", "app-two", "app-three"]);
}

#[test]
fn b03_a_status_that_was_there_is_the_first_on_the_way() {
    let runs = conforms("b03");
    assert_eq!(runs[0]["unit-statuses"], json!([["active", "before"], ["blocked", "after"]]));
    assert_eq!(
        runs[0]["app-statuses"],
        json!([["active", "app-before"], ["blocked", "app-after"]])
    );
}

#[test]
fn b04_the_version_follows_the_charm_from_run_to_run() {
    let versions: Vec<_> = conforms("b04").iter().map(|run| run["version"].clone()).collect();
    assert_eq!(versions, ["1", "1.1", "1.2"]);
}

#[test]
fn b05_statuses_that_only_juju_sets_are_refused() {
    let runs = conforms("b05");
    assert_eq!(said(&runs[0]), [&refused("invalid"), &refused("invalid"), &json!(null)]);
    assert_eq!(runs[0]["unit-status"], json!(["maintenance", "fine"]));
}

#[test]
fn b06_a_charm_learns_whether_it_leads() {
    let runs = conforms("b06");
    assert_eq!(said(&runs[0]), [false]);
    assert_eq!(said(&runs[1]), [true]);
}
