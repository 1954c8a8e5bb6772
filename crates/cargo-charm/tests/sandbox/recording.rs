//! `OPS_RECORD` in a sandbox, `cargo charm replay` and `cargo charm capture`, with the compiled Hook Service charm.

use super::{Model, Ran, charm::charm};
use hook_service::HookService;
use ops_testing::{Context, State};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

const CANARY: &str = "canary-1f2e3d4c5b6a";

/// A model in which the charm has its secret and is active, and the recordings of its dispatches.
fn active() -> (Model, Vec<PathBuf>) {
    let model = Model::new();
    let recordings = model.directory.path().join("recordings");
    fs::create_dir(&recordings).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = model.command(arguments);
        let ran = Ran::from(command.env("OPS_RECORD", &recordings).output().unwrap());
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        ran
    };
    // The charm's metadata lies above its executable's directory: a copy would not find it.
    run(&["deploy", charm().to_str().unwrap()]);
    let secret = format!("consumer-secret={CANARY}");
    let id = run(&["add-secret", "consumer", "consumer-key=the-key-of-it", &secret]).stdout;
    run(&["grant-secret", "consumer", "hook-service"]);
    let secret = format!("salesforce_consumer_secret={}", id.trim());
    run(&[
        "config",
        "hook-service",
        "salesforce_domain=https://example.my.salesforce.com",
        &secret,
    ]);
    let entries = fs::read_dir(&recordings).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
    (model, files)
}

fn cargo_charm(arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-charm"));
    Ran::from(command.args(arguments).output().unwrap())
}

fn replay(file: &Path) -> Ran {
    let binary = charm().to_str().unwrap();
    cargo_charm(&["replay", file.to_str().unwrap(), "--binary", binary])
}

#[test]
fn what_was_recorded_in_a_sandbox_runs_again_the_same() {
    let (_model, files) = active();
    assert!(files.len() >= 3, "{files:?}");
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        assert!(!text.contains(CANARY), "{}", file.display());
        let ran = replay(file);
        assert_eq!(ran.code, Some(0), "{}: {ran:?}", file.display());
        assert!(ran.stdout.starts_with("same: "), "{ran:?}");
    }
}

#[test]
fn replay_says_where_a_charm_does_something_else() {
    let (_model, files) = active();
    let file = files.last().unwrap();
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains("\"active\""), "the last hook sets the status: {text}");
    fs::write(file, text.replace("\"active\"", "\"blocked\"")).unwrap();
    let ran = replay(file);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stdout.contains("expected: status-set"), "{ran:?}");
    assert!(ran.stdout.contains("blocked") && ran.stdout.contains("active"), "{ran:?}");
}

#[test]
fn replay_refuses_what_is_no_whole_recording() {
    let (model, files) = active();
    let text = fs::read_to_string(&files[0]).unwrap();
    let half = model.file("half.recording", text.get(..text.len() / 2).unwrap());
    replay(Path::new(&half)).fails(1, "is not whole");
    let other =
        model.file("other.recording", &text.replacen("\"recording\":1", "\"recording\":9", 1));
    replay(Path::new(&other)).fails(1, "has format 9");
    let none = model.file("none.recording", "hello\n");
    replay(Path::new(&none)).fails(1, "is no recording");
    replay(Path::new("/nowhere.recording")).fails(1, "cannot read /nowhere.recording");
    let ran = cargo_charm(&["replay", files[0].to_str().unwrap(), "--binary", "/nowhere/charm"]);
    ran.fails(1, "there is no executable /nowhere/charm");
}

#[test]
fn a_captured_unit_is_a_state_from_which_the_charm_runs_in_process() {
    let (model, _) = active();
    let file = model.directory.path().join("unit.json");
    let directory = model.path();
    let arguments = ["capture", "hook-service/0", "--model", directory.to_str().unwrap(), "-o"];
    let ran = cargo_charm(&[&arguments[..], &[file.to_str().unwrap()]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.stderr.contains(CANARY) && ran.stdout.is_empty(), "{ran:?}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let state: State = State::load(&file).unwrap();
    assert_eq!(state.unit_status.name.as_str(), "active");
    assert!(state.leader && state.secrets.len() >= 2, "{state:?}");
    let context = Context::new(|| HookService);
    let output = context.run(context.on().update_status(), &state);
    assert!(output.is_success(), "{:?}", output.ended);
    // It was settled: nothing is left to do.
    assert_eq!(output.state.unit_status, state.unit_status);
    assert_eq!(output.state.containers, state.containers);

    cargo_charm(&["capture", "hook-service/7", "--model", directory.to_str().unwrap()])
        .fails(1, "hook-service/7");
}
