//! What the other applications are told, and what is made of what they say.

use crate::common::*;
use hook_service::meta::{self, containers::HOOK_SERVICE};
use ops::Status;
use ops_testing::{Relation, State, emulator::juju::Databag};

const WITH_HOST: &str =
    include_str!("../../../crates/interfaces/fixtures/traefik_route/hook-service.yaml");
const WITHOUT_HOST: &str = include_str!(
    "../../../crates/interfaces/fixtures/traefik_route/hook-service-without-host.yaml"
);

fn leader() -> State {
    configured().leader().model("test-model")
}

fn told(state: &State, relation: &Relation) -> Databag {
    state.relation_of(relation).unwrap().local_application.clone()
}

fn for_hydra() -> Databag {
    [
        ("auth_config_in", "header"),
        ("auth_config_name", "Authorization"),
        ("auth_config_value", TOKEN),
        ("url", "http://hook-service.test-model.svc.cluster.local:8080/api/v0/hook/hydra"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

fn another_hydra() -> Relation {
    Relation::new(meta::endpoints::HydraTokenHook, 7).with("another-hydra")
}

#[test]
fn every_hydra_is_told_exactly_four_keys() {
    let ctx = context();
    let state = leader().relation(&hydra()).relation(&another_hydra());
    let out = ctx.run(ctx.on().relation_created(&hydra()), &state);
    assert_eq!(out.state.unit_status, Status::active());
    assert_eq!(told(&out.state, &hydra()), for_hydra());
    assert_eq!(told(&out.state, &another_hydra()), for_hydra());
}

#[test]
fn a_hydra_that_leaves_is_told_nothing_and_the_others_keep_what_they_know() {
    let ctx = context();
    let state = leader().relation(&hydra()).relation(&another_hydra());
    let state = ctx.run(ctx.on().relation_created(&hydra()), &state).state;
    let out = ctx.run(ctx.on().relation_broken(&hydra()), &state);
    assert!(!out.commands().contains(&"relation-set"), "{:?}", out.calls);
    assert_eq!(told(&out.state, &another_hydra()), for_hydra());
    assert_eq!(out.state.relation_of(&hydra()), None);
}

#[test]
fn hydra_is_told_nothing_before_the_workload_can_be_planned() {
    let ctx = context();
    let state = leader().relation(&hydra()).config(meta::options::SALESFORCE_DOMAIN, "");
    let out = ctx.run(ctx.on().relation_created(&hydra()), &state);
    assert!(told(&out.state, &hydra()).is_empty());
}

#[test]
fn a_follower_tells_nobody_anything() {
    let ctx = context();
    let state = configured().relation(&hydra()).relation(&ingress());
    let out = ctx.run(ctx.on().relation_changed(&ingress()), &state);
    assert_eq!(out.state.unit_status, Status::active());
    assert!(!out.commands().contains(&"relation-set"), "{:?}", out.calls);
}

#[test]
fn a_new_leader_writes_the_route_and_for_hydra_again() {
    let ctx = context();
    let stale = |relation: Relation, key: &str| relation.local_key(key, "of the leader before");
    let state = leader()
        .relation(&stale(ingress(), "config"))
        .relation(&stale(hydra(), "auth_config_value"));
    let out = ctx.run(ctx.on().leader_elected(), &state);
    assert_eq!(told(&out.state, &ingress())["config"], WITH_HOST);
    assert_eq!(told(&out.state, &hydra()), for_hydra());
}

#[test]
fn the_route_is_what_pyyaml_would_have_written() {
    let ctx = context();
    let out = ctx.run(ctx.on().relation_changed(&ingress()), &leader().relation(&ingress()));
    let told = told(&out.state, &ingress());
    assert_eq!(told.keys().collect::<Vec<_>>(), ["config", "raw"]);
    assert_eq!(told["raw"], "True");
    assert_eq!(told["config"], WITH_HOST);
}

#[test]
fn without_a_host_there_is_no_route_over_tls() {
    let ctx = context();
    let quiet = Relation::new(meta::endpoints::Ingress, 1).with("traefik");
    let out = ctx.run(ctx.on().relation_created(&quiet), &leader().relation(&quiet));
    assert_eq!(told(&out.state, &quiet)["config"], WITHOUT_HOST);
    assert_eq!(out.state.unit_status, Status::active());
}

#[test]
fn a_host_without_a_scheme_is_as_good_as_one_with_http() {
    let ctx = context();
    let mut relation = ingress();
    relation.remote_application.remove("scheme");
    let out = ctx.run(ctx.on().relation_changed(&relation), &leader().relation(&relation));
    assert_eq!(out.state.unit_status, Status::active());
    assert_eq!(told(&out.state, &relation)["config"], WITH_HOST);
}

#[test]
fn a_host_that_vanishes_takes_the_route_over_tls_with_it() {
    let ctx = context();
    let mut state =
        ctx.run(ctx.on().relation_changed(&ingress()), &leader().relation(&ingress())).state;
    state.relations.get_mut(&ingress().id).unwrap().remote_application.clear();
    let out = ctx.run(ctx.on().relation_changed(&ingress()), &state);
    assert_eq!(told(&out.state, &ingress())["config"], WITHOUT_HOST);
    assert_eq!(out.state.unit_status, Status::active());
}

#[test]
fn the_route_does_not_need_the_workload() {
    let ctx = context();
    let state = State::default().leader().model("test-model").relation(&peers());
    let state = state.container(HOOK_SERVICE).relation(&ingress());
    let out = ctx.run(ctx.on().relation_changed(&ingress()), &state);
    assert_eq!(out.state.unit_status, Status::blocked(MISSING_BOTH));
    assert_eq!(told(&out.state, &ingress())["config"], WITH_HOST);
}

#[test]
fn nonsense_from_traefik_is_blocked_by_name_and_holds_the_route_alone() {
    let ctx = context();
    let good = ctx.run(ctx.on().relation_changed(&ingress()), &leader().relation(&ingress())).state;
    for (key, value, wants) in [
        ("scheme", "gopher", "key `scheme` does not hold `http` or `https`"),
        ("scheme", "{}", "key `scheme` does not hold `http` or `https`"),
        ("external_host", "a b", "key `external_host` does not hold a host name or address"),
        ("external_host", "a`) || B(`", "key `external_host` does not hold a host name or address"),
        ("external_host", "\u{fffd}\n", "key `external_host` does not hold a host name or address"),
    ] {
        let mut state = good.clone().relation(&hydra());
        let bag = &mut state.relations.get_mut(&ingress().id).unwrap().remote_application;
        bag.insert(key.to_owned(), value.to_owned());
        state = state.config(meta::options::LOG_LEVEL, "debug");
        let out = ctx.run(ctx.on().relation_changed(&ingress()), &state);
        let text = format!("ingress:1 databag of traefik: {wants}");
        assert!(out.is_success(), "{value:?}");
        assert_eq!(out.state.unit_status, Status::blocked(text), "{value:?}");
        assert_eq!(told(&out.state, &ingress())["config"], WITH_HOST, "kept as it was");
        assert_eq!(told(&out.state, &hydra()), for_hydra(), "the others go on");
        assert_eq!(environment(&out)["LOG_LEVEL"], "DEBUG", "the others go on");
    }
}

#[test]
fn nonsense_from_hydra_is_nobodys_business() {
    let ctx = context();
    let noisy = hydra().remote_key("url", "nonsense").remote_key("", "\u{0}").remote_key("x", "{");
    let out = ctx.run(ctx.on().relation_changed(&noisy), &leader().relation(&noisy));
    assert_eq!(out.state.unit_status, Status::active());
    assert_eq!(told(&out.state, &noisy), for_hydra());
}

#[test]
fn a_relation_that_this_unit_itself_leaves_is_written_no_more() {
    let ctx = context();
    let state = leader().relation(&ingress()).relation(&hydra());
    let out = ctx.run(ctx.on().relation_departed_by_this_unit(&ingress()), &state);
    assert!(out.is_success());
    assert!(told(&out.state, &ingress()).is_empty());
    assert_eq!(told(&out.state, &hydra()), for_hydra());
}
