//! What the workload does, and what the charm hears of it.

use super::World;

#[test]
fn a_container_that_restarts_is_set_up_again() {
    let Some(mut world) = World::active() else { return };
    world.engine.container_down(&world.unit.clone(), "web").unwrap();
    world.engine.update_status(&world.unit.clone()).unwrap();
    assert_eq!(world.settle(), ["update-status"]);
    assert_eq!(world.status(), "waiting: no Pebble");
    world.engine.container_up(&world.unit.clone(), "web").unwrap();
    assert_eq!(world.settle(), ["web-pebble-ready"]);
    assert_eq!(world.status(), "active: ");
    assert!(world.pebble().is_running("web"));
    assert!(world.pebble().file_at("/srv/www/index.html").is_some());
}
