//! Storage from the command line.

use super::Model;

#[test]
fn a_unit_gets_storage_and_gives_it_back() {
    let model = Model::deployed("web");
    let ran = model.run(&["add-storage", "web/0", "data=2"]);
    assert!(ran.stderr.contains("added storage data/0 to web/0"), "{ran:?}");
    assert!(ran.stderr.contains("added storage data/1 to web/0"), "{ran:?}");
    let listed = model.run(&["storage"]).stdout;
    assert!(listed.contains("web/0  data/1      filesystem  attached  /data/1"), "{listed}");
    model.run(&["detach-storage", "data/0"]);
    let listed = model.run(&["storage", "--format", "json"]).json();
    let ids: Vec<&String> = listed["storage"].as_object().unwrap().keys().collect();
    assert_eq!(ids, ["data/1"]);
    let events = model.events("web/0");
    let of_storage: Vec<&String> =
        events.iter().filter(|event| event.contains("storage")).collect();
    assert_eq!(
        of_storage,
        ["data-storage-attached", "data-storage-attached", "data-storage-detaching"]
    );
}

#[test]
fn storage_that_cannot_be_is_refused() {
    let model = Model::deployed("web");
    let refused = |arguments: &[&str], saying| model.try_run(arguments).fails(1, saying);
    refused(&["add-storage", "web/0", "dta"], "has no store called \"dta\"");
    refused(&["add-storage", "web/0", "data=3"], "at most 2 instances supported, 3 specified");
    refused(&["add-storage", "web/0", "data=many"], "expected STORAGE or STORAGE=COUNT");
    refused(&["add-storage", "web/9", "data"], "web/9");
    refused(&["detach-storage", "data/7"], "storage \"data/7\" not found");
    // Nothing of a command that failed is kept.
    assert_eq!(
        model.run(&["storage", "--format", "json"]).json()["storage"].as_object().unwrap().len(),
        0
    );
}
