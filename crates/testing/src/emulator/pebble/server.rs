//! The door for other processes: a unix socket, served by one thread.

use super::{Daemon, connection::Connection};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io::{self, Read, Write},
    os::{
        fd::AsFd,
        unix::net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// An emulated daemon's unix socket. It closes when this is dropped.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    /// Dropping it wakes the thread for the last time.
    stop: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

/// More than any test opens at once; others wait.
const CONNECTION_LIMIT: usize = 128;

impl Server {
    pub(super) fn start(daemon: Daemon, path: &Path) -> io::Result<Self> {
        let listener = UnixListener::bind(path)?;
        listener.set_nonblocking(true)?;
        let (stop, stopped) = UnixStream::pair()?;
        let woken = daemon.wakes()?;
        let thread = thread::Builder::new()
            .name("emulated pebble".to_owned())
            .spawn(move || serve(&daemon, &listener, &stopped, &woken))?;
        Ok(Self { path: path.to_owned(), stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened.
            let _ = thread.join();
        }
        // As on a clean exit of the real daemon.
        let _ = std::fs::remove_file(&self.path);
    }
}

struct Client {
    stream: UnixStream,
    connection: Connection,
    gone: bool,
}

fn serve(daemon: &Daemon, listener: &UnixListener, stopped: &UnixStream, woken: &UnixStream) {
    let mut clients: Vec<Client> = Vec::new();
    loop {
        let asleep = Instant::now();
        let next = daemon.lock().next_event();
        let ready = {
            let mut interest = vec![PollFd::new(stopped, PollFlags::IN)];
            let accepts = clients.len() < CONNECTION_LIMIT;
            let accept = if accepts { PollFlags::IN } else { PollFlags::empty() };
            interest.push(PollFd::new(listener, accept));
            interest.push(PollFd::new(woken, PollFlags::IN));
            for client in &clients {
                let mut flags = PollFlags::IN;
                flags.set(PollFlags::OUT, !client.connection.output.is_empty());
                interest.push(PollFd::from_borrowed_fd(client.stream.as_fd(), flags));
            }
            let waits = clients.iter().filter_map(|client| client.connection.deadline());
            let deadline = waits.chain(daemon.lock().exec_deadline()).min();
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            let left = left.into_iter().chain(next).min();
            // A wait longer than this is asked again.
            let left = left.map(|left| left.min(Duration::from_secs(3600)));
            let left = left.and_then(|left| Timespec::try_from(left).ok());
            match poll(&mut interest, left.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
            interest.iter().map(|interest| !interest.revents().is_empty()).collect::<Vec<_>>()
        };
        if ready.first() == Some(&true) {
            return;
        }
        for (client, ready) in clients.iter_mut().zip(ready.iter().skip(3)) {
            if *ready {
                client.read(daemon);
            }
        }
        let mut bytes = [0; 64];
        while matches!((&*woken).read(&mut bytes), Ok(count) if count == bytes.len()) {}
        daemon.lock().end_execs_in_time(Instant::now());
        // Outside, time passes by itself.
        if next.is_some() {
            daemon.lock().advance_clock(asleep.elapsed());
        }
        // What one connection did may be what another waits for.
        for client in &mut clients {
            client.connection.advance(&mut daemon.lock());
            client.write(daemon);
        }
        clients.retain(|client| !client.gone);
        if ready.get(1) == Some(&true) {
            while let Ok((stream, _)) = listener.accept() {
                // The nearest that a bound socket comes to one that is not there.
                if daemon.lock().is_reachable() && stream.set_nonblocking(true).is_ok() {
                    let connection = Connection::patient();
                    clients.push(Client { stream, connection, gone: false });
                }
            }
        }
    }
}

impl Client {
    fn read(&mut self, daemon: &Daemon) {
        let mut buffer = [0; 64 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return self.hang_up(daemon),
                Ok(count) => {
                    let bytes = buffer.get(..count).unwrap_or_default();
                    self.connection.receive(&mut daemon.lock(), bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return self.hang_up(daemon),
            }
        }
    }

    fn write(&mut self, daemon: &Daemon) {
        while !self.connection.output.is_empty() && !self.gone {
            match self.stream.write(self.connection.output.as_slices().0) {
                Ok(count) => {
                    self.connection.output.drain(..count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.hang_up(daemon),
            }
        }
        if self.connection.is_closed() {
            self.gone = true;
        }
    }

    fn hang_up(&mut self, daemon: &Daemon) {
        self.connection.hang_up(&mut daemon.lock());
        self.gone = true;
    }
}
