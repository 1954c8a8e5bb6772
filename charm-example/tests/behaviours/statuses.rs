//! Which status is shown, word for word, and which of several wins.

use crate::common::*;
use hook_service::meta::{containers::HOOK_SERVICE, options};
use ops::Status;
use ops_testing::{
    Container, Output, Secret, State, consistency::Rule, emulator::pebble::CheckBehaviour, raw,
};

const NOT_FOUND: &str = "Secret salesforce_consumer_secret not found";
const NOT_GRANTED: &str = "Secret salesforce_consumer_secret is not granted";
const NOT_AN_ID: &str = "Secret salesforce_consumer_secret is not a secret id";
const LACKS_SECRET: &str = "Secret salesforce_consumer_secret lacks key consumer-secret";
const LACKS_KEY: &str = "Secret salesforce_consumer_secret lacks key consumer-key";

#[track_caller]
fn assert_status(out: &Output, expected: &Status) {
    assert!(out.is_success(), "{:?}", out.ended);
    assert_eq!(out.state.unit_status, *expected);
}

#[track_caller]
fn after_config_changed(state: &State) -> Output {
    // Juju refuses such options itself; that the charm can cope with them is what is said here.
    let ctx = context().allow(Rule::R13).allow(Rule::R14);
    ctx.run(ctx.on().config_changed(), state)
}

fn down(state: State) -> State {
    state.with_container(HOOK_SERVICE, Container::unreachable())
}

#[test]
fn missing_options_are_named_in_their_order() {
    let nothing = State::default().with_container(HOOK_SERVICE, up());
    assert_status(&after_config_changed(&nothing), &Status::blocked(MISSING_BOTH));
    let domain = configured().config(options::SALESFORCE_DOMAIN, "");
    let text = "Missing required configuration: ['salesforce_domain']";
    assert_status(&after_config_changed(&domain), &Status::blocked(text));
    let secret = configured().config(raw("salesforce_consumer_secret"), "");
    let text = "Missing required configuration: ['salesforce_consumer_secret']";
    assert_status(&after_config_changed(&secret), &Status::blocked(text));
}

#[test]
fn missing_options_are_worse_than_a_container_that_is_not_connected() {
    let state = down(State::default().leader().relation(&peers()));
    assert_status(&after_config_changed(&state), &Status::blocked(MISSING_BOTH));
}

#[test]
fn a_container_that_is_not_connected_comes_before_a_missing_token() {
    let state = down(configured().relation(&peers()));
    assert_status(&after_config_changed(&state), &Status::waiting(CONNECTED));
}

#[test]
fn a_workload_that_was_never_planned_does_not_hide_that_the_token_is_waited_for() {
    let state = configured().relation(&peers());
    assert_status(&after_config_changed(&state), &Status::waiting(NO_TOKEN));
}

#[test]
fn a_workload_that_fails_is_worse_than_a_missing_token() {
    let ctx = context();
    let mut state = after_config_changed(&configured().leader()).state;
    state.leader = false;
    state = state.relation(&peers());
    state.containers.get_mut(&HOOK_SERVICE).unwrap().pebble.crash("hook-service", 1);
    let out = ctx.run(ctx.on().update_status(), &state);
    assert_status(&out, &Status::blocked(FAILED));
}

#[test]
fn missing_options_come_before_a_workload_that_fails() {
    let mut state = after_config_changed(&configured().leader()).state;
    state.containers.get_mut(&HOOK_SERVICE).unwrap().pebble.crash("hook-service", 1);
    let out = after_config_changed(&state.config(options::SALESFORCE_DOMAIN, ""));
    let text = "Missing required configuration: ['salesforce_domain']";
    assert_status(&out, &Status::blocked(text));
}

#[test]
fn a_check_below_its_threshold_is_no_failure_and_one_at_it_is() {
    let ctx = context();
    let state = after_config_changed(&configured().leader()).state;
    for (behaviour, expected) in [
        (CheckBehaviour::FailsOnce, Status::active()),
        (CheckBehaviour::Fails, Status::blocked(FAILED)),
        (CheckBehaviour::Passes, Status::active()),
    ] {
        let mut state = state.clone();
        let pebble = &mut state.containers.get_mut(&HOOK_SERVICE).unwrap().pebble;
        pebble.set_check_behaviour("ready", behaviour);
        assert_status(&ctx.run(ctx.on().update_status(), &state), &expected);
    }
}

#[test]
fn limits_are_not_supported_yet_and_those_that_are_set_are_named() {
    let limits = |cpu, memory| {
        let state = configured().leader().config(options::CPU, cpu).config(options::MEMORY, memory);
        after_config_changed(&state)
    };
    let text = "Resource limits are not supported yet: ";
    assert_status(&limits("1", ""), &Status::blocked(format!("{text}cpu")));
    assert_status(&limits("", "1Gi"), &Status::blocked(format!("{text}memory")));
    assert_status(&limits("500m", "1Gi"), &Status::blocked(format!("{text}cpu, memory")));
    assert_status(&limits("", ""), &Status::active());
    assert!(is_running(&limits("1", "1Gi")), "the workload runs, without limits");
}

#[test]
fn limits_come_after_missing_options_and_a_failing_workload() {
    let state = configured().leader().config(options::CPU, "1");
    let out = after_config_changed(&state.clone().config(options::SALESFORCE_DOMAIN, ""));
    let text = "Missing required configuration: ['salesforce_domain']";
    assert_status(&out, &Status::blocked(text));
    let ctx = context();
    let mut failing = after_config_changed(&state).state;
    let pebble = &mut failing.containers.get_mut(&HOOK_SERVICE).unwrap().pebble;
    pebble.set_check_behaviour("ready", CheckBehaviour::Fails);
    assert_status(&ctx.run(ctx.on().update_status(), &failing), &Status::blocked(FAILED));
}

/// States in which the consumer cannot be read, each with what the operator is told.
fn unreadable() -> Vec<(State, &'static str)> {
    let state = configured().leader();
    let keys = [("consumer-key", "the-consumer-key"), ("consumer-secret", "the-consumer-secret")];
    let id = consumer_id();
    let mut gone = state.clone();
    gone.secrets.remove(&id);
    vec![
        (gone, NOT_FOUND),
        (state.clone().secret(&Secret::withheld(&id, &keys)), NOT_GRANTED),
        (state.clone().secret(&Secret::granted(&id, &keys[..1])), LACKS_SECRET),
        (state.clone().secret(&Secret::granted(&id, &keys[1..])), LACKS_KEY),
        (state.config(raw("salesforce_consumer_secret"), "my-secret"), NOT_AN_ID),
    ]
}

#[test]
fn a_consumer_that_cannot_be_read_is_told_word_for_word() {
    for (state, text) in unreadable() {
        let out = after_config_changed(&state);
        assert_status(&out, &Status::blocked(text));
        assert!(!is_running(&out), "{text}");
    }
}

#[test]
fn a_consumer_that_can_no_longer_be_read_leaves_the_workload_running() {
    let ctx = context().allow(Rule::R14);
    let running = after_config_changed(&configured().leader());
    let before = environment(&running);
    let containers = running.state.containers;
    for (mut state, text) in unreadable() {
        state.containers.clone_from(&containers);
        let out = ctx.run(ctx.on().update_status(), &state);
        assert_status(&out, &Status::blocked(text));
        assert!(is_running(&out), "{text}");
        assert_eq!(environment(&out), before, "{text}");
        assert!(out.pebble_effects(&HOOK_SERVICE).is_empty(), "{text}");
    }
}

#[test]
fn among_faults_the_consumer_comes_before_nonsense_of_traefik() {
    let nonsense = ingress().remote_key("scheme", "gopher");
    let withheld = Secret::withheld(&consumer_id(), &[("consumer-key", "a")]);
    let state = configured().leader().relation(&nonsense);
    let out = after_config_changed(&state.clone().secret(&withheld));
    assert_status(&out, &Status::blocked(NOT_GRANTED));
    let out = after_config_changed(&state);
    let text = "ingress:1 databag of traefik: key `scheme` does not hold `http` or `https`";
    assert_status(&out, &Status::blocked(text));
}

#[test]
fn what_the_operator_mends_makes_the_unit_active() {
    for (state, text) in unreadable() {
        let blocked = after_config_changed(&state).state;
        let id = consumer_id();
        let mended =
            blocked.config(options::SALESFORCE_CONSUMER_SECRET, id.clone()).secret(&consumer());
        let out = after_config_changed(&mended);
        assert_status(&out, &Status::active());
        assert!(is_running(&out), "{text}");
    }
}

#[test]
fn options_of_the_wrong_type_are_named_all_at_once_and_nothing_is_touched() {
    let state = configured()
        .leader()
        .config(raw("log_level"), 3_i64)
        .config(raw("salesforce_domain"), true)
        .config(raw("salesforce_enabled"), "yes");
    let out = after_config_changed(&state);
    let text = "option log_level is not a string, option salesforce_domain is not a string, \
                option salesforce_enabled is not a boolean";
    assert_status(&out, &Status::blocked(text));
    assert!(out.pebble_effects(&HOOK_SERVICE).is_empty());
    assert!(out.state.ports.is_empty());
}

#[test]
fn the_application_has_no_status_of_its_own() {
    let out = after_config_changed(&configured().leader());
    assert_eq!(out.state.application_status, None);
}
