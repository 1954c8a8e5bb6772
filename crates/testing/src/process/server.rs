//! The tool server of one dispatch: serves hook commands and containers until the charm has ended.
//!
//! One thread and one loop, because a session is one too. Nobody at the other end of a socket can
//! hold it up: it reads and writes what is there, and the deadline counts for all of it.

use super::{
    child::{End, Group},
    connection::Connection,
    door::Door,
    kill::Steps,
    wire::{self, Request},
};
use crate::emulator::{
    juju::{Call, Files, Juju, Trouble},
    pebble::Daemon,
};
use ops::hook_command::{Exit, Reply};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags},
    io::Errno,
};
use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read, Write},
    os::{
        fd::AsFd,
        unix::net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// More than any charm opens at once; others wait.
const CONNECTION_LIMIT: usize = 128;
/// How often to look where the kernel does not tell that a process has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// The most that a file may have that an argument names: 64 MiB.
const FILE_LIMIT: u64 = 64 << 20;

/// Everything that one dispatch may talk to.
#[derive(Debug)]
pub(super) struct Server<'a> {
    juju: &'a Juju,
    agent: &'a UnixListener,
    doors: &'a [Door],
    steps: Steps,
    clients: Vec<Client>,
    /// Hook commands that wait for ever.
    hanging: Vec<UnixStream>,
    connections: Vec<Connection>,
}

/// How the dispatch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Ended(End),
    Deadline,
}

/// The charm is to be killed now.
struct Killed;

impl<'a> Server<'a> {
    pub(super) fn new(
        juju: &'a Juju,
        agent: &'a UnixListener,
        doors: &'a [Door],
        steps: Steps,
    ) -> Self {
        Self {
            juju,
            agent,
            doors,
            steps,
            clients: Vec::new(),
            hanging: Vec::new(),
            connections: Vec::new(),
        }
    }

    /// How many steps the charm took.
    pub(super) fn steps(&self) -> usize {
        self.steps.count()
    }

    /// Serves the process until it has ended, or ends it at the deadline or where it is to be killed.
    pub(super) fn serve(&mut self, group: &mut Group, deadline: Duration) -> io::Result<Outcome> {
        let started = Instant::now();
        loop {
            let left = deadline.saturating_sub(started.elapsed());
            if left.is_zero() {
                group.finish()?;
                return Ok(Outcome::Deadline);
            }
            let wait = if group.tells_its_end() { left } else { left.min(LOOK_AGAIN) };
            let wait = wait.min(self.command_ends().unwrap_or(wait));
            self.wait(group, wait)?;
            group.read();
            if group.has_ended() {
                return group.finish().map(Outcome::Ended);
            }
            if self.answer_commands().and_then(|()| self.carry()).is_err() {
                group.finish()?;
                return Ok(Outcome::Ended(End::Signal(9)));
            }
        }
    }

    fn wait(&self, group: &Group, wait: Duration) -> io::Result<()> {
        let mut polled: Vec<PollFd<'_>> =
            group.descriptors().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)).collect();
        if self.has_room() {
            polled.push(PollFd::new(self.agent, PollFlags::IN));
            polled.extend(self.doors.iter().map(|d| PollFd::new(&d.listener, PollFlags::IN)));
        }
        for client in &self.clients {
            let flags = if client.reply.is_some() { PollFlags::OUT } else { PollFlags::IN };
            polled.push(PollFd::from_borrowed_fd(client.stream.as_fd(), flags));
        }
        for connection in &self.connections {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::IN, connection.wants_to_read());
            flags.set(PollFlags::OUT, connection.wants_to_write());
            polled.push(PollFd::from_borrowed_fd(connection.descriptor(), flags));
        }
        // A deadline beyond what a timespec holds is none.
        let wait = Timespec::try_from(wait).ok();
        match poll(&mut polled, wait.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(why) => Err(why.into()),
        }
    }

    /// After how long a command in a container ends by itself.
    fn command_ends(&self) -> Option<Duration> {
        let timed = self.doors.iter().filter_map(|door| door.timed.as_ref());
        let next = timed.filter_map(Daemon::deadline).min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    fn has_room(&self) -> bool {
        self.clients.len() + self.hanging.len() + self.connections.len() < CONNECTION_LIMIT
    }

    fn answer_commands(&mut self) -> Result<(), Killed> {
        while self.has_room()
            && let Ok((stream, _)) = self.agent.accept()
        {
            if stream.set_nonblocking(true).is_ok() {
                self.clients.push(Client::new(stream));
            }
        }
        for mut client in std::mem::take(&mut self.clients) {
            if let Some(request) = client.request() {
                match self.run(&request)? {
                    Some(reply) => client.reply = Some(wire::encode(&reply)),
                    None => {
                        self.hanging.push(client.stream);
                        continue;
                    }
                }
            }
            if client.goes_on() {
                self.clients.push(client);
            }
        }
        Ok(())
    }

    /// Runs one hook command; `None` if it never ends.
    fn run(&mut self, request: &Request) -> Result<Option<Reply>, Killed> {
        let step = self.steps.begin().ok_or(Killed)?;
        let expected = self.juju.with_session(|session| session.context_id().to_owned());
        if request.context != expected {
            let got = &request.context;
            let why = format!("bad request: expected context id {expected:?}, got {got:?}");
            return Ok(Some(Reply::failed(1, format!("ERROR {why}\n"))));
        }
        let files = OnDisk(&request.directory);
        let call = Call {
            program: &request.program,
            arguments: request.arguments.iter().map(|a| Cow::Borrowed(a.as_str())).collect(),
            input: request.input.as_deref(),
            files: &files,
        };
        let reply = self.juju.serve(&call);
        if self.juju.is_killed() || self.steps.kills_after(step) {
            return Err(Killed);
        }
        Ok(match reply {
            Ok(reply) => Some(reply),
            Err(Trouble::Hangs) => None,
            // The shell's words; one that is always missing is not on `PATH` at all.
            Err(Trouble::Missing) => {
                Some(Reply::failed(127, format!("{}: not found\n", request.program)))
            }
            Err(_) => Some(Reply { exit: Exit::Signal(9), stdout: Vec::new(), stderr: Vec::new() }),
        })
    }

    /// Carries bytes between the charm and its containers.
    fn carry(&mut self) -> Result<(), Killed> {
        for door in self.doors {
            while self.has_room()
                && let Ok((stream, _)) = door.listener.accept()
            {
                // A daemon that is gone by now hangs up.
                let Ok(daemon) = door.daemon.dial() else { continue };
                let step = self.steps.begin().ok_or(Killed)?;
                self.connections.extend(Connection::new(step, stream, daemon));
            }
        }
        self.connections.iter_mut().for_each(Connection::hear);
        self.doors.iter().filter_map(|door| door.timed.as_ref()).for_each(Daemon::end_in_time);
        // What one connection did may be what another waits for.
        self.connections.iter_mut().for_each(Connection::ask);
        let is_last = |c: &Connection| c.answered && self.steps.kills_after(c.step);
        if self.juju.is_killed() || self.connections.iter().any(is_last) {
            return Err(Killed);
        }
        self.connections.retain_mut(Connection::tell);
        Ok(())
    }
}

/// One hook command's connection.
#[derive(Debug)]
struct Client {
    stream: UnixStream,
    bytes: Vec<u8>,
    reply: Option<Vec<u8>>,
    gone: bool,
}

impl Client {
    fn new(stream: UnixStream) -> Self {
        Self { stream, bytes: Vec::new(), reply: None, gone: false }
    }

    /// Reads what is there, a bounded piece of it; the request when it is complete.
    fn request(&mut self) -> Option<Request> {
        let mut chunk = [0; 64 << 10];
        for _ in 0..64 {
            if self.reply.is_some() || self.gone {
                return None;
            }
            match self.stream.read(&mut chunk) {
                Ok(count) if count > 0 => {
                    self.bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
                    match Request::parse(&self.bytes) {
                        Ok(None) => {}
                        Ok(request) => {
                            self.bytes = Vec::new();
                            return request;
                        }
                        Err(wire::Garbage) => self.gone = true,
                    }
                }
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => return None,
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => self.gone = true,
            }
        }
        None
    }

    /// Writes what can be written; whether there is more to do.
    fn goes_on(&mut self) -> bool {
        let Some(rest) = &mut self.reply else { return !self.gone };
        while !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(count) => drop(rest.drain(..count)),
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => return true,
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        false
    }
}

/// Files as the agent reads them: relative to the directory of the hook command.
struct OnDisk<'a>(&'a Path);

impl Files for OnDisk<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let path: PathBuf = self.0.join(path);
        // Opening a pipe must not wait for its writer.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("not a file"));
        }
        let mut bytes = Vec::new();
        file.take(FILE_LIMIT).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
