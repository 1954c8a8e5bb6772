//! An exploration lets a right charm pass, and catches wrong ones with a sequence of a few moves.
#![allow(clippy::unwrap_used, clippy::panic)]

mod charms;

use charms::{CrashUnsafe, HotLoop, NotIdempotent, OrderDependent, Right};
use ops::Charm;
use ops_testing::{
    explore::{Counterexample, Exploration, Explored, Property},
    world::{Application, World},
};

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
            let unit = &world.model().units.values().next().unwrap().status.status;
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
fn a_charm_that_depends_on_the_order_is_caught() {
    let found = exploration(|| OrderDependent).exhaustive(3).run();
    println!("{}", caught(found, &Property::Confluence));
}

#[test]
fn a_charm_that_is_not_idempotent_is_caught() {
    let found = exploration(|| NotIdempotent).exhaustive(3).run();
    println!("{}", caught(found, &Property::Idempotence));
}

#[test]
fn a_hot_loop_is_caught() {
    let found = exploration(|| HotLoop).change(|world| drop(world.add_unit("web"))).exhaustive(3).run();
    println!("{}", caught(found, &Property::Settling));
}

#[test]
fn a_charm_that_loses_something_in_a_crash_is_caught() {
    let found = exploration(|| CrashUnsafe).exhaustive(3).run();
    println!("{}", caught(found, &Property::Confluence));
}

#[test]
fn chance_finds_the_same() {
    for seed in 1..4 {
        caught(exploration(|| OrderDependent).random(200, seed).run(), &Property::Confluence);
        caught(exploration(|| NotIdempotent).random(200, seed).run(), &Property::Idempotence);
        caught(exploration(|| CrashUnsafe).random(200, seed).run(), &Property::Confluence);
    }
}
