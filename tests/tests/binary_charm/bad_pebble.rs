//! A Pebble that is not there, refuses, hangs up or talks nonsense.

use super::{bent, container, status, world};
use ops_testing::engine::{ContainerHandle, How, Outcome};
use std::{
    io::{Read, Write},
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
    thread,
};
use tempfile::TempDir;

const NOT_CONNECTED: &str = "waiting: Container is not connected yet";

/// A daemon that reads a request and says this, until the test is over.
struct Nonsense {
    path: PathBuf,
    _directory: TempDir,
}

impl Nonsense {
    fn says(answer: &'static [u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        // It ends with the test's process.
        thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer);
            }
        });
        Self { path, _directory: directory }
    }
}

/// Lives the first hooks with the container behind this socket.
fn lived(socket: &Path) -> String {
    let socket = socket.to_owned();
    let (mut engine, unit) = bent(move |stage| {
        stage.containers.insert(container(), ContainerHandle::Socket(socket.clone()));
    });
    for _ in 0..8 {
        let Some(entry) = engine.step() else { break };
        let what = format!("{}: {:?}", entry.name, entry.ended);
        assert!(!entry.ended.stderr.contains("panicked"), "{what}");
        assert!(matches!(entry.ended.how, How::Exit(0 | 1)), "{what}");
    }
    status(&engine, &unit)
}

#[test]
fn one_that_is_absent_or_refuses_is_waited_for() {
    assert_eq!(lived(Path::new("/nowhere/pebble.socket")), NOT_CONNECTED);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    drop(UnixListener::bind(&path).unwrap());
    assert_eq!(lived(&path), NOT_CONNECTED);
}

#[test]
fn one_that_hangs_up_or_talks_nonsense_is_never_active() {
    for answer in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"type\"",
        b"\xff\xfe\0garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let daemon = Nonsense::says(answer);
        let status = lived(&daemon.path);
        let answer = String::from_utf8_lossy(answer);
        assert!(!status.starts_with("active"), "{answer:?}: {status}");
    }
}

#[test]
fn one_that_comes_up_later_is_found() {
    let (mut engine, unit, _) = world();
    engine.container_down(&unit, "hook-service").unwrap();
    engine.settle().unwrap();
    assert_eq!(status(&engine, &unit), NOT_CONNECTED);
    engine.container_up(&unit, "hook-service").unwrap();
    engine.settle().unwrap();
    assert_eq!(status(&engine, &unit), "active: ");
    assert!(engine.timeline().iter().all(|entry| entry.outcome == Outcome::Done));
}
