//! Hooks that fail, and what is left of them.

use super::World;
use ops_testing::engine::{How, Outcome};

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
        assert!(entry.ended.stderr.contains("RuntimeError: told to fail"), "{:?}", entry.ended);
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
    let Some(charm) = super::charm("1") else { return };
    let program = std::rc::Rc::new(ops_testing::process::Unpacked::open(charm.path()).unwrap());
    let mut engine = ops_testing::engine::Engine::new(Default::default());
    let metadata = program.metadata().clone();
    let unit =
        engine.deploy("python-charm", metadata, program.clone(), 1).unwrap().remove(0);
    program.kill_next(ops_testing::process::Kill::Before(1));
    let entry = engine.step().unwrap();
    assert_eq!(entry.outcome, Outcome::Failed(How::Signal(9)));
    engine.settle().unwrap_or_else(|why| panic!("{why}"));
    let status = &engine.model().unit(&unit).unwrap().status.status;
    assert_eq!(status.message, "no database");
}
