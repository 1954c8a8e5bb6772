//! A real Pebble in a directory of its own, for as long as a test or a bench needs it. It must not know any client.

use std::{
    io,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A daemon that runs until this is dropped.
#[derive(Debug)]
pub struct RealPebble {
    process: Child,
    socket: PathBuf,
}

/// How long it may take to listen.
const STARTING: Duration = Duration::from_secs(20);

impl RealPebble {
    /// Starts this program with `home`, which need not be there, as its `PEBBLE` directory, and waits until it listens.
    ///
    /// # Errors
    /// It cannot be started, or does not listen within 20 seconds.
    pub fn start(program: &Path, home: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(home)?;
        let process = Command::new(program)
            .arg("run")
            .env("PEBBLE", home)
            .env_remove("PEBBLE_SOCKET")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let daemon = Self { process, socket: home.join(".pebble.socket") };
        let began = Instant::now();
        while let Err(error) = UnixStream::connect(&daemon.socket) {
            if began.elapsed() >= STARTING {
                return Err(error);
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(daemon)
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits at most this long for it to end by itself, as after a signal; whether it did.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn ends_within(&mut self, limit: Duration) -> io::Result<bool> {
        let began = Instant::now();
        while self.process.try_wait()?.is_none() {
            if began.elapsed() >= limit {
                return Ok(false);
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(true)
    }
}

impl Drop for RealPebble {
    fn drop(&mut self) {
        // It has nothing worth keeping, and may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
