//! The socket of one container's Pebble, open for one dispatch.

use crate::{emulator::pebble::Daemon, engine::ContainerHandle};
use ops_pebble::Dial;
use std::{
    io,
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
    rc::Rc,
};

/// A socket behind which an emulated Pebble is.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) listener: UnixListener,
    pub(super) daemon: Rc<dyn Dial>,
    /// The same, if its commands end when their time has come.
    pub(super) timed: Option<Daemon>,
}

impl Door {
    /// Puts at `path` what a charm would find there: a socket that this process serves, a link to one
    /// that somebody else does, or nothing.
    pub(super) fn open(container: &ContainerHandle, path: &Path) -> io::Result<Option<Self>> {
        if let ContainerHandle::Socket(socket) = container {
            symlink(socket, path)?;
            return Ok(None);
        }
        let daemon = container.dial();
        match daemon.dial() {
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) => {
                // Left behind by a daemon that is gone: it refuses.
                UnixListener::bind(path)?;
                return Ok(None);
            }
            Ok(_) => {}
        }
        let listener = UnixListener::bind(path)?;
        listener.set_nonblocking(true)?;
        let timed = container.daemon().cloned();
        Ok(Some(Self { listener, daemon, timed }))
    }
}
