//! Pods and containers come and go; the units stay.

use crate::charms::{notes, related, store};
use ops::{StateBackend, prelude::*};
use ops_testing::{
    engine::ContainerHandle,
    world::{Application, Build, World},
};

#[test]
fn a_replaced_pod_has_nothing_and_the_charm_starts_its_service_again() {
    let mut world = related();
    let handle = world.engine().container(&"notes/0".parse().unwrap(), "notes");
    let Some(ContainerHandle::Emulated(daemon)) = handle else { panic!("it is emulated") };
    daemon.with(|pebble| *pebble = pebble.clone().file("/scratch", "x"));
    assert!(world.container("notes/0", "notes").file_at("/scratch").is_some());
    let before = world.unit("notes/0").hooks().len();
    world.replace_pod("notes/0");
    world.settle();
    assert_eq!(
        world.unit("notes/0").hooks()[before..],
        ["stop", "upgrade-charm", "config-changed", "start", "notes-pebble-ready"]
    );
    let pebble = world.container("notes/0", notes::containers::NOTES);
    assert!(pebble.file_at("/scratch").is_none());
    assert!(pebble.is_running("notes"));
    world.expect_active("notes");
}

#[test]
fn a_fresh_pod_runs_nothing_until_its_charm_says_so() {
    let mut world = related();
    world.replace_pod("notes/0");
    world.run_hook("notes/0", "stop");
    let pebble = world.container("notes/0", "notes");
    assert!(pebble.layers().is_empty() && !pebble.is_running("notes"));
}

#[test]
fn a_container_that_goes_down_is_waited_for_and_planned_when_it_is_back() {
    let mut world = related();
    world.container_down("notes/0", "notes");
    world.update_status("notes/0");
    world.settle();
    assert!(!world.unit("notes/0").state().containers[&notes::containers::NOTES].reachable);
    world.container_up("notes/0", "notes");
    world.settle();
    world.expect_active("notes");
    assert!(world.container("notes/0", "notes").is_running("notes"));
}

/// Counts its dispatches in a file.
struct Counting;

impl Charm for Counting {
    type Meta = store::Meta;
    const STATE: StateBackend = StateBackend::File;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|live, status| {
            let count =
                live.model().stored::<u32>("count", 1).optional()?.copied().unwrap_or(0) + 1;
            live.store("count", 1, &count)?;
            status.unit(Status::waiting(count.to_string()));
            Ok(())
        })
    }
}

#[test]
fn a_file_is_each_units_own_and_lost_with_the_pod() {
    let mut world = World::new();
    world.deploy(Application::new(Build::with_files(|| Counting).unwrap()).units(2));
    world.settle();
    let count =
        |world: &World, unit: &str| -> usize { world.unit(unit).status().message.parse().unwrap() };
    assert_eq!(count(&world, "store/0"), world.unit("store/0").hooks().len());
    assert_eq!(count(&world, "store/1"), world.unit("store/1").hooks().len());
    world.replace_pod("store/0");
    world.update_status("store/1");
    world.settle();
    // upgrade-charm, config-changed and start of the new pod
    assert_eq!(count(&world, "store/0"), 3);
    assert_eq!(count(&world, "store/1"), world.unit("store/1").hooks().len());
}
