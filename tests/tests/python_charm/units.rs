//! Several units, other pods, another version of the charm.

use super::{APPLICATION, World, charm};
use ops_core::names::UnitName;
use ops_testing::{emulator::juju::Model, process::Unpacked};
use serde_json::json;
use std::rc::Rc;

#[test]
fn units_that_are_added_join_their_peers_and_one_of_them_leads() {
    let Some(mut world) = World::active() else { return };
    for _ in 0..2 {
        world.engine.add_unit(APPLICATION).unwrap();
    }
    world.settle();
    assert_eq!(world.reported("peers"), [json!("python-charm/1"), json!("python-charm/2")]);
    assert_eq!(world.report()["leader"], "true");
    for number in 1..=2 {
        let unit = UnitName::new(format!("{APPLICATION}/{number}")).unwrap();
        assert_eq!(world.status_of(&unit), "active: ");
    }
}

#[test]
fn when_the_leader_goes_another_leads_and_may_use_the_secret() {
    let Some(mut world) = World::of(Model::default(), 2) else { return };
    world.add_database();
    world.add_proxy();
    world.settle();
    let first = world.unit.clone();
    world.engine.remove_unit(&first).unwrap();
    world.engine.settle().unwrap();
    world.unit = UnitName::new(format!("{APPLICATION}/1")).unwrap();
    assert!(world.engine.model().is_leader(&world.unit));
    assert_eq!(world.status(), "active: ");
    assert_eq!(world.engine.model().secrets.len(), 1, "found by its label, not made again");
    assert_eq!(world.report()["leader"], "true");
}

#[test]
fn a_leader_that_is_deposed_and_elected_again_hears_of_it() {
    let Some(mut world) = World::of(Model::default(), 2) else { return };
    world.settle();
    let other = UnitName::new(format!("{APPLICATION}/1")).unwrap();
    world.engine.elect(&other).unwrap();
    world.settle();
    assert_eq!(world.report()["leader"], "false");
    world.engine.elect(&world.unit.clone()).unwrap();
    let hooks = world.settle();
    assert!(hooks.contains(&"leader-elected".to_owned()), "{hooks:?}");
    assert_eq!(world.report()["leader"], "true");
}

#[test]
fn another_pod_starts_over_without_the_state_that_ops_kept_in_a_file() {
    let Some(mut world) = World::active() else { return };
    world.engine.replace_pod(&world.unit.clone()).unwrap();
    let hooks = world.settle();
    let expected = ["stop", "upgrade-charm", "config-changed", "start", "web-pebble-ready"];
    assert_eq!(hooks, expected);
    assert_eq!(world.status(), "active: ");
    assert!(world.pebble().is_running("web"));
    let seen = world.reported("seen");
    assert_eq!(seen[0], "upgrade_charm", "{seen:?}");
}

#[test]
fn an_upgrade_stops_the_old_charm_and_starts_the_new_one() {
    let Some(mut world) = World::active() else { return };
    assert_eq!(world.report()["version"], "1");
    let Some(new) = charm("2") else { return };
    let program = Unpacked::open(new.path()).unwrap();
    let metadata = program.metadata().clone();
    world.engine.upgrade(APPLICATION, metadata, Rc::new(program)).unwrap();
    assert_eq!(world.report()["version"], "1", "as long as the old pod lives");
    let hooks = world.settle();
    assert_eq!(hooks[..2], ["stop", "upgrade-charm"]);
    assert_eq!(world.report()["version"], "2");
    assert_eq!(world.status(), "active: ");
}
