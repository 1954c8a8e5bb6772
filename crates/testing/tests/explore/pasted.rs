//! What explorations of wrong charms have printed, pasted as it is: a right charm passes it.

use super::charms::Right;
use ops_testing::explore::{Exploration, Trouble};

fn exploration() -> Exploration {
    super::exploration(|| Right)
}

#[test]
fn the_same_changes_come_to_the_same_end() {
    let found = exploration().replay(|world| {
        world.set_config("web", "port", 8080);
        world.run("web/0", "config-changed");
        world.integrate("web:database", "database:database");
    });
    found.unwrap();
}

#[test]
fn a_hook_that_runs_twice_leaves_what_it_leaves_once() {
    let found = exploration().replay(|world| {
        world.set_config("web", "port", 8080);
        world.run_with("web/0", "config-changed", Trouble::Again);
    });
    found.unwrap();
}
