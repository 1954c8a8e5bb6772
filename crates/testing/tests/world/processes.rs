//! Charms as processes live in a world as those in this process do, and beside them.

use ops_testing::{
    process::{Binary, Unpacked},
    world::{Application, Build, World},
};
use std::{fs, os::unix::fs::PermissionsExt};
use tempfile::TempDir;

/// An unpacked charm whose `dispatch` is this script.
fn charm(metadata: &str, script: &str) -> (TempDir, Build) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("metadata.yaml"), metadata).unwrap();
    let dispatch = directory.path().join("dispatch");
    fs::write(&dispatch, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&dispatch, fs::Permissions::from_mode(0o755)).unwrap();
    let unpacked = Unpacked::open(directory.path()).unwrap().containers_by_variable();
    (directory, Build::unpacked(unpacked))
}

#[test]
fn two_unpacked_charms_speak_with_each_other() {
    let (_giver, giver) = charm(
        "{name: giver, provides: {gift: {interface: gift}}}",
        "case $JUJU_DISPATCH_PATH in *-relation-created) relation-set --app what=socks;; esac",
    );
    let (_taker, taker) = charm(
        "{name: taker, requires: {gift: {interface: gift}}}",
        "case $JUJU_DISPATCH_PATH in *-relation-changed)
            status-set active \"got $(relation-get --app what giver/0)\";;
        esac",
    );
    let mut world = World::new();
    world.deploy(Application::new(giver));
    world.deploy(Application::new(taker).units(2));
    world.integrate("giver:gift", "taker:gift");
    world.settle();
    assert_eq!(world.status("taker/1").to_string(), "active: got socks");
    assert_eq!(world.status("taker").to_string(), "active: got socks");
}

#[test]
fn an_unpacked_charm_is_upgraded_to_one_in_this_process_and_back() {
    use crate::charms::{Store, related};
    let metadata = "{name: store, provides: {notes: {interface: notes_store}},
        config: {options: {port: {type: int, default: 80}}}}";
    let script = "case $JUJU_DISPATCH_PATH in *upgrade-charm)
            relation-set -r $(relation-ids notes) --app url=http://shell;;
        esac";
    let (_shell, shell) = charm(metadata, script);
    let mut world = related();
    world.remove_application("store");
    world.settle();
    world.deploy(Application::of(|| Store).build("shell", shell));
    world.integrate("notes:store", "store:notes");
    world.settle();
    let url = |world: &World| world.databag(("notes:store", "store:notes"), "store")["url"].clone();
    assert_eq!(url(&world), "http://store:80");
    world.upgrade("store", "shell");
    world.settle();
    assert_eq!(url(&world), "http://shell");
    world.upgrade("store", Build::FIRST);
    world.settle();
    assert_eq!(url(&world), "http://store:80");
}

#[test]
fn what_a_compiled_charm_writes_beside_itself_is_its_units_until_the_pod_is_another() {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("charm");
    let script = "echo >> runs; status-set active \"run $(wc -l < runs)\"";
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let metadata = crate::engine_common::metadata("{name: tally}");
    let mut world = World::new();
    world.deploy(Application::new(Build::binary(Binary::new(program), metadata)).units(2));
    world.settle();
    let expected = |world: &World, unit: &str| {
        assert_eq!(
            world.status(unit).to_string(),
            format!("active: run {}", world.unit(unit).hooks().len())
        );
    };
    expected(&world, "tally/0");
    world.replace_pod("tally/0");
    world.settle();
    assert_eq!(world.status("tally/0").to_string(), "active: run 3");
    expected(&world, "tally/1");
}
