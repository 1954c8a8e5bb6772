//! The ways to a Pebble: the emulated one within the process, the same behind a unix socket, and real
//! ones of four versions.

use crate::{differences::Difference, workload};
use ops_pebble::{Client, Dial, PebbleVersion, UnixSocket};
use ops_testing::emulator::pebble::{Behaviour, Daemon, ExecHandler, Pebble, Server};
use std::{
    env,
    io::Write as _,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    rc::Rc,
    sync::Once,
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
    Real { process: Child, _directory: TempDir },
}

impl Door {
    /// What the daemon says that it is.
    pub(crate) fn version(&self) -> PebbleVersion {
        PebbleVersion::parse(&self.client.system_info().unwrap().version).unwrap()
    }

    /// Whether this daemon is one of those that do it differently.
    pub(crate) fn differs(&self, difference: &Difference) -> bool {
        self.version() < difference.until
    }

    /// Kills a real daemon, as a crash does.
    pub(crate) fn killer(&self) -> impl FnOnce() + Send + 'static {
        let Guard::Real { process, .. } = &self.guard else { panic!("not a real daemon") };
        let pid = rustix::process::Pid::from_child(process);
        move || rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap()
    }
}

impl Door {
    /// Kills a real daemon, and waits until it is gone.
    pub(crate) fn kill(&self) {
        self.signal(rustix::process::Signal::KILL);
        self.wait_until_gone();
    }

    /// Tells a real daemon to stop.
    pub(crate) fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let Guard::Real { process, .. } = &self.guard else { panic!("not a real daemon") };
        let pid = rustix::process::Pid::from_child(process);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    fn wait_until_gone(&self) {
        let began = Instant::now();
        while self.client.can_connect().unwrap() {
            assert!(began.elapsed() < Duration::from_secs(20), "the real Pebble does not die");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Guard::Real { process, .. } = &mut self.guard {
            // Services are ended with it: SIGTERM first, so that it can do so.
            let pid = rustix::process::Pid::from_child(process);
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            // With a command whose client went away, 1.4 never comes to its end.
            let began = Instant::now();
            while matches!(process.try_wait(), Ok(None)) && began.elapsed() < STOPPING {
                thread::sleep(Duration::from_millis(10));
            }
            let _ = process.kill();
            let _ = process.wait();
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
    let dial: Rc<dyn Dial> = Rc::new(emulated());
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
    newest().map(|program| start(&program))
}

/// The program of the newest one.
pub(crate) fn newest() -> Option<PathBuf> {
    static SAID: Once = Once::new();
    let named = env::var_os("PEBBLE_BIN").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|directory| directory.join("pebble"));
    let program = named.into_iter().chain(found).find(|program| program.is_file());
    required("pebble", program, &SAID, "PEBBLE_BIN or PATH")
}

/// `PEBBLE_BINS` is the directory with `pebble-VERSION/pebble` for each old version.
fn old(version: &str) -> Option<Door> {
    static SAID: Once = Once::new();
    let directory = env::var_os("PEBBLE_BINS").map(PathBuf::from);
    let program = directory.map(|directory| directory.join(format!("pebble-{version}/pebble")));
    let program = program.filter(|program| program.is_file());
    let program = required("old-pebbles", program, &SAID, "the directory PEBBLE_BINS")?;
    let door = start(&program);
    assert_eq!(door.version(), PebbleVersion::parse(version).unwrap());
    Some(door)
}

/// The program, unless there is none and nobody requires it.
fn required(name: &str, program: Option<PathBuf>, said: &Once, place: &str) -> Option<PathBuf> {
    let required = env::var("OPS_TEST_REQUIRE").unwrap_or_default();
    let required = required.split(',').any(|required| required.trim() == name);
    assert!(
        program.is_some() || !required,
        "OPS_TEST_REQUIRE names {name}, and there is none in {place}"
    );
    if program.is_none() {
        // Written past the test harness, which would keep it to itself.
        said.call_once(|| {
            let text = format!("skipped: tests against {name} (none in {place})\n");
            let _ = std::io::stderr().write_all(text.as_bytes());
        });
    }
    program
}

/// A real daemon in a directory of its own.
fn start(program: &Path) -> Door {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("pebble");
    let work = directory.path().join("work");
    std::fs::create_dir(&home).unwrap();
    std::fs::create_dir(&work).unwrap();
    let process = Command::new(program)
        .arg("run")
        .env("PEBBLE", &home)
        .env_remove("PEBBLE_SOCKET")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let socket = home.join(".pebble.socket");
    let root = work.to_str().unwrap().to_owned();
    let guard = Guard::Real { process, _directory: directory };
    let dial: Rc<dyn Dial> = Rc::new(UnixSocket::new(&socket));
    let door = Door { client: Client::new(Rc::clone(&dial)), root, dial, guard };
    workload::make_files(&work);
    let began = Instant::now();
    while UnixStream::connect(&socket).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "the real Pebble does not start");
        thread::sleep(Duration::from_millis(10));
    }
    door
}
