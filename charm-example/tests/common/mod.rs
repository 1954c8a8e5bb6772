//! What the tests of the charm share: the world of the upstream unit tests.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use hook_service::{HookService, meta};
use ops::names::SecretId;
use ops_testing::{
    Container, Context, Output, Relation, Secret, State,
    emulator::pebble::{ExecHandler, Pebble},
};
use std::collections::BTreeMap;

pub(crate) const CONNECTED: &str = "Container is not connected yet";
pub(crate) const FAILED: &str =
    "Failed to start the service, please check the hook-service container logs";
pub(crate) const MISSING_BOTH: &str =
    "Missing required configuration: ['salesforce_domain', 'salesforce_consumer_secret']";
pub(crate) const NO_TOKEN: &str = "Waiting for secrets creation";

pub(crate) fn context() -> Context {
    Context::new(|| HookService)
}

pub(crate) fn consumer_id() -> SecretId {
    SecretId::parse("secret:d0erdgfmp25c762i8np0").unwrap()
}

pub(crate) fn token_id() -> SecretId {
    SecretId::parse("secret:d0erdgfmp25c762i8npg").unwrap()
}

pub(crate) fn consumer() -> Secret {
    Secret::granted(
        &consumer_id(),
        &[("consumer-key", "the-consumer-key"), ("consumer-secret", "the-consumer-secret")],
    )
}

pub(crate) fn token() -> Secret {
    Secret::owned(&token_id(), "apitokensecret", &[("api-token", TOKEN)])
}

pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A container that can be reached and whose workload knows its version.
pub(crate) fn up() -> Container {
    let mut container = Container::default();
    container.pebble = Pebble::default().exec_handler(
        ExecHandler::new(["hook-service", "version"]).stdout("App Version: 1.10.0\n"),
    );
    container
}

pub(crate) fn peers() -> Relation {
    Relation::peer(meta::endpoints::HookService, 0)
}

pub(crate) fn peers_with_token() -> Relation {
    peers().local_key("api-token-secret", token_id().as_str())
}

pub(crate) fn ingress() -> Relation {
    Relation::new(meta::endpoints::Ingress, 1)
        .with("traefik")
        .remote_key("external_host", "some-host")
        .remote_key("scheme", "http")
}

pub(crate) fn hydra() -> Relation {
    Relation::new(meta::endpoints::HydraTokenHook, 2).with("hydra")
}

/// Configured as upstream's tests are, with the secrets there and the container up; not the leader.
pub(crate) fn configured() -> State {
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
pub(crate) fn environment(output: &Output) -> BTreeMap<String, String> {
    let plan = output.state.containers[&meta::containers::HOOK_SERVICE].pebble.plan().clone();
    let service = plan.services.get("hook-service");
    let environment = service.map(|service| service.environment.clone()).unwrap_or_default();
    environment.into_iter().map(|(key, value)| (key, value.expose().to_owned())).collect()
}

pub(crate) fn is_running(output: &Output) -> bool {
    output.state.containers[&meta::containers::HOOK_SERVICE].pebble.is_running("hook-service")
}
