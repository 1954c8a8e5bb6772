//! State in a file of the charm's directory, with the promises that Juju's own state gives.

use crate::app::{App, FaultKind, InFile, fault, session};
use ops::{
    Event, Outcome,
    host::SystemClock,
    names::{ContainerName, UnitName},
    store::{FileState, Store},
};
use ops_testing::{
    emulator::juju::{Hook, Script, Trouble},
    engine::{ContainerHandle, Ended, InProcess, Program, Stage},
};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    rc::Rc,
    time::Duration,
};

/// Runs the charm once in this directory.
fn run(app: &App<InFile>, directory: &Path, hook: &Hook, script: Script) -> Ended {
    let (juju, environment) = session(hook);
    juju.set_script(script);
    let stage = Stage {
        environment: environment.into(),
        unit: UnitName::from_static("web/0"),
        pod: 0,
        juju: Rc::new(juju),
        containers: BTreeMap::<ContainerName, ContainerHandle>::new(),
        deadline: Duration::from_secs(60),
        commands: None,
    };
    let app = app.clone();
    InProcess::new(move || app.clone()).directory(directory).dispatch(&stage)
}

fn defers() -> App<InFile> {
    App::of_kind().on(|event, live| {
        live.store("last", 1, &event.name())?;
        Ok(match event {
            Event::Install => Outcome::defer("not yet"),
            _ => Outcome::done(),
        })
    })
}

fn file(directory: &Path) -> String {
    fs::read_to_string(directory.join(".ops-state.json")).unwrap_or_default()
}

#[test]
fn a_deferred_event_and_a_document_survive_in_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let app = defers();
    assert!(run(&app, directory.path(), &Hook::Install, Script::default()).is_success());
    let text = file(directory.path());
    assert!(text.contains("ops.deferred") && text.contains("charm.last"), "{text}");
    let path = directory.path().join(".ops-state.json");
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    let _ = app.trace.take();
    assert!(run(&app, directory.path(), &Hook::Start, Script::default()).is_success());
    assert_eq!(app.trace.take()[..2], ["on install", "on start"]);
}

#[test]
fn a_hook_that_fails_leaves_the_file_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    assert!(run(&defers(), directory.path(), &Hook::Install, Script::default()).is_success());
    let before = file(directory.path());

    let done = App::<InFile>::of_kind();
    let bug = done.clone().plan(|_, _| Err(fault(FaultKind::Bug)));
    assert!(!run(&bug, directory.path(), &Hook::Start, Script::default()).is_success());
    assert_eq!(file(directory.path()), before);

    // The agent goes while the writes are sent, after the deferred event was handled.
    let opens = done.plan(|_, plan| {
        plan.port(80);
        Ok(())
    });
    let lost = Script::default().always("open-port", Trouble::Lost);
    assert!(!run(&opens, directory.path(), &Hook::Start, lost).is_success());
    assert_eq!(file(directory.path()), before);

    assert!(run(&opens, directory.path(), &Hook::Start, Script::default()).is_success());
    assert!(!file(directory.path()).contains("ops.deferred"));
}

#[test]
fn a_file_of_something_else_is_set_aside() {
    let directory = tempfile::tempdir().unwrap();
    let mut file_of_others = fs::File::create(directory.path().join(".ops-state.json")).unwrap();
    file_of_others.write_all(b"not json").unwrap();
    assert!(run(&defers(), directory.path(), &Hook::Install, Script::default()).is_success());
    let aside = directory.path().join(".ops-state.json.aside.1");
    assert_eq!(fs::read_to_string(aside).unwrap(), "not json");
    assert!(file(directory.path()).contains("ops.deferred"));
}

#[test]
fn a_directory_that_is_not_there_fails_the_hook_and_not_the_process() {
    let app = defers();
    let ended = run(&app, Path::new("/nonexistent"), &Hook::Start, Script::default());
    assert!(!ended.is_success());
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "flock(1) stands for a charm, and is no hook command"
)]
fn a_lock_that_another_process_holds_is_respected_until_it_ends() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    let store = |patience| {
        let state = FileState::new(&path, Rc::new(SystemClock::new())).patience(patience);
        Store::new(Box::new(state))
    };
    let mut holder = Command::new("flock")
        .args(["--exclusive", "--close"])
        .arg(path.with_added_extension("lock"))
        .args(["sh", "-c", "echo locked; read _"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "locked\n");
    let error = store(Duration::ZERO).get::<String>("a", 1).unwrap_err();
    assert_eq!(error.to_string(), format!("{} is locked by another process", path.display()));
    drop(holder.stdin.take());
    holder.wait().unwrap();
    assert_eq!(store(Duration::from_secs(30)).get::<String>("a", 1).unwrap(), None);
}

#[test]
fn all_of_this_works_for_a_user_who_is_not_root() {
    let this = "all_of_this_works_for_a_user_who_is_not_root";
    crate::unprivileged::run_again(&["state_file::", "secrets::", "deferral::"], this);
}
