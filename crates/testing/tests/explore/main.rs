//! An exploration lets a right charm pass, and catches wrong ones with a sequence of a few moves.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod acts;
mod charms;
mod pasted;
mod right;
mod states;

use acts::{ask, deployed};
use charms::{
    CrashUnsafe, Defers, HotLoop, NotIdempotent, OrderDependent, Panics, Right, StartsOnce,
};
use ops::{Charm, names::UnitName};
use ops_testing::{
    explore::{Counterexample, Exploration, Explored, Property},
    world::{Application, World},
};
use std::{cell::Cell, rc::Rc};

/// A settled unit of a charm whose container is down, beside a database that has something to say.
fn exploration<C: Charm>(make: impl Fn() -> C + 'static) -> Exploration {
    let mut world = World::new();
    world.deploy(Application::of(make));
    world.deploy(Application::scripted("database").provides("database", "pair"));
    world.container_down("web/0", "web");
    world.engine_mut().settle().unwrap();
    Exploration::of(world)
        .change(|world| world.set_config("web", "port", 8080))
        .change(|world| drop(world.integrate("web:database", "database:database")))
        .change(|world| {
            let ends = ("web:database", "database:database");
            world.remote_data(ends, "database", [("value", "there")]);
        })
        .change(|world| world.container_up("web/0", "web"))
}

fn unit() -> UnitName {
    UnitName::from_static("web/0")
}

fn caught(found: Result<Explored, Counterexample>, property: &Property) -> Counterexample {
    let found = found.unwrap_err();
    assert_eq!(found.property, *property, "{found}");
    assert!(found.sequence.len() <= 4, "{found}");
    found
}

#[test]
fn a_right_charm_passes_whatever_happens() {
    let explored = exploration(|| Right)
        .invariant("it is not active without a database", |world| {
            let unit = &world.model().units[&unit()].status.status;
            let has_database = world.model().relations.values().any(|found| !found.is_peer());
            match has_database || unit.name.as_str() != "active" {
                true => Ok(()),
                false => Err("it is".to_owned()),
            }
        })
        .exhaustive(4)
        .random(200, 1)
        .run()
        .unwrap();
    assert!(explored.sequences > 400, "{explored:?}");
    assert!(explored.states > 100, "{explored:?}");
}

#[test]
fn a_charm_that_defers_until_all_is_there_passes() {
    let explored = exploration(|| Defers).exhaustive(3).random(200, 1).run().unwrap();
    assert!(explored.sequences > 200, "{explored:?}");
}

#[test]
fn a_charm_that_depends_on_the_order_is_caught() {
    let found = caught(exploration(|| OrderDependent).exhaustive(3).run(), &Property::Confluence);
    let missing = "- relation database:database web:database, databag of, web/0: value 8080";
    assert_eq!(found.evidence, [missing]);
    assert!(include_str!("pasted.rs").contains(&found.test()), "{}", found.test());
}

#[test]
fn a_charm_that_is_not_idempotent_is_caught() {
    let found = caught(exploration(|| NotIdempotent).exhaustive(3).run(), &Property::Idempotence);
    assert!(found.evidence.first().unwrap().contains("config-changed on web/0"), "{found}");
    assert!(include_str!("pasted.rs").contains(&found.test()), "{}", found.test());
}

#[test]
fn what_is_ignored_is_no_difference() {
    let counts = exploration(|| NotIdempotent).exhaustive(2);
    counts.clone().run().unwrap_err();
    counts.ignoring("web/0, state: charm.count").run().unwrap();
}

#[test]
fn a_hot_loop_is_caught() {
    let two_units = exploration(|| HotLoop).change(|world| drop(world.add_unit("web")));
    let found = caught(two_units.exhaustive(3).run(), &Property::Settling);
    let cycle = "cluster-relation-changed on web/1";
    assert!(found.evidence.iter().any(|line| line.trim() == cycle), "{found}");
}

#[test]
fn a_charm_that_loses_something_in_a_crash_is_caught() {
    let found = exploration(|| CrashUnsafe).exhaustive(3).run();
    let found = caught(found, &Property::Confluence);
    assert_eq!(found.evidence, ["- web/0, open port: 8080/tcp"]);
    assert!(found.sequence.iter().any(|step| step.to_string().contains("Trouble::")), "{found}");
}

#[test]
fn a_charm_that_is_killed_between_two_things_in_a_container_is_caught() {
    let found = caught(exploration(|| StartsOnce).exhaustive(3).run(), &Property::Confluence);
    assert!(found.evidence.iter().any(|line| line.contains("service")), "{found}");
    let killed = "Trouble::KilledAfter(1)";
    assert!(found.sequence.iter().any(|step| step.to_string().contains(killed)), "{found}");
}

#[test]
fn a_charm_that_panics_is_caught_with_what_it_said() {
    let found = caught(exploration(|| Panics).exhaustive(2).run(), &Property::NoError);
    assert!(found.evidence.iter().any(|line| line.contains("no such port")), "{found}");
}

#[test]
fn an_invariant_that_does_not_hold_is_named_with_its_reason() {
    let name = "the port is never 8080";
    let found = exploration(|| Right)
        .invariant(name, |world| {
            let ports = &world.model().units[&unit()].ports;
            match ports.iter().find(|port| port.range.from == 8080) {
                Some(_) => Err("it is".to_owned()),
                None => Ok(()),
            }
        })
        .exhaustive(3)
        .run();
    let found = caught(found, &Property::Invariant(name.to_owned()));
    assert_eq!(found.sequence.len(), 1, "{found}");
    assert!(found.test().contains("fn holds_the_port_is_never_8080()"), "{found}");
}

#[test]
fn the_same_seed_finds_the_same_and_says_it() {
    let find = || exploration(|| CrashUnsafe).random(200, 7).run().unwrap_err();
    assert_eq!(find(), find());
    assert_eq!(find().seed, Some(7));
    assert!(find().to_string().contains("the seed 7"));
}

#[test]
fn what_was_explored_before_does_not_change_the_sequences_of_a_seed() {
    let failed = Rc::new(Cell::new(0));
    let count = Rc::clone(&failed);
    let world = deployed(move |hook, stage| match hook {
        "install" if ask(stage, "is-leader").is_none() => count.set(count.get() + 1),
        "install" => {}
        _ => ["config-get", "network-get web", "relation-ids database", "goal-state"]
            .into_iter()
            .for_each(|line| drop(ask(stage, line))),
    });
    let by_chance = Exploration::of(world).length(1).random(200, 1);
    let failures = |exploration: Exploration| {
        failed.set(0);
        exploration.run().unwrap();
        failed.get()
    };
    let chance = failures(by_chance.clone());
    let all = failures(by_chance.clone().random(0, 1).exhaustive(3));
    assert!(chance > 0);
    assert_eq!(failures(by_chance.exhaustive(3)), all + chance);
}

#[test]
fn chance_finds_the_same() {
    for seed in 1..4 {
        caught(exploration(|| OrderDependent).random(200, seed).run(), &Property::Confluence);
        caught(exploration(|| NotIdempotent).random(200, seed).run(), &Property::Idempotence);
        caught(exploration(|| CrashUnsafe).random(200, seed).run(), &Property::Confluence);
    }
}
