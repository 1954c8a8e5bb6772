//! Every hook command that the charm runs, going wrong in every way.

use crate::common::*;
use hook_service::meta;
use ops::Status;
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
                let out = context().script(script).attempt(hook.clone(), &state);
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
        "network-get",
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
                let out = context().script(script).attempt(hook.clone(), &state);
                assert_no_panic(&out, &about);
                let again = context().run(hook.clone(), &out.state);
                assert_same_world(&again.state, &whole.state, &about);
            }
        }
    }
}

/// What Juju is known to say, and whether the hook must fail. The others are part of the status.
const KNOWN: [(&str, &str, bool); 8] = [
    ("secret-add", "this unit is not the leader", false),
    ("secret-get", "permission denied", false),
    ("relation-get", "relation 1 not found", false),
    ("relation-set", "cannot write relation settings", false),
    ("relation-set", "relation 0 not found", false),
    ("application-version-set", "permission denied", false),
    ("config-get", "connection is shut down", true),
    ("status-set", "connection is shut down", true),
];

#[test]
fn what_juju_is_known_to_say_fails_the_hook_only_if_its_agent_is_lost() {
    for (command, said, fails) in KNOWN {
        for (name, hook, state) in life() {
            let whole = context().run(hook.clone(), &state);
            if !whole.commands().contains(&command) {
                continue;
            }
            let about = format!("{name}, {command}: {said}");
            let trouble = Trouble::Fails { code: 1, stderr: format!("ERROR {said}\n") };
            let script = Script::default().always(command, trouble);
            let out = context().script(script).attempt(hook.clone(), &state);
            assert_no_panic(&out, &about);
            assert_eq!(!out.is_success(), fails, "{about}: {:?}", out.ended);
            let again = context().run(once_more(hook.clone(), &out.state), &out.state);
            assert!(again.is_success(), "{about}: {:?}", again.ended);
            assert_same_world(&again.state, &whole.state, &about);
        }
    }
}

#[test]
fn a_leader_that_is_deposed_while_it_writes_leaves_the_rest_to_the_next_one() {
    for (command, said) in [
        ("secret-add", "this unit is not the leader"),
        ("relation-set", "cannot write relation settings"),
    ] {
        let state = deployed().with_container(meta::containers::HOOK_SERVICE, up());
        let trouble = Trouble::Fails { code: 1, stderr: format!("ERROR {said}\n") };
        let ctx = context().script(Script::default().always(command, trouble));
        let out = ctx.run(ctx.on().config_changed(), &state);
        assert!(out.is_success(), "{command}: {:?}", out.ended);
        let expected = match command {
            "secret-add" => Status::waiting(NO_TOKEN),
            _ => Status::active(),
        };
        assert_eq!(out.state.unit_status, expected, "{command}: {:?}", out.logs);
        let is_told = out.logs.iter().any(|line| line.message.contains("no longer the leader"));
        assert!(is_told, "{command}: {:?}", out.logs);
    }
}
