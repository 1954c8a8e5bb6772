//! One state behind its doors: whole requests and connections within the process, and a unix socket.

use super::{Pebble, Request, Response, Server, connection::Connection};
use ops_pebble::{Dial, Exchange, Stream};
use std::{
    fmt,
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// An emulated daemon. Clones share one state.
///
/// Give it to [`ops_pebble::Client::new`] to reach it within the process. There is no thread behind it: it
/// computes its answer when it is asked.
#[derive(Clone, Default)]
pub struct Daemon {
    state: Arc<Mutex<Pebble>>,
    /// One end for each server: a byte wakes it.
    servers: Arc<Mutex<Vec<UnixStream>>>,
}

/// Its state holds secrets in clear, and a charm may print what it talks to.
impl fmt::Debug for Daemon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Daemon")
    }
}

impl Daemon {
    /// A daemon with this state.
    #[must_use]
    pub fn new(state: Pebble) -> Self {
        Self { state: Arc::new(Mutex::new(state)), servers: Arc::default() }
    }

    /// A copy of the state as it is now.
    #[must_use]
    pub fn state(&self) -> Pebble {
        self.lock().clone()
    }

    /// The state, which nobody else needs any more. A copy of it if somebody does.
    #[must_use]
    pub fn into_state(self) -> Pebble {
        match Arc::try_unwrap(self.state) {
            Ok(state) => state.into_inner().unwrap_or_else(PoisonError::into_inner),
            Err(shared) => shared.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Looks at the state, or changes it. Clients that wait behind a socket see at once what became of it.
    pub fn with<T>(&self, act: impl FnOnce(&mut Pebble) -> T) -> T {
        let result = act(&mut self.lock());
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        // One that has many bytes to read is about to wake, and one that is gone needs none.
        servers.retain(|mut server| match server.write(&[0]) {
            Ok(_) => true,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        });
        result
    }

    /// What a server reads when it is to look at the state.
    pub(super) fn wakes(&self) -> io::Result<UnixStream> {
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).push(wake);
        Ok(woken)
    }

    /// Answers one request without any connection.
    #[must_use]
    pub fn handle(&self, request: &Request) -> Response {
        self.lock().handle(request)
    }

    /// Opens the unix socket at `path`, until the server is dropped.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn serve(&self, path: &Path) -> io::Result<Server> {
        Server::start(self.clone(), path)
    }

    /// When a command ends by itself, for whoever serves its connections: none of them would tell.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.lock().exec_deadline()
    }

    /// Ends the commands whose time has come.
    pub(crate) fn end_in_time(&self) {
        self.lock().end_execs_in_time(Instant::now());
    }

    /// The state, for a client that can reach it.
    fn reach(&self) -> io::Result<MutexGuard<'_, Pebble>> {
        let pebble = self.lock();
        if !pebble.is_reachable() || pebble.effects.are_over() {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        Ok(pebble)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Pebble> {
        // A test that failed while it held the state leaves it as it was.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dial for Daemon {
    fn exchange(&self, request: &ops_pebble::Request<'_>) -> io::Result<Exchange> {
        let mut pebble = self.reach()?;
        let mut asked = Request::new(request.method, request.target);
        request.headers.clone_into(&mut asked.headers);
        request.body.clone_into(&mut asked.body);
        let Response { status, body, .. } = pebble.handle_in_time(&asked);
        if pebble.effects.are_over() {
            return Ok(Exchange::Closed);
        }
        Ok(Exchange::Answered { status, body })
    }

    fn dial(&self) -> io::Result<Box<dyn Stream>> {
        drop(self.reach()?);
        Ok(Box::new(InProcess { daemon: self.clone(), connection: Connection::default() }))
    }
}

/// A connection within the process.
struct InProcess {
    daemon: Daemon,
    connection: Connection,
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

impl Read for InProcess {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.connection.advance(&mut self.daemon.lock());
        if self.connection.output.is_empty() && !self.connection.is_closed() {
            // Only another request could bring more, and this thread is the one that would make it.
            return Err(io::Error::from(io::ErrorKind::WouldBlock));
        }
        self.connection.output.read(buffer)
    }
}

impl Write for InProcess {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut pebble = self.daemon.lock();
        if self.connection.is_closed() || pebble.effects.are_over() {
            self.connection.cut();
            return Err(io::Error::from(io::ErrorKind::BrokenPipe));
        }
        self.connection.receive(&mut pebble, bytes);
        if pebble.effects.are_over() {
            self.connection.cut();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for InProcess {
    fn pass_time(&self, limit: Duration) -> bool {
        self.daemon.lock().pass_time(limit)
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.connection.hang_up(&mut self.daemon.lock());
    }
}
