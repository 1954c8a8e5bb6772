//! How a program reaches the Pebble of a container: an emulated one, a socket, or none.

use crate::emulator::pebble::{Daemon, Pebble};
use ops_pebble::{Dial, Stream, UnixSocket};
use std::{io, path::PathBuf, rc::Rc};

/// The Pebble of one container, as a program finds it. Clones are the same one.
#[derive(Debug, Clone)]
pub enum ContainerHandle {
    /// Nobody listens: the container is not up.
    Absent,
    /// An emulated one. Whoever runs a process serves it on a socket.
    Emulated(Daemon),
    /// One that listens on a unix socket already.
    Socket(PathBuf),
    /// Something in this process that talks as a daemon does. Whoever runs a process serves it on a socket.
    Other(Rc<dyn Dial>),
}

impl ContainerHandle {
    /// The emulated daemon, if it is one.
    #[must_use]
    pub fn daemon(&self) -> Option<&Daemon> {
        match self {
            Self::Emulated(daemon) => Some(daemon),
            _ => None,
        }
    }

    /// How to reach it from this process.
    #[must_use]
    pub fn dial(&self) -> Rc<dyn Dial> {
        match self {
            Self::Absent => Rc::new(Nobody),
            Self::Emulated(daemon) => Rc::new(daemon.clone()),
            Self::Socket(path) => Rc::new(UnixSocket::new(path)),
            Self::Other(dial) => Rc::clone(dial),
        }
    }
}

#[derive(Debug)]
struct Nobody;

impl Dial for Nobody {
    fn dial(&self) -> io::Result<Box<dyn Stream>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// A container of a unit, with its Pebble. A clone of an emulated one is another one in the same
/// state; one behind a socket cannot be copied.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) handle: ContainerHandle,
    pub(super) up: bool,
    /// How often it has come up: another number means that pebble-ready is due.
    pub(super) boot: u64,
}

impl Container {
    pub(super) fn emulated(state: Pebble) -> Self {
        Self { handle: ContainerHandle::Emulated(Daemon::new(state)), up: true, boot: 1 }
    }

    /// As a program finds it now.
    pub(super) fn found(&self) -> ContainerHandle {
        if self.up { self.handle.clone() } else { ContainerHandle::Absent }
    }

    pub(super) fn take_down(&mut self) {
        self.up = false;
        if let Some(daemon) = self.handle.daemon() {
            daemon.with(|pebble| pebble.set_reachable(false));
        }
    }

    /// Comes up for the first time, or again: made anew from its image, with nothing running in it.
    pub(super) fn bring_up(&mut self, image: Option<&Pebble>) {
        self.up = true;
        self.boot += 1;
        if let Some(daemon) = self.handle.daemon() {
            daemon.with(|pebble| {
                pebble.restart();
                pebble.reset_files(image.unwrap_or(&Pebble::new()));
                pebble.set_reachable(true);
            });
        }
    }
}

impl Clone for Container {
    fn clone(&self) -> Self {
        let handle = match &self.handle {
            ContainerHandle::Emulated(daemon) => {
                ContainerHandle::Emulated(Daemon::new(daemon.state()))
            }
            handle => handle.clone(),
        };
        Self { handle, up: self.up, boot: self.boot }
    }
}
