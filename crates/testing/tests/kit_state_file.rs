//! A state can be written down, read again, compared line by line and printed, and no printing shows a secret.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod kit_common;

use kit_common::*;
use ops_pebble::layer::{Layer, Service};
use ops_testing::{
    Relation, Secret, State, StateFileError, assert_state_eq,
    emulator::{
        juju::Timestamp,
        pebble::{ExecAnswer, ExecHandler, Pebble},
    },
    raw,
};
use std::{
    os::unix::fs::PermissionsExt as _,
    panic::{AssertUnwindSafe, catch_unwind},
};

const PASSWORD: &str = "a-sentinel \"nobody\"\nguesses";
/// `a-sentinel` in base64.
const CODED: &str = "YS1zZW50aW5lb";

/// The secret stands in the state in every place in which a charm may put it.
fn state() -> State {
    let database = Relation::new(Database, 4).with("postgres").local_key("password", PASSWORD);
    let mut pebble = Pebble::new()
        .file("/etc/web.conf", format!("password = {PASSWORD}"))
        .file("/etc/raw", [&[0xff][..], PASSWORD.as_bytes()].concat());
    let layer = Layer::new().service("web", Service::new("web").env("PASSWORD", PASSWORD));
    pebble.add_layer("web", &layer, false).unwrap();
    pebble.start(&["web"]);
    State::default()
        .leader()
        .config(raw("port"), 9090_i64)
        .relation(&database)
        .secret(&Secret::owned(&id('0'), "password", &[("password", PASSWORD), ("pin", "ab")]))
        .with_container(WEB, pebble.into())
        .at(Timestamp::BEGINNING.plus(30))
}

fn mend(text: &str, from: &str, to: &str) -> StateFileError {
    assert!(text.contains(from), "{text}");
    State::from_json(&text.replacen(from, to, 1)).unwrap_err()
}

#[test]
fn a_state_that_was_written_is_read_again() {
    let text = state().to_json().unwrap();
    assert_state_eq!(State::from_json(&text).unwrap(), state());
    assert_eq!(State::from_json(&text).unwrap().to_json().unwrap(), text, "to the byte");
}

#[test]
fn what_a_file_leaves_out_has_its_default() {
    let text = r#"{"format": "ops-testing state", "version": 1, "state": {"leader": true}}"#;
    assert_state_eq!(State::from_json(text).unwrap(), State::default().leader());
}

#[test]
fn a_saved_state_is_for_its_owner_only_and_replaces_what_was_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    std::fs::write(&path, "older").unwrap();
    state().save(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_state_eq!(State::load(&path).unwrap(), state());
    let error = State::load(directory.path().join("none.json")).unwrap_err().to_string();
    assert!(error.starts_with("cannot read /") && error.contains("none.json"), "{error}");
}

#[test]
fn a_file_that_is_cut_off_is_named_so_wherever_it_is_cut() {
    let text = state().to_json().unwrap();
    for end in (1..text.len() - 1).step_by(97).chain([text.len() - 1]) {
        let Some(part) = text.get(..end) else { continue };
        let error = State::from_json(part).unwrap_err();
        assert!(matches!(error, StateFileError::Truncated { .. }), "{end}: {error}");
        assert!(error.to_string().contains("cut off"), "{error}");
    }
    assert!(matches!(State::from_json(""), Err(StateFileError::Truncated { .. })));
}

#[test]
fn a_file_of_another_version_says_which_and_what_to_do() {
    let error =
        mend(&state().to_json().unwrap(), "\"version\": 1,", "\"version\": 2, \"added\": [],");
    let text = error.to_string();
    assert!(matches!(error, StateFileError::OtherVersion { found } if found == "2"));
    assert!(text.contains("schema 2") && text.contains("reads schema 1"), "{text}");
}

#[test]
fn another_file_is_no_state() {
    for text in ["{}", "{\"format\": \"something\", \"version\": 1}", "[1, 2]"] {
        assert!(matches!(State::from_json(text), Err(StateFileError::NoState)), "{text}");
    }
    let error = State::from_json("leader: true").unwrap_err();
    assert!(matches!(error, StateFileError::Malformed { .. }), "{error}");
}

#[test]
fn an_unknown_field_is_named_with_its_place() {
    let text = state().to_json().unwrap();
    let error = mend(&text, "\"leader\": true", "\"leader\": true, \"laeder\": true").to_string();
    assert!(error.contains("line") && error.contains("`laeder`"), "{error}");
    let network = r#""networks": {"": {"bind_addresses": [], "egress_subnets": [], "ingress_addresses": [], "mtu": 1500}}"#;
    let error = mend(&text, "\"networks\": {}", network).to_string();
    assert!(error.starts_with("state.networks..mtu is no field"), "{error}");
}

#[test]
fn an_error_about_a_file_never_repeats_a_value() {
    let text = state().to_json().unwrap();
    let error = mend(&text, "\"leader\": true", &format!("\"leader\": {PASSWORD:?}")).to_string();
    assert!(!error.contains("sentinel") && error.contains("expected a boolean"), "{error}");
    for number in ["94610583", "9461.5"] {
        let pin = format!("\"pin\": {number}");
        let error = mend(&text, "\"pin\": \"ab\"", &pin).to_string();
        assert!(!error.contains("9461") && error.contains("expected a string"), "{error}");
    }
}

#[test]
fn a_state_with_a_computed_answer_is_not_written_and_what_was_there_stays() {
    let upper = ExecHandler::new(["upper"]).answers(|_| ExecAnswer::new());
    let computes = state().with_container(WEB, Pebble::new().exec_handler(upper).into());
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    state().save(&path).unwrap();
    let error = computes.save(&path).unwrap_err();
    assert_eq!(error.to_string(), "the state cannot be kept: a computed answer cannot be kept");
    assert_state_eq!(State::load(&path).unwrap(), state());
    let shown = computes.to_string();
    assert!(shown.contains("config.port: 9090\n"), "{shown}");
    assert!(shown.contains("containers.web.pebble.exec_handlers[0].prefix[0]: upper\n"), "{shown}");
    assert_eq!(computes.diff(&computes.clone().config(raw("port"), 1_i64)).iter().count(), 1);
}

#[test]
fn a_secret_is_hidden_however_it_is_spelt() {
    let in_json = serde_json::json!({ "password": PASSWORD }).to_string();
    let told = Relation::new(Database, 4).local_key("all", &in_json);
    let state = state().relation(&told);
    for printed in [state.to_string(), format!("{state:?}")] {
        assert!(!printed.contains("sentinel") && !printed.contains("guesses"), "{printed}");
        assert!(printed.contains("<password of secret:"), "{printed}");
    }
}

#[test]
fn a_difference_is_one_line_with_its_path_and_both_values() {
    let before = state();
    let mut after = before.clone().config(raw("port"), 9091_i64).config(raw("debug"), true);
    after.leader = false;
    after.relations.values_mut().for_each(|it| it.remote_units.clear());
    let after = after.change_relation(&Relation::new(Database, 4), |it| {
        it.remote_units.insert(2, [("up".to_owned(), "yes".to_owned())].into());
    });
    assert_eq!(
        before.diff(&after).to_string(),
        "config.debug: nothing -> true\n\
         config.port: 9090 -> 9091\n\
         leader: true -> false\n\
         relations.4.remote_units.2.up: nothing -> yes\n"
    );
    assert!(before.diff(&before.clone()).is_empty());
}

#[test]
fn a_difference_in_a_container_names_the_service_and_the_file() {
    let before = state();
    let after = before.clone().change_container(WEB, |web| {
        let layer = Layer::new().service("web", Service::new("web --fast"));
        web.pebble.add_layer("web", &layer, true).unwrap();
        web.pebble = web.pebble.clone().file("/etc/web.conf", "empty");
    });
    let text = before.diff(&after).to_string();
    assert!(text.contains("layers.web.services.web.command: web -> web --fast"), "{text}");
    assert!(text.contains("/etc/web.conf.content.file: password = <password of"), "{text}");
}

#[test]
fn a_secret_that_changed_is_a_difference_that_shows_no_content() {
    let other =
        Secret::owned(&id('0'), "password", &[("password", "another-sentinel"), ("pin", "ab")]);
    let text = state().diff(&state().secret(&other)).to_string();
    assert_eq!(
        text,
        "secrets.secret:d0erdgfmp25c762i8np0.revisions.1.content.password: <hidden> -> another value\n"
    );
}

#[test]
fn no_way_of_printing_a_state_shows_the_content_of_a_secret() {
    let state = state();
    let prints = [
        format!("{state:?}"),
        format!("{state:#?}"),
        state.to_string(),
        State::default().diff(&state).to_string(),
        format!("{:?}", State::default().diff(&state)),
    ];
    for text in prints {
        for hidden in ["a-sentinel", "guesses", CODED, "\"ab\"", ": ab"] {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
        assert!(text.contains("<password of secret:d0erdgfmp25c762i8np0 revision 1>"), "{text}");
    }
}

#[test]
fn states_that_should_be_equal_fail_with_their_differences() {
    let panic = catch_unwind(AssertUnwindSafe(|| {
        assert_state_eq!(State::default().leader(), State::default(), "after {}", "start");
    }))
    .unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert_eq!(text, "after start\nleader: true -> false\n");
}

#[test]
fn a_state_and_what_a_run_did_are_fit_for_snapshots() {
    let ctx = acts(|tools| {
        tools.run("open-port 8080");
        tools.run("relation-set -r database:4 --app url=http://web");
        let layer = Layer::new().service("web", Service::new("web").env("PASSWORD", PASSWORD));
        tools.pebble().add_layer("web", &layer, ops_pebble::Combine::Yes).unwrap();
        tools.pebble().replan().unwrap();
        tools.run("status-set active");
        0
    });
    let before = state();
    let output = ctx.run(ctx.on().config_changed(), &before);
    insta::assert_snapshot!(output.transcript(), @"
    port 8080/tcp opened
    relation 4 application databag +url
    web: add layer web
    web: replan
    unit status active
    ");
    insta::assert_snapshot!(State::default().leader().config(raw("port"), 80_i64), @"
    config.port: 80
    leader: true
    ");
    let plan = output.state.containers[&WEB].pebble.plan().clone();
    insta::assert_debug_snapshot!(plan.services.keys(), @r#"
    [
        "web",
    ]
    "#);
    let diff = before.diff(&output.state).to_string();
    assert!(diff.contains("ports[0].range.from: nothing -> 8080"), "{diff}");
    assert!(!format!("{output:?}").contains(PASSWORD));
}
