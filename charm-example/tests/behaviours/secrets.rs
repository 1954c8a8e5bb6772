//! The API token and the Salesforce consumer: who makes, learns, reads and renews them.

use crate::common::*;
use hook_service::meta::{containers::HOOK_SERVICE, options};
use ops::Status;
use ops_testing::{Container, Output, Secret, State, emulator::pebble::Effect};

fn without_token() -> State {
    let mut state = configured().relation(&peers());
    state.secrets.remove(&token_id());
    state
}

/// The one secret that this application owns.
fn owned(state: &State) -> &Secret {
    let mut owned = state.secrets.values().filter(|secret| secret.label == "apitokensecret");
    let secret = owned.next().unwrap();
    assert!(owned.next().is_none(), "one token");
    secret
}

fn calls_of<'a>(out: &'a Output, start: &str) -> Vec<&'a str> {
    out.calls.iter().map(String::as_str).filter(|call| call.starts_with(start)).collect()
}

#[test]
fn the_leader_makes_a_token_of_32_lower_case_hexadecimal_digits_and_tells_its_id() {
    let ctx = context();
    let out = ctx.run(ctx.on().leader_elected(), &without_token().leader());
    let secret = owned(&out.state);
    let content = secret.latest().unwrap();
    assert_eq!(content.keys().collect::<Vec<_>>(), ["api-token"]);
    let token = &content["api-token"];
    assert_eq!(token.len(), 32);
    assert!(token.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')), "{token}");
    let told = &out.state.relation_of(&peers()).unwrap().local_application;
    assert_eq!(told["api-token-secret"], secret.id.as_str());
    assert_eq!(environment(&out)["API_TOKEN"], *token, "and it is used in the same dispatch");
    assert_eq!(out.state.unit_status, Status::active());
}

#[test]
fn the_token_is_made_once() {
    let ctx = context();
    let first = ctx.run(ctx.on().leader_elected(), &without_token().leader());
    let second = ctx.run(ctx.on().config_changed(), &first.state);
    assert_eq!(owned(&second.state), owned(&first.state));
    assert!(calls_of(&second, "secret-add").is_empty());
    assert!(calls_of(&second, "secret-set").is_empty());
}

#[test]
fn a_follower_learns_the_token_from_the_peers_and_plans_as_the_leader_does() {
    let ctx = context();
    let leader = ctx.run(ctx.on().leader_elected(), &without_token().leader());
    let mut state = leader.state.clone().with_container(HOOK_SERVICE, up());
    state.leader = false;
    let follower = ctx.run(ctx.on().relation_changed(&peers()), &state);
    assert_eq!(follower.state.unit_status, Status::active());
    assert_eq!(environment(&follower), environment(&leader));
    assert!(is_running(&follower));
    assert!(calls_of(&follower, "relation-set").is_empty());
}

#[test]
fn a_follower_that_was_told_nothing_waits_and_makes_nothing() {
    let ctx = context();
    let out = ctx.run(ctx.on().config_changed(), &without_token());
    assert!(out.is_success());
    assert_eq!(out.state.unit_status, Status::waiting(NO_TOKEN));
    assert!(!is_running(&out));
    assert!(environment(&out).is_empty());
    assert!(calls_of(&out, "secret-add").is_empty());
}

#[test]
fn a_token_secret_that_is_empty_is_filled_by_the_leader_and_waited_for_by_others() {
    let empty = Secret::owned(&token_id(), "apitokensecret", &[("api-token", "")]);
    let ctx = context();
    let out = ctx.run(ctx.on().config_changed(), &configured().secret(&empty));
    assert_eq!(out.state.unit_status, Status::waiting(NO_TOKEN));
    let out = ctx.run(ctx.on().config_changed(), &configured().leader().secret(&empty));
    assert_eq!(out.state.unit_status, Status::active());
    assert_eq!(environment(&out)["API_TOKEN"].len(), 32);
}

#[test]
fn a_token_that_is_gone_is_made_anew_and_its_new_id_is_told() {
    let mut state = configured().leader();
    state.secrets.remove(&token_id());
    let ctx = context();
    let out = ctx.run(ctx.on().update_status(), &state);
    let secret = owned(&out.state);
    let told = &out.state.relation_of(&peers()).unwrap().local_application;
    assert_eq!(told["api-token-secret"], secret.id.as_str());
    assert_eq!(environment(&out)["API_TOKEN"], secret.latest().unwrap()["api-token"]);
}

#[test]
fn nonsense_where_the_tokens_id_should_be_is_mended_by_the_leader() {
    let told = peers().local_key("api-token-secret", "no id at all");
    let ctx = context();
    let out = ctx.run(ctx.on().update_status(), &configured().leader().relation(&told));
    assert_eq!(out.state.unit_status, Status::active());
    let told = &out.state.relation_of(&peers()).unwrap().local_application;
    assert_eq!(told["api-token-secret"], token_id().as_str());
}

#[test]
fn with_salesforce_disabled_the_consumer_is_not_even_looked_at() {
    let withheld = Secret::withheld(&consumer_id(), &[("consumer-key", "a")]);
    let state = configured().leader().secret(&withheld).config(options::SALESFORCE_ENABLED, false);
    let ctx = context();
    let out = ctx.run(ctx.on().config_changed(), &state);
    assert_eq!(out.state.unit_status, Status::active());
    assert!(!out.calls.iter().any(|call| call.contains(consumer_id().as_str())), "{:?}", out.calls);
    let environment = environment(&out);
    assert_eq!(environment.len(), 13);
    assert_eq!(environment["SALESFORCE_ENABLED"], "false");
    for key in ["SALESFORCE_CONSUMER_KEY", "SALESFORCE_CONSUMER_SECRET", "SALESFORCE_DOMAIN"] {
        assert_eq!(environment[key], "", "{key}");
    }
}

fn rotated() -> Secret {
    let keys = [("consumer-key", "another-key"), ("consumer-secret", "another-secret")];
    consumer().revised(&keys)
}

/// The consumer has another revision, and the unit follows the one before.
fn settled_before_rotation() -> State {
    let ctx = context();
    let mut state = ctx.run(ctx.on().config_changed(), &configured().leader()).state;
    let tracked = state.secrets[&consumer_id()].tracked;
    assert_eq!(tracked, Some(1), "reading has made the unit an observer");
    let mut secret = rotated();
    secret.tracked = tracked;
    state.secrets.insert(consumer_id(), secret);
    state
}

#[test]
fn a_rotated_consumer_is_put_to_use_before_the_unit_moves_on() {
    let ctx = context();
    let out = ctx.run(ctx.on().secret_changed(&rotated()), &settled_before_rotation());
    let environment = environment(&out);
    assert_eq!(environment["SALESFORCE_CONSUMER_KEY"], "another-key");
    assert_eq!(environment["SALESFORCE_CONSUMER_SECRET"], "another-secret");
    let last = out.pebble_effects(&HOOK_SERVICE).pop();
    assert_eq!(last, Some(Effect::Start(vec!["hook-service".to_owned()])));
    assert_eq!(out.state.secrets[&consumer_id()].tracked, Some(2));
    let refreshes = out.calls.iter().filter(|call| call.contains("--refresh"));
    assert_eq!(refreshes.count(), 1);
    assert_eq!(out.state.unit_status, Status::active());
}

#[test]
fn a_rotated_consumer_is_not_moved_on_to_while_the_container_cannot_be_reached() {
    let ctx = context();
    let mut state = settled_before_rotation();
    state.containers.get_mut(&HOOK_SERVICE).unwrap().reachable = false;
    let out = ctx.run(ctx.on().secret_changed(&rotated()), &state);
    assert_eq!(out.state.unit_status, Status::waiting(CONNECTED));
    assert!(!out.calls.iter().any(|call| call.contains("--refresh")), "{:?}", out.calls);
    assert_eq!(out.state.secrets[&consumer_id()].tracked, Some(1));
}

#[test]
fn a_rotated_consumer_is_not_moved_on_to_when_the_workload_fails_with_it() {
    use ops_testing::emulator::pebble::Behaviour;
    let ctx = context();
    let mut state = settled_before_rotation();
    let pebble = &mut state.containers.get_mut(&HOOK_SERVICE).unwrap().pebble;
    pebble.set_behaviour("hook-service", Behaviour::exits_quickly(1));
    let out = ctx.run(ctx.on().secret_changed(&rotated()), &state);
    assert_eq!(out.state.unit_status, Status::blocked(FAILED));
    assert_eq!(out.state.secrets[&consumer_id()].tracked, Some(1));
}

#[test]
fn nothing_is_read_for_a_workload_that_cannot_be_planned() {
    let ctx = context();
    let state = configured().leader().with_container(HOOK_SERVICE, Container::unreachable());
    let out = ctx.run(ctx.on().config_changed(), &state);
    assert!(!out.calls.iter().any(|call| call.contains(consumer_id().as_str())), "{:?}", out.calls);
}
