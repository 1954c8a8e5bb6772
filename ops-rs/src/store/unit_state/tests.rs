//! The exact commands that Juju gets.

use super::*;
use crate::{
    hook_command::{Reply, fake::Fake},
    store::Store,
};
use ops_core::{Fault, FaultKind};
use std::rc::Rc;

fn state(fake: &Rc<Fake>) -> Store {
    Store::new(Box::new(UnitState::new(fake.juju())))
}

#[test]
fn reading_is_one_command() {
    let fake = Fake::new([Reply::ok(r#"{"a":"{\"version\":1,\"data\":7}"}"#)]);
    let store = state(&fake);
    assert_eq!(store.get("a", 1).unwrap(), Some(7));
    assert_eq!(store.get::<u8>("b", 1).unwrap(), None);
    store.commit().unwrap();
    assert_eq!(fake.typed(), ["state-get --format=json"]);
}

#[test]
fn a_unit_without_state_has_no_documents() {
    let fake = Fake::new([Reply::ok("null\n")]);
    assert_eq!(state(&fake).get::<u8>("a", 1).unwrap(), None);
}

#[test]
fn everything_that_changed_is_set_with_one_command_and_deleted_with_one_each() {
    let fake =
        Fake::new([Reply::ok(r#"{"old":"x","older":"y","same":"{\"version\":1,\"data\":1}"}"#)]);
    let store = state(&fake);
    store.set("same", 1, &1).unwrap();
    store.set("a", 1, &"it's").unwrap();
    store.set("b", 2, &[1, 2]).unwrap();
    store.remove("old").unwrap();
    store.remove("older").unwrap();
    store.commit().unwrap();
    assert_eq!(
        fake.typed(),
        [
            "state-get --format=json",
            "state-set --file -",
            "state-delete -- old",
            "state-delete -- older",
        ]
    );
    let calls = fake.calls.borrow();
    let input = calls[1].input.as_ref().unwrap().expose();
    let sent: BTreeMap<String, String> = serde_json::from_slice(input).unwrap();
    assert_eq!(
        sent,
        BTreeMap::from([
            ("a".to_owned(), r#"{"version":1,"data":"it's"}"#.to_owned()),
            ("b".to_owned(), r#"{"version":2,"data":[1,2]}"#.to_owned()),
        ])
    );
}

#[test]
fn values_travel_on_standard_input_and_never_as_arguments() {
    let fake = Fake::new([Reply::ok("null")]);
    let store = state(&fake);
    store.set("a", 1, &"hunter2").unwrap();
    store.commit().unwrap();
    assert!(fake.typed().iter().all(|call| !call.contains("hunter2")), "{:?}", fake.typed());
}

#[test]
fn a_corrupt_document_is_put_under_its_new_key_before_the_old_one_goes() {
    let fake = Fake::new([Reply::ok(r#"{"a":"corrupt"}"#)]);
    let store = state(&fake);
    assert_eq!(store.get::<u8>("a", 1).unwrap(), None);
    store.commit().unwrap();
    assert_eq!(
        fake.typed(),
        ["state-get --format=json", "state-set --file -", "state-delete -- a"]
    );
    let calls = fake.calls.borrow();
    let input = calls[1].input.as_ref().unwrap().expose();
    let sent: BTreeMap<String, String> = serde_json::from_slice(input).unwrap();
    assert_eq!(sent, BTreeMap::from([("a.aside.1".to_owned(), "corrupt".to_owned())]));
}

#[test]
fn what_juju_refuses_is_an_error_that_says_what_was_tried() {
    let fake = Fake::new([Reply::failed(1, "ERROR permission denied\n")]);
    let error = state(&fake).get::<u8>("a", 1).unwrap_err();
    assert_eq!(error.to_string(), "cannot read the unit's state in Juju");

    let fake = Fake::new([Reply::ok("null"), Reply::failed(1, "ERROR boom\n")]);
    let store = state(&fake);
    store.set("a", 1, &1).unwrap();
    let error = store.commit().unwrap_err();
    assert_eq!(error.to_string(), "cannot write the unit's state in Juju");
    assert!(store.is_changed());
}

#[test]
fn garbage_from_state_get_is_an_error_and_no_empty_state() {
    for garbage in ["", "[]", "not json", r#"{"a":1}"#] {
        let fake = Fake::new([Reply::ok(garbage)]);
        let store = state(&fake);
        assert!(store.set("a", 1, &1).is_err(), "{garbage:?}");
        assert!(store.commit().is_ok(), "nothing was put in it");
        assert_eq!(fake.typed(), ["state-get --format=json"]);
    }
}

#[test]
fn a_document_that_juju_would_not_take_is_never_sent() {
    let fake = Fake::new([Reply::ok("null")]);
    let store = state(&fake);
    store.set("big", 1, &"x".repeat(70_000)).unwrap();
    let fault = Fault::from(store.commit().unwrap_err());
    assert_eq!(fault.kind(), FaultKind::Exhausted);
    assert_eq!(fake.typed(), ["state-get --format=json"]);
}
