//! Hooks that fail, and what Juju refuses.

use crate::{
    charms::related,
    engine_common::{Charm, metadata},
};
use ops_testing::{
    emulator::juju::{Refusal, Script, Trouble},
    engine::Outcome,
    world::{Application, Build, Unrest, World},
};

#[test]
fn what_juju_refused_is_written_by_the_retry() {
    let mut world = related();
    world.set_config("store", "port", 85);
    world.refuse_next_flush("store/0", Refusal::Before("no connection".to_owned()));
    let entry = world.run_hook("store/0", "config-changed");
    assert!(matches!(&entry.outcome, Outcome::Refused(why) if why.contains("no connection")));
    let relation = ("notes:store", "store:notes");
    assert_eq!(world.databag(relation, "store")["url"], "http://store:80");
    world.settle();
    assert_eq!(world.databag(relation, "store")["url"], "http://store:85");
    let runs = world.timeline().runs();
    let retry = runs.iter().rfind(|entry| entry.name == "config-changed").unwrap();
    assert_eq!((retry.attempt, &retry.outcome), (2, &Outcome::Done));
}

#[test]
fn a_hook_command_that_fails_costs_one_attempt() {
    let mut world = related();
    world.set_config("store", "port", 86);
    let fails = Trouble::Fails { code: 1, stderr: "ERROR connection is shut down\n".to_owned() };
    world.trouble_next("store/0", Script::default().always("relation-set", fails));
    let relation = ("notes:store", "store:notes");
    assert!(matches!(world.run_hook("store/0", "config-changed").outcome, Outcome::Failed(_)));
    assert_eq!(world.databag(relation, "store")["url"], "http://store:80");
    world.settle();
    assert_eq!(world.databag(relation, "store")["url"], "http://store:86");
}

#[test]
fn a_unit_that_stays_in_error_is_told_with_its_charms_complaint() {
    let charm = Charm::new(|hook, stage| {
        if hook == "start" {
            crate::engine_common::ask(stage, "juju-log -l ERROR out-of-cheese");
            return 1;
        }
        0
    });
    let mut world = World::new();
    world.deploy(Application::new(Build::program(metadata("{name: sad}"), charm)));
    let unrest = world.try_settle().unwrap_err().to_string();
    assert_eq!(
        unrest,
        "sad/0 is in error: start has failed 4 times (failed: exit code 1)\n  out-of-cheese"
    );
    world.resolved_without_retry("sad/0");
    world.settle();
    world.expect_idle();
}

#[test]
#[should_panic(expected = "(attempt 4): failed: exit code 1")]
fn settling_a_unit_in_error_fails_the_test_with_the_timeline() {
    let charm = Charm::new(|hook, _| i32::from(hook == "install"));
    let mut world = World::new();
    world.deploy(Application::new(Build::program(metadata("{name: sad}"), charm)));
    world.settle();
}

#[test]
fn an_upgrade_by_force_mends_what_failed() {
    let broken = Charm::new(|hook, _| i32::from(hook == "config-changed"));
    let mended = Build::program(metadata("{name: sad}"), Charm::idle());
    let mut world = World::new();
    let broken = Build::program(metadata("{name: sad}"), broken);
    world.deploy(Application::new(broken).build("mended", mended));
    assert!(matches!(world.try_settle(), Err(Unrest::Unsettled(_))));
    world.upgrade_by_force("sad", "mended");
    world.settle();
    world.expect_idle();
}
