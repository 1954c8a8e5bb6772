//! Events: what each is about, and what a charm finds when it is run for one.

use crate::{conforms, contexts, metadata_file, said};
use conformance::meta::options::DO;
use ops::host::Environment;
use ops_testing::{
    Context, Output, Reason, State,
    emulator::juju::CharmMetadata,
    engine::{Ended, Program, Stage},
};
use serde_json::{Value, json};
use std::{cell::RefCell, ffi::OsStr, fs, os::unix::fs::PermissionsExt, rc::Rc};

fn events(runs: &[Value]) -> Vec<Value> {
    runs.iter().flat_map(said).cloned().collect()
}

#[test]
fn b19_each_lifecycle_event_reaches_the_charm_once() {
    let names: Vec<_> = events(&conforms("b19")).iter().map(|said| said["name"].clone()).collect();
    let expected = [
        "install",
        "leader-elected",
        "config-changed",
        "start",
        "update-status",
        "upgrade-charm",
        "stop",
        "remove",
    ];
    assert_eq!(names, expected);
}

#[test]
fn b20_secret_events_name_their_secret() {
    let said = events(&conforms("b20"));
    assert_eq!(said[0]["secret"], "secret:d0erdgfmp25c762i8np0");
    assert_eq!(said[0]["label"], json!(null));
    assert_eq!(said[1]["label"], "mine");
}

#[test]
fn b21_secret_expired_and_secret_remove_name_the_revision() {
    let said = events(&conforms("b21"));
    assert!(said.iter().all(|said| said["revision"] == 1), "{said:?}");
}

#[test]
fn b22_an_event_is_about_the_only_unit_there_is() {
    let said = events(&conforms("b22"));
    assert!(said.iter().all(|said| said["unit"] == "remote/3"), "{said:?}");
}

#[test]
fn b23_an_event_is_about_the_unit_that_the_test_names() {
    let said = events(&conforms("b23"));
    assert!(said.iter().all(|said| said["unit"] == "remote/2"), "{said:?}");
}

#[test]
fn b24_relation_departed_names_the_unit_that_leaves() {
    let said = events(&conforms("b24"));
    assert_eq!(said[0]["departing"], "remote/2");
    assert_eq!((&said[1]["unit"], &said[1]["departing"]), (&json!("remote/1"), &json!("remote/0")));
}

#[test]
fn b25_what_an_event_names_can_be_read_at_once() {
    let runs = conforms("b25");
    assert_eq!(said(&runs[0])[1..], [&json!({"url": "there"}), &json!({"u": "1"})]);
}

/// Told to say its event, and its log.
fn reconciled(ctx: &Context, hook: ops_testing::emulator::juju::Hook) -> (Output, Vec<String>) {
    let state = State::default().config(DO, json!([["event"]]).to_string());
    let out = ctx.run(hook, &state);
    let lines = out.logs.iter().flat_map(|record| record.message.lines());
    let logs = lines.map(str::to_owned).collect();
    (out, logs)
}

#[test]
fn b26_an_unknown_hook_reconciles_without_a_handler() {
    for ctx in contexts() {
        let (_, logs) = reconciled(&ctx, ctx.on().other("moon-rise"));
        assert!(!logs.iter().any(|line| line.contains("moon-rise\"}")), "{logs:?}");
        assert_eq!(logs.iter().filter(|line| *line == "reconciled: done").count(), 1, "{logs:?}");
    }
}

#[test]
fn b27_a_hook_is_spelt_as_its_endpoint_is() {
    let said = events(&conforms("b27"));
    assert_eq!(said[0]["name"], "foo_bar-relation-created");
}

/// A program that looks at its environment.
#[derive(Debug)]
struct Looks(Rc<RefCell<Environment>>);

impl Program for Looks {
    fn dispatch(&self, stage: &Stage) -> Ended {
        *self.0.borrow_mut() = (*stage.environment).clone();
        Ended::exit(0)
    }
}

#[test]
fn b28_an_action_is_run_by_a_path_below_actions() {
    let found = Rc::new(RefCell::default());
    let yaml = fs::read_to_string(metadata_file()).unwrap();
    let metadata = CharmMetadata::from_yaml(&[("charmcraft.yaml", &yaml)]).unwrap();
    let ctx = Context::of(Looks(Rc::clone(&found)), metadata);
    let _ = ctx.run(ctx.on().action("backup"), &State::default());
    let value = |name: &str| found.borrow().get(name).map(OsStr::to_owned).unwrap_or_default();
    assert_eq!(value("JUJU_DISPATCH_PATH"), "actions/backup");
    assert_eq!(value("JUJU_HOOK_NAME"), "");
    assert_eq!(value("JUJU_ACTION_NAME"), "backup");

    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("charm");
    fs::write(
        &script,
        "#!/bin/sh\necho \"$JUJU_DISPATCH_PATH,$JUJU_HOOK_NAME,$JUJU_ACTION_NAME\"\n",
    )
    .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let ctx = Context::binary(&script).metadata_files([metadata_file()]).unwrap();
    let out = ctx.run(ctx.on().action("backup"), &State::default());
    assert_eq!(out.ended.stdout, "actions/backup,,backup\n");
}

fn told(step: Value) -> State {
    State::default().config(DO, json!([step]).to_string())
}

#[test]
fn b29_the_environment_of_the_test_stays_as_it_was() {
    let before: Vec<_> = std::env::vars_os().collect();
    for ctx in contexts() {
        let out = ctx.attempt(ctx.on().start(), &told(json!(["panic", "no water"])));
        assert!(!out.is_success());
    }
    assert_eq!(std::env::vars_os().collect::<Vec<_>>(), before);
}

#[test]
fn b30_a_charm_that_fails_leaves_what_juju_does_at_once() {
    let runs = conforms("b30");
    assert_eq!(runs[0]["how"], "failed");
    assert_eq!(runs[0]["unit-status"], json!(["blocked", "why"]));
    assert_eq!(runs[0]["ports"], json!([]));
}

#[test]
fn b31_what_a_charm_panicked_with_is_said_by_the_failure() {
    for ctx in contexts() {
        let out = ctx.attempt(ctx.on().start(), &told(json!(["panic", "no water"])));
        let Some(Reason::Panicked(why)) = out.failure.map(|failure| failure.reason) else {
            panic!("{:?}", out.ended)
        };
        assert!(why.starts_with("no water (at "), "{why}");
    }
}

#[test]
fn b32_an_event_without_a_handler_reconciles() {
    for ctx in contexts() {
        let out = ctx.run(ctx.on().update_status(), &State::default());
        let done = out.logs.iter().filter(|line| line.message.contains("reconciled: done"));
        assert_eq!(done.count(), 1, "{:?}", out.logs);
    }
}

#[test]
fn b33_a_second_run_of_the_same_is_the_same() {
    for ctx in contexts() {
        let (one, logs) = reconciled(&ctx, ctx.on().start());
        let (two, again) = reconciled(&ctx, ctx.on().start());
        assert_eq!(logs, again);
        assert_eq!(one.calls, two.calls);
        assert_eq!(one.state, two.state);
        assert_eq!(logs.iter().filter(|line| *line == "reconciled: done").count(), 1, "{logs:?}");
    }
}
