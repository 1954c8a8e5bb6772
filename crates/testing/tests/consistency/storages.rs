//! Storages and their events: R33 to R35, R38, R39, V2, A6.

use super::*;
use meta::storage::DATA;
use ops_testing::{Storage, raw};

fn event(id: &str) -> Hook {
    Hook::StorageAttached { storage: id.to_owned(), location: "/srv".to_owned() }
}

/// A storage that was just attached.
pub(super) fn attached() -> (State, Hook) {
    (state().storage(&Storage::new(DATA, 0)), event("data/0"))
}

#[test]
fn r33_the_event_has_the_storages_name() {
    let (state, hook) = attached();
    assert!(told(&hook, &state).contains("data"), "{}", told(&hook, &state));
}

#[test]
fn r33_another_storage_is_another_event() {
    let (state, hook) = attached();
    let state = state.storage(&Storage::new(DATA, 1));
    assert_ne!(told(&hook, &state), told(&event("data/1"), &state));
}

#[test]
fn r34_an_event_of_a_storage_that_is_not_declared_is_found() {
    web().breaks_among(Rule::R34, &event("dtaa/0"), &state());
    let without = web().charm(|charm| charm.storage.clear());
    without.breaks_among(Rule::R34, &event("data/0"), &state());
}

#[test]
fn r34_an_event_of_a_declared_storage_is_fine() {
    let (state, hook) = attached();
    web().holds_at(&hook, &state);
}

#[test]
fn r35_an_event_of_a_storage_that_is_not_there_is_found() {
    let (state, _) = attached();
    web().breaks_at(Rule::R35, &event("data/1"), &state);
}

#[test]
fn r35_an_event_of_a_storage_that_is_there_is_fine() {
    let (state, hook) = attached();
    web().holds_at(&hook, &state);
}

#[test]
fn r38_a_storage_that_is_not_declared_is_found() {
    web().breaks(Rule::R38, &state().storage(&Storage::new(raw("dtaa"), 0)));
}

#[test]
fn r38_a_declared_storage_is_fine() {
    web().holds(&attached().0);
}

#[test]
fn r39_a_storage_that_is_kept_as_another_is_found() {
    let twice = |file: &mut Value| {
        file["storages"]["data/1"] = file["storages"]["data/0"].clone();
    };
    web().breaks(Rule::R39, &edited(&attached().0, twice).unwrap());
}

#[test]
fn r39_two_storages_of_one_name_are_fine() {
    web().holds(&attached().0.storage(&Storage::new(DATA, 1)));
}

#[test]
fn v2_a_name_that_no_storage_can_have_is_found() {
    for name in ["Data", "1data", "data-1", "data_x", "data--x", ""] {
        let state = state().storage(&Storage::new(raw(name), 0));
        web().breaks_among(Rule::V2, &Hook::UpdateStatus, &state);
    }
}

#[test]
fn v2_parts_with_a_letter_each_are_fine() {
    let declared = web().charm(|charm| {
        let data = charm.storage["data"].clone();
        charm.storage.insert("data-1a-b2".to_owned(), data);
    });
    declared.holds(&state().storage(&Storage::new(raw("data-1a-b2"), 0)));
}

#[test]
fn a6_more_of_a_storage_than_declared_is_found_once() {
    let of = |state: State, index| state.storage(&Storage::new(DATA, index));
    let found = web().breaks(Rule::A6, &(0..3).fold(state(), of));
    assert_eq!(found.len(), 1);
}

#[test]
fn a6_as_many_of_a_storage_as_declared_are_fine() {
    let of = |state: State, index| state.storage(&Storage::new(DATA, index));
    web().holds(&(5..7).fold(state(), of));
}
