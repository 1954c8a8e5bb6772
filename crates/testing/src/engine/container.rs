//! How a program reaches the Pebble of a container: an emulated one, a socket, or none.

use ops_pebble::{Dial, Stream, UnixSocket};
use std::{
    io,
    path::PathBuf,
    rc::Rc,
    sync::{Arc, Mutex},
};

/// The emulated Pebble, until it is there.
#[derive(Debug, Clone, Default)]
pub struct Pebble;

/// The Pebble of one container, as a program finds it.
#[derive(Debug, Clone)]
pub enum ContainerHandle {
    /// Nobody listens: the container is not up.
    Absent,
    /// An emulated one. Whoever runs a process serves it on a socket.
    Emulated(Arc<Mutex<Pebble>>),
    /// One that listens on a unix socket already.
    Socket(PathBuf),
}

impl ContainerHandle {
    /// How to reach it from this process.
    #[must_use]
    pub fn dial(&self) -> Rc<dyn Dial> {
        match self {
            Self::Absent | Self::Emulated(_) => Rc::new(Nobody),
            Self::Socket(path) => Rc::new(UnixSocket::new(path)),
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
