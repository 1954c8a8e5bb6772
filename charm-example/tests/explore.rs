//! The Hook Service comes to the same end whatever the order of events, and whatever goes wrong on the way.
#![allow(clippy::unwrap_used)]

use hook_service::{HookService, meta};
use ops_testing::{
    emulator::pebble::{ExecHandler, Pebble},
    explore::Exploration,
    world::{Application, SecretNamed, World},
};

const HYDRA: (&str, &str) = ("hook-service:hydra-token-hook", "hydra:hydra-token-hook");
const INGRESS: (&str, &str) = ("hook-service:ingress", "traefik:traefik-route");

/// One unit, with what its neighbours need; nothing has run yet.
fn deployed() -> World {
    let version = ExecHandler::new(["hook-service", "version"]).stdout("App Version: 1.10.0\n");
    let image = Pebble::new().exec_handler(version);
    let mut world = World::new();
    world.deploy(
        Application::of(|| HookService)
            .named("hook-service")
            .config("salesforce_domain", "https://domain.salesforce.com")
            .image(meta::containers::HOOK_SERVICE, image),
    );
    let hydra = Application::scripted("hydra").requires("hydra-token-hook", "hydra_token_hook");
    world.deploy(hydra);
    world.deploy(Application::scripted("traefik").provides("traefik-route", "traefik_route"));
    world
}

fn settled() -> World {
    let mut world = deployed();
    world.engine_mut().settle().unwrap();
    world
}

/// The operator configures and relates.
fn changes(start: World) -> Exploration {
    let keys = [("consumer-key", "the-consumer-key"), ("consumer-secret", "the-consumer-secret")];
    Exploration::of(start)
        .change(move |world| {
            world.add_secret("salesforce", keys);
            world.grant_secret("salesforce", "hook-service");
            let consumer = SecretNamed::new("salesforce");
            world.set_config("hook-service", "salesforce_consumer_secret", consumer);
        })
        .change(|world| drop(world.integrate(HYDRA.0, HYDRA.1)))
        .change(|world| {
            world.integrate(INGRESS.0, INGRESS.1);
            let host = [("external_host", "some-host"), ("scheme", "http")];
            world.remote_data(INGRESS, "traefik", host);
        })
        .change(|world| world.container_up("hook-service/0", "hook-service"))
        .invariant("it is active only while its service runs", |world| {
            let unit = world.model().units.iter().find(|(name, _)| *name == "hook-service/0");
            let is_active =
                unit.is_some_and(|(_, unit)| unit.status.status.name.as_str() == "active");
            let runs = world.container("hook-service/0", "hook-service").is_running("hook-service");
            if is_active && !runs { Err("it does not run".to_owned()) } else { Ok(()) }
        })
}

#[test]
fn every_short_sequence_after_the_deployment_ends_well() {
    changes(settled()).exhaustive(3).run().unwrap();
}

#[test]
fn sequences_by_chance_from_the_first_hook_on_end_well() {
    changes(deployed()).length(16).random(60, 1).run().unwrap();
}
