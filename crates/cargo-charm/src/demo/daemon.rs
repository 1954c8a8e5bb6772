//! A real Pebble in a directory of its own, with the stand-in for the workload on its `PATH`.

use super::workload;
use crate::failure::Failure;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long the daemon may take to come up, and to stop what it runs.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(20);

/// A running daemon. It ends, with what it runs, when this is dropped.
#[derive(Debug)]
pub(super) struct Daemon {
    process: Child,
    socket: PathBuf,
    directory: TempDir,
}

impl Daemon {
    /// Starts one. The workload exits at once if it is `broken`.
    pub(super) fn start(broken: bool) -> Result<Self, Failure> {
        let program = find()?;
        let port = workload::PORT;
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(Failure::because(format!(
            "the stand-in for the workload listens on port {port}, which is not free"
        )))?;
        let cannot = || format!("cannot start {}", program.display());
        let directory = tempfile::tempdir().map_err(Failure::because(cannot()))?;
        let path = prepare(directory.path()).map_err(Failure::because(cannot()))?;
        let log = File::create(directory.path().join("log")).map_err(Failure::because(cannot()))?;
        let errors = log.try_clone().map_err(Failure::because(cannot()))?;
        let socket = directory.path().join("pebble.socket");
        let mut command = Command::new(&program);
        command
            .arg("run")
            .env("PEBBLE", directory.path())
            .env("PEBBLE_SOCKET", &socket)
            .env("PATH", path)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors);
        if broken {
            command.env(workload::BROKEN, "1");
        }
        let process = command.spawn().map_err(Failure::because(cannot()))?;
        let mut daemon = Self { process, socket, directory };
        daemon.wait_until_it_listens(&program)?;
        Ok(daemon)
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    fn wait_until_it_listens(&mut self, program: &Path) -> Result<(), Failure> {
        let started = Instant::now();
        while UnixStream::connect(&self.socket).is_err() {
            let ended = self.process.try_wait().ok().flatten();
            let why = match ended {
                Some(status) => status.to_string(),
                None if started.elapsed() > PATIENCE => "it does not listen".to_owned(),
                None => {
                    thread::sleep(PAUSE);
                    continue;
                }
            };
            let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            return Err(Failure::new(format!(
                "{} is no Pebble, or cannot run here: {why}\n{}",
                program.display(),
                log.trim_end()
            )));
        }
        Ok(())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Asked to end, it stops its services first; killed, it leaves them running.
        let process = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        if let Some(process) = process.filter(|_| matches!(self.process.try_wait(), Ok(None))) {
            let _ = kill_process(process, Signal::TERM);
        }
        let started = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if started.elapsed() > PATIENCE {
                let _ = self.process.kill();
                let _ = self.process.wait();
            }
            thread::sleep(PAUSE);
        }
    }
}

/// Makes the directories of a daemon, and gives its `PATH`.
fn prepare(directory: &Path) -> std::io::Result<OsString> {
    let programs = directory.join("bin");
    fs::create_dir(&programs)?;
    fs::create_dir(directory.join("layers"))?;
    std::os::unix::fs::symlink(env::current_exe()?, programs.join(workload::NAME))?;
    let mut path = programs.into_os_string();
    path.push(":/usr/local/bin:/usr/bin:/bin");
    Ok(path)
}

fn find() -> Result<PathBuf, Failure> {
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
