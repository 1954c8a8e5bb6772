//! Secrets and their events: R36, R37, V6, V10, A7, A8, A12, A15, A16.

use super::*;

fn changed(secret: &Secret) -> Hook {
    Hook::SecretChanged { id: secret.id.clone(), label: String::new() }
}

fn rotate(secret: &Secret) -> Hook {
    Hook::SecretRotate { id: secret.id.clone(), label: String::new() }
}

fn expired(secret: &Secret, revision: u64) -> Hook {
    Hook::SecretExpired { id: secret.id.clone(), label: String::new(), revision }
}

fn remove(secret: &Secret, revision: u64) -> Hook {
    Hook::SecretRemove { id: secret.id.clone(), label: String::new(), revision }
}

fn with(secret: &Secret) -> State {
    state().secret(secret)
}

#[test]
fn r36_an_event_of_a_secret_that_is_not_there_is_found() {
    web().breaks_at(Rule::R36, &changed(&granted()), &state());
    web().breaks_at(Rule::R36, &Hook::Other("secret-changed".to_owned()), &state());
}

#[test]
fn r36_an_event_of_a_secret_that_is_there_is_fine() {
    web().holds_at(&changed(&granted()), &with(&granted()));
}

/// It has no option of the type `secret`, which old agents do not know either.
fn plain() -> Checked {
    web().charm(|charm| charm.options.clear())
}

#[test]
fn r37_secrets_before_juju_3_0_3_are_found() {
    plain().juju(3, 0, 2).breaks_at(Rule::R37, &changed(&granted()), &with(&granted()));
    plain().juju(2, 9, 50).breaks(Rule::R37, &with(&granted()));
}

#[test]
fn r37_secrets_from_juju_3_0_3_on_are_fine() {
    plain().juju(3, 0, 3).holds(&with(&granted()));
    plain().juju(2, 9, 50).holds(&state());
}

#[test]
fn v6_a_secret_without_content_or_with_a_key_that_juju_refuses_is_found() {
    web().breaks(Rule::V6, &with(&Secret::granted(&id('0'), &[])));
    for key in ["ab", "Key", "1key", "a-b", "key-", "ke--y", "k_ey"] {
        web().breaks(Rule::V6, &with(&Secret::granted(&id('0'), &[(key, "value")])));
    }
}

#[test]
fn v6_keys_of_three_characters_are_fine() {
    web().holds(&with(&Secret::granted(&id('0'), &[("abc", ""), ("a-b1", "x"), ("k2-3-4", "y")])));
}

#[test]
fn v10_an_event_that_comes_to_the_wrong_side_is_found() {
    web().breaks_at(Rule::V10, &changed(&owned()), &with(&owned()).leader());
    web().breaks_at(Rule::V10, &rotate(&owned()), &with(&owned()));
    web().breaks_at(Rule::V10, &rotate(&granted()), &with(&granted()));
    web().breaks_at(Rule::V10, &expired(&granted(), 1), &with(&granted()));
    let revised = granted().revised(&[("key", "another")]);
    web().breaks_at(Rule::V10, &remove(&revised, 1), &with(&revised));
}

#[test]
fn v10_an_event_that_comes_to_the_right_side_is_fine() {
    web().holds_at(&changed(&granted()), &with(&granted()));
    web().holds_at(&rotate(&owned()), &with(&owned()).leader());
    // Who does not lead follows the secrets of its application.
    web().holds_at(&changed(&owned()), &with(&owned()));
    let of_the_unit = Secret::owned_by_unit(&id('2'), "own", &[("key", "value")]);
    web().holds_at(&expired(&of_the_unit, 1), &with(&of_the_unit));
}

#[test]
fn a7_two_secrets_of_one_owner_with_one_label_are_found() {
    let other = Secret::owned(&id('2'), "mine", &[("key", "value")]);
    assert_eq!(web().breaks(Rule::A7, &with(&owned()).secret(&other)).len(), 1);
}

#[test]
fn a7_secrets_of_two_owners_or_without_a_label_are_fine() {
    let of_the_unit = Secret::owned_by_unit(&id('2'), "mine", &[("key", "value")]);
    let unlabelled = |last| Secret::owned(&id(last), "", &[("key", "value")]);
    let state = with(&owned()).secret(&of_the_unit);
    web().holds(&state.secret(&unlabelled('3')).secret(&unlabelled('4')));
}

#[test]
fn a8_a_grant_through_a_relation_that_is_not_there_is_found() {
    web().breaks(Rule::A8, &with(&owned().granted_to(&database())));
    web().breaks(Rule::A8, &with(&owned().granted_to_unit(&database(), 0)));
    let theirs = Secret::granted_through(&database(), &id('3'), &[("key", "value")]);
    web().breaks(Rule::A8, &with(&theirs));
}

#[test]
fn a8_a_grant_through_a_relation_that_is_there_is_fine() {
    let theirs = Secret::granted_through(&database(), &id('3'), &[("key", "value")]);
    let state = with(&owned().granted_to(&database())).secret(&theirs);
    web().holds(&state.relation(&database()));
}

#[test]
fn a12_an_event_of_a_revision_that_does_not_exist_is_found_and_of_the_latest_to_remove() {
    web().breaks_at(Rule::A12, &expired(&owned(), 2), &with(&owned()).leader());
    web().breaks_at(Rule::A12, &remove(&owned(), 1), &with(&owned()).leader());
    web().breaks_at(Rule::A12, &remove(&owned(), 0), &with(&owned()).leader());
}

#[test]
fn a12_an_event_of_a_revision_that_exists_is_fine_and_of_an_old_one_to_remove() {
    let revised = owned().revised(&[("key", "another")]);
    web().holds_at(&expired(&revised, 2), &with(&revised).leader());
    web().holds_at(&remove(&revised, 1), &with(&revised).leader());
}

#[test]
fn a15_a_unit_that_follows_a_revision_that_does_not_exist_is_found() {
    web().breaks(Rule::A15, &with(&granted().tracked(2)));
}

#[test]
fn a15_a_unit_that_follows_a_revision_that_exists_is_fine() {
    web().holds(&with(&granted().tracked(1)));
}

#[test]
fn a16_a_secret_that_is_kept_as_another_is_found() {
    let twice = |file: &mut Value| {
        let of = |last| id(last).as_str().to_owned();
        file["secrets"][of('9')] = file["secrets"][of('0')].clone();
    };
    web().breaks(Rule::A16, &edited(&with(&granted()), twice).unwrap());
}

#[test]
fn a16_secrets_of_their_own_ids_are_fine() {
    web().holds(&with(&granted()).secret(&owned()));
}
