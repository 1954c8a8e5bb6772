//! Containers that go down and come up, emulated and real.

use super::{Model, Ran};
use std::{fs, path::Path};

#[test]
fn a_container_goes_down_and_comes_up() {
    let model = Model::deployed("web");
    let ready = || model.events("web/0").iter().filter(|e| *e == "web-pebble-ready").count();
    model.run(&["container", "down", "web/0", "web"]);
    assert_eq!(ready(), 1);
    model.run(&["container", "up", "web/0"]);
    assert_eq!(ready(), 2);
    model.run(&["container", "restart", "web/0"]);
    assert_eq!(ready(), 3);
    model.try_run(&["container", "down", "web/0", "db"]).fails(1, "no container \"db\" (has: web)");
    model.try_run(&["container", "sideways", "web/0"]).fails(2, "sideways");
}

#[test]
fn pebble_is_where_juju_has_it() {
    let model = Model::deployed("web");
    let look = "test -S /charm/containers/web/pebble.socket && echo ${OPS_CONTAINERS_DIR-unset}";
    assert_eq!(model.run(&["exec", "--unit", "web/0", "--", look]).stdout, "unset\n");
}

#[test]
fn an_image_says_what_is_in_a_container() {
    let model = Model::new();
    let image = model.file("image.yaml", "db: {}\n");
    let charm = model.charm.to_str().unwrap();
    model.try_run(&["deploy", charm, "--image", &image]).fails(1, "no container \"db\"");
    let image = model.file("image.yaml", "web: {services: {web: {exits: 1, output: no port}}}\n");
    model.deploy(&["--image", &image]);
    model.run(&["workload-logs", "web/0"]);
    model.try_run(&["workload-logs", "web/0", "db"]).fails(1, "no container \"db\"");
}

/// Adds a layer whose service has its first argument in the environment.
const LAYER: &str = r#"
import http.client, json, socket, sys
class Pebble(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("/charm/containers/web/pebble.socket")
layer = {"services": {"web": {"override": "replace", "command": "web", "environment": {"TOKEN": sys.argv[1]}}}}
body = {"action": "add", "label": "web", "format": "yaml", "layer": json.dumps(layer), "combine": True}
pebble = Pebble("localhost")
pebble.request("POST", "/v1/layers", json.dumps(body), {"Content-Type": "application/json"})
reply = pebble.getresponse()
assert reply.status == 200, reply.read()
"#;

#[test]
fn the_plan_of_a_container_is_shown_without_secrets() {
    let model = Model::deployed("web");
    model.run(&["add-secret", "token", "value=sentinel-one"]);
    let program = model.file("layer.py", LAYER);
    let add = format!("python3 {program} sentinel-one");
    model.run(&["exec", "--unit", "web/0", "--", &add]);
    let shown = model.run(&["container", "plan", "web/0"]).stdout;
    assert!(shown.contains("command: web") && shown.contains("TOKEN: <secret>"), "{shown}");
    let shown = model.run(&["container", "plan", "web/0", "web", "--format", "json"]).json();
    assert_eq!(shown["services"]["web"]["environment"]["TOKEN"], "<secret>");
    let shown = model.run(&["container", "plan", "web/0", "--reveal", "--format", "json"]).json();
    assert_eq!(shown["services"]["web"]["environment"]["TOKEN"], "sentinel-one");
    model.run(&["container", "down", "web/0"]);
    model
        .try_run(&["container", "plan", "web/0"])
        .fails(1, "cannot ask the Pebble of web of web/0 for its plan");
}

/// The processes whose directory is this one.
fn pebbles(model: &Model) -> Vec<i64> {
    let records = fs::read_dir(model.path().join("daemons")).into_iter().flatten();
    let pid = |path: &Path| {
        let record: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        record["pid"].as_i64().unwrap()
    };
    let mut pids: Vec<i64> = records.map(|record| pid(&record.unwrap().path())).collect();
    pids.sort_unstable();
    pids
}

fn runs(pid: &i64) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.contains("(pebble)") && !status.contains(") Z ")
}

fn has_pebble() -> bool {
    let required = std::env::var("OPS_TEST_REQUIRE").unwrap_or_default();
    let required = required.split(',').any(|thing| thing == "pebble");
    let found = std::env::var_os("PEBBLE_BIN").is_some_and(|path| !path.is_empty());
    if !required && !found {
        println!("skipped: it needs a Pebble (PEBBLE_BIN)");
    }
    required || found
}

#[test]
fn a_real_pebble_goes_on_between_commands_and_ends_with_its_unit() {
    if !has_pebble() {
        return;
    }
    let model = Model::new();
    model.deploy(&["--pebble", "real", "-n", "2"]);
    let first = pebbles(&model);
    assert!(first.len() == 2 && first.iter().all(runs), "{first:?}");
    model.run(&["emit", "web/0", "update-status"]);
    assert_eq!(pebbles(&model), first);
    assert!(model.run(&["workload-logs", "web/0"]).stdout.contains("Started daemon"));
    model.run(&["container", "down", "web/1"]);
    assert_eq!(pebbles(&model).len(), 1);
    model.run(&["container", "up", "web/1"]);
    let second = pebbles(&model);
    assert!(second.len() == 2 && second.iter().all(runs), "{second:?}");
    model.run(&["remove-unit", "web/1"]);
    assert_eq!(pebbles(&model).len(), 1);
    model.run(&["destroy"]);
    assert!(!first.iter().chain(&second).any(runs));
}

#[test]
fn a_real_pebble_that_died_comes_up_again() {
    if !has_pebble() {
        return;
    }
    let model = Model::new();
    model.deploy(&["--pebble", "real"]);
    let [pid] = pebbles(&model)[..] else { panic!("one Pebble") };
    let kill = std::process::Command::new("kill").args(["-9", &pid.to_string()]).output().unwrap();
    assert!(kill.status.success());
    model.run(&["emit", "web/0", "update-status"]);
    let after = pebbles(&model);
    assert!(after.len() == 1 && after[0] != pid && runs(&after[0]), "{after:?}");
    let ready = model.events("web/0").iter().filter(|e| *e == "web-pebble-ready").count();
    assert_eq!(ready, 2);
}

#[test]
fn a_pebble_that_is_not_there_is_named() {
    let model = Model::new();
    let mut command = model.command(&["deploy", model.charm.to_str().unwrap(), "--pebble", "real"]);
    let ran = Ran::from(command.env("PEBBLE_BIN", "/nonexistent/pebble").output().unwrap());
    ran.fails(1, "PEBBLE_BIN is /nonexistent/pebble, and no file is there");
    model.try_run(&["status"]).fails(1, "there is no model in");
}
