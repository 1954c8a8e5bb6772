//! What the sandbox costs: a deploy, and relations between many units.
//!
//! The commands are those that a person types, each a process; the Pebbles are emulated. Nothing here fails
//! because of a figure: it prints them beside their targets.
//!
//! `cargo bench -p ops-tests --bench sandbox`; after `--`, `--units 20` and `--deploys 9`.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing)]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

const DEPLOY: Duration = Duration::from_secs(2);
const CHANGE: Duration = Duration::from_secs(5);

/// A charm in the shell, so that the sandbox is measured and not the charm: it says what its relation says.
const DISPATCH: &str = r#"#!/bin/sh
case "$JUJU_DISPATCH_PATH" in
*upstream-relation-changed) status-set active "$(relation-get --app url "$JUJU_REMOTE_APP")" ;;
*start) status-set active ;;
esac
"#;

const METADATA: &str = "
name: page
provides: {site: {interface: http}}
requires: {upstream: {interface: http}}
containers: {page: {}}
";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("a bench: run it with cargo bench");
        return;
    }
    let number = |name: &str, usual: usize| {
        let mut found = arguments.iter().skip_while(|argument| *argument != name);
        found.nth(1).map_or(usual, |number| number.parse().unwrap())
    };
    let place = tempfile::tempdir().unwrap();
    let cargo_charm = built("cargo-charm", "cargo-charm");
    let model = Model { cargo_charm, directory: place.path().join("model") };
    deploys(&model, number("--deploys", 9));
    relations(&model, place.path(), number("--units", 20));
}

/// Charm-example, from an executable to a unit that has settled.
fn deploys(model: &Model, times: usize) {
    let charm = built("charm-example", "hook-service");
    let charm = charm.to_str().unwrap();
    let mut deploys = Vec::new();
    for _ in 0..=times {
        deploys.push(model.run(&["deploy", charm]));
        model.run(&["destroy"]);
    }
    // The first one reads the programs from disk.
    deploys.remove(0);
    deploys.sort_unstable();
    let worst = deploys[times - 1];
    println!("deploy of a charm that is built, to settled, {times} times");
    print("  median", deploys[times / 2], Some(DEPLOY));
    print("  worst", worst, Some(DEPLOY));
}

/// Three applications, and what comes of a change in their relations.
fn relations(model: &Model, place: &Path, units: usize) {
    let charm = place.join("charm");
    fs::create_dir(&charm).unwrap();
    fs::write(charm.join("metadata.yaml"), METADATA).unwrap();
    fs::write(charm.join("dispatch"), DISPATCH).unwrap();
    fs::set_permissions(charm.join("dispatch"), fs::Permissions::from_mode(0o755)).unwrap();
    let charm = charm.to_str().unwrap();
    println!("\nthree applications of {units} units each");
    let number = units.to_string();
    let deployed =
        ["one", "two", "three"].map(|name| model.run(&["deploy", charm, name, "-n", &number]));
    print("  deploying them", deployed.iter().sum(), None);
    let time = model.run(&["integrate", "one:site", "two:upstream"]);
    print("  a new relation between two", time, None);
    let write = |url: &str| {
        format!("for id in $(relation-ids site); do relation-set -r $id --app url={url}; done")
    };
    let time = model.run(&["exec", "--unit", "one/leader", "--", &write("http://old")]);
    print("  a databag that one other reads", time, Some(CHANGE));
    model.run(&["integrate", "one:site", "three:upstream"]);
    let time = model.run(&["exec", "--unit", "one/leader", "--", &write("http://new")]);
    print("  databags that both others read", time, Some(CHANGE));
    let status = model.output(&["status"]);
    let is_unit = |line: &&str| line.split(' ').next().is_some_and(|name| name.contains('/'));
    let told = status.lines().filter(is_unit).filter(|line| line.ends_with("http://new")).count();
    assert_eq!(told, 2 * units, "{status}");
    let size = fs::metadata(model.directory.join("model.json")).unwrap().len();
    println!("  {:<36}{:>10}", "the model's file", format!("{} KiB", size / 1024));
    model.run(&["destroy"]);
}

fn print(what: &str, time: Duration, target: Option<Duration>) {
    let target = target.map_or(String::new(), |target| {
        let verdict = if time < target { "met" } else { "MISSED" };
        format!("   target below {target:?}: {verdict}")
    });
    println!("  {what:<36}{:>10}{target}", format!("{:.2} s", time.as_secs_f64()));
}

struct Model {
    cargo_charm: PathBuf,
    directory: PathBuf,
}

impl Model {
    fn run(&self, arguments: &[&str]) -> Duration {
        let start = Instant::now();
        self.output(arguments);
        start.elapsed()
    }

    fn output(&self, arguments: &[&str]) -> String {
        let output = Command::new(&self.cargo_charm)
            .args(["sandbox", "--model-dir"])
            .arg(&self.directory)
            .args(arguments)
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Builds a program as it is installed or packed, and says where it is.
fn built(package: &str, program: &str) -> PathBuf {
    ops_tests::built(package, &["--release", "--bin", program])
}
