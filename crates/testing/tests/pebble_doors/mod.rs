//! Three ways to a Pebble: the emulated one within the process, the same behind a unix socket, and a
//! real one.
#![allow(clippy::unwrap_used, clippy::panic, dead_code)]

pub(crate) mod workload;

use ops_pebble::{Client, Dial, UnixSocket};
use ops_testing::emulator::pebble::{Behaviour, Daemon, ExecHandler, Pebble, Server};
use std::{
    env,
    io::Write as _,
    os::unix::net::UnixStream,
    path::PathBuf,
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

enum Guard {
    InProcess,
    Socket { _server: Server, _directory: TempDir },
    Real { process: Child, _directory: TempDir },
}

impl Door {
    /// Kills a real daemon, as a crash does.
    pub(crate) fn killer(&mut self) -> impl FnOnce() + Send + 'static {
        let Guard::Real { process, .. } = &mut self.guard else { panic!("not a real daemon") };
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

/// A real daemon, if there is one on this machine.
pub(crate) fn real() -> Option<Door> {
    let Some(program) = real_program() else {
        // Written past the test harness, which would keep it to itself.
        static SAID: Once = Once::new();
        SAID.call_once(|| {
            let text = b"skipped: tests against a real Pebble (none in PEBBLE_BIN or PATH)\n";
            let _ = std::io::stderr().write_all(text);
        });
        return None;
    };
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
    Some(door)
}

pub(crate) fn real_program() -> Option<PathBuf> {
    let named = env::var_os("PEBBLE_BIN").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|directory| directory.join("pebble"));
    let program = named.into_iter().chain(found).find(|program| program.is_file());
    let required = env::var("OPS_TEST_REQUIRE").unwrap_or_default();
    let required = required.split(',').any(|name| name.trim() == "pebble");
    assert!(
        program.is_some() || !required,
        "OPS_TEST_REQUIRE names pebble, and neither PEBBLE_BIN nor PATH has it"
    );
    program
}
