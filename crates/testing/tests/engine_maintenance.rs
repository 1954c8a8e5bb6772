//! Storage, suspended relations, upgrades, and what Pebble has to say.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod engine_common;

use engine_common::{Charm, ask, call, database, hooks_of, metadata, settled, unit, web};
use ops::hook_command::Exit;
use ops_testing::{
    emulator::{
        juju::{CharmMetadata, Hook, Model, ModelKind, StorageKind},
        pebble::{CheckBehaviour, Pebble},
    },
    engine::{ContainerHandle, Engine, Outcome, Program},
};
use std::{cell::RefCell, rc::Rc};

fn with_storage() -> CharmMetadata {
    metadata(
        "
name: web
storage:
  data: {type: filesystem, location: /srv}
  disk: {type: block, multiple: {range: 0-2}}
",
    )
}

fn deployed(kind: ModelKind, charm: Rc<Charm>) -> Engine {
    let mut engine = Engine::new(Model { kind, ..Model::default() });
    engine.settings_mut().retries = 0;
    engine.deploy("web", with_storage(), charm, 1).unwrap();
    engine
}

#[test]
fn a_machine_has_its_storage_before_install_and_a_pod_after_start() {
    let mut machine = deployed(ModelKind::Machine, Charm::idle());
    let hooks = hooks_of(&mut machine, &unit("web/0"), |_| {});
    assert_eq!(hooks[..2], ["data-storage-attached", "install"]);
    let mut pod = deployed(ModelKind::Kubernetes, Charm::idle());
    let hooks = hooks_of(&mut pod, &unit("web/0"), |_| {});
    assert_eq!(hooks[hooks.len() - 2..], ["start", "data-storage-attached"]);
}

#[test]
fn a_unit_that_gets_its_storage_before_install_takes_part_in_no_relation_yet() {
    let mut engine = Engine::new(Model { kind: ModelKind::Machine, ..Model::default() });
    let charm =
        "{name: web, storage: {data: {type: filesystem}}, peers: {cluster: {interface: c}}}";
    engine.deploy("web", metadata(charm), Charm::idle(), 1).unwrap();
    let web_0 = unit("web/0");
    let is_member = |engine: &Engine| {
        engine.model().relations.values().any(|relation| relation.has_member(&web_0))
    };
    for hook in ["data-storage-attached", "install"] {
        assert_eq!(engine.step().unwrap().name, hook);
        assert!(!is_member(&engine), "{hook}");
    }
    assert_eq!(engine.step().unwrap().name, "cluster-relation-created");
    assert!(is_member(&engine));
}

#[test]
fn on_a_machine_config_changed_follows_upgrade_charm_before_any_relation_hook() {
    let mut engine = Engine::new(Model { kind: ModelKind::Machine, ..Model::default() });
    engine.deploy_scripted("database", database(), 1).unwrap();
    let charm = metadata("{name: web, requires: {database: {interface: sql}}}");
    engine.deploy("web", charm.clone(), Charm::idle(), 1).unwrap();
    let id = engine.integrate("web:database", "database:database").unwrap();
    engine.settle().unwrap();
    engine.upgrade("web", charm, Charm::idle()).unwrap();
    engine.write(id, "database", [("url", "sql://a")]).unwrap();
    assert_eq!(engine.step().unwrap().name, "upgrade-charm");
    let legal: Vec<Hook> = engine.due().into_iter().map(|due| due.hook).collect();
    assert_eq!(legal, [Hook::ConfigChanged]);
    engine.step().unwrap();
    assert_eq!(engine.step().unwrap().name, "database-relation-changed");
}

#[test]
fn storage_is_detached_before_the_unit_stops() {
    let mut engine = deployed(ModelKind::Kubernetes, Charm::idle());
    engine.settle().unwrap();
    let web_0 = unit("web/0");
    let hooks = hooks_of(&mut engine, &web_0, |e| e.remove_unit(&web_0).unwrap());
    assert_eq!(hooks, ["data-storage-detaching", "stop", "remove"]);
}

#[test]
fn storage_that_is_added_and_taken_away_is_told_of_and_seen_meanwhile() {
    let listed = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&listed);
    let charm = Charm::new(move |hook, stage| {
        seen.borrow_mut()
            .push(format!("{hook}: {}", ask(stage, "storage-list").replace('\n', " ")));
        if hook.starts_with("disk") {
            assert_eq!(ask(stage, "storage-get kind"), "block", "{hook}");
        }
        0
    });
    let mut engine = deployed(ModelKind::Kubernetes, charm);
    engine.settle().unwrap();
    let web_0 = unit("web/0");
    listed.borrow_mut().clear();
    let id = engine.add_storage(&web_0, "disk").unwrap();
    assert_eq!(engine.model().unit(&web_0).unwrap().storage[&id].kind, StorageKind::Block);
    engine.settle().unwrap();
    engine.detach_storage(&web_0, &id).unwrap();
    engine.settle().unwrap();
    engine.update_status(&web_0).unwrap();
    engine.settle().unwrap();
    assert_eq!(
        *listed.borrow(),
        [
            "disk-storage-attached: data/0 disk/1",
            "disk-storage-detaching: data/0 disk/1",
            "update-status: data/0",
        ]
    );
    // Nobody was told that it came: nobody is told that it goes.
    let id = engine.add_storage(&web_0, "disk").unwrap();
    assert!(hooks_of(&mut engine, &web_0, |e| e.detach_storage(&web_0, &id).unwrap()).is_empty());
}

#[test]
fn a_charm_asks_for_storage_and_gets_it_unless_it_has_enough() {
    let charm = Charm::new(|hook, stage| {
        if hook == "update-status" {
            ask(stage, "storage-add disk=2");
        }
        0
    });
    let mut engine = deployed(ModelKind::Machine, charm);
    engine.settle().unwrap();
    let web_0 = unit("web/0");
    let hooks = hooks_of(&mut engine, &web_0, |e| e.update_status(&web_0).unwrap());
    assert_eq!(hooks, ["update-status", "disk-storage-attached", "disk-storage-attached"]);
    engine.update_status(&web_0).unwrap();
    let outcome = &engine.step().unwrap().outcome;
    assert!(matches!(outcome, Outcome::Refused(why) if why.contains("at most 2")), "{outcome}");
    assert_eq!(engine.model().unit(&web_0).unwrap().storage.len(), 3);
}

#[test]
fn storage_commands_complain_as_juju_does() {
    let charm = Charm::new(|hook, stage| {
        if hook != "update-status" {
            return 0;
        }
        for (line, code, complaint) in [
            (
                "storage-get -s data/7",
                2,
                "invalid value \"data/7\" for option -s: storage not found",
            ),
            ("storage-get", 2, "no storage instance specified"),
            ("storage-get -s data/0 size", 1, "invalid storage attribute \"size\""),
            ("storage-add", 2, "storage add requires a storage directive"),
            ("storage-add disk disk", 2, "storage \"disk\" specified more than once"),
            ("storage-add disk=1G", 2, "only count can be specified for \"disk\""),
            ("storage-add =1", 2, "expected \"name=directive\" or \"name\", got \"=1\""),
        ] {
            let reply = call(stage, line);
            assert_eq!(reply.exit, Exit::Code(code), "{line}");
            assert_eq!(String::from_utf8_lossy(&reply.stderr), format!("ERROR {complaint}\n"));
        }
        assert_eq!(ask(stage, "storage-get -s data/0 location"), "/srv");
        assert_eq!(ask(stage, "storage-list nothing --format=json"), "[]");
        let both = ask(stage, "storage-get -s data/0 --format=json");
        assert_eq!(both, "{\"kind\":\"filesystem\",\"location\":\"/srv\"}");
        0
    });
    let mut engine = deployed(ModelKind::Kubernetes, charm);
    engine.settle().unwrap();
    engine.update_status(&unit("web/0")).unwrap();
    engine.settle().unwrap();
    assert_eq!(engine.timeline().last().unwrap().name, "update-status");
}

#[test]
fn a_suspended_relation_is_broken_and_begins_anew_when_it_is_resumed() {
    let mut engine = settled(&Charm::idle());
    engine.deploy_scripted("database", database(), 1).unwrap();
    let id = engine.integrate("web:database", "database:database").unwrap();
    engine.write(id, "database", [("url", "sql://a")]).unwrap();
    engine.settle().unwrap();
    let web_0 = unit("web/0");
    let hooks = hooks_of(&mut engine, &web_0, |e| e.suspend_relation(id).unwrap());
    assert_eq!(hooks, ["database-relation-departed database/0", "database-relation-broken"]);
    assert!(engine.model().relations.contains_key(&id));
    assert!(!engine.model().relations[&id].has_member(&web_0));
    let hooks = hooks_of(&mut engine, &web_0, |e| e.resume_relation(id).unwrap());
    assert_eq!(
        hooks,
        [
            "database-relation-created",
            "database-relation-changed app",
            "database-relation-joined database/0",
            "database-relation-changed database/0",
        ]
    );
    // Suspended and then removed, it breaks once.
    engine.suspend_relation(id).unwrap();
    engine.settle().unwrap();
    assert!(hooks_of(&mut engine, &web_0, |e| e.remove_relation(id).unwrap()).is_empty());
    assert!(!engine.model().relations.contains_key(&id));
}

/// A charm that keeps the names of its hooks, each with its own name before it.
fn named(name: &'static str, log: &Rc<RefCell<Vec<String>>>) -> Rc<Charm> {
    let log = Rc::clone(log);
    Charm::new(move |hook, _| {
        log.borrow_mut().push(format!("{name} {hook}"));
        i32::from(name == "old" && hook == "config-changed")
    })
}

#[test]
fn the_old_charm_runs_until_its_pod_is_gone() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let mut engine = settled(&Charm::idle());
    engine.upgrade("web", web(), named("first", &log)).unwrap();
    engine.settle().unwrap();
    log.borrow_mut().clear();
    engine.upgrade("web", web(), named("second", &log)).unwrap();
    engine.settle().unwrap();
    assert_eq!(log.borrow()[..2], ["first stop", "second upgrade-charm"]);
}

#[test]
fn an_upgrade_brings_new_peer_relations_and_the_storage_that_units_must_have() {
    for kind in [ModelKind::Kubernetes, ModelKind::Machine] {
        let mut engine = Engine::new(Model { kind, ..Model::default() });
        let old = metadata("{name: web, peers: {cluster: {interface: c}}}");
        engine.deploy("web", old, Charm::idle(), 1).unwrap();
        engine.settle().unwrap();
        let new = metadata(
            "
name: web
peers: {cluster: {interface: c}, restart: {interface: r}}
storage:
  data: {type: filesystem}
  spare: {type: filesystem, multiple: {range: 0-1}}
",
        );
        for expected in [&["restart-relation-created", "data-storage-attached"][..], &[]] {
            let hooks = hooks_of(&mut engine, &unit("web/0"), |e| {
                e.upgrade("web", new.clone(), Charm::idle()).unwrap();
            });
            let begins = |hook: &&String| hook.contains("relation") || hook.contains("storage");
            assert_eq!(hooks.iter().filter(begins).collect::<Vec<_>>(), expected, "{kind:?}");
        }
        assert_eq!(engine.model().relations.len(), 2);
    }
}

fn with_sidecar() -> CharmMetadata {
    metadata("{name: web, containers: {web: {}, sidecar: {}}}")
}

fn has_sidecar(engine: &Engine) -> bool {
    engine.containers(&unit("web/0")).any(|name| name.as_str() == "sidecar")
}

#[test]
fn a_pod_that_has_not_started_is_replaced_at_once_without_stop() {
    let after = [
        (
            0,
            &["install", "config-changed", "start", "sidecar-pebble-ready", "web-pebble-ready"][..],
        ),
        (
            1,
            &[
                "upgrade-charm",
                "config-changed",
                "start",
                "sidecar-pebble-ready",
                "web-pebble-ready",
            ],
        ),
    ];
    for (steps, expected) in after {
        let mut engine = Engine::default();
        let old = metadata("{name: web, containers: {web: {}}}");
        engine.deploy("web", old, Charm::idle(), 1).unwrap();
        (0..steps).for_each(|_| drop(engine.step().cloned()));
        engine.upgrade("web", with_sidecar(), Charm::idle()).unwrap();
        assert!(has_sidecar(&engine));
        let hooks = hooks_of(&mut engine, &unit("web/0"), |_| {});
        let hooks = hooks.iter().filter(|hook| *hook != "leader-elected");
        assert_eq!(hooks.collect::<Vec<_>>(), expected, "after {steps} hooks");
    }
}

#[test]
fn a_pod_in_error_that_has_not_started_is_replaced_when_the_failed_hook_is_over() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let charm = Charm::new(|_, _| 1);
    let mut engine = Engine::default();
    let old = metadata("{name: web, containers: {web: {}}}");
    engine.deploy("web", old, Rc::clone(&charm) as Rc<dyn Program>, 1).unwrap();
    engine.step().unwrap();
    engine.upgrade("web", with_sidecar(), named("new", &log)).unwrap();
    assert!(!has_sidecar(&engine));
    charm.becomes(|_, _| 0);
    assert_eq!(engine.step().unwrap().name, "install");
    assert!(has_sidecar(&engine) && log.borrow().is_empty());
    engine.step().unwrap();
    assert_eq!(*log.borrow(), ["new upgrade-charm"]);
}

fn in_error(log: &Rc<RefCell<Vec<String>>>) -> Engine {
    let mut engine = settled(&Charm::idle());
    engine.settings_mut().retries = 1;
    engine.upgrade("web", web(), named("old", log)).unwrap();
    engine.settle().unwrap_err();
    log.borrow_mut().clear();
    engine
}

#[test]
fn a_unit_in_error_keeps_its_charm_until_the_failed_hook_is_over() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let mut engine = in_error(&log);
    engine.upgrade("web", web(), named("new", &log)).unwrap();
    engine.resolved(&unit("web/0"), true).unwrap();
    engine.step().unwrap();
    assert_eq!(*log.borrow(), ["old config-changed"]);
    engine.resolved(&unit("web/0"), false).unwrap();
    engine.settle().unwrap();
    assert_eq!(log.borrow()[1], "new upgrade-charm");
}

#[test]
fn a_forced_upgrade_runs_the_failed_hook_again_with_the_new_charm() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let mut engine = in_error(&log);
    engine.upgrade_by_force("web", web(), named("new", &log)).unwrap();
    engine.settle().unwrap();
    assert_eq!(log.borrow()[0], "new config-changed");
    assert!(!log.borrow().iter().any(|hook| hook.contains("upgrade-charm")), "{log:?}");
}

fn with_pebble(engine: &Engine, act: impl FnOnce(&mut Pebble)) {
    match engine.container(&unit("web/0"), "web") {
        Some(ContainerHandle::Emulated(daemon)) => daemon.with(act),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_pebble_has_to_say_becomes_hooks_by_itself() {
    use ops_pebble::{
        Client, Combine,
        layer::{Check, Layer},
    };
    let layer = Layer::new().check("up", Check::exec("true"));
    let charm = Charm::new(move |hook, stage| {
        if hook == "web-pebble-ready" {
            let client = Client::new(stage.containers["web"].dial());
            client.add_layer("web", &layer, Combine::Yes).unwrap();
        }
        0
    });
    let mut engine = settled(&charm);
    let web_0 = unit("web/0");
    let fails =
        |e: &mut Engine| with_pebble(e, |p| p.set_check_behaviour("up", CheckBehaviour::Fails));
    assert_eq!(hooks_of(&mut engine, &web_0, fails), ["web-pebble-check-failed"]);
    let passes =
        |e: &mut Engine| with_pebble(e, |p| p.set_check_behaviour("up", CheckBehaviour::Passes));
    assert_eq!(hooks_of(&mut engine, &web_0, passes), ["web-pebble-check-recovered"]);
    let notify = |e: &mut Engine| {
        with_pebble(e, |p| {
            p.notify("example.com/a", [("n", "1")]);
            p.notify("example.com/b", [("n", "1")]);
        });
    };
    let expected = ["web-pebble-custom-notice", "web-pebble-custom-notice"];
    assert_eq!(hooks_of(&mut engine, &web_0, notify), expected);
    assert!(hooks_of(&mut engine, &web_0, |_| {}).is_empty());
}

#[test]
fn a_juju_that_knows_no_notices_says_nothing_of_them() {
    let mut engine = Engine::new(Model::new("old", ops_core::JujuVersion::new(3, 1, 0)));
    engine.deploy("web", web(), Charm::idle(), 1).unwrap();
    engine.settle().unwrap();
    with_pebble(&engine, |p| {
        p.notify("example.com/a", [("n", "1")]);
    });
    assert!(hooks_of(&mut engine, &unit("web/0"), |_| {}).is_empty());
}

#[test]
fn a_container_that_is_made_anew_has_the_files_of_its_image_only() {
    let mut engine = Engine::default();
    engine.set_image("web", "web", Pebble::new().file("/etc/issue", "image")).unwrap();
    engine.deploy("web", web(), Charm::idle(), 1).unwrap();
    engine.settle().unwrap();
    let paths = |engine: &Engine| {
        let mut found = Vec::new();
        with_pebble(engine, |p| found = p.file_paths().collect());
        found.retain(|path: &String| path.contains("issue") || path.contains("written"));
        found
    };
    for renew in [
        |e: &mut Engine| e.container_up(&unit("web/0"), "web").unwrap(),
        |e: &mut Engine| e.replace_pod(&unit("web/0")).unwrap(),
    ] {
        with_pebble(&engine, |p| *p = p.clone().file("/written", "x"));
        assert_eq!(paths(&engine), ["/etc/issue", "/written"]);
        renew(&mut engine);
        engine.settle().unwrap();
        assert_eq!(paths(&engine), ["/etc/issue"]);
    }
}
