//! Which hooks come due, and in which order.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod engine_common;

use engine_common::{Charm, ask, database, hooks_of, settled, unit, web};
use ops_testing::{
    emulator::juju::{AgentStatus, Content, Hook, StatusName},
    engine::{Engine, Program},
};
use serde_json::{Map, json};
use std::rc::Rc;

#[test]
fn the_first_hooks_on_kubernetes_come_in_jujus_order() {
    let mut engine = Engine::default();
    engine.deploy_scripted("database", database(), 1).unwrap();
    engine.deploy("web", web(), Charm::idle(), 1).unwrap();
    engine.integrate("web:database", "database:database").unwrap();
    let hooks = hooks_of(&mut engine, &unit("web/0"), |_| {});
    assert_eq!(
        hooks,
        [
            "install",
            "cluster-relation-created",
            "database-relation-created",
            "leader-elected",
            "config-changed",
            "start",
            "web-pebble-ready",
            "database-relation-joined database/0",
            "database-relation-changed database/0",
        ]
    );
    assert!(engine.due().is_empty());
}

#[test]
fn a_follower_hears_of_its_leader_until_juju_4() {
    let mut engine = Engine::default();
    engine.deploy("web", web(), Charm::idle(), 2).unwrap();
    let hooks = hooks_of(&mut engine, &unit("web/1"), |_| {});
    assert_eq!(
        hooks[1..4],
        ["cluster-relation-created", "leader-settings-changed", "config-changed"]
    );

    let mut engine = Engine::default();
    engine.model_mut().version = "4.0.1".parse().unwrap();
    engine.deploy("web", web(), Charm::idle(), 2).unwrap();
    let hooks = hooks_of(&mut engine, &unit("web/1"), |_| {});
    assert!(!hooks.iter().any(|hook| hook == "leader-settings-changed"), "{hooks:?}");
}

#[test]
fn pebble_ready_is_legal_from_install_on_and_usual_after_start() {
    let mut engine = Engine::default();
    engine.deploy("web", web(), Charm::idle(), 1).unwrap();
    engine.step();
    let legal: Vec<Hook> = engine.due().into_iter().map(|due| due.hook).collect();
    assert!(
        matches!(legal[..], [Hook::RelationCreated { .. }, Hook::PebbleReady { .. }]),
        "{legal:?}"
    );
    let due = engine.due()[1].clone();
    assert_eq!(engine.run(&due).unwrap().name, "web-pebble-ready");
    let hooks = hooks_of(&mut engine, &unit("web/0"), |_| {});
    assert!(!hooks.iter().any(|hook| hook == "web-pebble-ready"), "{hooks:?}");
}

#[test]
fn a_container_is_ready_once_for_each_start() {
    let mut engine = Engine::default();
    let web_0 = unit("web/0");
    engine.deploy("web", web(), Charm::idle(), 1).unwrap();
    let hooks = hooks_of(&mut engine, &web_0, |e| e.container_down(&unit("web/0"), "web").unwrap());
    assert_eq!(hooks.last().unwrap(), "start");
    for _ in 0..2 {
        let hooks =
            hooks_of(&mut engine, &web_0, |e| e.container_up(&unit("web/0"), "web").unwrap());
        assert_eq!(hooks, ["web-pebble-ready"]);
    }
}

#[test]
fn a_changed_option_is_one_config_changed() {
    let mut engine = settled(&Charm::idle());
    let web_0 = unit("web/0");
    let set = |engine: &mut Engine| engine.set_config("web", "colour", "blue").unwrap();
    assert_eq!(hooks_of(&mut engine, &web_0, set), ["config-changed"]);
    assert!(hooks_of(&mut engine, &web_0, set).is_empty());
}

#[test]
fn a_change_during_a_hook_is_not_missed() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    charm.becomes(|hook, stage| {
        let colour = ask(stage, "config-get colour");
        if hook == "config-changed" && colour == "blue" {
            stage.juju.change_model(|model| model.set_config("web", "colour", "green")).unwrap();
        }
        0
    });
    let hooks = hooks_of(&mut engine, &unit("web/0"), |engine| {
        engine.set_config("web", "colour", "blue").unwrap();
    });
    assert_eq!(hooks, ["config-changed", "config-changed"]);
}

#[test]
fn update_status_runs_when_there_is_nothing_else() {
    let mut engine = settled(&Charm::idle());
    let hooks = hooks_of(&mut engine, &unit("web/0"), |engine| {
        engine.update_status(&unit("web/0")).unwrap();
        engine.set_config("web", "colour", "blue").unwrap();
    });
    assert_eq!(hooks, ["config-changed", "update-status"]);
}

#[test]
fn an_upgrade_brings_another_pod() {
    let mut engine = settled(&Charm::idle());
    let hooks = hooks_of(&mut engine, &unit("web/0"), |engine| {
        engine.upgrade("web", web(), Charm::idle()).unwrap();
    });
    assert_eq!(hooks, ["stop", "upgrade-charm", "config-changed", "start", "web-pebble-ready"]);
}

#[test]
fn the_agent_sets_the_statuses_that_it_owns() {
    let charm = Charm::new(|hook, stage| {
        if hook == "install" {
            let install = stage.juju.with_model(|model| model.units[&stage.unit].clone());
            assert_eq!(install.status.status.message, "installing charm software");
            assert_eq!(install.agent, AgentStatus::Executing("install".to_owned()));
        }
        0
    });
    let engine = settled(&charm);
    let found = engine.model().unit(&unit("web/0")).unwrap();
    assert_eq!(found.status.status.name, StatusName::Unknown);
    assert_eq!(found.agent, AgentStatus::Idle);
}

#[test]
fn two_units_and_a_change_of_the_leader() {
    let charm = Charm::new(|hook, stage| {
        if hook == "leader-elected" {
            assert_eq!(ask(stage, "is-leader"), "True");
        }
        0
    });
    let mut engine = Engine::default();
    engine.deploy("web", web(), charm, 2).unwrap();
    engine.settle().unwrap();
    let (first, second) = (unit("web/0"), unit("web/1"));
    assert!(engine.model().is_leader(&first));
    let before = engine.timeline().len();
    engine.elect(&second).unwrap();
    engine.settle().unwrap();
    let new: Vec<String> = engine.timeline()[before..]
        .iter()
        .map(|entry| format!("{} {}", entry.unit, entry.name))
        .collect();
    assert_eq!(new, ["web/0 leader-settings-changed", "web/1 leader-elected"]);
    assert_eq!(
        hooks_of(&mut engine, &first, |engine| engine.elect(&unit("web/0")).unwrap()),
        ["leader-elected"]
    );
}

#[test]
fn a_leader_that_comes_back_is_news_to_the_unit_that_led_meanwhile() {
    let mut engine = Engine::default();
    engine.deploy("web", web(), Charm::idle(), 2).unwrap();
    engine.settle().unwrap();
    let (first, second) = (unit("web/0"), unit("web/1"));
    let told = ["leader-settings-changed"];
    assert_eq!(hooks_of(&mut engine, &first, |e| e.elect(&second).unwrap()), told);
    assert_eq!(hooks_of(&mut engine, &second, |e| e.elect(&first).unwrap()), told);
    assert_eq!(hooks_of(&mut engine, &first, |e| e.elect(&second).unwrap()), told);
}

#[test]
fn leadership_that_is_lost_meanwhile_is_not_announced() {
    let mut engine = Engine::default();
    engine.deploy("web", web(), Charm::idle(), 2).unwrap();
    let due = loop {
        let due = engine.next().unwrap();
        if due.hook == Hook::LeaderElected {
            break due;
        }
        engine.run(&due);
    };
    engine.elect(&unit("web/1")).unwrap();
    assert_eq!(engine.run(&due).unwrap().outcome.to_string(), "skipped");
    engine.settle().unwrap();
}

#[test]
fn secret_changed_reaches_those_who_read_it() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    let web_0 = unit("web/0");
    let id = engine.add_secret("s", Content::from_iter([("key", "value-one")])).unwrap();
    engine.grant_secret(&id, "web").unwrap();
    let update = |text: &'static str| {
        let id = id.clone();
        move |engine: &mut Engine| {
            engine.update_secret(&id, Content::from_iter([("key", text)])).unwrap();
        }
    };
    assert!(hooks_of(&mut engine, &web_0, update("value-two")).is_empty());
    let line = format!("secret-get {id} --refresh");
    charm.becomes(move |_, stage| {
        ask(stage, &line);
        0
    });
    let read = |engine: &mut Engine| engine.set_config("web", "colour", "blue").unwrap();
    assert_eq!(hooks_of(&mut engine, &web_0, read), ["config-changed"]);
    assert_eq!(hooks_of(&mut engine, &web_0, update("value-three")), ["secret-changed"]);
    // Who does not follow is told once for each revision.
    charm.becomes(|_, _| 0);
    assert_eq!(hooks_of(&mut engine, &web_0, update("value-four")), ["secret-changed"]);
    assert!(hooks_of(&mut engine, &web_0, |_| {}).is_empty());
}

#[test]
fn the_owner_of_a_secret_hears_of_rotation_and_of_revisions_that_nobody_reads() {
    let charm = Charm::new(|hook, stage| {
        match hook {
            "install" => {
                ask(stage, "secret-add --owner unit --label mine --rotate hourly key=first-value");
            }
            "secret-rotate" => {
                let id = ask(stage, "secret-ids");
                ask(stage, &format!("secret-set {id} key=second-value"));
            }
            _ => {}
        }
        0
    });
    let mut engine = settled(&charm);
    let hooks = hooks_of(&mut engine, &unit("web/0"), |engine| engine.advance(3600));
    assert_eq!(hooks, ["secret-rotate", "secret-remove"]);
    assert!(hooks_of(&mut engine, &unit("web/0"), |engine| engine.advance(3000)).is_empty());
}

#[test]
fn a_rotation_that_was_not_acted_on_is_offered_again() {
    let charm = Charm::new(|hook, stage| {
        if hook == "install" {
            ask(stage, "secret-add --owner unit --rotate hourly key=first-value");
        }
        0
    });
    let mut engine = settled(&charm);
    let web_0 = unit("web/0");
    assert_eq!(hooks_of(&mut engine, &web_0, |e| e.advance(3600)), ["secret-rotate"]);
    assert!(hooks_of(&mut engine, &web_0, |e| e.advance(299)).is_empty());
    assert_eq!(hooks_of(&mut engine, &web_0, |e| e.advance(1)), ["secret-rotate"]);
}

#[test]
fn actions_run_at_once_with_their_defaults() {
    let charm = Charm::idle();
    let mut engine = settled(&charm);
    charm.becomes(|hook, stage| {
        assert_eq!(hook, "hello");
        let name = ask(stage, "action-get name");
        ask(stage, &format!("action-set greeting={name}"));
        if name == "nobody" { 3 } else { 0 }
    });
    let web_0 = unit("web/0");
    let done = engine.run_action(&web_0, "hello", Map::new()).unwrap();
    assert_eq!((done.results["greeting"].clone(), done.failed), (json!("you"), None));
    let params = Map::from_iter([("name".to_owned(), json!("nobody"))]);
    let failed = engine.run_action(&web_0, "hello", params).unwrap();
    assert_eq!(failed.failed.as_deref(), Some("exit status 3"));
    assert_eq!(failed.results["return-code"], 3);
    assert!(engine.run_action(&web_0, "bye", Map::new()).is_err());
    assert!(engine.due().is_empty());
}

#[test]
fn a_clone_goes_its_own_way() {
    let mut engine = settled(&Charm::idle());
    let mut other = engine.clone();
    other.set_config("web", "colour", "blue").unwrap();
    other.container_down(&unit("web/0"), "web").unwrap();
    other.settle().unwrap();
    assert!(engine.due().is_empty());
    let reaches =
        |engine: &Engine| engine.container(&unit("web/0"), "web").unwrap().dial().dial().is_ok();
    assert!(reaches(&engine) && !reaches(&other));
    engine.settle().unwrap();
}

#[test]
fn hooks_that_cause_themselves_are_named() {
    let charm = Charm::new(|hook, stage| {
        if hook == "cluster-relation-changed" || hook == "start" {
            let count = ask(stage, "relation-get -r cluster:0 count web/0").parse().unwrap_or(0);
            let mine =
                count.max(ask(stage, "relation-get -r cluster:0 count web/1").parse().unwrap_or(0));
            ask(stage, &format!("relation-set -r cluster:0 count={}", mine + 1));
        }
        0
    });
    let mut engine = Engine::default();
    engine.settings_mut().bound = 60;
    engine.deploy("web", web(), charm as Rc<dyn Program>, 2).unwrap();
    let endless = engine.settle().unwrap_err().to_string();
    assert!(endless.starts_with("there is always another hook: after 60 it is still"), "{endless}");
    assert!(endless.contains("cluster-relation-changed on web/1"), "{endless}");
}
