//! Two states are one only if they have the same future.

use super::charms::{PutsOff, Remembers, Right};
use ops::Charm;
use ops_testing::{
    explore::Exploration,
    world::{Application, World},
};

/// A settled unit whose container is up.
pub(crate) fn up<C: Charm>(make: impl Fn() -> C + 'static) -> World {
    let mut world = World::new();
    world.deploy(Application::of(make));
    world.settle();
    world
}

const NOTHING: [(&str, &str); 0] = [];

fn notified(world: World) -> Exploration {
    Exploration::of(world)
        .change(|world| world.notify("web/0", "web", "example.com/a", NOTHING))
        .change(|world| world.notify("web/0", "web", "example.com/b", NOTHING))
}

#[test]
fn a_charm_that_remembers_the_last_notice_passes() {
    notified(up(|| Remembers)).exhaustive(4).random(50, 1).run().unwrap();
}

#[test]
fn what_was_heard_and_what_was_not_are_different_states() {
    let explored = notified(up(|| Right)).troubles(0).exhaustive(4).run().unwrap();
    // Neither, a, b, a then b, b then a, each as far as it was heard; the first is where it starts.
    assert_eq!(explored.states, 2 + 2 + 3 + 3, "{explored:?}");
}

#[test]
fn how_a_check_will_stand_is_part_of_the_state() {
    let explored = Exploration::of(up(|| Right))
        .change(|world| world.check_fails("web/0", "web", "up"))
        .change(|world| world.check_recovers("web/0", "web", "up"))
        .troubles(0)
        .exhaustive(2)
        .run()
        .unwrap();
    assert_eq!(explored.states, 2, "{explored:?}");
}

#[test]
fn a_difference_says_what_a_deferred_event_is_about() {
    let found = super::exploration(|| PutsOff).exhaustive(3).run().unwrap_err();
    let waits = "+ web/0, deferred: database-relation-created of relation database:database \
                 web:database it is too early";
    assert!(found.evidence.iter().any(|line| line == waits), "{found}");
}
