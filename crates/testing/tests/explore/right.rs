//! What a right charm must do is not held against it.

use super::acts::{ask, ask_with, settled};
use super::charms::Right;
use ops_testing::{
    emulator::juju::{Refusal, Script, Trouble as CommandTrouble},
    explore::{Exploration, Trouble},
    world::{Application, Build, World},
};

#[test]
fn a_charm_that_rotates_its_secret_passes() {
    let world = settled(|hook, stage| match hook {
        "install" => {
            ask_with(stage, "secret-add --owner unit --label mine --rotate hourly", "first-value");
        }
        "secret-rotate" => {
            let id = ask(stage, "secret-ids").unwrap_or_default();
            let count = stage.juju.with_model(|model| model.counters.contexts);
            ask_with(stage, &format!("secret-set {id}"), &format!("value-{count}"));
        }
        _ => {}
    });
    Exploration::of(world).change(|world| world.advance(3600)).exhaustive(3).run().unwrap();
}

#[test]
fn trouble_that_a_change_asks_for_is_not_the_charms_fault() {
    let stderr = "ERROR no answer\n".to_owned();
    let fails =
        Script::default().once("relation-get", 0, CommandTrouble::Fails { code: 1, stderr });
    super::exploration(|| Right)
        .change(|world| world.refuse_next_flush("web/0", Refusal::Before("not now".to_owned())))
        .change(move |world| world.trouble_next("web/0", fails))
        .exhaustive(3)
        .random(100, 1)
        .run()
        .unwrap();
}

#[test]
#[should_panic(expected = "config-changed cannot run so on web/1: the unit does not lead")]
fn only_who_leads_is_deposed() {
    let mut world = World::new();
    world.deploy(Application::of(|| Right).units(2));
    world.settle();
    let replayed = Exploration::of(world).replay(|world| {
        world.set_config("web", "port", 8080);
        world.run_with("web/1", "config-changed", Trouble::Deposed);
    });
    replayed.unwrap();
}

#[test]
fn a_charm_may_log_that_its_workload_panicked() {
    let world = settled(|hook, stage| {
        if hook == "config-changed" {
            ask(stage, "juju-log --log-level ERROR the workload panicked");
        }
    });
    let explored = Exploration::of(world).change(|world| world.set_config("web", "port", 8080));
    explored.exhaustive(2).run().unwrap();
}

#[test]
#[should_panic(expected = "web cannot be explored: its charm keeps files")]
fn a_charm_that_keeps_files_is_refused() {
    let mut world = World::new();
    world.deploy(Application::new(Build::with_files(|| Right).unwrap()));
    drop(Exploration::of(world));
}
