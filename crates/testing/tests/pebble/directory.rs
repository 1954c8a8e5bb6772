//! A container whose files are those of a real directory: what is asked of the one is done in the other.

use crate::support::{Check, Combine, Layer, MakeDirOptions, PushOptions, Service};
use ops_pebble::Client;
use ops_testing::emulator::pebble::{Daemon, Pebble};
use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, net::UnixListener},
    rc::Rc,
};
use tempfile::TempDir;

fn container() -> (TempDir, Daemon, Client) {
    let root = tempfile::tempdir().unwrap();
    let daemon = Daemon::new(Pebble::new().over(root.path()));
    let client = Client::new(Rc::new(daemon.clone()));
    (root, daemon, client)
}

#[test]
fn every_kind_of_file_is_listed_as_what_it_is() {
    let (root, daemon, client) = container();
    let place = |name: &str| root.path().join(name);
    fs::create_dir(place("directory")).unwrap();
    fs::write(place("directory/inner"), "x").unwrap();
    fs::write(place("file"), "content").unwrap();
    std::os::unix::fs::symlink("file", place("link")).unwrap();
    let _socket = UnixListener::bind(place("socket")).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(place("pipe")).status();
    assert!(pipe.unwrap().success());
    let listed = client.list("/").unwrap();
    let seen: Vec<_> =
        listed.iter().map(|info| (info.path.as_str(), info.kind.as_str(), info.size)).collect();
    assert_eq!(
        seen,
        [
            ("/directory", "directory", None),
            ("/file", "file", Some(7)),
            ("/link", "symlink", None),
            ("/pipe", "named-pipe", None),
            ("/socket", "socket", None),
        ]
    );
    assert!(client.file_info("/link").unwrap().is_file(), "what it leads to");
    let devices = Client::new(Rc::new(Daemon::new(Pebble::new().over("/dev".as_ref()))));
    assert_eq!(devices.file_info("/null").unwrap().kind.as_str(), "device");
    assert_eq!(daemon.state().file_paths().collect::<Vec<_>>(), ["/directory/inner", "/file"]);
}

#[test]
fn what_is_pushed_is_in_the_directory_with_its_mode_and_nothing_beside_it() {
    let (root, daemon, client) = container();
    client.push("/file", "one", &PushOptions::new().permissions(0o640)).unwrap();
    client.push("/file", "two", &PushOptions::new().permissions(0o600)).unwrap();
    let place = root.path().join("file");
    assert_eq!(fs::read(&place).unwrap(), b"two");
    assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    assert_eq!(client.pull("/file").unwrap(), b"two");
    assert_eq!(daemon.state().file_at("/file").unwrap().content, b"two");
    client.make_dir("/there", &MakeDirOptions::new().permissions(0o711)).unwrap();
    let made = fs::metadata(root.path().join("there")).unwrap();
    assert_eq!((made.is_dir(), made.permissions().mode() & 0o777), (true, 0o711));
    assert!(client.push("/there", "x", &PushOptions::new()).is_err(), "a directory is in the way");
    assert!(client.make_dir("/there", &MakeDirOptions::new()).is_err());
}

#[test]
fn what_is_removed_is_gone_and_nothing_else_is() {
    let (root, _, client) = container();
    let place = |name: &str| root.path().join(name);
    fs::create_dir_all(place("full/inner")).unwrap();
    fs::create_dir(place("empty")).unwrap();
    fs::write(place("file"), "").unwrap();
    std::os::unix::fs::symlink("full", place("link")).unwrap();
    assert!(client.remove("/full").is_err() && place("full/inner").is_dir());
    assert!(client.remove("/nothere").is_err());
    client.remove_all("/nothere").unwrap();
    for path in ["/empty", "/file", "/link"] {
        client.remove(path).unwrap();
    }
    assert_eq!(client.list("/").unwrap().len(), 1);
    client.remove_all("/full").unwrap();
    assert!(client.list("/").unwrap().is_empty());
}

#[test]
fn no_path_leads_out_of_the_directory() {
    let (root, _, client) = container();
    let outside = root.path().with_extension("outside");
    let path = format!("/../{}", outside.file_name().unwrap().to_str().unwrap());
    client.push(&path, "x", &PushOptions::new()).unwrap();
    assert!(!outside.exists());
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
}

#[test]
fn what_is_kept_of_a_state_prints_nothing_of_it() {
    let mut state = Pebble::new().file("/etc/token", "hunter2");
    let layer = Layer::new().service("web", Service::new("web").env("TOKEN", "hunter2"));
    state.add_layer("web", &layer, false).unwrap();
    assert_eq!(format!("{:?}", state.keep()), "Kept");
}

#[test]
fn a_replan_starts_the_checks_that_somebody_stopped() {
    let (_root, _, client) = container();
    client.add_layer("web", &Layer::new().check("ready", Check::tcp(80)), Combine::Yes).unwrap();
    client.stop_checks(&["ready"]).unwrap();
    assert!(client.checks(&[]).unwrap()[0].change_id.is_none());
    client.replan().unwrap();
    assert!(client.checks(&[]).unwrap()[0].change_id.is_some());
}
