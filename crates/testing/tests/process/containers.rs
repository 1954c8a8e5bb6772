//! Pebble on a unix socket, where a container of the charm is expected.

use super::World;
use ops_core::names::ContainerName;
use ops_testing::{
    emulator::pebble::{Daemon, Pebble},
    engine::{ContainerHandle, How},
    process::{Binary, Kill},
};

const WEB: ContainerName = ContainerName::from_static("web");

const REQUEST: &str = "request() {
    python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(os.environ[\"OPS_CONTAINERS_DIR\"] + \"/web/pebble.socket\")
body = sys.argv[2].encode()
head = sys.argv[1] + \" HTTP/1.1\\r\\nHost: x\\r\\nAccept: multipart/form-data\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n\"
s.sendall((head % len(body)).encode() + body)
reply = b\"\"
while chunk := s.recv(65536):
    reply += chunk
head, _, body = reply.partition(b\"\\r\\n\\r\\n\")
print(head.split()[1].decode(), len(body))
' \"$1\" \"$2\"
}
";

fn world(script: &str, container: ContainerHandle) -> World {
    let mut world = World::new(&format!("{REQUEST}{script}"));
    world.containers.insert(WEB, container);
    world
}

#[test]
fn an_emulated_one_answers_on_its_socket() {
    let daemon = Daemon::new(Pebble::new().file("/large", vec![b'x'; 5_000_000]));
    let add = "request 'POST /v1/layers' '{\"action\":\"add\",\"combine\":true,\"label\":\"a\",\
        \"format\":\"yaml\",\"layer\":\"services: {}\"}'";
    let script = format!(
        "request 'GET /v1/system-info' ''
        {add}
        request 'GET /v1/files?action=read&path=/large' ''
        is-leader"
    );
    let mut world = world(&script, ContainerHandle::Emulated(daemon.clone()));
    let run = world.run();
    let lines: Vec<&str> = run.stdout().lines().collect();
    assert!(lines[0].starts_with("200 ") && lines[1].starts_with("200 "), "{lines:?}");
    let (code, length) = lines[2].split_once(' ').unwrap();
    assert!(code == "200" && length.parse::<usize>().unwrap() > 5_000_000, "{lines:?}");
    assert_eq!(lines[3], "True");
    assert_eq!(daemon.state().layers().len(), 1);
    assert_eq!(world.binary.steps(), 4, "each connection is a step, and so is the hook command");
}

#[test]
fn an_absent_one_has_no_socket() {
    let script = "[ -e \"$OPS_CONTAINERS_DIR/web/pebble.socket\" ] && echo there; true";
    assert_eq!(world(script, ContainerHandle::Absent).run().stdout(), "");
    let unreachable = Daemon::new(Pebble::new().reachable(false));
    assert_eq!(world(script, ContainerHandle::Emulated(unreachable)).run().stdout(), "");
}

#[test]
fn one_that_others_serve_is_linked_in() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let _server = Daemon::new(Pebble::new()).serve(&path).unwrap();
    let mut world = world("request 'GET /v1/system-info' ''", ContainerHandle::Absent);
    world.binary =
        std::mem::replace(&mut world.binary, Binary::new("/")).container_socket(WEB, &path);
    assert!(world.run().stdout().starts_with("200 "));
}

#[test]
fn the_charm_is_killed_before_or_after_pebble_has_done_what_it_asked() {
    let add = "request 'POST /v1/layers' '{\"action\":\"add\",\"combine\":true,\"label\":\"a\",\
        \"format\":\"yaml\",\"layer\":\"services: {}\"}'; echo told";
    for (kill, layers) in [(Kill::Before(0), 0), (Kill::After(0), 1)] {
        let daemon = Daemon::new(Pebble::new());
        let mut world = world(add, ContainerHandle::Emulated(daemon.clone()));
        world.binary.kill_next(kill);
        let ended = world.run().ended;
        assert_eq!((ended.how, &*ended.stdout), (How::Signal(9), ""), "{kill:?}");
        assert_eq!(daemon.state().layers().len(), layers, "{kill:?}");
    }
}
