//! The ways to a Pebble: the emulated one within the process, the same behind a unix socket, and real
//! ones of four versions.

use crate::{differences::Difference, workload};
use ops_pebble::{Client, Dial, PebbleVersion, UnixSocket};
use ops_testing::emulator::pebble::{
    Behaviour, CheckBehaviour, Daemon, ExecHandler, Pebble, Server,
};
use ops_tests::{OLD_PEBBLES, PEBBLE, RealPebble};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    path::Path,
    rc::Rc,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A way to a Pebble, and a directory in its workload that may be written to.
pub(crate) struct Door {
    pub(crate) client: Client,
    pub(crate) root: String,
    /// The way without a client.
    pub(crate) dial: Rc<dyn Dial>,
    guard: Guard,
}

const STOPPING: Duration = Duration::from_secs(10);

enum Guard {
    InProcess,
    Socket { _server: Server, _directory: TempDir },
    Real { daemon: RealPebble, _directory: TempDir },
}

impl Door {
    /// What the daemon says that it is.
    pub(crate) fn version(&self) -> PebbleVersion {
        PebbleVersion::parse(&self.client.system_info().unwrap().version).unwrap()
    }

    /// Whether this daemon is one of those that do it differently.
    pub(crate) fn differs(&self, difference: &Difference) -> bool {
        let poses = matches!(self.guard, Guard::InProcess | Guard::Socket { .. });
        self.version() < difference.until && (difference.is_emulated() || !poses)
    }

    /// Kills a real daemon, as a crash does.
    pub(crate) fn killer(&self) -> impl FnOnce() + Send + 'static {
        let pid = self.process();
        move || kill_process(pid, Signal::KILL).unwrap()
    }

    /// Kills a real daemon, and waits until it is gone.
    pub(crate) fn kill(&self) {
        kill_process(self.process(), Signal::KILL).unwrap();
        let began = Instant::now();
        while self.client.can_connect().unwrap() {
            assert!(began.elapsed() < Duration::from_secs(20), "the real Pebble does not die");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Tells a real daemon to stop.
    pub(crate) fn terminate(&self) {
        kill_process(self.process(), Signal::TERM).unwrap();
    }

    fn process(&self) -> Pid {
        let Guard::Real { daemon, .. } = &self.guard else { panic!("not a real daemon") };
        pid(daemon)
    }
}

fn pid(daemon: &RealPebble) -> Pid {
    Pid::from_raw(daemon.id().try_into().unwrap()).unwrap()
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Guard::Real { daemon, .. } = &mut self.guard {
            // Services are ended with it: SIGTERM first, so that it can do so. With a command whose client went
            // away, 1.4 never comes to its end.
            let _ = kill_process(pid(daemon), Signal::TERM);
            let _ = daemon.ends_within(STOPPING);
        }
    }
}

/// An emulated daemon in which the names of the shared cases behave as the real commands do.
fn emulated() -> Daemon {
    let cat = ExecHandler::new(["cat"]).echoes_stdin();
    let zeros = vec![0; 8 * 131_072];
    let pebble = workload::commands(workload::files(Pebble::new()));
    Daemon::new(
        pebble
            .file("/srv/.there", "")
            .behaviour("quick", Behaviour::ExitsQuickly { code: 7, output: "out".to_owned() })
            .behaviour("done", Behaviour::exits_quickly(0))
            .behaviour("missing", Behaviour::NoSuchProgram)
            .check_behaviour("down", CheckBehaviour::Fails)
            .exec_handler(
                ExecHandler::new(["sh", "-c", "echo out; echo err >&2; exit 3"])
                    .stdout("out\n")
                    .stderr("err\n")
                    .exit_code(3),
            )
            .exec_handler(
                ExecHandler::new(["sh", "-c", TALK])
                    .stdout(zeros.clone())
                    .stderr(zeros)
                    .reads_stdin(),
            )
            .exec_handler(ExecHandler::new(["true"]))
            .exec_handler(ExecHandler::new(["sh", "-c", "echo $WHO"]).stdout("hunter2\n"))
            .exec_handler(ExecHandler::new(["sh", "-c", "kill -9 $$"]).exit_code(137))
            .exec_handler(cat),
    )
}

pub(crate) const TALK: &str = "for i in 1 2 3 4 5 6 7 8; do head -c 131072 /dev/zero; \
        head -c 131072 /dev/zero >&2; done; cat >/dev/null";

pub(crate) fn in_process() -> Option<Door> {
    within(emulated())
}

/// The emulated one, posing as an old one.
pub(crate) fn as_v1_4() -> Option<Door> {
    posing("1.4.0")
}

pub(crate) fn as_v1_10() -> Option<Door> {
    posing("1.10.2")
}

pub(crate) fn as_v1_19() -> Option<Door> {
    posing("1.19.2")
}

fn posing(version: &str) -> Option<Door> {
    let daemon = emulated();
    daemon.with(|pebble| *pebble = std::mem::take(pebble).version(version));
    within(daemon)
}

fn within(daemon: Daemon) -> Option<Door> {
    let dial: Rc<dyn Dial> = Rc::new(daemon);
    let client = Client::new(Rc::clone(&dial));
    Some(Door { client, root: "/srv".to_owned(), dial, guard: Guard::InProcess })
}

pub(crate) fn socket() -> Option<Door> {
    let directory = tempfile::tempdir().unwrap();
    let server = emulated().serve(&directory.path().join("pebble.socket")).unwrap();
    let dial: Rc<dyn Dial> = Rc::new(UnixSocket::new(server.path()));
    let client = Client::new(Rc::clone(&dial));
    let guard = Guard::Socket { _server: server, _directory: directory };
    Some(Door { client, root: "/srv".to_owned(), dial, guard })
}

/// The oldest Pebble that is held against; Juju 3.x brings such ones.
pub(crate) fn v1_4() -> Option<Door> {
    old("1.4.0")
}

pub(crate) fn v1_10() -> Option<Door> {
    old("1.10.2")
}

pub(crate) fn v1_19() -> Option<Door> {
    old("1.19.2")
}

/// The newest one.
pub(crate) fn v1_32() -> Option<Door> {
    PEBBLE.find().map(|program| start(&program))
}

/// One of those in the directory of the old ones, as `pebble-VERSION/pebble`.
fn old(version: &str) -> Option<Door> {
    let program = OLD_PEBBLES.find()?.join(format!("pebble-{version}/pebble"));
    let door = start(&program);
    assert_eq!(door.version(), PebbleVersion::parse(version).unwrap());
    Some(door)
}

/// A real daemon in a directory of its own.
fn start(program: &Path) -> Door {
    let directory = tempfile::tempdir().unwrap();
    let work = directory.path().join("work");
    std::fs::create_dir(&work).unwrap();
    workload::make_files(&work);
    let daemon = RealPebble::start(program, &directory.path().join("pebble")).unwrap();
    let root = work.to_str().unwrap().to_owned();
    let dial: Rc<dyn Dial> = Rc::new(UnixSocket::new(daemon.socket()));
    let guard = Guard::Real { daemon, _directory: directory };
    Door { client: Client::new(Rc::clone(&dial)), root, dial, guard }
}
