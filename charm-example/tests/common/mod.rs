//! What the tests of the charm share: the world of the upstream unit tests.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use hook_service::{HookService, meta};
use ops::names::{ContainerName, SecretId};
use ops_testing::{
    Container, Context, Output, Relation, Secret, State,
    emulator::{
        juju::{Effect, Hook},
        pebble::{CheckBehaviour, ExecHandler, Pebble},
    },
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

pub(crate) fn logging() -> Relation {
    let endpoint = r#"{"url": "http://loki-0:3100/loki/api/v1/push"}"#;
    let mut relation = Relation::new(meta::endpoints::Logging, 11).with("loki");
    relation.remote_units.insert(0, [("endpoint".to_owned(), endpoint.to_owned())].into());
    relation
}

pub(crate) fn metrics() -> Relation {
    Relation::new(meta::endpoints::MetricsEndpoint, 12).with("prometheus")
}

pub(crate) fn dashboard() -> Relation {
    Relation::new(meta::endpoints::GrafanaDashboard, 13).with("grafana")
}

pub(crate) const RECEIVERS: &str =
    r#"[{"protocol": {"name": "otlp_http", "type": "http"}, "url": "http://tempo:4318"}]"#;

pub(crate) fn tracing() -> Relation {
    Relation::new(meta::endpoints::Tracing, 14).with("tempo").remote_key("receivers", RECEIVERS)
}

/// Configured as upstream's tests are, with the secrets there and the container up; not the leader.
pub(crate) fn configured() -> State {
    State::default()
        .config(meta::options::HTTP_PROXY, "http://proxy.internal:6666")
        .config(meta::options::HTTPS_PROXY, "http://proxy.internal:6666")
        .config(meta::options::NO_PROXY, "http://proxy.internal:6666")
        .config(meta::options::SALESFORCE_DOMAIN, "https://domain.salesforce.com")
        .config(meta::options::SALESFORCE_CONSUMER_SECRET, consumer_id())
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

/// A leader whose operator has configured and granted all; the container is not up yet.
pub(crate) fn deployed() -> State {
    State::default()
        .leader()
        .config(meta::options::SALESFORCE_DOMAIN, "https://domain.salesforce.com")
        .config(meta::options::SALESFORCE_CONSUMER_SECRET, consumer_id())
        .secret(&consumer())
        .relation(&peers())
        .with_container(meta::containers::HOOK_SERVICE, Container::unreachable())
}

/// The event once more, for a charm that may have succeeded: a relation breaks only once.
pub(crate) fn once_more(hook: Hook, state: &State) -> Hook {
    let is_gone = hook.relation().is_some_and(|id| !state.relations.contains_key(&id));
    if is_gone { Hook::UpdateStatus } else { hook }
}

/// The events of a life, each with the world in which it finds the unit.
pub(crate) fn life() -> Vec<(&'static str, Hook, State)> {
    const CONTAINER: ContainerName = meta::containers::HOOK_SERVICE;
    let ctx = context();
    let on = ctx.on();
    let after = |hook: &Hook, state: &State| ctx.run(hook.clone(), state).state;
    let mut life = vec![("install", on.install(), deployed())];
    let installed = after(&on.install(), &deployed());
    for (name, hook) in [
        ("leader-elected", on.leader_elected()),
        ("config-changed", on.config_changed()),
        ("start", on.start()),
    ] {
        life.push((name, hook, installed.clone()));
    }
    let connected = installed.with_container(CONTAINER, up());
    life.push(("pebble-ready", on.pebble_ready(CONTAINER), connected.clone()));
    let ready = after(&on.pebble_ready(CONTAINER), &connected);
    let all_at_once =
        deployed().with_container(CONTAINER, up()).relation(&hydra()).relation(&ingress());
    life.push(("all at once", on.pebble_ready(CONTAINER), all_at_once));
    let related = ready.clone().relation(&ingress()).relation(&hydra());
    life.push(("ingress-relation-changed", on.relation_changed(&ingress()), related.clone()));
    life.push(("hydra-relation-created", on.relation_created(&hydra()), related.clone()));
    let observed = ready.clone().relation(&logging()).relation(&metrics());
    let observed = observed.relation(&dashboard()).relation(&tracing());
    life.push(("upgrade-charm when observed", on.upgrade_charm(), observed.clone()));
    life.push(("metrics-relation-joined", on.relation_joined(&metrics()), observed));
    let serving = after(&on.relation_changed(&ingress()), &related);
    let changed = serving.clone().config(meta::options::LOG_LEVEL, "debug");
    life.push(("config-changed when related", on.config_changed(), changed));
    let mut rotating = serving.clone();
    let keys = [("consumer-key", "another-key"), ("consumer-secret", "another-secret")];
    let revised = rotating.secrets[&consumer_id()].clone().revised(&keys);
    rotating.secrets.insert(consumer_id(), revised.clone());
    life.push(("secret-changed", on.secret_changed(&revised), rotating));
    let mut elected = serving.clone();
    elected.relations.get_mut(&peers().id).unwrap().local_application.clear();
    life.push(("leader-elected, nobody told", on.leader_elected(), elected));
    let mut unwell = serving.clone();
    let pebble = &mut unwell.containers.get_mut(&CONTAINER).unwrap().pebble;
    pebble.set_check_behaviour("ready", CheckBehaviour::Fails);
    life.push(("check-failed", on.pebble_check_failed(CONTAINER, "ready"), unwell));
    life.push(("ingress-relation-broken", on.relation_broken(&ingress()), serving.clone()));
    life.push(("stop", on.stop(), serving));
    life
}

/// Whether it is the version, which is told at every pebble-ready.
pub(crate) fn is_the_version(effect: &Effect) -> bool {
    matches!(effect, Effect::WorkloadVersion(_))
}

/// The same to everybody who looks: how often the workload's version was asked for does not count.
#[track_caller]
pub(crate) fn assert_same_world(one: &State, other: &State, about: &str) {
    let juju = |state: &State| {
        let mut state = state.clone();
        state.containers.clear();
        state
    };
    assert_eq!(juju(one), juju(other), "{about}");
    assert_eq!(one.containers.len(), other.containers.len(), "{about}");
    for (name, container) in &one.containers {
        assert_eq!(container.reachable, other.containers[name].reachable, "{about}");
        let (one, other) = (&container.pebble, &other.containers[name].pebble);
        assert!(one.layers() == other.layers(), "{about}: other layers");
        assert!(one.services() == other.services(), "{about}: other services");
        let checks = |pebble: &Pebble| -> Vec<_> {
            pebble.checks().iter().map(|(name, state)| (name.clone(), state.status())).collect()
        };
        assert_eq!(checks(one), checks(other), "{about}");
    }
}
