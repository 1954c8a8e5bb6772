//! Crashes: the charm is killed at a step, and the next run finds what Juju would have kept.

use super::World;
use ops_testing::{emulator::juju::Script, engine::How, process::Kill};

const CHARM: &str = "set -e
status-set maintenance one
state-set a=1
status-set active two
secret-add key=value >/dev/null
relation-set -r 0 b=2";

#[test]
fn before_a_step_it_has_not_happened_and_after_it_it_has() {
    for (kill, calls) in [
        (Kill::Before(0), 0),
        (Kill::After(0), 1),
        (Kill::Before(1), 1),
        (Kill::After(2), 3),
        (Kill::After(4), 5),
    ] {
        let mut world = World::new(CHARM);
        world.binary.kill_next(kill);
        let run = world.run();
        assert_eq!(run.ended.how, How::Signal(9), "{kill:?}");
        assert_eq!(run.record.calls.len(), calls, "{kill:?}");
        assert!(world.model.unit(&world.unit).unwrap().state.is_empty());
        // Only the next dispatch.
        assert!(world.run().ended.is_success());
    }
}

#[test]
fn the_script_of_the_emulator_kills_after_an_effect() {
    for effects in 0..5 {
        let mut world = World::new(CHARM);
        world.script = Script::default().kill_after(effects);
        let run = world.run();
        assert_eq!(run.ended.how, How::Signal(9));
        assert_eq!(run.record.effects.len(), effects);
    }
}

#[test]
fn a_run_that_was_killed_anywhere_and_run_again_ends_in_the_same_world() {
    let mut whole = World::new(CHARM);
    whole.run();
    let steps = whole.binary.steps();
    assert_eq!(steps, 5);
    for kill in (0..steps).flat_map(|step| [Kill::Before(step), Kill::After(step)]) {
        let mut world = World::new(CHARM);
        world.binary.kill_next(kill);
        assert_eq!(world.run().ended.how, How::Signal(9), "{kill:?}");
        assert!(world.run().ended.is_success());
        assert_eq!(world.settings(), whole.settings());
        let status = |world: &World| world.model.unit(&world.unit).unwrap().status.status.clone();
        assert_eq!(status(&world), status(&whole));
        assert_eq!(world.model.secrets.len(), 1, "{kill:?}");
    }
}

#[test]
fn a_kill_beyond_the_last_step_does_nothing() {
    let mut world = World::new(CHARM);
    world.binary.kill_next(Kill::Before(5));
    assert!(world.run().ended.is_success());
}
