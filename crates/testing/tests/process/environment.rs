//! What a process finds: Juju's contract, and nothing of this process's own.

use super::World;
use ops_testing::emulator::juju::Hook;
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    path::Path,
};

fn printed(text: &str) -> BTreeMap<OsString, OsString> {
    let variables = text.split('\0').filter(|variable| !variable.is_empty());
    variables
        .map(|variable| variable.split_once('=').unwrap())
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

#[test]
fn the_environment_is_exactly_that_of_the_contract() {
    let action = Hook::Action {
        name: "backup".to_owned(),
        id: "1".to_owned(),
        params: serde_json::Map::new(),
    };
    // A shell adds variables of its own; what it was started with stands in /proc.
    let mut world = World::new("cat /proc/$$/environ");
    for hook in [Hook::Install, Hook::ConfigChanged, action] {
        let run = world.dispatch(&hook);
        let mut found = printed(run.stdout());
        let mut take = |name: &str| found.remove(OsStr::new(name)).unwrap_or_default();
        let containers = take("OPS_CONTAINERS_DIR");
        let (charm, legacy) = (take("JUJU_CHARM_DIR"), take("CHARM_DIR"));
        let (socket, path) = (take("JUJU_AGENT_SOCKET_ADDRESS"), take("PATH"));

        let owned = |(name, value): (&OsStr, &OsStr)| (name.to_owned(), value.to_owned());
        let mut expected: BTreeMap<OsString, OsString> =
            run.environment.iter().map(owned).collect();
        for place in ["JUJU_CHARM_DIR", "CHARM_DIR", "JUJU_AGENT_SOCKET_ADDRESS", "PATH"] {
            expected.remove(OsStr::new(place)).unwrap();
        }
        assert_eq!(found, expected);
        assert_eq!(charm, legacy);
        assert!(Path::new(&charm).join("dispatch").exists());
        let here = Path::new(&socket).parent().unwrap();
        assert_eq!(Path::new(&containers), here.join("containers"));
        let usual = run.environment.get("PATH").unwrap().to_str().unwrap();
        let (_, usual) = usual.split_once(':').unwrap();
        assert_eq!(path.to_str().unwrap(), format!("{}:{usual}", here.join("tools").display()));
        assert!(!here.exists(), "{} is left behind", here.display());
    }
}

#[test]
fn the_charm_runs_in_its_directory_and_keeps_its_files() {
    let mut world = World::new(
        "[ \"$(pwd -P)\" = \"$(realpath \"$JUJU_CHARM_DIR\")\" ] || exit 9
        echo \"$0 $#\"
        echo x >>kept
        cat kept
        readlink /proc/self/fd/0",
    );
    let run = world.run();
    let dispatch = run.stdout().lines().next().unwrap().to_owned();
    assert!(dispatch.ends_with("/dispatch 0"), "{dispatch}");
    assert!(run.stdout().ends_with("\nx\n/dev/null\n"), "{:?}", run.ended);
    assert!(world.run().stdout().contains("\nx\nx\n"));

    let directory = dispatch.strip_suffix("/dispatch 0").unwrap().to_owned();
    assert!(Path::new(&directory).exists());
    drop(world);
    assert!(!Path::new(&directory).exists());
}

#[test]
fn files_that_juju_unpacks_are_there() {
    let directory = tempfile::tempdir().unwrap();
    let metadata = directory.path().join("metadata.yaml");
    fs::write(&metadata, "name: web\n").unwrap();
    let mut world = World::new("cat metadata.yaml");
    world.binary = std::mem::replace(&mut world.binary, ops_testing::process::Binary::new("/"))
        .charm_file(&metadata);
    assert_eq!(world.run().stdout(), "name: web\n");
}

#[test]
fn no_descriptor_of_this_process_gets_into_the_charm() {
    let mut world = World::new("for fd in /proc/$$/fd/*; do readlink $fd || true; done | sort -u");
    for line in world.run().stdout().lines() {
        let known = ["pipe:", "/dev/null"].iter().any(|known| line.starts_with(known));
        // The shell has its script open.
        assert!(known || line.ends_with("/charm"), "{line}");
    }
}
