//! What can be deployed, what cannot, and what `status` says of it.

use super::{Model, Ran, is};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    process::{Command, Stdio},
};

#[test]
fn an_unpacked_charm_in_the_shell_lives_its_life() {
    let model = Model::new();
    let ran = model.deploy(&[]);
    assert!(ran.stdout.is_empty(), "{ran:?}");
    assert!(ran.stderr.contains("Deployed \"web\" from "), "{ran:?}");
    assert!(ran.stderr.contains("web/0*  blocked   idle   no token"), "{ran:?}");
    assert_eq!(
        model.events("web/0"),
        ["install", "leader-elected", "config-changed", "start", "web-pebble-ready"]
    );
    let secret = model.run(&["add-secret", "token", "value=sentinel-token"]);
    assert!(secret.stdout.starts_with("secret:"), "{secret:?}");
    model.run(&["config", "web", &format!("token={}", secret.stdout.trim())]);
    assert_eq!(model.workload("web/0"), is("blocked", "token is not granted"));
    model.run(&["grant-secret", "token", "web"]);
    // A grant makes no hook due, in Juju neither.
    model.run(&["emit", "web/0", "update-status"]);
    assert_eq!(model.workload("web/0"), is("active", "a web site"));
    model.run(&["destroy"]);
    assert!(!model.path().exists());
}

#[test]
fn several_units_have_one_leader() {
    let model = Model::new();
    model.deploy(&["-n", "3"]);
    let (units, leaders) = model.units("web");
    assert_eq!(units, ["web/0", "web/1", "web/2"]);
    assert_eq!(leaders, ["web/0"]);
}

#[test]
fn options_are_set_before_the_first_hook() {
    let model = Model::new();
    model.deploy(&["shop", "--config", "title=a shop", "--config", "workers=3", "--trust"]);
    assert_eq!(model.run(&["config", "shop", "title"]).stdout, "a shop\n");
    let events = model.events("shop/0");
    assert_eq!(events.iter().filter(|event| *event == "config-changed").count(), 1, "{events:?}");
}

#[test]
fn status_has_jujus_tables() {
    let model = Model::deployed("web");
    let status = model.run(&["status"]).stdout;
    for heading in [
        "Model    Controller  Cloud/Region  Version  Timestamp",
        "App  Version  Status   Scale  Charm  Message",
        "Unit    Workload  Agent  Address   Ports  Message",
        "Integration provider  Requirer  Interface  Type",
    ] {
        assert!(status.lines().any(|line| line == heading), "{heading}: {status}");
    }
    assert!(status.contains("web           blocked      1  web    no token"), "{status}");
}

#[test]
fn status_has_the_shape_of_jujus_json() {
    let status = Model::deployed("web").status();
    assert_eq!(status["model"]["type"], "caas");
    let application = &status["applications"]["web"];
    assert_eq!(application["application-status"]["current"], "blocked");
    assert_eq!(application["charm"], "local:web-0");
    let unit = &application["units"]["web/0"];
    assert_eq!(unit["workload-status"]["message"], "no token");
    assert_eq!(unit["juju-status"]["current"], "idle");
    assert_eq!(unit["leader"], true);
}

#[test]
fn status_shows_what_was_named_alone() {
    let model = Model::deployed("web");
    model.deploy(&["shop"]);
    let status = model.run(&["status", "shop", "--format", "yaml"]).stdout;
    assert!(status.contains("shop/0:") && !status.contains("web/0:"), "{status}");
    model.try_run(&["status", "nobody"]).fails(1, "nothing is called nobody");
}

#[test]
fn status_is_printed_again_when_the_model_changes() {
    let model = Model::deployed("web");
    let mut watching = model.command(&["status", "--watch"]).spawn().unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let unit = |line: &String| line.starts_with("web/0*");
    let first = lines.by_ref().map(Result::unwrap).find(unit).unwrap();
    assert!(first.contains("no token"), "{first}");
    model.run(&["config", "web", "fail=config-changed", "--no-retry", "--no-wait"]);
    model.try_run(&["emit", "web/0", "update-status", "--no-retry"]).fails(1, "web/0 is in error");
    let error = |line: &String| line.contains("hook failed: \"config-changed\"");
    assert!(lines.map(Result::unwrap).any(|line| unit(&line) && error(&line)));
    watching.kill().unwrap();
    watching.wait().unwrap();
}

#[test]
fn what_cannot_be_deployed_is_explained() {
    let model = Model::new();
    model.try_run(&["deploy", "/nonexistent"]).fails(1, "cannot find the charm /nonexistent: ");
    let empty = model.directory.path().join("empty");
    fs::create_dir(&empty).unwrap();
    model
        .try_run(&["deploy", empty.to_str().unwrap()])
        .fails(1, "is no charm: it has neither a `dispatch` nor a Cargo.toml");
    let charm = model.charm.to_str().unwrap();
    model.try_run(&["deploy", charm, "not a name"]).fails(1, "cannot deploy \"not a name\"");
    model
        .try_run(&["deploy", charm, "--config", "nonsense=1"])
        .fails(1, "unknown option \"nonsense\" of \"web\" (known: fail, flood, hang, title");
    model
        .try_run(&["deploy", charm, "--config", "workers=many"])
        .fails(1, "option \"workers\" of \"web\" expects int, got \"many\"");
    // Nothing of all this was kept.
    model.try_run(&["status"]).fails(1, "there is no model in");
    fs::write(model.charm.join("metadata.yaml"), "name: [").unwrap();
    model.try_run(&["deploy", charm]).fails(1, "metadata.yaml:1: this is not YAML: ");
}

#[test]
fn an_application_is_deployed_once() {
    let model = Model::deployed("web");
    let charm = model.charm.to_str().unwrap();
    model.try_run(&["deploy", charm]).fails(1, "application already exists");
    assert_eq!(model.workload("web/0"), is("blocked", "no token"));
}

#[test]
fn wrong_usage_is_another_exit_code() {
    let model = Model::new();
    model.try_run(&["deploi"]).fails(2, "unrecognized subcommand 'deploi'");
    model.try_run(&["add-secret", "name"]).fails(2, "KEY=VALUE");
    model
        .try_run(&["status", "--format", "xml"])
        .fails(2, "[possible values: tabular, yaml, json]");
}

#[test]
fn outside_a_workspace_the_directory_must_be_named() {
    let model = Model::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-charm"));
    command.args(["sandbox", "status"]).current_dir(model.directory.path()).stdin(Stdio::null());
    let ran = Ran::from(command.env_remove("CARGO_CHARM_MODEL_DIR").output().unwrap());
    ran.fails(1, "name a directory with --model-dir, or in CARGO_CHARM_MODEL_DIR");
}

#[test]
fn the_model_dir_option_wins_over_the_variable() {
    let model = Model::deployed("web");
    model.try_run(&["--model-dir", "/nonexistent/model", "status"]).fails(1, "/nonexistent/model");
}

#[test]
fn a_charm_is_a_copy_of_what_was_deployed() {
    let model = Model::deployed("web");
    fs::write(model.charm.join("dispatch"), "#!/bin/sh\nexit 9\n").unwrap();
    model.run(&["emit", "web/0", "update-status"]);
    model.try_run(&["refresh", "web", "--no-retry"]).fails(1, "exit code 9");
}

/// Stands for Cargo: it knows one crate, and builds it by copying its `dispatch` elsewhere.
const CARGO: &str = r#"#!/bin/sh
directory=DIRECTORY
case "$1" in
metadata)
    echo '{"workspace_root": "DIRECTORY/charm", "packages": [{"name": "web",
        "manifest_path": "DIRECTORY/charm/Cargo.toml",
        "dependencies": [{"name": "juju-ops", "kind": null}],
        "targets": [{"kind": ["bin"], "name": "web"}]}]}' ;;
build)
    mkdir -p "$directory/elsewhere"
    cp "$directory/charm/source" "$directory/elsewhere/web"
    echo "{\"executable\": \"$directory/elsewhere/web\"}" ;;
esac
"#;

#[test]
fn a_crate_is_built_again_when_it_is_refreshed() {
    let model = Model::new();
    let source = model.charm.join("source");
    fs::rename(model.charm.join("dispatch"), &source).unwrap();
    fs::write(model.charm.join("Cargo.toml"), "").unwrap();
    let here = fs::canonicalize(model.directory.path()).unwrap();
    let cargo = model.file("cargo", &CARGO.replace("DIRECTORY", here.to_str().unwrap()));
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let run = |arguments: &[&str]| {
        let ran = Ran::from(model.command(arguments).env("CARGO", &cargo).output().unwrap());
        assert_eq!(ran.code, Some(0), "{ran:?}");
    };
    run(&["deploy", model.charm.to_str().unwrap()]);
    assert_eq!(model.workload("web/0"), is("blocked", "no token"));
    let changed = fs::read_to_string(&source).unwrap().replace("no token", "really no token");
    fs::write(&source, changed).unwrap();
    run(&["refresh", "web"]);
    assert_eq!(model.workload("web/0"), is("blocked", "really no token"));
}
