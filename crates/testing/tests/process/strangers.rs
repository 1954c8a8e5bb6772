//! Clients of the agent's socket that do not speak as hook commands do.

use super::World;
use ops_testing::engine::How;
use std::time::Duration;

const CONNECT: &str = "connect() {
    python3 -c '
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect(os.environ[\"JUJU_AGENT_SOCKET_ADDRESS\"])
data = eval(sys.argv[1])
try:
    s.sendall(data)
    if sys.argv[2] == \"wait\":
        time.sleep(1000)
    if sys.argv[2] == \"shut\":
        s.shutdown(socket.SHUT_WR)
        print(s.recv(100))
except (BrokenPipeError, ConnectionResetError):
    sys.argv[2] == \"shut\" and print(b\"\")
' \"$1\" \"$2\"
}
";

fn world(script: &str) -> World {
    World::new(&format!("{CONNECT}{script}"))
}

#[test]
fn they_are_hung_up_on_and_others_are_served() {
    for data in [
        "b\"GET / HTTP/1.1\"",
        "b\"\"",
        "b\"OPS1\"",
        "b\"OPS1\\xff\\xff\\xff\\xff\"",
        "b\"OPS1\\0\\0\\0\\4\\0\\0\\0\\0\"",
        "b\"OPS1\\0\\0\\0\\1\"",
        "b\"x\" * 3000000",
        "b\"OPS1\\3\\0\\0\\0\" + b\"x\" * 3000000",
    ] {
        let mut world = world(&format!("connect '{data}' shut; connect '{data}' close; is-leader"));
        assert_eq!(world.run().stdout(), "b''\nTrue\n", "{data}");
    }
}

#[test]
fn those_that_never_finish_hold_up_nobody() {
    let mut world = world(
        "for n in 1 2 3 4 5; do connect 'b\"OPS1\\0\"' wait & done
        is-leader; is-leader",
    );
    assert_eq!(world.run().stdout(), "True\nTrue\n");
}

#[test]
fn more_of_them_than_are_served_meet_the_deadline() {
    let mut world = World::new(
        "python3 -c '
import os, socket
held = []
for n in range(200):
    s = socket.socket(socket.AF_UNIX)
    s.connect(os.environ[\"JUJU_AGENT_SOCKET_ADDRESS\"])
    held.append(s)
print(\"held\", flush=True)
os.system(\"is-leader\")
'",
    );
    world.deadline = Duration::from_secs(2);
    let ended = world.run().ended;
    assert!(ended.how == How::Deadline || ended.how == How::Exit(0), "{ended:?}");
}

#[test]
fn a_hook_command_outside_its_hook_is_refused() {
    let mut world = World::new(
        "JUJU_CONTEXT_ID=other is-leader; echo $?
        JUJU_CONTEXT_ID= is-leader; echo $?
        env -u JUJU_AGENT_SOCKET_ADDRESS is-leader; echo $?
        JUJU_AGENT_SOCKET_ADDRESS=/nowhere is-leader; echo $?",
    );
    let run = world.run();
    assert_eq!(run.stdout(), "1\n1\n1\n1\n");
    let complaints: Vec<&str> = run.ended.stderr.lines().collect();
    assert!(complaints[0].starts_with("ERROR bad request: expected context id"), "{complaints:?}");
    assert_eq!(complaints[1], "ERROR JUJU_CONTEXT_ID not set");
    assert_eq!(complaints[2], "ERROR JUJU_AGENT_SOCKET_ADDRESS not set");
    assert!(complaints[3].starts_with("ERROR connection is shut down"), "{complaints:?}");
    assert!(run.calls().is_empty());
}
