//! Hooks that fail, and what is left of them.

use super::World;
use ops_testing::{
    engine::{How, Outcome},
    process::Kill,
};

#[test]
fn a_failing_hook_is_run_again_and_leaves_nothing_behind() {
    let Some(mut world) = World::active() else { return };
    world.engine.settings_mut().retries = 5;
    world.engine.set_config("python-charm", "fail", true).unwrap();
    let before = world.reported("seen");
    for attempt in 1..=2 {
        let entry = world.engine.step().unwrap();
        assert_eq!((&*entry.name, entry.attempt), ("config-changed", attempt));
        assert_eq!(entry.outcome, Outcome::Failed(How::Exit(1)));
        // What ops logs of it.
        let logged = entry.record.logs.iter().any(|line| line.message.contains("told to fail"));
        assert!(logged, "{:?}", entry.record.logs);
    }
    assert_eq!(world.reported("seen"), before, "stored state is not committed");
    world.engine.set_config("python-charm", "fail", false).unwrap();
    world.settle();
    assert_eq!(world.status(), "active: ");
}

#[test]
fn a_crash_at_any_step_of_a_hook_is_mended_by_its_retry() {
    let Some(mut world) = World::new() else { return };
    world.engine.settings_mut().retries = 5;
    for step in [0, 1, 5] {
        world.program.kill_next(Kill::Before(step));
        let entry = world.engine.step().unwrap();
        assert_eq!(entry.outcome, Outcome::Failed(How::Signal(9)), "{}", entry.name);
    }
    world.add_database();
    world.settle();
    assert_eq!(world.status(), "active: ");
}
