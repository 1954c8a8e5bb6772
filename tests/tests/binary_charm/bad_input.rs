//! What Juju would never give, and hook commands that fail: a message, an exit code, no panic.

use super::{bent, pebble, status, world};
use ops_testing::{
    emulator::juju::{Script, Trouble},
    engine::{Engine, How, Outcome, TimelineEntry},
};
use std::{ffi::OsString, os::unix::ffi::OsStringExt, rc::Rc, time::Duration};

/// What Juju's contract has in every run, and the charm cannot do without.
const NEEDED: &[&str] =
    &["JUJU_DISPATCH_PATH", "JUJU_UNIT_NAME", "JUJU_MODEL_NAME", "JUJU_MODEL_UUID", "JUJU_VERSION"];

fn first(engine: &mut Engine) -> TimelineEntry {
    engine.step().unwrap().clone()
}

fn no_panic(entry: &TimelineEntry) {
    assert!(!entry.ended.stderr.contains("panicked"), "{}", entry.ended.stderr);
    assert!(entry.record.logs.iter().all(|line| !line.message.contains("panicked")));
}

/// Runs `install` with this value of the variable; `None` is without it.
fn with(variable: &'static str, value: Option<OsString>) -> TimelineEntry {
    let (mut engine, _) = bent(move |stage| {
        let environment = Rc::make_mut(&mut stage.environment);
        match &value {
            Some(value) => environment.set(variable, value),
            None => environment.remove(variable),
        }
    });
    first(&mut engine)
}

#[test]
fn a_variable_that_is_missing_or_wrong_is_named_on_standard_error() {
    for variable in NEEDED {
        for value in [None, Some(OsString::from_vec(b"\xff\xfe".to_vec()))] {
            let entry = with(variable, value.clone());
            no_panic(&entry);
            assert_eq!(entry.ended.how, How::Exit(1), "{variable}={value:?}");
            assert!(
                entry.ended.stderr.contains(variable),
                "{variable}={value:?}: {:?}",
                entry.ended.stderr
            );
        }
    }
    for variable in ["JUJU_DISPATCH_PATH", "JUJU_UNIT_NAME", "JUJU_VERSION"] {
        for value in ["".to_owned(), "x".repeat(127 << 10)] {
            let length = value.len();
            let entry = with(variable, Some(value.into()));
            no_panic(&entry);
            let stderr = &entry.ended.stderr;
            assert_eq!(entry.ended.how, How::Exit(1), "{variable}, {length} bytes");
            assert!(stderr.contains(variable), "{variable}, {length} bytes: {stderr:.200}");
            assert!(stderr.len() < 10_000, "{variable}: {} bytes of complaint", stderr.len());
        }
    }
}

#[test]
fn long_values_that_nothing_depends_on_do_no_harm() {
    for variable in ["JUJU_MODEL_NAME", "JUJU_API_ADDRESSES", "UNKNOWN"] {
        let entry = with(variable, Some("x".repeat(127 << 10).into()));
        no_panic(&entry);
        assert!(matches!(entry.ended.how, How::Exit(0 | 1)), "{variable}: {:?}", entry.ended);
    }
}

#[test]
fn without_a_path_there_are_no_hook_commands_and_the_charm_says_so() {
    let entry = with("PATH", None);
    no_panic(&entry);
    assert!(entry.record.calls.is_empty());
    assert_eq!(entry.ended.how, How::Exit(1), "{:?}", entry.ended);
    assert!(!entry.ended.stderr.is_empty());
}

#[test]
fn a_hook_command_that_goes_wrong_once_is_got_over() {
    let (mut settled, unit, _) = world();
    settled.settle().unwrap();
    settled.set_config("hook-service", "log_level", "debug").unwrap();
    let fails =
        |code| Trouble::Fails { code, stderr: "ERROR connection is shut down\n".to_owned() };
    let troubles = [
        Trouble::Missing,
        fails(1),
        fails(2),
        Trouble::Prints(Vec::new()),
        Trouble::Prints(b"\xff\0{]".to_vec()),
        Trouble::Prints(b"[1, {\"a\": null}]".to_vec()),
        Trouble::Killed(9),
        Trouble::Killed(11),
        Trouble::Lost,
    ];
    for command in ["config-get", "is-leader", "relation-ids", "secret-get", "status-get"] {
        for trouble in &troubles {
            let mut engine = settled.clone();
            engine.script_next(&unit, Script::default().always(command, trouble.clone()));
            let entry = first(&mut engine);
            assert_eq!(entry.name, "config-changed");
            let what = format!("{command} {trouble:?}: {:?}", entry.ended);
            no_panic(&entry);
            assert!(matches!(entry.ended.how, How::Exit(0 | 1)), "{what}");
            if let Outcome::Failed(_) = entry.outcome {
                let said = !entry.ended.stderr.is_empty() || !entry.record.logs.is_empty();
                assert!(said, "fails without a word: {what}");
            }
            engine.update_status(&unit).unwrap();
            engine.settle().unwrap();
            assert_eq!(status(&engine, &unit), "active: ", "{what}");
            let pebble = pebble(&engine, &unit);
            let environment = &pebble.plan().services["hook-service"].environment;
            assert_eq!(environment["LOG_LEVEL"].expose(), "DEBUG", "{what}");
        }
    }
}

#[test]
fn a_hook_command_that_hangs_is_ended_with_the_charm() {
    let (mut engine, unit, _) = world();
    engine.settle().unwrap();
    engine.settings_mut().deadline = Duration::from_secs(1);
    engine.update_status(&unit).unwrap();
    engine.script_next(&unit, Script::default().always("config-get", Trouble::Hangs));
    assert_eq!(first(&mut engine).ended.how, How::Deadline);
    engine.settings_mut().deadline = Duration::from_secs(60);
    engine.settle().unwrap();
    assert_eq!(status(&engine, &unit), "active: ");
}
