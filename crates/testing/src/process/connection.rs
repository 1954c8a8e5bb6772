//! One connection of the charm to an emulated Pebble: bytes in, bytes out.
//!
//! It knows no HTTP. The emulator answers while it is written to or read from, so the charm, which
//! waits at the other end, decides when anything happens.

use ops_pebble::Stream;
use std::{
    io::{self, Read, Write},
    net::Shutdown,
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
};

/// How much waits in one direction before the other side has to take it.
const BUFFERED: usize = 1 << 20;

/// The two ends of a connection and what is on its way.
#[derive(Debug)]
pub(super) struct Connection {
    /// Which step of the dispatch it is.
    pub(super) step: usize,
    charm: UnixStream,
    daemon: Box<dyn Stream>,
    to_charm: Vec<u8>,
    charm_is_done: bool,
    daemon_is_done: bool,
    /// Whether the daemon has said anything.
    pub(super) answered: bool,
}

impl Connection {
    pub(super) fn new(step: usize, charm: UnixStream, daemon: Box<dyn Stream>) -> io::Result<Self> {
        charm.set_nonblocking(true)?;
        daemon.set_nonblocking(true)?;
        Ok(Self {
            step,
            charm,
            daemon,
            to_charm: Vec::new(),
            charm_is_done: false,
            daemon_is_done: false,
            answered: false,
        })
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.charm.as_fd()
    }

    pub(super) fn wants_to_read(&self) -> bool {
        !self.charm_is_done && self.to_charm.len() < BUFFERED
    }

    pub(super) fn wants_to_write(&self) -> bool {
        !self.to_charm.is_empty()
    }

    /// Carries what the charm says to the daemon.
    pub(super) fn hear(&mut self) {
        let mut chunk = [0; 64 << 10];
        while self.wants_to_read() {
            match self.charm.read(&mut chunk) {
                Ok(count) if count > 0 => {
                    let bytes = chunk.get(..count).unwrap_or_default();
                    // One that has said its last word does not listen any more.
                    let _ = self.daemon.write_all(bytes);
                    self.ask();
                }
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => return,
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => self.charm_is_done = true,
            }
        }
    }

    /// Takes what the daemon has to say now.
    pub(super) fn ask(&mut self) {
        let mut chunk = [0; 64 << 10];
        while !self.daemon_is_done && self.to_charm.len() < BUFFERED {
            match self.daemon.read(&mut chunk) {
                Ok(count) if count > 0 => {
                    self.answered = true;
                    self.to_charm.extend_from_slice(chunk.get(..count).unwrap_or_default());
                }
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => return,
                Ok(_) | Err(_) => self.daemon_is_done = true,
            }
        }
    }

    /// Carries what the daemon has said to the charm; whether the connection goes on.
    pub(super) fn tell(&mut self) -> bool {
        while !self.to_charm.is_empty() {
            match self.charm.write(&self.to_charm) {
                Ok(count) => drop(self.to_charm.drain(..count)),
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => return true,
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
            if self.to_charm.is_empty() {
                // There may be more than what was buffered.
                self.ask();
            }
        }
        if self.daemon_is_done {
            let _ = self.charm.shutdown(Shutdown::Both);
        }
        !self.daemon_is_done && !self.charm_is_done
    }
}
