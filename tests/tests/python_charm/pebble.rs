//! What the workload does, and what the charm hears of it.

use super::World;
use ops_testing::emulator::pebble::CheckBehaviour;
use serde_json::json;

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

#[test]
fn a_custom_notice_reaches_the_charm_with_its_data() {
    let Some(mut world) = World::active() else { return };
    world.with_pebble(|pebble| {
        pebble.notify("example.com/backup/done", [("table", "users")]);
    });
    assert_eq!(world.settle(), ["web-pebble-custom-notice"]);
    world.with_pebble(|pebble| {
        pebble.notify("example.com/backup/done", [("table", "groups")]);
    });
    assert_eq!(world.settle(), ["web-pebble-custom-notice"]);
    let seen = world.reported("seen");
    for expected in ["users x1", "groups x2"] {
        let expected = format!("notice example.com/backup/done {expected}");
        assert!(seen.contains(&json!(expected)), "{expected}: {seen:?}");
    }
}

#[test]
fn a_check_that_fails_and_recovers_is_heard_of_both_times() {
    let Some(mut world) = World::active() else { return };
    world.with_pebble(|pebble| pebble.set_check_behaviour("up", CheckBehaviour::Fails));
    assert_eq!(world.settle(), ["web-pebble-check-failed"]);
    world.with_pebble(|pebble| pebble.set_check_behaviour("up", CheckBehaviour::Passes));
    assert_eq!(world.settle(), ["web-pebble-check-recovered"]);
    let seen = world.reported("seen");
    let checks: Vec<_> = seen.iter().filter(|s| s.as_str().unwrap().contains("check")).collect();
    let expected = ["web_pebble_check_failed up down", "web_pebble_check_recovered up up"];
    assert_eq!(checks, expected);
}
