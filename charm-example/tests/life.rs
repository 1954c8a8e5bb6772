//! The life of the charm in a model: deployed, configured, related, scaled, moved, upgraded and removed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{MISSING_BOTH, up};
use hook_service::{HookService, meta, services::SERVICE};
use ops::Status;
use ops_testing::{
    emulator::juju::{OpenPort, Refusal},
    world::{Application, Build, SecretNamed, World},
};

const CONTAINER: ops::names::ContainerName = meta::containers::HOOK_SERVICE;
const CONSUMER: [(&str, &str); 2] =
    [("consumer-key", "the-consumer-key"), ("consumer-secret", "the-consumer-secret")];

/// Two units, with the operator's secret at hand, and nothing set yet.
fn deployed() -> World {
    let mut world = World::new();
    world.deploy(
        Application::of(|| HookService)
            .units(2)
            .image(CONTAINER, up().pebble)
            .build("next", Build::of(|| HookService)),
    );
    world.settle();
    world
}

fn configured() -> World {
    let mut world = deployed();
    world.add_secret("salesforce", CONSUMER);
    world.grant_secret("salesforce", "hook-service");
    world.set_config(
        "hook-service",
        meta::options::SALESFORCE_DOMAIN,
        "https://example.salesforce.test",
    );
    world.set_config("hook-service", "salesforce_consumer_secret", SecretNamed::new("salesforce"));
    world.settle();
    world
}

fn with_hydra() -> World {
    let mut world = configured();
    world.deploy(Application::scripted("hydra").requires("hook", "hydra_token_hook"));
    world.integrate(("hook-service", meta::endpoints::HydraTokenHook), "hydra:hook");
    world.settle();
    world
}

const RELATION: (&str, &str) = ("hook-service:hydra-token-hook", "hydra:hook");

fn environment(world: &World, unit: &str) -> Vec<(String, String)> {
    let plan = world.container(unit, CONTAINER).plan().clone();
    let environment = plan.services[SERVICE].environment.iter();
    environment.map(|(key, value)| (key.clone(), value.expose().to_owned())).collect()
}

#[test]
fn it_is_blocked_until_it_is_configured_and_active_then() {
    deployed().expect_blocked("hook-service", MISSING_BOTH);
    let world = configured();
    world.expect_status("hook-service", Status::active());
    for unit in world.units("hook-service") {
        let state = unit.state();
        assert!(state.containers[&CONTAINER].pebble.is_running(SERVICE));
        assert_eq!(state.ports, [OpenPort::tcp(8080)].into());
        assert_eq!(state.workload_version, "1.10.0");
    }
}

#[test]
fn both_units_run_with_the_token_that_hydra_is_told() {
    let world = with_hydra();
    let told = world.databag(RELATION, "hook-service")["auth_config_value"].clone();
    for unit in ["hook-service/0", "hook-service/1"] {
        let environment = environment(&world, unit);
        assert!(environment.iter().any(|(_, value)| *value == told), "{unit}");
    }
}

#[test]
fn what_the_operator_changes_in_the_secret_reaches_both_workloads() {
    let mut world = configured();
    world.update_secret("salesforce", [CONSUMER[0], ("consumer-secret", "another-secret")]);
    world.settle();
    for unit in ["hook-service/0", "hook-service/1"] {
        let environment = environment(&world, unit);
        assert!(environment.iter().any(|(_, value)| value == "another-secret"), "{unit}");
    }
}

#[test]
fn it_goes_on_with_the_same_token_when_the_leader_goes() {
    let mut world = with_hydra();
    let before = world.databag(RELATION, "hook-service");
    world.add_unit("hook-service");
    world.remove_unit("hook-service/0");
    world.settle();
    assert!(world.unit("hook-service/1").is_leader());
    world.expect_active("hook-service");
    assert_eq!(world.databag(RELATION, "hook-service"), before);
    assert_eq!(environment(&world, "hook-service/1"), environment(&world, "hook-service/2"));
}

#[test]
fn in_another_pod_it_runs_as_before() {
    let mut world = with_hydra();
    let before = environment(&world, "hook-service/1");
    world.replace_pod("hook-service/1");
    world.settle();
    world.expect_active("hook-service");
    assert_eq!(environment(&world, "hook-service/1"), before);
    assert!(world.container("hook-service/1", CONTAINER).is_running(SERVICE));
}

#[test]
fn a_container_that_restarts_is_planned_again() {
    let mut world = configured();
    world.container_down("hook-service/0", CONTAINER);
    world.update_status("hook-service/0");
    world.settle();
    world.expect_waiting("hook-service/0", "Container is not connected yet");
    world.container_up("hook-service/0", CONTAINER);
    world.settle();
    world.expect_active("hook-service");
}

#[test]
fn what_juju_refuses_at_first_is_there_after_the_retry() {
    let mut world = configured();
    world.deploy(Application::scripted("hydra").requires("hook", "hydra_token_hook"));
    world.integrate(("hook-service", meta::endpoints::HydraTokenHook), "hydra:hook");
    world.refuse_next_flush("hook-service/0", Refusal::Before("no connection".to_owned()));
    world.settle();
    assert!(world.databag(RELATION, "hook-service").contains_key("auth_config_value"));
    world.expect_active("hook-service");
}

#[test]
fn an_upgrade_there_and_back_changes_nothing_that_others_see() {
    let mut world = with_hydra();
    let before = (world.databag(RELATION, "hook-service"), environment(&world, "hook-service/0"));
    for build in ["next", Build::FIRST] {
        world.upgrade("hook-service", build);
        world.settle();
        world.expect_active("hook-service");
        let after =
            (world.databag(RELATION, "hook-service"), environment(&world, "hook-service/0"));
        assert_eq!(after, before, "{build}");
    }
}

#[test]
fn without_hydra_and_at_last_without_itself_nothing_is_left() {
    let mut world = with_hydra();
    world.remove_relation(RELATION);
    world.settle();
    world.expect_active("hook-service");
    world.remove_application("hook-service");
    world.settle();
    assert!(world.units("hook-service").is_empty());
    world.expect_idle();
}

#[test]
fn settled_it_stays_so_whatever_time_passes() {
    let mut world = with_hydra();
    world.settings_mut().update_status_interval = Some(300);
    let before = (world.databag(RELATION, "hook-service"), environment(&world, "hook-service/0"));
    world.advance(86_400);
    // One `update-status` on each of the two units, and nothing that it causes.
    assert_eq!(world.settle().hooks, 2);
    let after = (world.databag(RELATION, "hook-service"), environment(&world, "hook-service/0"));
    assert_eq!(after, before);
}
