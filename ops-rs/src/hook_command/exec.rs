//! The transport of production: hook commands as processes.
//!
//! One thread feeds and drains a command and watches its end, by `poll`: nothing it does can block
//! for longer than the deadline, and nothing it prints can fill the memory. Nothing here knows Juju.

use super::{Argument, Exit, Input, Invocation, Reply, Transport, TransportError};
use crate::host::Environment;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, ioctl_fionbio},
    process::{Pid, PidfdFlags, pidfd_open},
};
use std::{
    ffi::OsString,
    fs::{OpenOptions, Permissions},
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::{
            fs::{OpenOptionsExt, PermissionsExt},
            process::ExitStatusExt,
        },
    },
    process::{Child, Command, ExitStatus, Stdio},
    rc::Rc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The most that a command may print: 64 MiB. Databags of 16 MiB exist.
const STDOUT_LIMIT: usize = 64 << 20;

/// How much of what a command complains of is kept: 1 MiB. The rest is read and forgotten.
const STDERR_KEPT: usize = 1 << 20;

/// Runs hook commands as processes, found on `PATH`.
///
/// They get this process's environment and working directory as they are: that is how they find the
/// agent and the hook they belong to.
#[derive(Debug, Clone, Default)]
pub struct Exec {
    environment: Option<Rc<Environment>>,
}

impl Exec {
    /// Commands in the environment of this process.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Commands in another environment, found on its `PATH`. For programs that play Juju's part.
    #[must_use]
    pub fn with_environment(environment: Rc<Environment>) -> Self {
        Self { environment: Some(environment) }
    }

    #[expect(clippy::disallowed_methods, reason = "this is where hook commands are run")]
    fn command(&self, program: &str) -> Option<Command> {
        let Some(environment) = &self.environment else { return Some(Command::new(program)) };
        let path = environment.get("PATH")?;
        let found = std::env::split_paths(path).map(|dir| dir.join(program)).find(|p| p.is_file());
        let mut command = Command::new(found?);
        command.env_clear().envs(environment.iter());
        Some(command)
    }

    fn start(&self, call: &Invocation, files: &Files) -> Result<Running, TransportError> {
        let mut command = self.command(&call.program).ok_or(TransportError::Missing)?;
        let stdin = if call.input.is_some() { Stdio::piped() } else { Stdio::null() };
        command.args(&files.arguments).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        match command.spawn() {
            Ok(child) => Ok(Running(child)),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Err(TransportError::Missing),
            Err(why) => Err(TransportError::Start(why)),
        }
    }
}

impl Transport for Exec {
    fn invoke(&self, call: &Invocation) -> Result<Reply, TransportError> {
        let deadline = call.deadline.map(Deadline::new);
        let files = Files::write(&call.arguments).map_err(TransportError::Start)?;
        let mut running = self.start(call, &files)?;
        let end = running.end_descriptor();
        let reply = running.converse(call.input.as_ref(), deadline.as_ref(), end.as_ref());
        if reply.is_err() {
            running.kill();
        }
        reply
    }
}

/// The arguments as the process gets them. The files are gone when this is dropped.
struct Files {
    arguments: Vec<OsString>,
    _directory: Option<TempDir>,
}

impl Files {
    fn write(arguments: &[Argument]) -> io::Result<Self> {
        let mut directory: Option<TempDir> = None;
        let mut spelt = Vec::with_capacity(arguments.len());
        for (number, argument) in arguments.iter().enumerate() {
            match argument {
                Argument::Plain(text) => spelt.push(OsString::from(&**text)),
                Argument::File { prefix, content } => {
                    let directory = match &mut directory {
                        Some(directory) => directory,
                        none => none.insert(private_directory()?),
                    };
                    let path = directory.path().join(number.to_string());
                    let mut file =
                        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
                    file.write_all(content.expose().as_bytes())?;
                    let mut argument = OsString::from(prefix);
                    argument.push(&path);
                    spelt.push(argument);
                }
            }
        }
        Ok(Self { arguments: spelt, _directory: directory })
    }
}

fn private_directory() -> io::Result<TempDir> {
    tempfile::Builder::new()
        .prefix("hook-command-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir()
}

/// A moment after which nobody waits any more.
struct Deadline {
    started: Instant,
    allowed: Duration,
}

impl Deadline {
    #[expect(clippy::disallowed_methods, reason = "a deadline of the operating system's processes")]
    fn new(allowed: Duration) -> Self {
        Self { started: Instant::now(), allowed }
    }

    /// What is left, or the error that nothing is.
    fn left(&self) -> Result<Duration, TransportError> {
        match self.allowed.checked_sub(self.started.elapsed()) {
            Some(left) if !left.is_zero() => Ok(left),
            _ => Err(TransportError::Deadline(self.allowed)),
        }
    }
}

/// A process that was started and not yet reaped.
struct Running(Child);

impl Running {
    /// Feeds it, drains it and waits for its end.
    ///
    /// The end of the process is the end of the call: a process that it left behind may keep the
    /// pipes open for as long as it likes.
    fn converse(
        &mut self,
        input: Option<&Input>,
        deadline: Option<&Deadline>,
        end: Option<&OwnedFd>,
    ) -> Result<Reply, TransportError> {
        let lost = TransportError::Lost;
        let mut feed = Feed::new(self.0.stdin.take(), input).map_err(lost)?;
        let mut stdout = Drain::new(self.0.stdout.take(), STDOUT_LIMIT).map_err(lost)?;
        let mut stderr = Drain::new(self.0.stderr.take(), STDERR_KEPT).map_err(lost)?;
        loop {
            let wait = match (deadline.map(Deadline::left).transpose()?, end) {
                (left, Some(_)) => left,
                (left, None) => Some(left.map_or(LOOK_AGAIN, |left| left.min(LOOK_AGAIN))),
            };
            let descriptors = [
                feed.descriptor().map(|fd| (fd, PollFlags::OUT)),
                stdout.descriptor().map(|fd| (fd, PollFlags::IN)),
                stderr.descriptor().map(|fd| (fd, PollFlags::IN)),
                end.map(|fd| (fd.as_fd(), PollFlags::IN)),
            ];
            wait_for(descriptors, wait).map_err(lost)?;

            // First whether it has ended, then what it printed: nothing is added after that.
            let ended = self.0.try_wait().map_err(lost)?;
            feed.write().map_err(lost)?;
            stdout.read().map_err(lost)?;
            stderr.read().map_err(lost)?;
            if stdout.overflowed {
                return Err(TransportError::Flood(STDOUT_LIMIT));
            }
            if let Some(status) = ended {
                let exit = exit_of(status);
                return Ok(Reply { exit, stdout: stdout.bytes, stderr: stderr.bytes });
            }
        }
    }

    /// Becomes readable when the process ends. Without it (an old kernel, a sandbox that forbids
    /// it), the end is looked for now and then.
    fn end_descriptor(&self) -> Option<OwnedFd> {
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw)?;
        pidfd_open(pid, PidfdFlags::empty()).ok()
    }

    /// Ends it and takes the body away. It may have ended by itself.
    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const LOOK_AGAIN: Duration = Duration::from_millis(5);

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or_default()),
    }
}

fn wait_for(
    descriptors: [Option<(BorrowedFd<'_>, PollFlags)>; 4],
    wait: Option<Duration>,
) -> io::Result<()> {
    let descriptors = descriptors.into_iter().flatten();
    let mut polled: Vec<_> =
        descriptors.map(|(fd, flags)| PollFd::from_borrowed_fd(fd, flags)).collect();
    // A deadline beyond what a timespec holds is none.
    let wait = wait.and_then(|wait| Timespec::try_from(wait).ok());
    match poll(&mut polled, wait.as_ref()) {
        // A signal interrupts; the caller looks again.
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(why) => Err(why.into()),
    }
}

/// The writing end of a command's input, until all is written.
struct Feed<'a, W> {
    pipe: Option<W>,
    rest: &'a [u8],
}

impl<'a, W: Write + AsFd> Feed<'a, W> {
    fn new(pipe: Option<W>, input: Option<&'a Input>) -> io::Result<Self> {
        if let Some(pipe) = &pipe {
            ioctl_fionbio(pipe, true)?;
        }
        Ok(Self { pipe, rest: input.map_or(&[], Input::expose) })
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Writes what fits, and closes the pipe behind the last byte.
    fn write(&mut self) -> io::Result<()> {
        let Some(pipe) = &mut self.pipe else { return Ok(()) };
        while !self.rest.is_empty() {
            match pipe.write(self.rest) {
                Ok(written) => self.rest = self.rest.get(written..).unwrap_or_default(),
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                // It does not want to read: its exit code says what that means.
                Err(why) if why.kind() == io::ErrorKind::BrokenPipe => break,
                Err(why) => return Err(why),
            }
        }
        self.pipe = None;
        Ok(())
    }
}

/// The most that a pipe can hold, unless the machine's administrator allows more: 1 MiB.
const PIPE_LIMIT: usize = 1 << 20;

/// The reading end of a command's output, until its end.
struct Drain<R> {
    pipe: Option<R>,
    bytes: Vec<u8>,
    limit: usize,
    overflowed: bool,
}

impl<R: Read + AsFd> Drain<R> {
    fn new(pipe: Option<R>, limit: usize) -> io::Result<Self> {
        if let Some(pipe) = &pipe {
            ioctl_fionbio(pipe, true)?;
        }
        Ok(Self { pipe, bytes: Vec::new(), limit, overflowed: false })
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Reads what is there now, up to the most that a pipe can hold: whoever writes faster than this
    /// reads must not outrun the deadline.
    fn read(&mut self) -> io::Result<()> {
        let mut chunk = [0; 16 << 10];
        for _ in 0..PIPE_LIMIT / chunk.len() {
            let Some(pipe) = &mut self.pipe else { break };
            match pipe.read(&mut chunk) {
                Ok(0) => self.pipe = None,
                Ok(count) => self.keep(chunk.get(..count).unwrap_or_default()),
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => break,
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }

    fn keep(&mut self, chunk: &[u8]) {
        let room = self.limit.saturating_sub(self.bytes.len());
        let fitting = chunk.get(..room.min(chunk.len())).unwrap_or_default();
        self.bytes.extend_from_slice(fitting);
        self.overflowed |= fitting.len() < chunk.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What production does where the kernel does not tell of the end of a process.
    fn without_end_descriptor(
        script: &str,
        allowed: Duration,
        input: &str,
    ) -> Result<Reply, TransportError> {
        let call = Invocation::new("sh").arg("-c").arg(script.to_owned()).input(input);
        let files = Files::write(&call.arguments).unwrap();
        let mut running = Exec::new().start(&call, &files).unwrap();
        let reply = running.converse(call.input.as_ref(), Some(&Deadline::new(allowed)), None);
        running.kill();
        reply
    }

    #[test]
    fn the_end_is_noticed_also_without_being_told() {
        let minute = Duration::from_secs(60);
        let reply = without_end_descriptor("cat; sleep 0.02; echo late", minute, "x").unwrap();
        assert_eq!(reply, Reply::ok("xlate\n"));
        let reply = without_end_descriptor("sleep 100 & echo $!; exit 3", minute, "").unwrap();
        assert_eq!(reply.exit, Exit::Code(3));
        let left_behind = String::from_utf8(reply.stdout).unwrap();
        let kill = format!("kill {left_behind}");
        assert_eq!(without_end_descriptor(&kill, minute, "").unwrap(), Reply::ok(""));
    }

    #[test]
    fn the_deadline_holds_also_without_being_told() {
        let script = "exec >&- 2>&- <&-; exec sleep 1000";
        let error = without_end_descriptor(script, Duration::from_millis(50), "").unwrap_err();
        assert!(matches!(error, TransportError::Deadline(_)), "{error:?}");
    }
}
