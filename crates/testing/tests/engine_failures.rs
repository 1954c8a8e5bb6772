//! Hooks that fail, and writes that Juju refuses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod engine_common;

use engine_common::{Charm, ask, database, hooks_of, settled, unit};
use ops_testing::{
    emulator::juju::{AgentStatus, Hook, Refusal, Script},
    engine::{Engine, How, Outcome, Stage},
};
use serde_json::{Map, json};
use std::{cell::Cell, rc::Rc};

#[test]
fn only_the_failed_hook_is_retried_and_what_it_wrote_is_dropped() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    let attempts = Rc::new(Cell::new(0));
    let counted = Rc::clone(&attempts);
    charm.becomes(move |hook, stage| {
        assert_eq!(hook, "config-changed");
        counted.set(counted.get() + 1);
        assert_eq!(ask(stage, "state-get seen"), "", "the buffer is a new one");
        ask(stage, "state-set seen=yes");
        i32::from(counted.get() < 3)
    });
    let start = engine.model().now;
    let web_0 = unit("web/0");
    engine.set_config("web", "colour", "blue").unwrap();
    assert_eq!(engine.step().unwrap().outcome, Outcome::Failed(How::Exit(1)));
    assert_eq!(
        engine.model().unit(&web_0).unwrap().agent,
        AgentStatus::Error("config-changed".to_owned())
    );
    // Something else comes due, and waits.
    engine.container_up(&web_0, "web").unwrap();
    assert_eq!(engine.due().len(), 1);
    charm_then_ready(&charm, &attempts);
    let hooks = hooks_of(&mut engine, &web_0, |_| {});
    assert_eq!(hooks, ["config-changed", "config-changed", "web-pebble-ready"]);
    let entries = engine.timeline();
    let tries: Vec<u32> = entries.iter().rev().take(4).map(|entry| entry.attempt).collect();
    assert_eq!(tries, [1, 3, 2, 1]);
    // 5 s, then 10 s.
    assert_eq!(engine.model().now, start.plus(15));
    assert_eq!(engine.model().unit(&web_0).unwrap().state["seen"], "yes");
}

/// The same charm, which also knows pebble-ready.
fn charm_then_ready(charm: &Charm, attempts: &Rc<Cell<i32>>) {
    let counted = Rc::clone(attempts);
    charm.becomes(move |hook, stage| {
        if hook == "web-pebble-ready" {
            return 0;
        }
        counted.set(counted.get() + 1);
        ask(stage, "state-set seen=yes");
        i32::from(counted.get() < 3)
    });
}

#[test]
fn a_unit_that_fails_every_time_stays_in_error_and_says_why() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    charm.becomes(|_, stage| {
        ask(stage, "juju-log --log-level ERROR broken");
        1
    });
    engine.set_config("web", "colour", "blue").unwrap();
    let error = engine.settle().unwrap_err().to_string();
    assert_eq!(
        error,
        "web/0 is in error: config-changed has failed 4 times (failed: exit code 1)\n  broken"
    );
    assert!(engine.due().is_empty());
    charm.becomes(|_, _| 0);
    let web_0 = unit("web/0");
    let hooks = hooks_of(&mut engine, &web_0, |e| e.resolved(&unit("web/0"), true).unwrap());
    assert_eq!(hooks, ["config-changed"]);
    assert_eq!(engine.model().unit(&web_0).unwrap().agent, AgentStatus::Idle);
}

#[test]
fn a_failed_hook_can_be_passed_over() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    charm.becomes(|_, _| 1);
    engine.set_config("web", "colour", "blue").unwrap();
    engine.settle().unwrap_err();
    let hooks =
        hooks_of(&mut engine, &unit("web/0"), |e| e.resolved(&unit("web/0"), false).unwrap());
    assert!(hooks.is_empty(), "{hooks:?}");
}

#[test]
fn actions_are_served_while_a_unit_is_in_error() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    let web_0 = unit("web/0");
    charm.becomes(|hook, _| i32::from(hook != "hello"));
    engine.set_config("web", "colour", "blue").unwrap();
    engine.step().unwrap();
    assert_eq!(engine.run_action(&web_0, "hello", Map::new()).unwrap().failed, None);
    assert!(matches!(engine.model().unit(&web_0).unwrap().agent, AgentStatus::Error(_)));
    assert_eq!(engine.due().len(), 1);
}

#[test]
fn a_refused_flush_is_a_failed_hook_that_is_retried() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    let web_0 = unit("web/0");
    charm.becomes(|_, stage| {
        ask(stage, "open-port 8080");
        0
    });
    engine.refuse_next(&web_0, Refusal::Before("quota limit exceeded".to_owned()));
    engine.set_config("web", "colour", "blue").unwrap();
    let entry = engine.step().unwrap();
    assert_eq!(entry.outcome, Outcome::Refused("quota limit exceeded".to_owned()));
    assert!(entry.ended.is_success());
    assert!(engine.model().unit(&web_0).unwrap().ports.is_empty());
    engine.settle().unwrap();
    assert_eq!(engine.model().unit(&web_0).unwrap().ports.len(), 1);
    assert_eq!(engine.timeline().last().unwrap().attempt, 2);
}

/// Sets its state, and does not see that it is killed over it.
fn sets_state(_: &str, stage: &Stage) -> i32 {
    let set = ops::hook_command::Invocation::new("state-set").arg("a=b");
    let _ = ops::hook_command::Transport::invoke(&*stage.juju, &set);
    0
}

#[test]
fn a_charm_that_is_killed_runs_its_hook_again_and_is_not_in_error() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    let web_0 = unit("web/0");
    charm.becomes(sets_state);
    engine.settings_mut().retries = 0;
    engine.script_next(&web_0, Script::default().kill_after(1));
    engine.set_config("web", "colour", "blue").unwrap();
    let start = engine.model().now;
    assert_eq!(engine.step().unwrap().outcome, Outcome::Failed(How::Signal(9)));
    assert!(engine.model().unit(&web_0).unwrap().state.is_empty());
    assert_eq!(engine.model().unit(&web_0).unwrap().agent, AgentStatus::Idle);
    assert_eq!(engine.agent(&web_0).unwrap().failed, None);
    assert_eq!(hooks_of(&mut engine, &web_0, |_| {}), ["config-changed"]);
    assert_eq!(engine.timeline().last().unwrap().attempt, 1);
    assert_eq!(engine.model().now, start);
    assert_eq!(engine.model().unit(&web_0).unwrap().state["a"], "b");
}

#[test]
fn a_charm_that_notices_that_it_is_killed_has_not_failed_either() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    let web_0 = unit("web/0");
    charm.becomes(|hook, stage| sets_state(hook, stage) + 1);
    engine.script_next(&web_0, Script::default().kill_after(1));
    engine.set_config("web", "colour", "blue").unwrap();
    assert_eq!(engine.step().unwrap().outcome, Outcome::Failed(How::Signal(9)));
    assert_eq!(engine.agent(&web_0).unwrap().failed, None);
}

#[test]
fn a_retry_that_is_killed_is_made_again_at_once_and_counts_as_none() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    let web_0 = unit("web/0");
    charm.becomes(|_, _| 1);
    engine.set_config("web", "colour", "blue").unwrap();
    engine.step().unwrap();
    charm.becomes(sets_state);
    engine.script_next(&web_0, Script::default().kill_after(1));
    assert_eq!(engine.step().unwrap().attempt, 2);
    let failed = engine.agent(&web_0).unwrap().failed.clone().unwrap();
    assert_eq!((failed.attempts, failed.retry_at), (1, engine.model().now));
    let agent = &engine.model().unit(&web_0).unwrap().agent;
    assert_eq!(*agent, AgentStatus::Error("config-changed".to_owned()));
    assert_eq!(hooks_of(&mut engine, &web_0, |_| {}), ["config-changed"]);
}

#[test]
fn a_secret_in_an_argument_is_reported() {
    let charm = Charm::new(|hook, stage| {
        if hook == "install" {
            ask(stage, "secret-add --owner unit key=sentinel-value");
        }
        0
    });
    let engine = settled(&charm);
    assert_eq!(engine.timeline()[0].leaks.len(), 1);
    assert!(engine.timeline()[1..].iter().all(|entry| entry.leaks.is_empty()));
}

#[test]
fn a_relation_that_is_removed_while_its_created_hook_fails_is_broken_after_the_retry() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    engine.deploy_scripted("database", database(), 1).unwrap();
    let id = engine.integrate("web:database", "database:database").unwrap();
    charm.becomes(|_, _| 1);
    assert_eq!(engine.step().unwrap().name, "database-relation-created");
    charm.becomes(|_, _| 0);
    let hooks = hooks_of(&mut engine, &unit("web/0"), |e| e.remove_relation(id).unwrap());
    assert_eq!(hooks, ["database-relation-created", "database-relation-broken"]);
    assert!(!engine.model().relations.contains_key(&id));
}

#[test]
fn a_relation_that_is_resumed_while_its_broken_hook_fails_begins_anew() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    engine.deploy_scripted("database", database(), 1).unwrap();
    let id = engine.integrate("web:database", "database:database").unwrap();
    engine.settle().unwrap();
    charm.becomes(|hook, _| i32::from(hook.ends_with("broken")));
    engine.suspend_relation(id).unwrap();
    engine.step().unwrap();
    assert_eq!(engine.step().unwrap().outcome, Outcome::Failed(How::Exit(1)));
    charm.becomes(|_, _| 0);
    let hooks = hooks_of(&mut engine, &unit("web/0"), |e| e.resume_relation(id).unwrap());
    assert_eq!(
        hooks,
        [
            "database-relation-broken",
            "database-relation-created",
            "database-relation-joined database/0",
            "database-relation-changed database/0",
        ]
    );
}

#[test]
fn a_refused_flush_of_an_action_is_in_its_results() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    let web_0 = unit("web/0");
    charm.becomes(|_, stage| {
        ask(stage, "open-port 8080");
        0
    });
    engine.refuse_next(&web_0, Refusal::Before("quota limit exceeded".to_owned()));
    let outcome = engine.run_action(&web_0, "hello", Map::new()).unwrap();
    assert_eq!(outcome.failed.as_deref(), Some("committing requested changes failed"));
    assert_eq!(outcome.results["return-code"], json!(1));
    assert_eq!(outcome.results["stderr"], json!("quota limit exceeded"));
}

#[test]
fn a_hook_that_is_run_by_hand_leaves_the_failed_hook_failed() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    let web_0 = unit("web/0");
    charm.becomes(|hook, _| i32::from(hook == "config-changed"));
    engine.set_config("web", "colour", "blue").unwrap();
    engine.step().unwrap();
    let failed = engine.agent(&web_0).unwrap().failed.clone();
    let is_in_error = |engine: &Engine| {
        assert_eq!(engine.agent(&web_0).unwrap().failed, failed);
        let agent = &engine.model().unit(&web_0).unwrap().agent;
        assert_eq!(*agent, AgentStatus::Error("config-changed".to_owned()));
    };
    engine.emit(&web_0, Hook::UpdateStatus).unwrap();
    assert_eq!(engine.timeline().last().unwrap().attempt, 1);
    is_in_error(&engine);
    charm.becomes(|_, _| 1);
    engine.emit(&web_0, Hook::UpdateStatus).unwrap();
    is_in_error(&engine);
    charm.becomes(|_, _| 0);
    assert_eq!(hooks_of(&mut engine, &web_0, |_| {}), ["config-changed"]);
}
