//! What the tests of the charm share: the world of the upstream unit tests.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use hook_service::{HookService, integrations::PEERS, meta};
use ops::names::SecretId;
use ops_testing::{
    Container, Context, Output, Relation, Secret, State,
    emulator::pebble::{ExecHandler, Pebble},
};
use std::collections::BTreeMap;

pub const CONNECTED: &str = "Container is not connected yet";
pub const FAILED: &str =
    "Failed to start the service, please check the hook-service container logs";
pub const MISSING_BOTH: &str =
    "Missing required configuration: ['salesforce_domain', 'salesforce_consumer_secret']";
pub const NO_TOKEN: &str = "Waiting for secrets creation";

pub fn context() -> Context {
    Context::new(|| HookService)
}

pub fn consumer_id() -> SecretId {
    SecretId::parse("secret:d0erdgfmp25c762i8np0").unwrap()
}

pub fn token_id() -> SecretId {
    SecretId::parse("secret:d0erdgfmp25c762i8npg").unwrap()
}

pub fn consumer() -> Secret {
    Secret::granted(
        &consumer_id(),
        &[("consumer-key", "the-consumer-key"), ("consumer-secret", "the-consumer-secret")],
    )
}

pub fn token() -> Secret {
    Secret::owned(&token_id(), "apitokensecret", &[("api-token", TOKEN)])
}

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A container that can be reached and whose workload knows its version.
pub fn up() -> Container {
    let mut container = Container::default();
    container.pebble = Pebble::default().exec_handler(
        ExecHandler::new(["hook-service", "version"]).stdout("App Version: 1.10.0\n"),
    );
    container
}

pub fn peers() -> Relation {
    Relation::peer(meta::endpoints::HookService, 0)
}

pub fn peers_with_token() -> Relation {
    peers().local_key("api-token-secret", token_id().as_str())
}

pub fn ingress() -> Relation {
    Relation::new(meta::endpoints::Ingress, 1)
        .with("traefik")
        .remote_key("external_host", "some-host")
        .remote_key("scheme", "http")
}

pub fn hydra() -> Relation {
    Relation::new(meta::endpoints::HydraTokenHook, 2).with("hydra")
}

/// Configured as upstream's tests are, with the secrets there and the container up; not the leader.
pub fn configured() -> State {
    State::default()
        .config("http_proxy", "http://proxy.internal:6666")
        .config("https_proxy", "http://proxy.internal:6666")
        .config("no_proxy", "http://proxy.internal:6666")
        .config("salesforce_domain", "https://domain.salesforce.com")
        .config("salesforce_consumer_secret", consumer_id().as_str())
        .secret(&consumer())
        .secret(&token())
        .relation(&peers_with_token())
        .with_container(meta::containers::HOOK_SERVICE, up())
}

/// The environment that the workload is planned with.
pub fn environment(output: &Output) -> BTreeMap<String, String> {
    let plan = output.state.containers[&meta::containers::HOOK_SERVICE].pebble.plan().clone();
    let service = plan.services.get("hook-service");
    let environment = service.map(|service| service.environment.clone()).unwrap_or_default();
    environment.into_iter().map(|(key, value)| (key, value.expose().to_owned())).collect()
}

pub fn is_running(output: &Output) -> bool {
    output.state.containers[&meta::containers::HOOK_SERVICE].pebble.is_running("hook-service")
}

/// The interface with its peers, so that it counts as used where a test file does not use it.
pub const _PEERS: &ops::interface::Typed<
    meta::endpoints::HookService,
    hook_service::integrations::HookServicePeers,
> = &PEERS;
