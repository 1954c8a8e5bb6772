//! The model on disk: nobody else reads it, crashes and other commands do not break it, and what is
//! broken is left as it is.

use super::{Model, is};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    thread,
    time::{Duration, Instant},
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn state(model: &Model) -> String {
    fs::read_to_string(model.path().join("model.json")).unwrap()
}

/// Waits for what another process does.
pub(super) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn nobody_else_may_read_it() {
    let model = Model::deployed("web");
    model.run(&["add-secret", "token", "value=sentinel-token"]);
    assert_eq!(mode(&model.path()), 0o700);
    assert_eq!(mode(&model.path().join("model.json")), 0o600);
    assert!(state(&model).contains("sentinel-token"));
}

#[test]
fn a_directory_that_is_open_to_others_keeps_its_secrets_all_the_same() {
    let model = Model::new();
    fs::create_dir(model.path()).unwrap();
    fs::set_permissions(model.path(), fs::Permissions::from_mode(0o755)).unwrap();
    model.deploy(&[]);
    assert_eq!(mode(&model.path()), 0o755);
    assert_eq!(mode(&model.path().join("model.json")), 0o600);
    for below in ["charms", "units", "daemons"] {
        assert_eq!(mode(&model.path().join(below)), 0o700, "{below}");
    }
}

#[test]
fn a_file_that_is_not_whole_is_named_and_left() {
    let model = Model::deployed("web");
    model.run(&["add-secret", "token", "value=sentinel-token"]);
    let whole = state(&model);
    let (half, _) = whole.split_at(whole.len() / 2);
    fs::write(model.path().join("model.json"), half).unwrap();
    let charm = model.charm.to_str().unwrap();
    for arguments in
        [&["status"][..], &["add-unit", "web"], &["deploy", charm, "shop"], &["destroy"]]
    {
        let ran = model.try_run(arguments);
        ran.fails(1, "model.json is not whole: it ends at line");
        assert!(!ran.stderr.contains("sentinel"), "{ran:?}");
        assert_eq!(state(&model), half, "{arguments:?}");
    }
    model.run(&["destroy", "--force"]);
    assert!(!model.path().exists());
}

#[test]
fn a_file_of_another_format_is_left() {
    let model = Model::deployed("web");
    let newer = state(&model).replacen("\"format\":1", "\"format\":2", 1);
    fs::write(model.path().join("model.json"), &newer).unwrap();
    model
        .try_run(&["add-unit", "web"])
        .fails(1, "has format 2, and this cargo-charm knows format 1");
    assert_eq!(state(&model), newer);
}

#[test]
fn a_file_with_something_else_in_it_does_not_show_it() {
    let model = Model::deployed("web");
    let broken = "{\"format\": 1, \"charms\": \"sentinel-token\"}";
    fs::write(model.path().join("model.json"), broken).unwrap();
    let ran = model.try_run(&["status"]);
    ran.fails(1, "is no kept model: see line 1");
    assert!(!ran.stderr.contains("sentinel"), "{ran:?}");
}

#[test]
fn a_directory_without_a_model_is_none() {
    let model = Model::new();
    fs::create_dir(model.path()).unwrap();
    fs::write(model.path().join(".model-half"), "{").unwrap();
    for verb in [&["status"][..], &["add-unit", "web"], &["show-unit", "web/0"], &["destroy"]] {
        model.try_run(verb).fails(1, "there is no model in");
    }
    assert!(model.path().join(".model-half").exists());
    model.deploy(&[]);
    model.run(&["destroy"]);
    assert!(!model.path().exists());
}

#[test]
fn what_is_in_a_named_directory_and_not_ours_stays() {
    let model = Model::deployed("web");
    let own = model.path().join("notes.txt");
    fs::write(&own, "mine").unwrap();
    model.run(&["destroy"]);
    assert_eq!(fs::read_to_string(own).unwrap(), "mine");
    assert_eq!(fs::read_dir(model.path()).unwrap().count(), 1);
}

#[test]
fn a_command_that_is_killed_leaves_a_model_that_goes_on() {
    let model = Model::deployed("web");
    model.run(&["config", "web", "hang=update-status"]);
    let mut hanging = model.command(&["emit", "web/0", "update-status"]).spawn().unwrap();
    let lock = model.path().join("lock");
    let id = hanging.id().to_string();
    until("the command holds the lock", || fs::read_to_string(&lock).unwrap().contains(&id));
    hanging.kill().unwrap();
    hanging.wait().unwrap();
    model.run(&["config", "web", "hang=", "title=after"]);
    model.run(&["add-secret", "token", "value=sentinel-token"]);
    model.run(&["grant-secret", "token", "web"]);
    model.run(&["config", "web", "token=token"]);
    assert_eq!(model.workload("web/0"), is("active", "after"));
}

#[test]
fn commands_killed_at_any_moment_leave_a_whole_model() {
    let model = Model::deployed("web");
    for delay in (0..150).step_by(10) {
        let title = format!("title=after {delay}");
        let mut command = model.command(&["config", "web", &title]).spawn().unwrap();
        thread::sleep(Duration::from_millis(delay));
        // It may have ended by itself.
        let _ = command.kill();
        command.wait().unwrap();
        assert_eq!(model.workload("web/0"), is("blocked", "no token"));
    }
    model.run(&["config", "web", "title=at last"]);
    assert_eq!(model.run(&["config", "web", "title"]).stdout, "at last\n");
}

#[test]
fn commands_at_the_same_time_lose_nothing() {
    let model = Model::deployed("web");
    let add = |number: usize| {
        let name = format!("secret-{number}");
        model.command(&["add-secret", &name, "value=sentinel-token"]).spawn().unwrap()
    };
    let all: Vec<_> = (0..8).map(add).collect();
    for command in all {
        let output = command.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let secrets = model.run(&["secrets", "--format", "json"]).json();
    assert_eq!(secrets.as_object().unwrap().len(), 8);
}

#[test]
fn who_holds_the_model_is_named() {
    let model = Model::deployed("web");
    model.run(&["config", "web", "hang=update-status"]);
    let mut hanging = model.command(&["emit", "web/0", "update-status"]).spawn().unwrap();
    let holder = format!("`cargo charm sandbox emit` (process {})", hanging.id());
    let lock = model.path().join("lock");
    until("the command holds the lock", || fs::read_to_string(&lock).unwrap().contains(&holder));
    // To look takes no lock.
    assert_eq!(model.workload("web/0"), is("blocked", "no token"));
    let waiting = model.try_run(&["add-unit", "web", "--lock-timeout", "0"]);
    waiting.fails(1, &format!("{holder} still changes the model in"));
    hanging.kill().unwrap();
    hanging.wait().unwrap();
    model.run(&["config", "web", "hang="]);
}

#[test]
fn without_waiting_the_next_command_runs_the_hooks() {
    let model = Model::new();
    model.deploy(&["--no-wait"]);
    assert_eq!(model.workload("web/0"), is("waiting", "installing agent"));
    model.run(&["config", "web", "title=other"]);
    assert_eq!(model.workload("web/0"), is("blocked", "no token"));
}
