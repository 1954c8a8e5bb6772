//! The first hooks of a unit, to active, and what the other side of its relations sees.

use super::{charm, deployed, metadata, pebble, root, status, world};
use ops_testing::{engine::Outcome, process::Unpacked};
use std::rc::Rc;

#[test]
fn the_first_hooks_end_active_with_the_workload_running() {
    let (mut engine, unit, _) = world();
    engine.settle().unwrap();
    let names: Vec<&str> = engine.timeline().iter().map(|entry| &*entry.name).collect();
    for name in
        ["install", "leader-elected", "config-changed", "start", "hook-service-pebble-ready"]
    {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    for entry in engine.timeline() {
        assert_eq!(entry.outcome, Outcome::Done, "{}: {}", entry.name, entry.ended.stderr);
        assert!(entry.leaks.is_empty(), "{}: {:?}", entry.name, entry.leaks);
        assert_eq!(entry.ended.stdout, "", "{}", entry.name);
    }
    assert_eq!(status(&engine, &unit), "active: ");
    let pebble = pebble(&engine, &unit);
    assert!(pebble.is_running("hook-service"));
    let environment = &pebble.plan().services["hook-service"].environment;
    assert_eq!(environment.len(), 13);
    assert_eq!(environment["SALESFORCE_CONSUMER_SECRET"].expose(), "the-secret");
    assert_eq!(environment["API_TOKEN"].expose().len(), 32);
    let found = engine.model().unit(&unit).unwrap();
    assert_eq!(found.ports.len(), 1);
    assert!(charm().exists());
}

#[test]
fn a_settled_unit_has_nothing_left_to_write() {
    let (mut engine, unit, _) = world();
    engine.settle().unwrap();
    engine.update_status(&unit).unwrap();
    let entry = engine.step().unwrap();
    assert_eq!(entry.outcome, Outcome::Done, "{}", entry.ended.stderr);
    assert!(entry.record.effects.is_empty(), "{:?}", entry.record.effects);
}

#[test]
fn the_same_charm_unpacked_runs_where_juju_has_its_containers() {
    let directory = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(charm(), directory.path().join("dispatch")).unwrap();
    for name in ["metadata.yaml", "charmcraft.yaml"] {
        std::fs::copy(root().join(name), directory.path().join(name)).unwrap();
    }
    let program = Rc::new(Unpacked::open(directory.path()).unwrap());
    assert_eq!(*program.metadata(), metadata());
    let (mut engine, unit) = deployed(Rc::clone(&program) as _);
    engine.settle().unwrap();
    assert_eq!(status(&engine, &unit), "active: ");
    assert!(pebble(&engine, &unit).is_running("hook-service"));
    // What charmcraft would have packed of charmcraft.yaml.
    for name in ["config.yaml", "actions.yaml"] {
        let is_there = program.directory(&unit).join(name).exists();
        let text = std::fs::read_to_string(root().join("charmcraft.yaml")).unwrap();
        let key = name.strip_suffix(".yaml").unwrap();
        assert_eq!(is_there, text.lines().any(|line| line == format!("{key}:")), "{name}");
    }
}
