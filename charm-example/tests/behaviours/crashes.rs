//! A charm that dies between any two effects, or whose writes Juju refuses, loses nothing: when Juju
//! runs the hook again, it reaches the world that it would have reached at once.

use crate::common::*;
use ops_testing::{
    State,
    emulator::juju::{Refusal, Script},
};

#[test]
fn a_crash_after_any_effect_of_any_event_is_made_good_by_running_the_event_again() {
    for (name, hook, state) in life() {
        let whole = context().run(hook.clone(), &state);
        assert!(whole.is_success(), "{name}: {:?}", whole.ended);
        for effects in 0..=whole.juju_effects().count() {
            let crashing = context().script(Script::default().kill_after(effects));
            let crashed = crashing.attempt(hook.clone(), &state);
            assert!(!crashed.is_success(), "{name} killed after {effects} effects");
            assert_eq!(crashed.state.relations, state.relations, "{name}: nothing was committed");
            let again = context().run(hook.clone(), &crashed.state);
            assert!(again.is_success(), "{name} after {effects} effects: {:?}", again.ended);
            assert_same_world(&again.state, &whole.state, &format!("{name} after {effects}"));
        }
    }
}

#[test]
fn a_crash_twice_in_a_row_is_made_good_too() {
    for (name, hook, state) in life() {
        let whole = context().run(hook.clone(), &state);
        let mut crashed: State = state;
        for effects in [whole.juju_effects().count() / 2, 1] {
            let crashing = context().script(Script::default().kill_after(effects));
            crashed = crashing.attempt(once_more(hook.clone(), &crashed), &crashed).state;
        }
        let again = context().run(once_more(hook, &crashed), &crashed);
        assert_same_world(&again.state, &whole.state, name);
    }
}

#[test]
fn writes_that_juju_refuses_after_a_good_exit_are_written_by_the_retry() {
    for (name, hook, state) in life() {
        let whole = context().run(hook.clone(), &state);
        for refusal in [
            Refusal::Before("database is locked".to_owned()),
            Refusal::AfterSecrets("database is locked".to_owned()),
        ] {
            let refused = context().refuse_flush(refusal.clone()).attempt(hook.clone(), &state);
            assert!(!refused.is_success(), "{name}");
            let again = context().run(hook.clone(), &refused.state);
            assert!(again.is_success(), "{name}: {:?}", again.ended);
            assert_same_world(&again.state, &whole.state, &format!("{name}, {refusal:?}"));
        }
    }
}

#[test]
fn a_second_run_of_any_event_finds_nothing_to_do() {
    for (name, hook, state) in life() {
        let first = context().run(hook.clone(), &state);
        let second = context().run(once_more(hook, &first.state), &first.state);
        let effects: Vec<_> =
            second.juju_effects().filter(|effect| !is_the_version(effect)).collect();
        assert!(effects.is_empty(), "{name}: {effects:?}");
        assert_same_world(&second.state, &first.state, name);
    }
}
