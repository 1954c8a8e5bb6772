//! Where ops.testing does what Juju and Pebble do not: here it is as the real ones have it, both ways.

use crate::{both_ways, contexts, outcome::said_by, refused, said};
use conformance::meta::{containers::WEB, options::DO};
use ops_core::names::SecretId;
use ops_testing::{
    Container, Reason, Secret, State,
    emulator::pebble::{Effect, ExecHandler, Pebble},
};
use serde_json::{Value, json};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

fn in_web(container: Value, steps: Value) -> Vec<Value> {
    both_ways(json!({
        "state": {"containers": {"web": container}},
        "runs": [{"event": "update-status", "do": steps}],
    }))
}

#[test]
fn fidelity_nothing_answers_in_a_container_that_cannot_be_reached() {
    let steps = json!([
        ["exec", ["tool"]],
        ["plan"],
        ["checks"],
        ["notices"],
        ["notify", "example.com/done"],
        ["services"],
        ["pull", "/a"],
        ["layer", "base", {}]
    ]);
    let runs = in_web(json!({"reachable": false, "exec": [[["tool"], 0, ""]]}), steps);
    let said = said(&runs[0]);
    assert_eq!(said.len(), 8);
    assert!(said.iter().all(|said| **said == refused("unreachable")), "{said:?}");
}

#[test]
fn fidelity_a_command_that_is_not_there_is_refused_and_exits_with_nothing() {
    let runs = in_web(json!({}), json!([["exec", ["no-such-command"]]]));
    let answer = said(&runs[0])[0].clone();
    assert!(answer.get("error").is_some(), "{answer}");
}

#[test]
fn fidelity_a_command_in_the_context_of_an_unknown_service_is_refused() {
    let runs = in_web(
        json!({"exec": [[["tool"], 0, ""]], "layers": [["base", {"services": {"web": {"override": "replace", "command": "web"}}}]]}),
        json!([["exec", ["tool"], "web"], ["exec", ["tool"], "none"]]),
    );
    assert_eq!(said(&runs[0]), [&json!([0, ""]), &refused("refused")]);
}

#[test]
fn fidelity_a_command_that_takes_longer_than_its_timeout_fails() {
    // The charm's commands have a second.
    let slow = ExecHandler::new(["slow"]).takes(Duration::from_secs(60));
    for ctx in contexts() {
        let mut container = Container::default();
        container.pebble = Pebble::new().exec_handler(slow.clone());
        let state = State::default()
            .with_container(WEB, container)
            .config(DO, json!([["exec", ["slow"]]]).to_string());
        let out = ctx.run(ctx.on().update_status(), &state);
        assert_eq!(said_by(&out), [json!(["exec", refused("change-failed")])]);
    }
}

const TWO_SERVICES: &str = r#"{"services": {
    "web": {"override": "replace", "command": "web", "startup": "enabled"},
    "off": {"override": "replace", "command": "off", "startup": "disabled"}}}"#;

fn two_services() -> Value {
    serde_json::from_str(TWO_SERVICES).unwrap()
}

#[test]
fn fidelity_replan_restarts_what_changed_and_leaves_what_is_disabled() {
    let changed = json!({"services": {"web": {"override": "merge", "environment": {"A": "1"}}}});
    let runs = in_web(
        json!({"layers": [["base", two_services()]], "running": ["web"]}),
        json!([["layer", "base", changed], ["replan"], ["services"]]),
    );
    assert_eq!(said(&runs[0])[2], &json!({"web": "active", "off": "inactive"}));

    for ctx in contexts() {
        // Whether it was restarted, the emulated Pebble counts.
        let steps = json!([
            ["layer", "base", two_services()],
            ["replan"],
            ["replan"],
            ["layer", "base", changed],
            ["replan"]
        ]);
        let state = State::default().container(WEB).config(DO, steps.to_string());
        let out = ctx.run(ctx.on().update_status(), &state);
        let pebble = &out.state.containers[&WEB].pebble;
        let summaries: Vec<_> =
            pebble.changes().iter().map(|change| change.summary.clone()).collect();
        assert_eq!(pebble.changes().len(), 3, "{summaries:?}");
        assert!(!pebble.is_running("off"));
        let tasks = &pebble.changes()[2].tasks;
        assert!(tasks.iter().any(|task| task.kind == "stop"), "restarted: {tasks:?}");
        let idle = &pebble.changes()[1].tasks;
        assert!(idle.iter().all(|task| task.kind != "stop"), "nothing changed: {idle:?}");
    }
}

#[test]
fn fidelity_a_service_that_exits_at_once_does_not_start() {
    let runs = in_web(
        json!({"layers": [["base", two_services()]], "fails": {"web": 1}}),
        json!([["start", ["web"]], ["services"]]),
    );
    assert_eq!(said(&runs[0])[0], &refused("change-failed"));
    assert_eq!(said(&runs[0])[1]["web"], "inactive");
}

#[test]
fn fidelity_a_service_without_override_is_refused() {
    let runs = in_web(
        json!({}),
        json!([["layer", "new", {"services": {"web": {"command": "web"}}}], ["plan"]]),
    );
    assert_eq!(said(&runs[0])[0], &refused("refused"));
    assert_eq!(said(&runs[0])[1]["services"], json!({}));
}

#[test]
fn fidelity_a_notice_stays_and_is_an_event_of_its_own() {
    for ctx in contexts() {
        let steps = json!([["notify", "example.com/done"]]).to_string();
        let state = State::default().container(WEB).config(DO, steps);
        let out = ctx.run(ctx.on().update_status(), &state);
        let notices = out.state.containers[&WEB].pebble.notices().to_vec();
        let notice = notices.iter().find(|notice| notice.key == "example.com/done").unwrap();
        let state = out.state.config(DO, json!([["event"], ["notices"]]).to_string());
        let out = ctx.run(ctx.on().pebble_notice(WEB, notice), &state);
        let said = said_by(&out);
        assert_eq!(said[0][1]["key"], "example.com/done");
        assert_eq!(said[1][1], json!(["example.com/done"]));
    }
}

#[test]
fn fidelity_files_of_a_container_outlive_a_run() {
    let runs = both_ways(json!({
        "state": {"containers": {"web": {}}},
        "runs": [
            {"event": "start", "do": [["push", "/srv/a", "text", true]]},
            {"event": "update-status", "do": [["pull", "/srv/a"]]},
        ],
    }));
    assert_eq!(said(&runs[1]), ["text"]);
}

const SECRET: &str = "secret:d0erdgfmp25c762i8np0";

fn own_secret() -> Value {
    json!([{"id": SECRET, "owner": "unit", "label": "mine", "content": {"key": "one"}}])
}

fn revision_after(steps: Value) -> Value {
    let runs = both_ways(json!({
        "state": {"secrets": own_secret()},
        "runs": [
            {"event": "update-status", "do": steps},
            {"event": "update-status", "do": [["secret-info", "mine"], ["secret-get", "mine", "peek"]]},
        ],
    }));
    json!([said(&runs[1])[0]["revision"], said(&runs[1])[1]["key"]])
}

#[test]
fn fidelity_neither_a_description_nor_the_same_content_makes_a_revision() {
    assert_eq!(
        revision_after(json!([["secret-describe", "mine", "for tests"]])),
        json!([1, "one"])
    );
    assert_eq!(revision_after(json!([["secret-set", "mine", {"key": "one"}]])), json!([1, "one"]));
    assert_eq!(revision_after(json!([["secret-set", "mine", {"key": "two"}]])), json!([2, "two"]));
}

#[test]
fn fidelity_of_several_changes_of_a_secret_the_last_content_is_one_revision() {
    let twice =
        json!([["secret-set", "mine", {"key": "two"}], ["secret-set", "mine", {"key": "three"}]]);
    assert_eq!(revision_after(twice), json!([2, "three"]));
    // Before 3.6 the last call is all that Juju remembers: a description alone forgets the content.
    let runs = both_ways(json!({
        "juju": "3.5.0",
        "state": {"secrets": own_secret()},
        "runs": [
            {"event": "update-status", "do": [["secret-set", "mine", {"key": "two"}], ["secret-describe", "mine", "x"]]},
            {"event": "update-status", "do": [["secret-get", "mine", "peek"]]},
        ],
    }));
    assert_eq!(said(&runs[1]), [&json!({"key": "one"})]);
}

#[test]
fn fidelity_a_label_is_taken_once_and_followers_add_no_secret_of_the_application() {
    let add = |owner: &str| {
        both_ways(json!({
            "state": {"secrets": own_secret()},
            "runs": [{"event": "update-status", "do": [["secret-add", owner, "mine", {"key": "two"}]]}],
            "show": ["secrets"],
        }))
    };
    // Juju looks at labels when the hook has ended, and then the hook has failed.
    let unit = add("unit");
    assert_eq!(unit[0]["secrets"].as_object().unwrap().len(), 1, "{unit:?}");
    for ctx in contexts() {
        let steps = json!([["secret-add", "unit", "mine", {"key": "two"}]]).to_string();
        let id = SecretId::parse(SECRET).unwrap();
        let state = State::default().secret(&Secret::owned_by_unit(&id, "mine", &[("key", "one")]));
        let out = ctx.attempt(ctx.on().update_status(), &state.config(DO, steps));
        let failure = out.failure.expect("Juju refuses it");
        assert!(matches!(failure.reason, Reason::Refused(_)), "{failure}");
        assert!(failure.to_string().contains("already exists"), "{failure}");
    }
    assert_eq!(said(&add("app")[0]), [&refused("denied")]);
}

#[test]
fn fidelity_databags_are_guarded_wherever_the_charm_writes_from() {
    // In a handler, in an action, and while a relation ends.
    let relations =
        json!([{"id": 1, "endpoint": "db"}, {"id": 2, "endpoint": "site", "app": "proxy"}]);
    for event in
        [json!("update-status"), json!(["action", "backup", {}]), json!(["relation-broken", 2])]
    {
        let runs = both_ways(json!({
            "state": {"relations": relations},
            "runs": [{"event": event, "do": [["write", "db", 1, "app", {"a": "1"}]]}],
        }));
        assert_eq!(said(&runs[0]), [&refused("denied")], "{event}");
    }
}

#[test]
fn fidelity_a_relation_that_breaks_has_no_units_left_and_is_gone_afterwards() {
    let runs = both_ways(json!({
        "state": {"relations": [{"id": 1, "endpoint": "db", "remote-units": {"0": {}}}]},
        "runs": [{"event": ["relation-broken", 1], "do": [["relation-units", "db", 1]]}],
        "show": ["relations"],
    }));
    assert_eq!(said(&runs[0]), [&json!([])]);
    assert_eq!(runs[0]["relations"], json!({}));
}

#[test]
fn fidelity_a_unit_that_departed_is_no_longer_listed() {
    let runs = both_ways(json!({
        "state": {"relations": [{"id": 1, "endpoint": "db", "remote-units": {"0": {}, "1": {}}}]},
        "runs": [
            {"event": ["relation-departed", 1, 1], "do": [["relation-units", "db", 1]]},
            {"event": "update-status", "do": [["relation-units", "db", 1]]},
        ],
    }));
    assert_eq!(said(&runs[0]), [&json!(["remote/0"])]);
    assert_eq!(said(&runs[1]), [&json!(["remote/0"])]);
}

#[test]
fn fidelity_a_status_that_is_set_again_is_no_change() {
    let runs = both_ways(json!({
        "state": {"unit-status": ["active", "fine"]},
        "runs": [{"event": "update-status", "do": [["status", "active", "fine"], ["status", "active", "fine"]]}],
        "show": ["unit-statuses"],
    }));
    assert_eq!(runs[0]["unit-statuses"], json!([["active", "fine"]]));
}

#[test]
fn fidelity_an_action_has_the_defaults_that_its_schema_declares() {
    let runs = both_ways(json!({
        "runs": [{"event": ["action", "backup", {}], "do": [["action-params"]]}],
    }));
    assert_eq!(said(&runs[0]), [&json!({"to": null, "keep": 7})]);
}

#[test]
fn fidelity_an_action_that_juju_would_refuse_does_not_run() {
    for ctx in contexts() {
        let refused = |name: &str, params: Value| {
            let hook = ctx.on().action_with(name, &params);
            let run = || drop(ctx.attempt(hook, &State::default()));
            let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
            panic.downcast_ref::<String>().unwrap().clone()
        };
        for (name, params, about) in [
            ("backup", json!({"to": 7}), "to"),
            ("backup", json!({"keep": "many"}), "keep"),
            ("restore", json!({}), "from"),
        ] {
            let said = refused(name, params);
            assert!(said.contains(&format!("parameter {about}")), "{said}");
        }
    }
}

#[test]
fn fidelity_the_databag_of_a_unit_that_is_not_there_is_an_error_that_a_charm_can_handle() {
    let runs = both_ways(json!({
        "state": {"relations": [{"id": 1, "endpoint": "db"}]},
        "runs": [{"event": "update-status", "do": [["read", "db", 1, "remote/9"], ["read", "db", 1, "remote/0"]]}],
    }));
    assert_eq!(said(&runs[0]), [&refused("not-found"), &json!({})]);
    assert_eq!(runs[0]["how"], "done");
}

#[test]
fn fidelity_services_that_were_started_and_stopped_can_be_told_apart() {
    for ctx in contexts() {
        let steps = json!([
            ["layer", "base", two_services()],
            ["start", ["web"]],
            ["restart", ["web"]],
            ["stop", ["web"]]
        ]);
        let state = State::default().container(WEB).config(DO, steps.to_string());
        let out = ctx.run(ctx.on().update_status(), &state);
        let expected = [
            Effect::AddLayer { label: "base".into() },
            Effect::Start(vec!["web".into()]),
            Effect::Restart(vec!["web".into()]),
            Effect::Stop(vec!["web".into()]),
        ];
        assert_eq!(out.pebble_effects(&WEB), expected);
    }
}
