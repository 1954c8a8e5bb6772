//! What the workload does, and what the charm hears of it.

use super::World;
use ops_testing::emulator::pebble::{CheckBehaviour, Daemon, ExecHandler, Pebble};
use ops_tests::{PEBBLE, PYTHON_OPS, RealPebble};
use serde_json::json;
use std::{fs, path::Path, process::Command};

#[test]
fn a_container_that_restarts_is_set_up_again() {
    let Some(mut world) = World::active() else { return };
    world.engine.container_down(&world.unit.clone(), "web").unwrap();
    world.engine.update_status(&world.unit.clone()).unwrap();
    assert_eq!(world.settle(), ["update-status"]);
    assert_eq!(world.status(), "waiting: no Pebble");
    world.engine.container_up(&world.unit.clone(), "web").unwrap();
    assert_eq!(world.settle(), ["web-pebble-ready"]);
    assert_eq!(world.status(), "active: ");
    assert!(world.pebble().is_running("web"));
    assert!(world.pebble().file_at("/srv/www/index.html").is_some());
}

#[test]
fn a_custom_notice_reaches_the_charm_with_its_data() {
    let Some(mut world) = World::active() else { return };
    world.with_pebble(|pebble| {
        pebble.notify("example.com/backup/done", [("table", "users")]);
    });
    assert_eq!(world.settle(), ["web-pebble-custom-notice"]);
    world.with_pebble(|pebble| {
        pebble.notify("example.com/backup/done", [("table", "groups")]);
    });
    assert_eq!(world.settle(), ["web-pebble-custom-notice"]);
    let seen = world.reported("seen");
    for expected in ["users x1", "groups x2"] {
        let expected = format!("notice example.com/backup/done {expected}");
        assert!(seen.contains(&json!(expected)), "{expected}: {seen:?}");
    }
}

#[test]
fn a_check_that_fails_and_recovers_is_heard_of_both_times() {
    let Some(mut world) = World::active() else { return };
    world.with_pebble(|pebble| pebble.set_check_behaviour("up", CheckBehaviour::Fails));
    assert_eq!(world.settle(), ["web-pebble-check-failed"]);
    world.with_pebble(|pebble| pebble.set_check_behaviour("up", CheckBehaviour::Passes));
    assert_eq!(world.settle(), ["web-pebble-check-recovered"]);
    let seen = world.reported("seen");
    let checks: Vec<_> = seen.iter().filter(|s| s.as_str().unwrap().contains("check")).collect();
    let expected = ["web_pebble_check_failed up down", "web_pebble_check_recovered up up"];
    assert_eq!(checks, expected);
}

/// What the client of ops makes of the answers of a Pebble.
fn asked(python: &Path, socket: &Path, root: &Path) -> String {
    let questions = ops_tests::root().join("tests/peers/python-charm/pebble_questions.py");
    let output = Command::new(python).arg(questions).arg(socket).arg(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn emulated(python: &Path) -> String {
    let failing = ExecHandler::new(["sh", "-c", "echo out; echo err >&2; exit 3"]);
    let failing = failing.stdout("out\n").stderr("err\n").exit_code(3);
    let pebble = Pebble::new()
        .file("/srv/.there", "")
        .exec_handler(ExecHandler::new(["true"]))
        .exec_handler(ExecHandler::new(["cat"]).echoes_stdin())
        .exec_handler(failing);
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("pebble.socket");
    let _server = Daemon::new(pebble).serve(&socket).unwrap();
    asked(python, &socket, Path::new("/srv"))
}

fn real(python: &Path, pebble: &Path) -> String {
    let directory = tempfile::tempdir().unwrap();
    let work = directory.path().join("work");
    fs::create_dir(&work).unwrap();
    let daemon = RealPebble::start(pebble, &directory.path().join("pebble")).unwrap();
    asked(python, daemon.socket(), &work)
}

#[test]
fn the_client_of_ops_gets_the_same_answers_from_the_emulated_and_from_a_real_pebble() {
    let (Some(python), Some(pebble)) = (PYTHON_OPS.find(), PEBBLE.find()) else { return };
    let (emulated, real) = (emulated(&python), real(&python, &pebble));
    for (emulated, real) in emulated.lines().zip(real.lines()) {
        assert_eq!(emulated, real);
    }
    assert_eq!(emulated.lines().count(), real.lines().count());
}
