//! The 23 unit tests of the upstream operator (canonical/hook-service-operator, November 2025), one to
//! one, with nothing mocked: S4 uses an event that is observed, and S1 and S3 run the real thing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::*;
use hook_service::{
    configs,
    integrations::{self, Place},
    meta::{self, Config},
    secrets::Consumer,
    services,
};
use ops::{Secret, Status, interface::Schema as _, metadata::SecretOption};
use ops_testing::{
    Container, State,
    emulator::{
        juju::OpenPort,
        pebble::{Behaviour, Effect, ExecHandler, Pebble},
    },
};

#[test]
fn s1_pebble_ready_opens_the_port_starts_the_service_and_tells_its_version() {
    let ctx = context();
    let state = configured().leader();
    let out = ctx.run(ctx.on().pebble_ready(meta::containers::HOOK_SERVICE), &state);
    assert_eq!(out.state.unit_status, Status::active());
    assert_eq!(out.state.ports, [OpenPort::tcp(8080)].into());
    assert_eq!(out.commands().iter().filter(|name| **name == "open-port").count(), 1);
    assert_eq!(out.state.workload_version, "1.10.0");
    assert!(is_running(&out));
    let effects = out.pebble_effects(&meta::containers::HOOK_SERVICE);
    let layers = effects.iter().filter(|effect| matches!(effect, Effect::AddLayer { .. }));
    assert_eq!(layers.count(), 1, "reconciled once");
}

#[test]
fn s2_config_changed_without_configuration_is_blocked() {
    let ctx = context();
    let state = State::default()
        .secret(&consumer())
        .secret(&token())
        .with_container(meta::containers::HOOK_SERVICE, up());
    let out = ctx.run(ctx.on().config_changed(), &state);
    assert_eq!(out.state.unit_status, Status::blocked(MISSING_BOTH));
}

#[test]
fn s3_config_changed_reconciles_once() {
    let ctx = context();
    let out = ctx.run(ctx.on().config_changed(), &configured().leader());
    assert_eq!(out.state.unit_status, Status::active());
    let effects = out.pebble_effects(&meta::containers::HOOK_SERVICE);
    let starts = effects.iter().filter(|effect| matches!(effect, Effect::Start(_)));
    assert_eq!(starts.count(), 1);
}

#[test]
fn s4_ingress_that_is_ready_gets_its_route() {
    let ctx = context();
    let state = configured().leader().relation(&ingress());
    let out = ctx.run(ctx.on().relation_changed(&ingress()), &state);
    assert_eq!(out.state.unit_status, Status::active());
    let written = &out.state.relation_of(&ingress()).unwrap().local_application;
    assert_eq!(written["raw"], "True");
    assert!(written["config"].contains("main: some-host"), "{}", written["config"]);
}

#[test]
fn s5_ingress_that_is_revoked_leaves_the_unit_active() {
    let ctx = context();
    let state = configured().leader().relation(&ingress());
    let out = ctx.run(ctx.on().relation_broken(&ingress()), &state);
    assert_eq!(out.state.unit_status, Status::active());
    assert!(!out.commands().contains(&"relation-set"), "{:?}", out.calls);
    assert_eq!(out.state.relation_of(&ingress()), None);
}

#[test]
fn s6_a_container_that_is_not_connected_is_waited_for() {
    let ctx = context();
    let state =
        configured().with_container(meta::containers::HOOK_SERVICE, Container::unreachable());
    let out = ctx.run(ctx.on().config_changed(), &state);
    assert_eq!(out.state.unit_status, Status::waiting(CONNECTED));
}

#[test]
fn s7_all_that_is_needed_becomes_exactly_13_variables() {
    let ctx = context();
    let state = configured().leader().relation(&ingress());
    let out = ctx.run(ctx.on().config_changed(), &state);
    assert_eq!(out.state.unit_status, Status::active());
    let expected = [
        ("API_TOKEN", TOKEN),
        ("HTTPS_PROXY", "http://proxy.internal:6666"),
        ("HTTP_PROXY", "http://proxy.internal:6666"),
        ("LOG_LEVEL", "INFO"),
        ("NO_PROXY", "http://proxy.internal:6666"),
        ("OTEL_GRPC_ENDPOINT", ""),
        ("OTEL_HTTP_ENDPOINT", ""),
        ("PORT", "8080"),
        ("SALESFORCE_CONSUMER_KEY", "the-consumer-key"),
        ("SALESFORCE_CONSUMER_SECRET", "the-consumer-secret"),
        ("SALESFORCE_DOMAIN", "https://domain.salesforce.com"),
        ("SALESFORCE_ENABLED", "true"),
        ("TRACING_ENABLED", "false"),
    ];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(environment(&out), expected.into());
}

#[test]
fn s8_a_unit_with_all_it_needs_is_active() {
    let ctx = context();
    let out = ctx.run(ctx.on().config_changed(), &configured().leader());
    let out = ctx.run(ctx.on().update_status(), &out.state);
    assert_eq!(out.state.unit_status, Status::active());
}

#[test]
fn s9_a_container_that_goes_away_is_waited_for() {
    let ctx = context();
    let mut after = ctx.run(ctx.on().config_changed(), &configured().leader()).state;
    after.containers.get_mut(&meta::containers::HOOK_SERVICE).unwrap().reachable = false;
    let out = ctx.run(ctx.on().update_status(), &after);
    assert_eq!(out.state.unit_status, Status::waiting(CONNECTED));
}

#[test]
fn s10_a_service_that_does_not_run_is_blocked() {
    let ctx = context();
    let mut container = up();
    container.pebble.set_behaviour("hook-service", Behaviour::exits_quickly(1));
    let state = configured().leader().with_container(meta::containers::HOOK_SERVICE, container);
    let out = ctx.run(ctx.on().config_changed(), &state);
    assert_eq!(out.state.unit_status, Status::blocked(FAILED));
    assert!(out.is_success(), "a workload that fails is no failed hook");
}

#[test]
fn s11_the_version_is_read_from_what_the_workload_prints() {
    assert_eq!(services::version_in("App Version: v1.0.0"), Some("v1.0.0"));
    assert_eq!(services::version_in("starting\nApp Version: v1.0.0\n"), Some("v1.0.0"));
    assert_eq!(services::version_in("nothing of the kind"), None);
    assert_eq!(services::version_in(""), None);
}

#[test]
fn s12_the_version_command_has_no_context_no_environment_no_input_and_20_seconds() {
    let ctx = context();
    let out =
        ctx.run(ctx.on().pebble_ready(meta::containers::HOOK_SERVICE), &configured().leader());
    let effects = out.pebble_effects(&meta::containers::HOOK_SERVICE);
    let run = effects.iter().find_map(|effect| match effect {
        Effect::Exec(call) => Some(call),
        _ => None,
    });
    let run = run.unwrap();
    assert_eq!(run.command, ["hook-service", "version"]);
    assert_eq!(run.service_context, "");
    assert_eq!(run.timeout, "20s");
    assert!(run.environment.is_empty());
    assert!(run.stdin.is_empty());
}

#[test]
fn s13_a_version_command_that_fails_is_logged_and_leaves_no_version() {
    let ctx = context();
    let mut container = Container::default();
    container.pebble =
        Pebble::default().exec_handler(ExecHandler::new(["hook-service", "version"]).exit_code(1));
    let state = configured().leader().with_container(meta::containers::HOOK_SERVICE, container);
    let out = ctx.run(ctx.on().pebble_ready(meta::containers::HOOK_SERVICE), &state);
    assert_eq!(out.state.workload_version, "");
    assert!(out.logs.iter().any(|line| line.message.contains("version")), "{:?}", out.logs);
    assert_eq!(out.state.unit_status, Status::active());
}

fn config(domain: Option<&str>, secret: Option<&str>, enabled: bool) -> Config {
    Config {
        http_proxy: String::new(),
        https_proxy: String::new(),
        no_proxy: String::new(),
        log_level: "debug".to_owned(),
        cpu: None,
        memory: None,
        salesforce_domain: domain.map(str::to_owned),
        salesforce_consumer_secret: SecretOption::new(
            "salesforce_consumer_secret",
            secret.map(str::to_owned),
        ),
        salesforce_enabled: enabled,
    }
}

fn variables(config: &Config, consumer: Option<&Consumer>) -> Vec<(&'static str, String)> {
    let token = Secret::new("token".to_owned(), "token");
    let environment = services::environment(config, &token, consumer, None);
    let mut of_options: Vec<_> = environment
        .into_iter()
        .filter(|(key, _)| {
            key.starts_with("SALESFORCE") || key.ends_with("_PROXY") || *key == "LOG_LEVEL"
        })
        .map(|(key, value)| (key, value.expose().to_owned()))
        .collect();
    of_options.sort();
    of_options
}

#[test]
fn s14_with_salesforce_disabled_nothing_of_it_is_read() {
    let variables = variables(&config(None, None, false), None);
    let expected = [
        ("HTTPS_PROXY", ""),
        ("HTTP_PROXY", ""),
        ("LOG_LEVEL", "DEBUG"),
        ("NO_PROXY", ""),
        ("SALESFORCE_CONSUMER_KEY", ""),
        ("SALESFORCE_CONSUMER_SECRET", ""),
        ("SALESFORCE_DOMAIN", ""),
        ("SALESFORCE_ENABLED", "false"),
    ];
    assert_eq!(variables, expected.map(|(key, value)| (key, value.to_owned())));
}

#[test]
fn s15_salesforce_without_its_options_is_not_planned() {
    let ctx = context();
    let state = configured().leader().config(meta::options::SALESFORCE_DOMAIN, "");
    let out = ctx.run(ctx.on().config_changed(), &state);
    assert!(!is_running(&out));
    assert!(environment(&out).is_empty());
}

#[test]
fn s16_salesforce_with_its_options_is_in_the_environment() {
    let consumer = Consumer {
        key: Secret::new("key".to_owned(), "secret:1/consumer-key@1"),
        secret: Secret::new("secret".to_owned(), "secret:1/consumer-secret@1"),
    };
    let config = config(Some("http://salesforce.com"), Some("secret:1"), true);
    let expected = [
        ("HTTPS_PROXY", ""),
        ("HTTP_PROXY", ""),
        ("LOG_LEVEL", "DEBUG"),
        ("NO_PROXY", ""),
        ("SALESFORCE_CONSUMER_KEY", "key"),
        ("SALESFORCE_CONSUMER_SECRET", "secret"),
        ("SALESFORCE_DOMAIN", "http://salesforce.com"),
        ("SALESFORCE_ENABLED", "true"),
    ];
    let expected = expected.map(|(key, value)| (key, value.to_owned()));
    assert_eq!(variables(&config, Some(&consumer)), expected);
}

#[test]
fn s17_nothing_is_missing_with_salesforce_disabled() {
    assert!(configs::missing_keys(&config(None, None, false)).is_empty());
}

#[test]
fn s18_both_keys_are_missing_with_salesforce_only_enabled() {
    let missing = configs::missing_keys(&config(None, None, true));
    assert_eq!(missing, ["salesforce_domain", "salesforce_consumer_secret"]);
}

#[test]
fn s19_the_domain_is_missing() {
    let missing = configs::missing_keys(&config(None, Some("secret:1"), true));
    assert_eq!(missing, ["salesforce_domain"]);
}

#[test]
fn s20_the_secret_is_missing() {
    let missing = configs::missing_keys(&config(Some("domain"), None, true));
    assert_eq!(missing, ["salesforce_consumer_secret"]);
}

#[test]
fn s21_nothing_is_missing_with_both() {
    assert!(configs::missing_keys(&config(Some("domain"), Some("secret:1"), true)).is_empty());
}

fn route_text(host: Option<&str>) -> String {
    let place = Place { model: "model".to_owned(), application: "app".to_owned() };
    let bag = integrations::route(&place, host).encode().unwrap();
    bag["config"].expose().to_owned()
}

#[test]
fn s22_the_route_has_model_application_port_and_host() {
    let route = route_text(Some("external.hook-service.com"));
    assert!(route.contains("/model-app/ui"));
    assert!(route.contains("http://app.model.svc.cluster.local:8080"));
    assert!(route.contains("main: external.hook-service.com"));
    assert!(route.contains("'*.external.hook-service.com'"));
}

#[test]
fn s23_the_route_without_a_host_leads_inside_the_cluster_only() {
    let route = route_text(None);
    assert!(route.contains("http://app.model.svc.cluster.local:8080"));
    assert!(!route.contains("tls"));
}
