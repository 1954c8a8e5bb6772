//! Every hook command that the charm runs, going wrong in every way.

use crate::common::*;
use ops_testing::{
    Output,
    emulator::juju::{Script, Trouble},
};
use std::collections::BTreeSet;

/// Commands that only write: that they exited with 0 is all they say.
const SILENT: [&str; 5] =
    ["application-version-set", "juju-log", "open-port", "relation-set", "status-set"];

fn troubles() -> Vec<Trouble> {
    vec![
        Trouble::Missing,
        Trouble::Hangs,
        Trouble::Lost,
        Trouble::Killed(9),
        Trouble::Fails { code: 1, stderr: "ERROR something that nobody has ever seen\n".into() },
        Trouble::Prints(b"{\"unfinished\": [\xff".to_vec()),
        Trouble::Prints(Vec::new()),
    ]
}

/// Whether the charm can tell that something is wrong.
fn is_noticed(command: &str, trouble: &Trouble) -> bool {
    let is_silent = SILENT.contains(&command) && matches!(trouble, Trouble::Prints(_));
    command != "juju-log" && !is_silent
}

#[track_caller]
fn assert_no_panic(out: &Output, about: &str) {
    let panicked = out.logs.iter().any(|line| line.message.contains("panicked"));
    assert!(!panicked && !out.ended.stderr.contains("panicked"), "{about}: {out:?}");
}

#[test]
fn every_command_of_every_event_may_go_wrong_in_every_way_and_nothing_is_lost() {
    let mut met = BTreeSet::new();
    for (name, hook, state) in life() {
        let whole = context().run(hook.clone(), &state);
        let commands: BTreeSet<String> = whole.commands().into_iter().map(str::to_owned).collect();
        for command in &commands {
            for trouble in troubles() {
                let about = format!("{name}, {command}, {trouble:?}");
                let script = Script::default().always(command.as_str(), trouble.clone());
                let out = context().script(script).run(hook.clone(), &state);
                assert_no_panic(&out, &about);
                // A unit that goes plans nothing, and so misses nothing that its plan would have needed.
                if name != "stop" {
                    let fails = is_noticed(command, &trouble);
                    assert_eq!(!out.is_success(), fails, "{about}: {:?}", out.ended);
                }
                let again = context().run(hook.clone(), &out.state);
                assert!(again.is_success(), "{about}: {:?}", again.ended);
                assert_same_world(&again.state, &whole.state, &about);
            }
        }
        met.extend(commands);
    }
    let expected = [
        "application-version-set",
        "config-get",
        "is-leader",
        "juju-log",
        "open-port",
        "opened-ports",
        "relation-get",
        "relation-ids",
        "relation-list",
        "relation-set",
        "secret-add",
        "secret-get",
        "secret-info-get",
        "status-get",
        "status-set",
    ];
    let met: Vec<&str> = met.iter().map(String::as_str).collect();
    assert_eq!(met, expected, "every command that the charm runs was met");
}

#[test]
fn a_command_that_goes_wrong_once_is_made_good_by_running_the_event_again() {
    for (name, hook, state) in life() {
        let whole = context().run(hook.clone(), &state);
        let mut before: Vec<&str> = Vec::new();
        for command in whole.commands() {
            let skip = before.iter().filter(|earlier| **earlier == command).count();
            before.push(command);
            for trouble in [Trouble::Lost, Trouble::Killed(15)] {
                let about = format!("{name}, {command} number {skip}, {trouble:?}");
                let script = Script::default().once(command, skip, trouble);
                let out = context().script(script).run(hook.clone(), &state);
                assert_no_panic(&out, &about);
                let again = context().run(hook.clone(), &out.state);
                assert_same_world(&again.state, &whole.state, &about);
            }
        }
    }
}
