//! How the client reaches a daemon. The seam on which an emulator takes the daemon's place.

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use std::{
    fmt,
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    path::{Path, PathBuf},
    time::Duration,
};

/// One connection to a daemon.
///
/// A stream with a descriptor blocks like a socket, and must implement the first three methods: without them
/// no deadline holds. One without (an emulator in this process) has no thread behind it: it computes its
/// answer when it is read, so it never blocks and never has to be waited for, and needs none of them.
pub trait Stream: Read + Write + fmt::Debug {
    /// How long one read or write may take; `None` is for ever. Over it: `WouldBlock` or `TimedOut`.
    ///
    /// # Errors
    /// What the operating system says.
    fn set_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        let _ = timeout;
        Ok(())
    }

    /// Whether reads and writes return `WouldBlock` rather than block.
    ///
    /// # Errors
    /// What the operating system says.
    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        let _ = nonblocking;
        Ok(())
    }

    /// The descriptor to wait on, or `None` when there is nothing to wait for.
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Asked of a stream without a descriptor when its user has nothing left to do but wait: lets the other
    /// side's time pass, at most by `limit`, and says whether that may have brought something. By default
    /// nothing will ever come.
    fn pass_time(&self, limit: Duration) -> bool {
        let _ = limit;
        false
    }
}

/// A request that is held whole, as files and WebSockets are not.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The path with its query.
    pub target: &'a str,
    /// The headers but those of the connection, each a line with its line end.
    pub headers: &'a str,
    /// The body; empty if there is none.
    pub body: &'a [u8],
}

/// The body may hold secrets.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({} bytes)", self.method, self.target, self.body.len())
    }
}

/// What became of a [`Request`].
#[derive(Clone, PartialEq, Eq)]
pub enum Exchange {
    /// It is answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: Vec<u8>,
    },
    /// It was taken, and there will be no answer: as when a daemon dies.
    Closed,
    /// It was not taken: it needs a connection.
    NeedsConnection,
}

/// The body may hold secrets.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered { status, body } => {
                write!(f, "Answered({status}, {} bytes)", body.len())
            }
            Self::Closed => f.write_str("Closed"),
            Self::NeedsConnection => f.write_str("NeedsConnection"),
        }
    }
}

/// Opens connections to one daemon. Every request and every WebSocket is a connection of its own.
pub trait Dial: fmt::Debug {
    /// Answers a request without a connection. That is for an emulator in this process, where bytes would
    /// be written only to be read by the next function; by default every request needs a connection. It must
    /// not block: no deadline ends it.
    ///
    /// # Errors
    /// As those of [`dial`](Self::dial).
    fn exchange(&self, request: &Request<'_>) -> io::Result<Exchange> {
        let _ = request;
        Ok(Exchange::NeedsConnection)
    }

    /// A new connection.
    ///
    /// # Errors
    /// `NotFound` when there is no socket, `ConnectionRefused` when nobody listens.
    fn dial(&self) -> io::Result<Box<dyn Stream>>;
}

/// A daemon that listens on a unix socket.
#[derive(Debug, Clone)]
pub struct UnixSocket(PathBuf);

impl UnixSocket {
    /// The daemon at this path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Dial for UnixSocket {
    fn dial(&self) -> io::Result<Box<dyn Stream>> {
        // A plain connect blocks for as long as a daemon that has stopped accepts nobody. This one
        // fails with `WouldBlock` instead.
        let address = SocketAddrUnix::new(&self.0)?;
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        connect(&socket, &address)?;
        let stream = UnixStream::from(socket);
        UnixStream::set_nonblocking(&stream, false)?;
        Ok(Box::new(stream))
    }
}

impl Stream for UnixStream {
    fn set_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.set_read_timeout(timeout)?;
        self.set_write_timeout(timeout)
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        UnixStream::set_nonblocking(self, nonblocking)
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.as_fd())
    }
}
