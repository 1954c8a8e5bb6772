//! Charms that answer each other for ever.

use crate::engine_common::{Charm, ask, metadata};
use ops_testing::{
    engine::Unsettled,
    world::{Application, Build, Unrest, World},
};

/// Answers every number with the next.
fn answering(name: &'static str, role: &str) -> Build {
    let yaml = format!("{{name: {name}, {role}: {{link: {{interface: link}}}}}}");
    let charm = Charm::new(|hook, stage| {
        if hook == "link-relation-changed" {
            let count = ask(stage, "relation-get count");
            let count: u32 = count.parse().unwrap_or_default();
            ask(stage, &format!("relation-set count={}", count + 1));
        }
        0
    });
    Build::program(metadata(&yaml), charm)
}

fn endless() -> Unrest {
    let mut world = World::new();
    world.settings_mut().bound = 100;
    world.deploy(Application::new(answering("ping", "provides")));
    world.deploy(Application::new(answering("pong", "requires")));
    world.integrate("ping:link", "pong:link");
    world.try_settle().unwrap_err()
}

#[test]
fn the_shortest_sequence_that_goes_round_is_told() {
    let Unrest::Unsettled(Unsettled::Endless { cycle, hooks, .. }) = endless() else {
        panic!("it ended")
    };
    assert_eq!(hooks, 100);
    let turns: Vec<_> = cycle.iter().map(|turn| format!("{} {}", turn.unit, turn.hook)).collect();
    assert_eq!(turns, ["ping/0 link-relation-changed", "pong/0 link-relation-changed"]);
}

#[test]
fn the_message_says_what_each_wrote_for_the_next() {
    let text = endless().to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("there is always another hook: after 100 it is still"), "{text}");
    assert_eq!(lines[1], "this goes round and round:");
    let number = |line: &str, before: &str, after: &str| -> u32 {
        let rest = line.strip_prefix(before).unwrap_or_else(|| panic!("{line}"));
        rest.strip_suffix(after).unwrap_or_else(|| panic!("{line}")).parse().unwrap()
    };
    let ping = number(
        lines[2],
        "  1. link-relation-changed on ping/0 writes count=",
        " into link:0 for ping/0",
    );
    let pong = number(
        lines[3],
        "  2. link-relation-changed on pong/0 writes count=",
        " into link:0 for pong/0",
    );
    assert_eq!(ping.abs_diff(pong), 1, "{text}");
    assert_eq!(lines.len(), 4, "{text}");
}

#[test]
fn what_a_secret_holds_is_not_told_when_it_goes_round() {
    let charm = |name: &str, role: &str| {
        let yaml = format!("{{name: {name}, {role}: {{link: {{interface: link}}}}}}");
        let charm = Charm::new(|hook, stage| {
            if hook == "link-relation-created" {
                ask(stage, "secret-add --owner unit key=a-sentinel-value");
            }
            if hook == "link-relation-changed" {
                let count = ask(stage, "relation-get count");
                let count: u32 = count.rsplit('-').next().unwrap().parse().unwrap_or_default();
                ask(stage, &format!("relation-set count=a-sentinel-value-{}", count + 1));
            }
            0
        });
        Build::program(metadata(&yaml), charm)
    };
    let mut world = World::new();
    world.settings_mut().bound = 60;
    world.deploy(Application::new(charm("ping", "provides")));
    world.deploy(Application::new(charm("pong", "requires")));
    world.integrate("ping:link", "pong:link");
    // That it stands in an argument is another fault: the engine alone tells of the loop.
    let text = world.engine_mut().settle().unwrap_err().to_string();
    assert!(text.contains("count=<secret>-"), "{text}");
    assert!(!text.contains("a-sentinel-value"), "{text}");
}
