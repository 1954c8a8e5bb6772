//! Any unpacked charm, here of shell scripts: what it finds, and what Juju makes of its directory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use ops_core::names::UnitName;
use ops_testing::{
    emulator::{
        juju::{Model, ModelKind},
        pebble::{Daemon, Pebble},
    },
    engine::{ContainerHandle, Engine, How, Outcome, TimelineEntry},
    process::Unpacked,
};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
};
use tempfile::TempDir;

const METADATA: &str = "
name: web
containers:
  web: {}
  side-car: {}
";

const ACTIONS: &str = "backup: {}\nrestore: {}\n";

/// A charm of these scripts.
fn charm(scripts: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("metadata.yaml"), METADATA).unwrap();
    fs::write(directory.path().join("actions.yaml"), ACTIONS).unwrap();
    for (name, script) in scripts {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    directory
}

struct World {
    engine: Engine,
    unit: UnitName,
    program: Rc<Unpacked>,
    _charm: TempDir,
}

impl World {
    fn with(model: Model, charm: TempDir, open: impl Fn(Unpacked) -> Unpacked) -> Self {
        let program = Rc::new(open(Unpacked::open(charm.path()).unwrap()));
        let mut engine = Engine::new(model);
        engine.settings_mut().retries = 0;
        let metadata = program.metadata().clone();
        let unit = engine.deploy("web", metadata, Rc::clone(&program) as _, 1).unwrap().remove(0);
        Self { engine, unit, program, _charm: charm }
    }

    fn new(scripts: &[(&str, &str)]) -> Self {
        Self::with(Model::default(), charm(scripts), |program| program)
    }

    fn step(&mut self) -> &TimelineEntry {
        self.engine.step().unwrap()
    }

    /// What the next hook prints.
    fn printed(&mut self) -> String {
        let entry = self.step();
        assert_eq!(entry.outcome, Outcome::Done, "{:?}", entry.ended);
        entry.ended.stdout.clone()
    }
}

const ASK: &str = r#"python3 -c '
import http.client, os, socket
for name in sorted(os.listdir("/charm/containers")):
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(f"/charm/containers/{name}/pebble.socket")
    except OSError as e:
        print(name, type(e).__name__)
        continue
    s.sendall(b"GET /v1/system-info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    print(name, s.recv(12).decode())
'"#;

#[test]
fn containers_are_where_juju_has_them() {
    let mut world = World::new(&[("dispatch", ASK)]);
    world.engine.container_down(&world.unit, "side-car").unwrap();
    let expected = "side-car FileNotFoundError\nweb HTTP/1.1 200\n";
    assert_eq!(world.printed(), expected);
    // The same again in the next hook, with sockets of its own.
    assert_eq!(world.printed(), expected);
}

#[test]
fn a_pebble_that_somebody_else_serves_is_in_its_place_too() {
    let mut world = World::new(&[("dispatch", ASK)]);
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("pebble.socket");
    let _server = Daemon::new(Pebble::new()).serve(&socket).unwrap();
    let handle = ContainerHandle::Socket(socket);
    world.engine.connect(&world.unit, "side-car", handle).unwrap();
    assert!(world.printed().starts_with("side-car HTTP/1.1 200\n"));
}

#[test]
fn the_machine_is_as_it_was_beside_and_after_it() {
    let mut world = World::new(&[("dispatch", "ls / ; grep -c . /proc/self/mountinfo")]);
    let there_was = Path::new("/charm").exists();
    let printed = world.printed();
    let inside: Vec<&str> = printed.lines().collect();
    assert!(inside.contains(&"charm"), "{printed}");
    for entry in fs::read_dir("/").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with('.') || inside.contains(&&*name), "{name} in {printed}");
    }
    assert_eq!(Path::new("/charm").exists(), there_was);
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let ours: Vec<&str> = mounts.lines().filter(|line| line.contains("/ops-")).collect();
    assert!(ours.is_empty(), "{ours:?}");
}

#[test]
fn the_environment_and_descriptors_are_jujus_and_none_of_ours() {
    let script = "tr '\\0' '\\n' </proc/$$/environ
        for fd in /proc/$$/fd/*; do echo \"fd=$(readlink $fd)\"; done
        [ \"$(pwd -P)\" = \"$JUJU_CHARM_DIR\" ] && [ \"$0\" = \"$PWD/dispatch\" ] && echo here=yes";
    let mut world = World::new(&[("dispatch", script)]);
    let printed = world.printed();
    let lines: Vec<(&str, &str)> = printed.lines().filter_map(|l| l.split_once('=')).collect();
    let found: BTreeMap<&str, &str> = lines.iter().copied().collect();
    assert_eq!(found["here"], "yes", "{printed}");
    assert_eq!(found["JUJU_HOOK_NAME"], "install");
    assert_eq!(found["JUJU_CHARM_DIR"], world.program.directory(&world.unit).to_str().unwrap());
    assert!(found["PATH"].contains("/charm/bin"), "{printed}");
    for name in
        ["HOME", "USER", "CARGO", "OPS_CONTAINERS_DIR", "PWD", "SHLVL", "CARGO_MANIFEST_DIR"]
    {
        assert!(!found.contains_key(name), "{name} in {printed}");
    }
    for (_, path) in lines.iter().filter(|(name, _)| *name == "fd") {
        let known = ["pipe:", "/dev/null"].iter().any(|known| path.starts_with(known));
        assert!(known || path.ends_with("/dispatch"), "{path}");
    }
}

#[test]
fn hook_commands_are_on_path_and_count_when_the_hook_succeeds() {
    let mut world = World::new(&[("dispatch", "status-set active \"in $JUJU_HOOK_NAME\"")]);
    world.step();
    let status = &world.engine.model().unit(&world.unit).unwrap().status.status;
    assert_eq!(status.message, "in install");
}

#[test]
fn without_dispatch_the_file_of_the_hook_runs_and_a_missing_one_succeeds() {
    let mut world = World::new(&[
        ("hooks/install", "echo \"installed by $0\""),
        ("hooks/start", "exit 3"),
        ("actions/backup", "action-set done=yes"),
    ]);
    assert!(world.printed().ends_with("/hooks/install\n"));
    let leader_elected = world.step();
    assert_eq!(leader_elected.name, "leader-elected");
    assert_eq!(leader_elected.outcome, Outcome::Done);
    assert_eq!(world.printed(), "", "config-changed");
    assert_eq!(world.step().outcome, Outcome::Failed(How::Exit(3)));

    let unit = world.unit.clone();
    let done = world.engine.run_action(&unit, "backup", serde_json::Map::new()).unwrap();
    assert_eq!((done.results["done"].as_str(), done.failed), (Some("yes"), None));
    let missing = world.engine.run_action(&unit, "restore", serde_json::Map::new()).unwrap();
    let expected = "action not implemented on unit \"web/0\"";
    assert_eq!(missing.failed.as_deref(), Some(expected));
}

#[test]
fn dispatch_comes_before_the_file_of_the_hook() {
    let mut world =
        World::new(&[("dispatch", "echo $JUJU_DISPATCH_PATH"), ("hooks/install", "exit 9")]);
    assert_eq!(world.printed(), "hooks/install\n");
}

const COUNTS: &str = "echo x >>kept; status-set active \"$(grep -c x kept)\"; cat version";

fn message(world: &World) -> &str {
    &world.engine.model().unit(&world.unit).unwrap().status.status.message
}

#[test]
fn files_stay_between_hooks_and_go_with_the_pod() {
    let mut world = World::new(&[("dispatch", COUNTS), ("version", "")]);
    world.engine.settle().unwrap();
    let before = message(&world).parse::<usize>().unwrap();
    assert_eq!(before, world.engine.timeline().len());
    let unit = world.unit.clone();
    world.engine.replace_pod(&unit).unwrap();
    assert_eq!(world.step().name, "stop");
    assert_eq!(message(&world), (before + 1).to_string(), "the old pod's");
    assert_eq!(world.step().name, "upgrade-charm");
    assert_eq!(message(&world), "1", "the new pod's");
}

#[test]
fn on_a_machine_an_upgrade_leaves_what_the_charm_wrote() {
    let units = tempfile::tempdir().unwrap();
    let model = Model { kind: ModelKind::Machine, ..Model::default() };
    let old = charm(&[("dispatch", COUNTS), ("version", "one")]);
    let mut world = World::with(model, old, |program| program.units_in(units.path()));
    world.engine.settle().unwrap();
    let before = message(&world).parse::<usize>().unwrap();
    let new = charm(&[("dispatch", COUNTS), ("version", "two")]);
    let program = Unpacked::open(new.path()).unwrap().units_in(units.path());
    let metadata = program.metadata().clone();
    world.engine.upgrade("web", metadata, Rc::new(program)).unwrap();
    let entry = world.step();
    assert_eq!((&*entry.name, &*entry.ended.stdout), ("upgrade-charm", "#!/bin/sh\ntwo\n"));
    assert_eq!(message(&world), (before + 1).to_string());
}

#[test]
fn units_do_not_see_each_others_files() {
    let mut world = World::new(&[("dispatch", "ls; touch \"$JUJU_HOOK_NAME\"")]);
    world.engine.add_unit("web").unwrap();
    let first = world.printed();
    assert_eq!(world.printed(), first, "install of the other unit");
}

#[test]
fn the_charm_and_what_it_started_are_killed_at_the_deadline() {
    let mut world = World::new(&[("dispatch", "sleep 300 & echo $!; wait")]);
    world.engine.settings_mut().deadline = std::time::Duration::from_secs(2);
    let entry = world.step();
    assert_eq!(entry.outcome, Outcome::Failed(How::Deadline));
    let pid = entry.ended.stdout.trim();
    // Dead, or not yet reaped by whoever adopts it.
    let state = fs::read_to_string(format!("/proc/{pid}/stat"));
    assert!(state.is_err() || state.as_ref().unwrap().contains(") Z "), "{state:?}");
}

#[test]
fn a_charm_may_carry_links_such_as_a_virtual_environment() {
    let charm = charm(&[("dispatch", "./venv/bin/hello")]);
    let elsewhere = self::charm(&[("bin/hello", "echo hello")]);
    symlink(elsewhere.path(), charm.path().join("venv")).unwrap();
    let mut world = World::with(Model::default(), charm, |program| program);
    assert_eq!(world.printed(), "hello\n");
}

#[test]
fn a_charm_on_our_sdk_needs_no_namespace() {
    let charm = charm(&[("dispatch", "ls \"$OPS_CONTAINERS_DIR\"; ls -d /charm 2>&1 || :")]);
    let mut world = World::with(Model::default(), charm, Unpacked::containers_by_variable);
    let printed = world.printed();
    assert!(printed.starts_with("side-car\nweb\n"), "{printed}");
    assert_eq!(printed.lines().last() == Some("/charm"), Path::new("/charm").exists());
}

/// The denial is a real one: this test runs itself where the kernel allows no more namespaces.
#[test]
fn where_no_namespace_is_allowed_the_hook_fails_and_says_what_to_do() {
    const INSIDE: &str = "OPS_TEST_NO_NAMESPACES";
    if std::env::var_os(INSIDE).is_none() {
        let this = std::env::current_exe().unwrap();
        let script = "echo 0 >/proc/sys/user/max_mnt_namespaces
            echo 0 >/proc/sys/user/max_user_namespaces
            exec \"$@\"";
        let output = Command::new("unshare")
            .args(["--user", "--map-root-user", "sh", "-c", script, "sh"])
            .arg(this)
            .args(["--exact", "where_no_namespace_is_allowed_the_hook_fails_and_says_what_to_do"])
            .env(INSIDE, "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let mut world = World::new(&[("dispatch", "exit 0")]);
    let Outcome::Failed(How::CannotStart(why)) = world.step().outcome.clone() else {
        panic!("it ran")
    };
    for part in ["unshare", "Run as root", "user.max_user_namespaces", "OPS_CONTAINERS_DIR"] {
        assert!(why.contains(part), "{part} in {why}");
    }
}

#[test]
fn a_charm_without_anything_to_run_is_refused_before_it_is_deployed() {
    let directory: PathBuf = charm(&[]).keep();
    let error = Unpacked::open(&directory).unwrap_err();
    fs::remove_dir_all(directory).unwrap();
    assert!(error.to_string().contains("no hooks nor dispatch"), "{error}");
}
