//! `cargo charm demo`, as a person runs it: every way in which something can be missing.
#![allow(clippy::unwrap_used, clippy::panic)]

mod charm;

use charm::charm;
use std::{
    net::TcpListener,
    process::{Command, Output},
};

struct Demo {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Demo {
    fn unit(&self) -> &str {
        self.stdout.lines().find(|line| line.starts_with("hook-service/0*")).unwrap_or_default()
    }
}

impl From<Output> for Demo {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        Self { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-charm"));
    command.arg("demo").arg("--charm").arg(charm()).args(arguments);
    command
}

fn demo(arguments: &[&str]) -> Demo {
    let demo = Demo::from(command(arguments).output().unwrap());
    for text in [&demo.stdout, &demo.stderr] {
        assert!(!text.contains('\u{1b}'), "colours outside a terminal: {text}");
        assert!(!text.contains("sentinel-"), "a secret in clear: {text}");
    }
    demo
}

fn withholding(what: &str, message: &str) {
    let demo = demo(&["--withhold", what]);
    assert_eq!(demo.code, 3, "{}{}", demo.stdout, demo.stderr);
    assert!(demo.unit().ends_with(message), "{}", demo.unit());
}

#[test]
fn with_everything_in_place_the_charm_becomes_active() {
    let demo = demo(&[]);
    assert_eq!(demo.code, 0, "{}{}", demo.stdout, demo.stderr);
    let unit: Vec<&str> = demo.unit().split_whitespace().collect();
    assert_eq!(unit, ["hook-service/0*", "active", "idle", "10.1.0.1", "8080/TCP"]);
    for text in [
        "auth_config_value: <secret>",
        "url: http://hook-service.demo.svc.cluster.local:8080/api/v0/hook/hydra",
        "- main: demo.example.com",
        "<secret> stands for a secret",
        "What hydra sees from hook-service (hydra-token-hook):",
        "What traefik sees from hook-service (ingress):",
        "What loki sees from hook-service (logging):",
        r#"metadata: {"model": "demo", "#,
        "What tempo sees from hook-service (tracing):",
        r#"receivers: ["otlp_http"]"#,
        "What prometheus sees from hook-service (metrics-endpoint):",
        r#"scrape_jobs: [{"metrics_path": "/api/v0/metrics", "#,
        "prometheus_scrape_unit_name: hook-service/0",
        "What grafana sees from hook-service (grafana-dashboard):",
        r#"dashboards: {"templates": {"file:hook_service.json": "#,
        "--verbose prints all)",
    ] {
        assert!(demo.stdout.contains(text), "{text}: {}", demo.stdout);
    }
    let events: Vec<&str> = demo
        .stdout
        .lines()
        .skip_while(|line| !line.starts_with("Event "))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with('$'))
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert_eq!(
        events.get(..7).unwrap(),
        [
            "install",
            "hook-service-relation-created",
            "leader-elected",
            "config-changed",
            "start",
            "hook-service-pebble-ready",
            "config-changed",
        ]
    );
}

#[test]
fn without_the_secret_the_option_is_missing() {
    withholding("secret", "Missing required configuration: ['salesforce_consumer_secret']");
}

#[test]
fn without_the_grant_the_secret_is_named() {
    withholding("grant", "Secret salesforce_consumer_secret is not granted");
}

#[test]
fn without_the_key_secret_and_key_are_named() {
    withholding("key", "Secret salesforce_consumer_secret lacks key consumer-secret");
}

#[test]
fn without_a_workload_the_charm_points_to_its_logs() {
    withholding(
        "workload",
        "Failed to start the service, please check the hook-service container logs",
    );
}

#[test]
fn without_a_container_the_charm_waits() {
    withholding("container", "Container is not connected yet");
}

#[test]
fn wrong_usage_is_explained() {
    let demo = demo(&["--withhold", "nonsense"]);
    assert_eq!(demo.code, 2);
    assert!(demo.stderr.contains("'--withhold <WHAT>'"), "{}", demo.stderr);
}

#[test]
fn cargos_own_way_of_starting_it_works_too() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-charm"));
    let demo = Demo::from(command.args(["charm", "demo", "--help"]).output().unwrap());
    assert_eq!(demo.code, 0);
    assert!(demo.stdout.contains("Usage: cargo charm demo"), "{}", demo.stdout);
}

#[test]
fn a_charm_that_is_not_there_is_named() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-charm"));
    let demo =
        Demo::from(command.args(["demo", "--charm", "/nonexistent/charm"]).output().unwrap());
    assert_eq!(demo.code, 1);
    assert!(demo.stderr.contains("cannot find the charm /nonexistent/charm: "), "{}", demo.stderr);
}

#[test]
fn verbose_shows_every_hook_command() {
    let demo = demo(&["--verbose"]);
    assert!(demo.stdout.contains("\n    config-get "), "{}", demo.stdout);
}

#[test]
fn a_pebble_that_is_not_there_is_named() {
    for (variable, message) in [
        ("/nonexistent/pebble", "error: PEBBLE_BIN is /nonexistent/pebble, and no file is there"),
        ("", "error: there is no `pebble` on PATH"),
    ] {
        let mut command = command(&["--pebble", "real"]);
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        command.env("PEBBLE_BIN", variable).env("PATH", "/nonexistent").env("CARGO", cargo);
        let demo = Demo::from(command.output().unwrap());
        assert_eq!(demo.code, 1);
        assert!(demo.stderr.contains(message), "{}", demo.stderr);
    }
}

/// One test, because there is one port.
#[test]
fn a_real_pebble_gives_the_same_answers() {
    let required = std::env::var("OPS_TEST_REQUIRE").unwrap_or_default();
    let required = required.split(',').any(|thing| thing == "pebble");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::var_os("PEBBLE_BIN").is_some_and(|path| !path.is_empty())
        || std::env::split_paths(&path).any(|directory| directory.join("pebble").is_file());
    let port = TcpListener::bind("127.0.0.1:8080").map(drop);
    if !required && (!is_there || port.is_err()) {
        println!("skipped: it needs a Pebble (PEBBLE_BIN, or PATH) and port 8080");
        return;
    }
    let demo_real = |more: &[&str]| demo(&[&["--pebble", "real"], more].concat());
    let active = demo_real(&[]);
    assert_eq!(active.code, 0, "{}{}", active.stdout, active.stderr);
    assert!(active.stdout.contains("hook-service  v1.0.0   active"), "{}", active.stdout);
    let broken = demo_real(&["--withhold", "workload"]);
    assert_eq!(broken.code, 3, "{}{}", broken.stdout, broken.stderr);
    assert!(broken.unit().contains("Failed to start the service"), "{}", broken.unit());
    let port = TcpListener::bind("127.0.0.1:8080").unwrap();
    let taken = demo_real(&[]);
    assert_eq!(taken.code, 1);
    assert!(taken.stderr.contains("port 8080, which is not free"), "{}", taken.stderr);
    drop(port);
}
