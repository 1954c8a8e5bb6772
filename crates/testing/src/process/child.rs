//! The charm's process and everything it starts, as one group that ends together.

use rustix::{
    io::{Errno, ioctl_fionbio},
    process::{
        Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, waitid,
    },
};
use std::{
    io::{self, Read},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::process::{CommandExt, ExitStatusExt},
    },
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How much of each output is kept: 1 MiB. The rest is read and forgotten.
const KEPT: usize = 1 << 20;

/// How long a program that is being written by somebody else is waited for.
const BUSY: Duration = Duration::from_secs(2);

/// A process group that was started. Dropping it kills and reaps it.
#[derive(Debug)]
pub(super) struct Group {
    child: Child,
    pid: Option<Pid>,
    end: Option<OwnedFd>,
    reaped: bool,
    stdout: Output<ChildStdout>,
    stderr: Output<ChildStderr>,
}

/// How the group's first process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Code(i32),
    Signal(i32),
}

impl Group {
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = spawn(command)?;
        let stdout = child.stdout.take();
        let stderr = child.stderr.take();
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let end = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
        let mut group = Self {
            child,
            pid,
            end,
            reaped: false,
            stdout: Output::default(),
            stderr: Output::default(),
        };
        group.stdout.connect(stdout)?;
        group.stderr.connect(stderr)?;
        Ok(group)
    }

    /// What becomes readable when it prints or ends.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let outputs = [self.stdout.descriptor(), self.stderr.descriptor()];
        outputs.into_iter().chain([self.end.as_ref().map(AsFd::as_fd)]).flatten()
    }

    /// Whether its end makes a descriptor readable; else somebody has to look now and then.
    pub(super) fn tells_its_end(&self) -> bool {
        self.end.is_some()
    }

    /// Whether the first process has ended. It is not reaped: nobody else can get its number yet.
    pub(super) fn has_ended(&self) -> bool {
        let Some(pid) = self.pid else { return true };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        match waitid(WaitId::Pid(pid), options) {
            Ok(found) => found.is_some(),
            Err(Errno::INTR) => false,
            Err(_) => true,
        }
    }

    /// Reads what was printed so far, a bounded piece of it at a time.
    pub(super) fn read(&mut self) {
        self.stdout.read();
        self.stderr.read();
    }

    /// Kills all that is left of the group, and reaps the first process.
    pub(super) fn finish(&mut self) -> io::Result<End> {
        if let Some(pid) = self.pid.filter(|_| !self.reaped) {
            // Before it is reaped the number is still the group's.
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let status = self.child.wait()?;
        self.reaped = true;
        self.read();
        Ok(match status.code() {
            Some(code) => End::Code(code),
            None => End::Signal(status.signal().unwrap_or_default()),
        })
    }

    /// What it printed on standard output and on standard error.
    pub(super) fn into_outputs(mut self) -> (String, String) {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let stdout = std::mem::take(&mut self.stdout.bytes);
        let stderr = std::mem::take(&mut self.stderr.bytes);
        (text(stdout), text(stderr))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.reaped {
            let _ = self.finish();
        }
    }
}

/// A program that was written a moment ago may still be open in a process that another thread is
/// just starting. That passes by itself.
fn spawn(command: &mut Command) -> io::Result<Child> {
    let begun = Instant::now();
    loop {
        match command.spawn() {
            Err(why)
                if why.kind() == io::ErrorKind::ExecutableFileBusy && begun.elapsed() < BUSY =>
            {
                thread::sleep(Duration::from_millis(1));
            }
            done => return done,
        }
    }
}

/// One of its outputs.
#[derive(Debug)]
struct Output<R> {
    pipe: Option<R>,
    bytes: Vec<u8>,
}

impl<R> Default for Output<R> {
    fn default() -> Self {
        Self { pipe: None, bytes: Vec::new() }
    }
}

impl<R: Read + AsFd> Output<R> {
    fn connect(&mut self, pipe: Option<R>) -> io::Result<()> {
        if let Some(pipe) = &pipe {
            ioctl_fionbio(pipe, true)?;
        }
        self.pipe = pipe;
        Ok(())
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    fn read(&mut self) {
        let mut chunk = [0; 16 << 10];
        // At most what a pipe holds: whoever prints faster than this reads must not stop the rest.
        for _ in 0..KEPT / chunk.len() {
            let Some(pipe) = &mut self.pipe else { return };
            match pipe.read(&mut chunk) {
                Ok(count) if count > 0 => {
                    let room = KEPT.saturating_sub(self.bytes.len());
                    let kept = chunk.get(..count.min(room)).unwrap_or_default();
                    self.bytes.extend_from_slice(kept);
                }
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => return,
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => self.pipe = None,
            }
        }
    }
}
