//! A real Pebble in a directory of its own, which goes on when this program ends.
//!
//! A record of each is written before it is waited for, so that a crash leaves none that nobody knows
//! of. Nothing here knows models.

use crate::failure::Failure;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use serde::{Deserialize, Serialize};
use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io,
    os::unix::{net::UnixStream, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long the daemon may take to come up, and to stop what it runs.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(20);

/// What a daemon is started with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start<'a> {
    /// The executable.
    pub(crate) pebble: &'a Path,
    /// A directory with programs that come before the machine's own.
    pub(crate) programs: Option<&'a Path>,
}

/// A daemon that was started, perhaps by another command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Daemon {
    pid: i32,
    /// When it started, in ticks since the machine did: numbers of processes are used again.
    started: u64,
    directory: PathBuf,
    pebble: PathBuf,
    programs: Option<PathBuf>,
}

impl Daemon {
    /// Starts one, and keeps its record in `record` from then on.
    pub(super) fn start(start: Start<'_>, record: &Path) -> Result<Self, Failure> {
        let cannot = || format!("cannot start {}", start.pebble.display());
        // The path of a socket has at most 107 bytes: this is shorter than the model's directory.
        let directory = tempfile::Builder::new()
            .prefix("charm-pebble-")
            .tempdir()
            .map_err(Failure::because(cannot()))?;
        fs::create_dir(directory.path().join("layers")).map_err(Failure::because(cannot()))?;
        let daemon = Self::spawn(start, directory.keep()).map_err(Failure::because(cannot()))?;
        let written = daemon.write(record);
        let ready = written
            .map_err(Failure::because(cannot()))
            .and_then(|()| daemon.wait_until_it_listens(start.pebble));
        match ready {
            Ok(()) => Ok(daemon),
            Err(failure) => {
                daemon.stop();
                let _ = fs::remove_file(record);
                Err(failure)
            }
        }
    }

    fn spawn(start: Start<'_>, directory: PathBuf) -> io::Result<Self> {
        let log = File::options().create(true).append(true).open(directory.join("log"))?;
        let errors = log.try_clone()?;
        let mut path = OsString::new();
        if let Some(programs) = start.programs {
            path.push(programs);
            path.push(":");
        }
        path.push("/usr/local/bin:/usr/bin:/bin");
        let child = Command::new(start.pebble)
            .args(["run", "--verbose"])
            .env("PEBBLE", &directory)
            .env("PEBBLE_SOCKET", directory.join("pebble.socket"))
            .env("PATH", path)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            // What interrupts this program is not meant for it.
            .process_group(0)
            .spawn()?;
        let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
        let started = process(pid).map_or(0, |found| found.started);
        let programs = start.programs.map(Path::to_owned);
        Ok(Self { pid, started, directory, pebble: start.pebble.to_owned(), programs })
    }

    fn write(&self, record: &Path) -> io::Result<()> {
        let parent = record.parent().unwrap_or(record);
        fs::create_dir_all(parent)?;
        let mut file = tempfile::NamedTempFile::new_in(parent)?;
        serde_json::to_writer(file.as_file_mut(), self)?;
        file.persist(record)?;
        Ok(())
    }

    /// The daemon of this record; `None` if there is no record.
    pub(super) fn read(record: &Path) -> Result<Option<Self>, Failure> {
        let cannot = || format!("cannot read {}", record.display());
        match fs::read(record) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(Failure::because(cannot())(why)),
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(Failure::because(cannot())),
        }
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.directory.join("pebble.socket")
    }

    /// What it, and what it runs, has printed.
    pub(super) fn log(&self) -> String {
        let text = fs::read(self.directory.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Whether its process still runs.
    pub(super) fn runs(&self) -> bool {
        process(self.pid).is_some_and(|found| found.started == self.started && !found.is_zombie)
    }

    /// Ends it with what it runs, and starts it again behind the same socket.
    pub(super) fn restart(&self, record: &Path) -> Result<(), Failure> {
        let cannot = || format!("cannot start {} again", self.pebble.display());
        self.end();
        let start = Start { pebble: &self.pebble, programs: self.programs.as_deref() };
        let daemon =
            Self::spawn(start, self.directory.clone()).map_err(Failure::because(cannot()))?;
        daemon.write(record).map_err(Failure::because(cannot()))?;
        daemon.wait_until_it_listens(start.pebble)
    }

    /// Ends it with what it runs, and removes its directory.
    pub(super) fn stop(&self) {
        self.end();
        let _ = fs::remove_dir_all(&self.directory);
    }

    fn end(&self) {
        if let Some(pid) = Pid::from_raw(self.pid).filter(|_| self.runs()) {
            // Asked to end, it stops its services first; killed, it leaves them running.
            let _ = kill_process(pid, Signal::TERM);
            let asked = Instant::now();
            while self.runs() {
                // It may be a child of this very process.
                let _ = waitpid(Some(pid), WaitOptions::NOHANG);
                if asked.elapsed() > PATIENCE {
                    let _ = kill_process(pid, Signal::KILL);
                }
                thread::sleep(PAUSE);
            }
        }
    }

    fn wait_until_it_listens(&self, program: &Path) -> Result<(), Failure> {
        let started = Instant::now();
        while UnixStream::connect(self.socket()).is_err() {
            let why = match self.runs() {
                false => "it has ended",
                true if started.elapsed() > PATIENCE => "it does not listen",
                true => {
                    thread::sleep(PAUSE);
                    continue;
                }
            };
            return Err(Failure::new(format!(
                "{} is no Pebble, or cannot run here: {why}\n{}",
                program.display(),
                self.log().trim_end()
            )));
        }
        Ok(())
    }
}

/// A process, as `/proc` shows it.
struct Process {
    started: u64,
    is_zombie: bool,
}

fn process(pid: i32) -> Option<Process> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name comes second, in parentheses, and may contain anything.
    let (_, rest) = text.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    // The 22nd field of all is the 19th after the state.
    let started = fields.nth(18)?.parse().ok()?;
    Some(Process { started, is_zombie: matches!(state, "Z" | "X") })
}

/// The Pebble of this machine.
pub(crate) fn find() -> Result<PathBuf, Failure> {
    if let Some(path) = env::var_os("PEBBLE_BIN").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        return if path.is_file() {
            Ok(path)
        } else {
            Err(Failure::new(format!("PEBBLE_BIN is {}, and no file is there", path.display())))
        };
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|directory| directory.join("pebble"))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            Failure::new(
                "there is no `pebble` on PATH, and PEBBLE_BIN does not name one; install it with \
                 `go install github.com/canonical/pebble/cmd/pebble@v1.32.1`",
            )
        })
}
