//! The workload: its layer, its service and check, its version, and its end.

use crate::common::*;
use hook_service::meta::{containers::HOOK_SERVICE, options};
use ops::{
    JujuVersion, Status,
    pebble::{Client, Combine, layer::Layer},
};
use ops_testing::{
    Context, Output, State,
    consistency::Rule,
    emulator::{
        juju::{Hook, OpenPort},
        pebble::{CheckBehaviour, Daemon, Effect, Pebble},
    },
};
use std::rc::Rc;

fn settled() -> State {
    let ctx = context();
    ctx.run(ctx.on().pebble_ready(HOOK_SERVICE), &configured().leader()).state
}

fn pebble(state: &mut State) -> &mut Pebble {
    &mut state.containers.get_mut(&HOOK_SERVICE).unwrap().pebble
}

fn effects(out: &Output) -> Vec<Effect> {
    out.pebble_effects(&HOOK_SERVICE)
}

fn added_layer() -> Effect {
    Effect::AddLayer { label: "hook-service".to_owned() }
}

fn started() -> Effect {
    Effect::Start(vec!["hook-service".to_owned()])
}

fn stopped() -> Effect {
    Effect::Stop(vec!["hook-service".to_owned()])
}

/// Lets a person in the container talk to its Pebble.
fn by_hand(state: &mut State, talk: impl FnOnce(&Client)) {
    let daemon = Daemon::new(pebble(state).clone());
    talk(&Client::new(Rc::new(daemon.clone())));
    *pebble(state) = daemon.state();
}

#[track_caller]
fn with_log_level(level: &str) -> String {
    let ctx = context();
    let out = ctx
        .run(ctx.on().config_changed(), &configured().leader().config(options::LOG_LEVEL, level));
    assert_eq!(out.state.unit_status, Status::active());
    environment(&out)["LOG_LEVEL"].clone()
}

#[test]
fn the_log_level_is_upper_cased_and_not_judged() {
    assert_eq!(with_log_level("debug"), "DEBUG");
    assert_eq!(with_log_level("Warning"), "WARNING");
    assert_eq!(with_log_level("nonsense"), "NONSENSE");
    assert_eq!(with_log_level(""), "");
}

#[test]
fn the_layer_is_word_for_word_what_upstream_adds() {
    let mut state = settled();
    let layers = pebble(&mut state).layers().to_vec();
    let [(label, layer)] = layers.as_slice() else { panic!("{} layers", layers.len()) };
    assert_eq!(label, "hook-service");
    assert_eq!(layer.summary, "hook-service-operator layer");
    assert_eq!(layer.description, "pebble config layer for hook-service-operator");
    let service = &layer.services["hook-service"];
    assert_eq!(service.summary, "entrypoint of the hook-service-operator image");
    assert_eq!(service.command, "hook-service serve");
    assert!(!service.is_enabled());
    assert_eq!(service.environment.len(), 13);
    let checks = serde_json::to_value(&layer.checks).unwrap();
    let url = "http://localhost:8080/api/v0/status";
    let expected = serde_json::json!({ "override": "replace", "http": { "url": url } });
    assert_eq!(checks, serde_json::json!({ "ready": expected }));
}

#[test]
fn the_first_start_is_shown_as_active_and_as_nothing_else_before() {
    let ctx = context();
    let out = ctx.run(ctx.on().pebble_ready(HOOK_SERVICE), &configured().leader());
    assert_eq!(out.unit_statuses, std::slice::from_ref(&out.state.unit_status));
    assert_eq!(out.state.unit_status, Status::active());
}

#[test]
fn options_of_a_megabyte_and_of_any_character_reach_the_workload_as_they_are() {
    let big = "\u{fc}\n\"'x$ ".repeat(130_000);
    let ctx = context();
    let state = configured().leader().config(options::HTTP_PROXY, big.as_str());
    let out =
        ctx.run(ctx.on().config_changed(), &state.config(options::SALESFORCE_DOMAIN, big.as_str()));
    assert_eq!(out.state.unit_status, Status::active());
    let environment = environment(&out);
    assert!(environment["HTTP_PROXY"] == big && environment["SALESFORCE_DOMAIN"] == big);
}

#[test]
fn an_option_that_changes_replaces_the_layer_and_restarts_the_service() {
    let ctx = context();
    let state = settled().config(options::HTTP_PROXY, "http://another:6666");
    let out = ctx.run(ctx.on().config_changed(), &state);
    assert_eq!(effects(&out), [stopped(), added_layer(), started()]);
    assert_eq!(environment(&out)["HTTP_PROXY"], "http://another:6666");
    assert_eq!(out.state.containers[&HOOK_SERVICE].pebble.layers().len(), 1);
    let started_with = &out.state.containers[&HOOK_SERVICE].pebble.services()["hook-service"];
    assert_eq!(started_with.config.environment["HTTP_PROXY"].expose(), "http://another:6666");
    assert_eq!(out.state.unit_status, Status::active());
}

#[test]
fn a_service_that_was_stopped_by_hand_is_started_again() {
    let ctx = context();
    let mut state = settled();
    by_hand(&mut state, |client| drop(client.stop(&["hook-service"]).unwrap()));
    for hook in [ctx.on().update_status(), ctx.on().config_changed(), ctx.on().start()] {
        let out = ctx.run(hook, &state);
        assert_eq!(effects(&out), [started()]);
        assert_eq!(out.state.unit_status, Status::active());
    }
}

#[test]
fn a_service_that_crashed_is_started_again() {
    let ctx = context();
    let mut state = settled();
    pebble(&mut state).crash("hook-service", 1);
    let out = ctx.run(ctx.on().update_status(), &state);
    assert_eq!(effects(&out), [started()]);
    assert_eq!(out.state.unit_status, Status::active());
}

#[test]
fn a_layer_that_was_changed_by_hand_is_changed_back() {
    let ctx = context();
    let mut state = settled();
    let before = pebble(&mut state).plan().clone();
    by_hand(&mut state, |client| {
        let service = before.services["hook-service"].clone().env("LOG_LEVEL", "TRACE");
        let layer = Layer::new().service("hook-service", service);
        client.add_layer("hook-service", &layer, Combine::Yes).unwrap();
        client.replan().unwrap();
    });
    let mut out = ctx.run(ctx.on().update_status(), &state);
    assert!(*pebble(&mut out.state).plan() == before);
    assert!(is_running(&out));
}

#[test]
fn a_container_that_restarted_gets_everything_again() {
    let ctx = context();
    let mut state = settled();
    let before = pebble(&mut state).plan().clone();
    pebble(&mut state).restart();
    let mut out = ctx.run(ctx.on().pebble_ready(HOOK_SERVICE), &state);
    assert!(is_running(&out));
    assert_eq!(*pebble(&mut out.state).plan(), before);
    assert_eq!(out.state.unit_status, Status::active());
}

#[test]
fn a_check_that_went_missing_is_planned_again() {
    // A layer with the same service and another check, as another revision of the charm could have left it.
    let ctx = context();
    let mut state = settled();
    let plan = pebble(&mut state).plan().clone();
    pebble(&mut state).restart();
    by_hand(&mut state, |client| {
        let layer = Layer::new().service("hook-service", plan.services["hook-service"].clone());
        client.add_layer("hook-service", &layer, Combine::Yes).unwrap();
        client.start(&["hook-service"]).unwrap();
    });

    let mut gone = ctx.run(ctx.on().stop(), &state);
    assert_eq!(gone.state.unit_status, Status::blocked(FAILED), "not healthy without its check");
    assert!(pebble(&mut gone.state).checks().is_empty());

    let mut out = ctx.run(ctx.on().update_status(), &state);
    assert!(pebble(&mut out.state).checks().contains_key("ready"));
    assert_eq!(out.state.unit_status, Status::active());
}

/// Events that say nothing of what the charm does. Not `install`: it comes once, before any relation.
fn any_events(ctx: &Context) -> Vec<Hook> {
    let on = ctx.on();
    vec![
        on.start(),
        on.update_status(),
        on.upgrade_charm(),
        on.leader_elected(),
        Hook::LeaderSettingsChanged,
        on.secret_remove(&token(), 1),
        on.secret_changed(&consumer()),
        on.relation_joined(&hydra()),
        on.relation_departed(&hydra()),
    ]
}

#[test]
fn whatever_wakes_the_charm_it_mends_what_drifted() {
    let ctx = context().allow(Rule::A12);
    let mut state = settled().relation(&hydra()).relation(&ingress());
    state.ports.clear();
    for hook in any_events(&ctx) {
        let out = ctx.run(hook.clone(), &state);
        assert_eq!(out.state.unit_status, Status::active(), "{hook:?}");
        assert_eq!(out.state.ports, [OpenPort::tcp(8080)].into(), "{hook:?}");
        assert_eq!(out.state.relation_of(&hydra()).unwrap().local_application.len(), 4);
        let route = &out.state.relation_of(&ingress()).unwrap().local_application;
        assert!(route["config"].contains("main: some-host"), "{hook:?}");
    }
}

#[test]
fn whatever_wakes_a_settled_charm_it_changes_nothing() {
    let ctx = context().allow(Rule::A12);
    let state = settled().relation(&hydra()).relation(&ingress());
    let state = ctx.run(ctx.on().update_status(), &state).state;
    for hook in any_events(&ctx) {
        let out = ctx.run(hook.clone(), &state);
        assert!(out.effects.is_empty(), "{hook:?}: {:?}", out.effects);
        let departed = matches!(hook, Hook::RelationDeparted { .. });
        let expected = match departed {
            true => state.clone().change_relation(&hydra(), |hydra| hydra.remote_units.clear()),
            false => state.clone(),
        };
        assert_eq!(out.state, expected, "{hook:?}");
    }
}

#[test]
fn every_juju_of_the_charms_range_sees_the_same() {
    for (name, hook, state) in life() {
        let usual = context().run(hook.clone(), &state);
        for version in [JujuVersion::new(3, 6, 0), JujuVersion::new(4, 0, 0)] {
            let out = context().juju_version(version).run(hook.clone(), &state);
            assert!(out.is_success(), "{name} in {version}: {:?}", out.ended);
            assert_same_world(&out.state, &usual.state, &format!("{name} in {version}"));
        }
    }
}

#[test]
fn the_port_opens_although_the_workload_cannot_be_planned() {
    let ctx = context();
    let state = configured().leader().config(options::SALESFORCE_DOMAIN, "");
    let out = ctx.run(ctx.on().pebble_ready(HOOK_SERVICE), &state);
    assert_eq!(out.state.ports, [OpenPort::tcp(8080)].into());
}

#[test]
fn the_version_is_read_although_the_workload_cannot_be_planned() {
    let ctx = context();
    let state = configured().leader().config(options::SALESFORCE_DOMAIN, "");
    let out = ctx.run(ctx.on().pebble_ready(HOOK_SERVICE), &state);
    assert_eq!(out.state.workload_version, "1.10.0");
}

#[track_caller]
fn logged(ctx: &Context, hook: Hook, state: &State) -> Vec<(String, String)> {
    let out = ctx.run(hook, state);
    assert!(out.is_success());
    out.logs.into_iter().map(|line| (line.level, line.message)).collect()
}

#[test]
fn a_check_that_fails_or_recovers_is_logged() {
    let ctx = context();
    let mut state = settled();
    pebble(&mut state).set_check_behaviour("ready", CheckBehaviour::Fails);
    let failed = logged(&ctx, ctx.on().pebble_check_failed(HOOK_SERVICE, "ready"), &state);
    assert_eq!(failed, [("WARNING".to_owned(), "The service is not running".to_owned())]);
    let out = ctx.run(ctx.on().pebble_check_failed(HOOK_SERVICE, "ready"), &state);
    assert_eq!(out.state.unit_status, Status::blocked(FAILED));

    pebble(&mut state).set_check_behaviour("ready", CheckBehaviour::Passes);
    let recovered = Hook::PebbleCheckRecovered { container: HOOK_SERVICE, check: "ready".into() };
    let said = logged(&ctx, recovered, &state);
    assert_eq!(said, [("INFO".to_owned(), "The service is online again".to_owned())]);
}

#[test]
fn a_check_of_another_name_is_nothing_to_talk_about() {
    let ctx = context().allow(Rule::R4);
    let failed = ctx.on().pebble_check_failed(HOOK_SERVICE, "another");
    assert_eq!(logged(&ctx, failed, &settled()), []);
    let recovered = Hook::PebbleCheckRecovered { container: HOOK_SERVICE, check: "x".into() };
    assert_eq!(logged(&ctx, recovered, &settled()), []);
}

#[test]
fn a_unit_that_goes_does_nothing_towards_up() {
    let ctx = context();
    let ready = configured().leader().relation(&ingress()).relation(&hydra());
    let mut stopped = settled();
    pebble(&mut stopped).crash("hook-service", 1);
    let stopped = stopped.config(options::LOG_LEVEL, "debug").relation(&ingress());
    for state in [ready, stopped] {
        for hook in [ctx.on().stop(), ctx.on().remove()] {
            let out = ctx.run(hook, &state);
            assert!(out.is_success());
            assert!(effects(&out).is_empty(), "{:?}", effects(&out));
            for command in ["relation-set", "open-port", "secret-add", "secret-set"] {
                assert!(!out.commands().contains(&command), "{:?}", out.calls);
            }
            assert_eq!(out.state.ports, state.ports);
            assert_eq!(out.state.relations, state.relations);
        }
    }
}
