//! What the real host takes from the environment of a process.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]

use ops::host::Host;
use std::process::Command;

/// Not a test by itself: the other tests run it in an environment of their own.
#[test]
#[ignore = "run by the tests beside it"]
fn show() {
    let host = Host::real();
    println!("containers: {:?}", host.containers);
    println!("directory: {}", host.directory.display());
    println!("variables: {}", host.environment.iter().count());
    host.messages.line("a message");
}

/// What `show` prints in this environment, with standard error behind it.
fn shown(environment: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "show"])
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[test]
fn the_host_is_what_juju_sets_up() {
    let shown = shown(&[("JUJU_CHARM_DIR", "/charm/dir"), ("CHARM_DIR", "/other")]);
    assert!(shown.contains("containers: UnixContainers(\"/charm/containers\")"), "{shown}");
    assert!(shown.contains("directory: /charm/dir\n"), "{shown}");
    assert!(shown.contains("variables: 2\n"), "{shown}");
    assert!(shown.contains("a message\n"), "{shown}");
}

#[test]
fn another_directory_of_containers_must_be_absolute() {
    let shown_there = shown(&[("OPS_CONTAINERS_DIR", "/tmp/sockets")]);
    assert!(shown_there.contains("UnixContainers(\"/tmp/sockets\")"), "{shown_there}");
    for wrong in ["", "sockets"] {
        let shown = shown(&[("OPS_CONTAINERS_DIR", wrong)]);
        assert!(shown.contains("UnixContainers(\"/charm/containers\")"), "{shown}");
        assert!(shown.contains("directory: .\n"), "{shown}");
    }
}
