//! A secret that one charm makes and another reads, through a relation and through time.

use crate::engine_common::{Charm, ask, metadata, unit};
use ops_testing::{
    engine::Stage,
    world::{Application, Build, SecretNamed, Unrest, World},
};
use std::{cell::Cell, rc::Rc};

const RELATION: (&str, &str) = ("app:vault", "vault:app");

/// Makes a password, hands it to whoever is related, and makes another when it is due.
fn vault(how: &'static str) -> Build {
    let count = Rc::new(Cell::new(1));
    let charm = Charm::new(move |hook, stage| {
        let next = || {
            count.set(count.get() + 1);
            format!("pass-{}", count.get())
        };
        match hook {
            "app-relation-created" if ask(stage, "is-leader") == "True" => {
                let id = ask(stage, &format!("secret-add --label pw {how} key=pass-1"));
                let relation = ask(stage, "relation-ids app");
                ask(stage, &format!("secret-grant {id} --relation {relation}"));
                ask(stage, &format!("relation-set -r {relation} --app id={id}"));
            }
            "secret-rotate" | "secret-expired" => {
                let id = environment(stage, "JUJU_SECRET_ID");
                ask(stage, &format!("secret-set {id} key={} {how}", next()));
            }
            "secret-remove" => {
                let id = environment(stage, "JUJU_SECRET_ID");
                let revision = environment(stage, "JUJU_SECRET_REVISION");
                ask(stage, &format!("secret-remove {id} --revision {revision}"));
            }
            _ => {}
        }
        0
    });
    Build::program(metadata("{name: vault, provides: {app: {interface: vault}}}"), charm)
}

/// Keeps the length of what it read last as its workload version, which nobody takes for a secret.
fn app() -> Build {
    let charm = Charm::new(|hook, stage| {
        match hook {
            "vault-relation-changed" => {
                let id = ask(stage, "relation-get --app id vault");
                if !id.is_empty() {
                    read(stage, &format!("secret-get {id} --label pw key"));
                }
            }
            "secret-changed" => read(stage, "secret-get --label pw --refresh"),
            _ => {}
        }
        0
    });
    Build::program(metadata("{name: app, requires: {vault: {interface: vault}}}"), charm)
}

fn read(stage: &Stage, command: &str) {
    let password = ask(stage, command);
    let number = password.rsplit("pass-").next().unwrap();
    ask(stage, &format!("application-version-set {number}"));
}

fn environment(stage: &Stage, name: &str) -> String {
    let found = stage.environment.iter().find(|(key, _)| *key == name);
    found.unwrap().1.to_str().unwrap().to_owned()
}

fn related(how: &'static str) -> World {
    let mut world = World::new();
    world.deploy(Application::new(vault(how)));
    world.deploy(Application::new(app()));
    world.integrate(RELATION.0, RELATION.1);
    world.settle();
    world
}

fn known(world: &World) -> String {
    world.model().application("app").unwrap().workload_version.clone()
}

#[test]
fn a_secret_is_shared_through_a_relation_and_its_grant_ends_with_it() {
    let mut world = related("--rotate never");
    assert_eq!(known(&world), "1");
    let secret = world.model().secrets.values().next().unwrap().clone();
    assert!(secret.is_readable_by(&unit("app/0")));
    world.remove_relation(RELATION);
    world.settle();
    let secret = world.model().secrets.values().next().unwrap();
    assert!(!secret.is_readable_by(&unit("app/0")));
}

#[test]
fn a_rotation_that_comes_due_is_seen_by_the_owner_and_then_by_the_reader() {
    let mut world = related("--rotate hourly");
    world.advance(3599);
    assert_eq!(world.settle().hooks, 0);
    world.advance(1);
    let before = world.timeline().runs().len();
    world.settle();
    let ran: Vec<_> = world.timeline().runs()[before..]
        .iter()
        .map(|entry| format!("{} {}", entry.unit, entry.name))
        .collect();
    assert_eq!(ran, ["vault/0 secret-rotate", "app/0 secret-changed", "vault/0 secret-remove"]);
    assert_eq!(known(&world), "2");
    let secret = world.model().secrets.values().next().unwrap();
    assert_eq!(secret.revisions.keys().collect::<Vec<_>>(), [&2]);
    world.advance(3600);
    world.settle();
    assert_eq!(known(&world), "3");
}

#[test]
fn an_expiry_that_comes_due_is_answered_with_another_revision() {
    let mut world = related("--expire 24h");
    world.advance(24 * 3600);
    world.settle();
    assert!(world.unit("vault/0").hooks().contains(&"secret-expired"));
    assert_eq!(known(&world), "2");
    world.expect_idle();
}

#[test]
fn whoever_leads_when_it_is_due_is_asked_to_rotate() {
    let mut world = related("--rotate hourly");
    world.add_unit("vault");
    world.settle();
    world.advance(3600);
    world.lose_leader("vault");
    assert!(world.due().is_empty(), "nobody manages it");
    world.elect("vault/1");
    world.settle();
    assert!(!world.unit("vault/0").hooks().contains(&"secret-rotate"));
    let hooks = world.unit("vault/1").hooks();
    assert_eq!(hooks[hooks.len() - 3..], ["leader-elected", "secret-rotate", "secret-remove"]);
    assert_eq!(known(&world), "2");
}

#[test]
fn what_expires_and_rotates_at_once_expires_first_and_may_rotate_first() {
    let mut world = related("--rotate hourly --expire 1h");
    world.advance(3600);
    let due: Vec<_> = world
        .due()
        .iter()
        .map(|due| due.hook.name(world.model(), &due.unit).into_owned())
        .collect();
    assert_eq!(due, ["secret-expired", "secret-rotate"]);
    let mut other = world.clone();
    world.settle();
    other.run_hook("vault/0", "secret-rotate");
    other.settle();
    for world in [world, other] {
        let secret = world.model().secrets.values().next().unwrap();
        assert_eq!(secret.revisions.len(), 1, "the old ones are removed: {}", world.timeline());
        world.expect_idle();
    }
}

#[test]
fn a_rotation_that_nobody_acts_on_is_offered_again_after_five_minutes() {
    let charm = Charm::new(|hook, stage| {
        if hook == "install" {
            ask(stage, "secret-add --rotate hourly key=first");
        }
        0
    });
    let lazy = Build::program(metadata("{name: lazy}"), charm);
    let mut world = World::new();
    world.deploy(Application::new(lazy));
    world.settle();
    let rotations = |world: &World| {
        world.unit("lazy/0").hooks().iter().filter(|hook| **hook == "secret-rotate").count()
    };
    for (seconds, expected) in [(3600, 1), (299, 1), (1, 2)] {
        world.advance(seconds);
        world.settle();
        assert_eq!(rotations(&world), expected, "after {seconds} more");
    }
}

#[test]
fn the_operators_secret_reaches_the_charm_and_each_change_of_it() {
    let charm = Charm::new(|hook, stage| {
        if matches!(hook, "config-changed" | "secret-changed") {
            let id = ask(stage, "config-get key");
            if !id.is_empty() {
                read(stage, &format!("secret-get {id} --refresh key"));
            }
        }
        0
    });
    let yaml = "{name: app, config: {options: {key: {type: secret}}}}";
    let mut world = World::new();
    world.deploy(Application::new(Build::program(metadata(yaml), charm)));
    world.settle();
    world.add_secret("mine", [("key", "pass-7")]);
    world.grant_secret("mine", "app");
    world.set_config("app", "key", SecretNamed::new("mine"));
    world.settle();
    assert_eq!(known(&world), "7");
    world.update_secret("mine", [("key", "pass-8")]);
    world.settle();
    assert_eq!(known(&world), "8");
}

#[test]
fn a_secret_in_the_log_is_unrest_and_is_not_repeated() {
    let charm = Charm::new(|hook, stage| {
        if hook == "start" {
            ask(stage, "secret-add --owner unit key=a-sentinel-value");
            ask(stage, "juju-log a-sentinel-value");
        }
        0
    });
    let mut world = World::new();
    world.deploy(Application::new(Build::program(metadata("{name: loose}"), charm)));
    while world.unit("loose/0").hooks().last() != Some(&"start") {
        world.run_next().unwrap();
    }
    let unrest = world.try_settle().unwrap_err();
    assert!(matches!(&unrest, Unrest::Leaked { hook, .. } if hook == "start"), "{unrest}");
    let text = format!("{unrest}\n{}", world.timeline());
    assert!(text.contains("the secret value \"key\" shows up in the log"), "{text}");
    assert!(!text.contains("a-sentinel-value"), "{text}");
    world.try_settle().unwrap();
}

#[test]
fn a_leak_is_found_and_told_in_its_place_although_earlier_runs_were_forgotten() {
    let charm = Charm::new(|hook, stage| {
        match hook {
            "start" => drop(ask(stage, "secret-add --owner unit key=a-sentinel-value")),
            "update-status" => drop(ask(stage, "juju-log a-sentinel-value")),
            _ => {}
        }
        0
    });
    let mut world = World::new();
    world.deploy(Application::new(Build::program(metadata("{name: loose}"), charm)));
    // An argument is no place for it either.
    world.try_settle().unwrap_err();
    world.engine_mut().forget_timeline();
    world.update_status("loose/0");
    let unrest = world.try_settle().unwrap_err();
    assert!(matches!(&unrest, Unrest::Leaked { hook, .. } if hook == "update-status"), "{unrest}");
    world.try_settle().unwrap();
    let text = world.timeline().to_string();
    assert!(text.starts_with("world.update_status(\"loose/0\")"), "{text}");
}
