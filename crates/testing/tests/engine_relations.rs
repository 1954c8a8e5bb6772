//! The life of a relation: created, joined, changed, departed, broken.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod engine_common;

use engine_common::{Charm, ask, database, hooks_of, settled, unit, web};
use ops_core::names::RelationId;
use ops_testing::{
    emulator::juju::Content,
    engine::{Engine, Program},
};
use std::rc::Rc;

fn related(charm: &Rc<Charm>) -> (Engine, RelationId) {
    let mut engine = settled(charm);
    engine.deploy_scripted("database", database(), 1).unwrap();
    let id = engine.integrate("web:database", "database:database").unwrap();
    (engine, id)
}

#[test]
fn a_relation_is_created_joined_and_changed() {
    let (mut engine, _) = related(&Charm::idle());
    assert_eq!(
        hooks_of(&mut engine, &unit("web/0"), |_| {}),
        [
            "database-relation-created",
            "database-relation-joined database/0",
            "database-relation-changed database/0",
        ]
    );
}

#[test]
fn the_databag_of_an_application_is_told_apart_from_those_of_its_units() {
    let (mut engine, id) = related(&Charm::idle());
    let web_0 = unit("web/0");
    let hooks =
        hooks_of(&mut engine, &web_0, |e| e.write(id, "database", [("url", "sql://a")]).unwrap());
    assert_eq!(hooks[1], "database-relation-changed app");
    assert_eq!(hooks.len(), 4);
    let write = |engine: &mut Engine| engine.write(id, "database", [("url", "sql://b")]).unwrap();
    assert_eq!(hooks_of(&mut engine, &web_0, write), ["database-relation-changed app"]);
    assert!(hooks_of(&mut engine, &web_0, write).is_empty());
    let write = |engine: &mut Engine| engine.write(id, "database/0", [("up", "yes")]).unwrap();
    assert_eq!(hooks_of(&mut engine, &web_0, write), ["database-relation-changed database/0"]);
}

#[test]
fn units_that_come_and_go_are_joined_and_departed() {
    let charm = Charm::idle();
    let (mut engine, id) = related(&charm);
    let web_0 = unit("web/0");
    engine.settle().unwrap();
    charm.becomes(|hook, stage| {
        let listed = ask(stage, "relation-list -r 1");
        if hook.ends_with("joined") || hook.ends_with("changed") {
            assert_eq!(listed, "database/0\ndatabase/1", "{hook}");
        } else {
            assert_eq!(listed, "database/0", "{hook}");
        }
        0
    });
    assert_eq!(id, RelationId::new(1));
    let add = |engine: &mut Engine| drop(engine.add_unit("database").unwrap());
    assert_eq!(
        hooks_of(&mut engine, &web_0, add),
        ["database-relation-joined database/1", "database-relation-changed database/1"]
    );
    let remove = |engine: &mut Engine| engine.remove_unit(&unit("database/1")).unwrap();
    assert_eq!(hooks_of(&mut engine, &web_0, remove), ["database-relation-departed database/1"]);
}

#[test]
fn a_removed_relation_departs_breaks_and_is_gone() {
    let charm = Charm::idle();
    let (mut engine, id) = related(&charm);
    engine.settle().unwrap();
    charm.becomes(|hook, stage| {
        if hook.ends_with("departed") {
            let departing = stage
                .environment
                .iter()
                .find(|(name, _)| *name == "JUJU_DEPARTING_UNIT")
                .unwrap()
                .1;
            assert_eq!(departing, "database/0");
        }
        0
    });
    let hooks = hooks_of(&mut engine, &unit("web/0"), |e| e.remove_relation(id).unwrap());
    assert_eq!(hooks, ["database-relation-departed database/0", "database-relation-broken"]);
    assert!(!engine.model().relations.contains_key(&id));
    let again = engine.integrate("web:database", "database:database").unwrap();
    assert_ne!(again, id);
    engine.settle().unwrap();
}

#[test]
fn a_relation_that_ends_before_it_began_has_no_hooks() {
    let (mut engine, id) = related(&Charm::idle());
    let hooks = hooks_of(&mut engine, &unit("web/0"), |e| e.remove_relation(id).unwrap());
    assert!(hooks.is_empty(), "{hooks:?}");
    assert!(!engine.model().relations.contains_key(&id));
}

#[test]
fn a_removed_unit_leaves_its_relations_stops_and_is_gone() {
    let charm = Charm::idle();
    let (mut engine, _) = related(&charm);
    engine.add_unit("web").unwrap();
    engine.settle().unwrap();
    let (first, second) = (unit("web/0"), unit("web/1"));
    let before = engine.timeline().len();
    engine.remove_unit(&first).unwrap();
    engine.settle().unwrap();
    let new = engine.timeline()[before..].iter();
    let (gone, stays): (Vec<_>, Vec<_>) = new.partition(|entry| entry.unit == first);
    let names: Vec<&str> = gone.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "cluster-relation-departed",
            "database-relation-departed",
            "database-relation-broken",
            "stop",
            "remove",
        ]
    );
    let names: Vec<&str> = stays.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["leader-elected", "cluster-relation-departed"]);
    assert!(engine.model().unit(&first).is_err() && engine.model().is_leader(&second));
}

#[test]
fn two_charms_tell_each_other() {
    let tell = |bag: &'static str, say: &'static str| {
        Charm::new(move |hook, stage| {
            if hook.ends_with("relation-created") && hook.starts_with("database") {
                ask(stage, &format!("relation-set {bag}={say}"));
            }
            0
        })
    };
    let mut engine = Engine::default();
    engine.deploy("database", database(), tell("url", "sql"), 1).unwrap();
    engine.deploy("web", web(), tell("name", "web"), 1).unwrap();
    engine.settle().unwrap();
    let id = engine.integrate("web:database", "database:database").unwrap();
    engine.settle().unwrap();
    let relation = &engine.model().relations[&id];
    assert_eq!(relation.member(&unit("database/0")).unwrap().settings["url"], "sql");
    assert_eq!(relation.member(&unit("web/0")).unwrap().settings["name"], "web");
    let of = |name: &str| {
        let names = engine.timeline().iter().filter(|entry| entry.unit.as_str() == name);
        names.map(|entry| entry.name.as_str()).filter(|name| name.starts_with("database")).count()
    };
    assert_eq!((of("web/0"), of("database/0")), (3, 3));
}

#[test]
fn followers_hear_what_the_leader_tells_its_peers_and_the_leader_does_not() {
    let charm = Charm::new(|hook, stage| {
        if hook == "leader-elected" {
            ask(stage, "relation-set -r cluster:0 --app token=one");
        }
        0
    });
    let mut engine = Engine::default();
    engine.deploy("web", web(), charm, 2).unwrap();
    engine.settle().unwrap();
    let told = |name: &str| {
        engine.timeline().iter().filter(|entry| entry.unit.as_str() == name).any(|entry| {
            entry.name == "cluster-relation-changed" && entry.hook.remote_unit().is_none()
        })
    };
    assert!(!told("web/0") && told("web/1"));
}

#[test]
fn what_is_removed_leaves_no_secret_behind_and_reads_none_any_more() {
    let charm = Charm::new(|hook, stage| {
        if hook == "start" {
            ask(stage, "secret-add --owner unit --label of-unit key=value");
            ask(stage, "secret-add --label of-application key=value");
        }
        0
    });
    let mut engine = Engine::default();
    let pw = engine.add_secret("pw", Content::from_iter([("key", "value")])).unwrap();
    let id = pw.to_string();
    let reads = Charm::new(move |hook, stage| {
        if hook == "update-status" {
            ask(stage, &format!("secret-get {id}"));
        }
        0
    });
    for _ in 0..2 {
        engine.deploy("web", web(), Rc::clone(&charm) as Rc<dyn Program>, 1).unwrap();
        engine.settle().unwrap();
        assert_eq!(engine.model().secrets.len(), 3);
        engine.remove_application("web").unwrap();
        engine.settle().unwrap();
        assert_eq!(engine.model().secrets.keys().collect::<Vec<_>>(), [&pw]);
    }
    let unit = engine.deploy("web", web(), reads, 1).unwrap().remove(0);
    engine.grant_secret(&pw, "web").unwrap();
    engine.settle().unwrap();
    engine.update_status(&unit).unwrap();
    engine.settle().unwrap();
    assert_eq!(engine.model().secrets[&pw].consumers.len(), 1);
    engine.remove_application("web").unwrap();
    engine.settle().unwrap();
    let secret = &engine.model().secrets[&pw];
    assert!(secret.consumers.is_empty() && secret.grants.is_empty(), "{:?}", secret.grants);
}
