//! The real host: the only place that reads the environment, the clock and random numbers, and the
//! only one that writes to standard error.

use super::{Clock, Containers, Environment, Host, Messages, Randomness};
use crate::hook_command::Exec;
use ops_core::names::ContainerName;
use ops_pebble::{Dial, UnixSocket};
use rustix::{
    io::Errno,
    rand::{GetRandomFlags, getrandom},
};
use std::{
    io::{self, Write as _},
    path::PathBuf,
    rc::Rc,
    time::{Duration, Instant, SystemTime},
};

/// Where Juju mounts the socket of each container's Pebble (Juju: Kubernetes sidecar charms).
const CONTAINERS: &str = "/charm/containers";

/// Names another directory than [`CONTAINERS`].
const CONTAINERS_VARIABLE: &str = "OPS_CONTAINERS_DIR";

impl Host {
    /// The machine this process runs on, as Juju starts it.
    ///
    /// Hook commands are processes, Pebble listens on `/charm/containers/NAME/pebble.socket`, and
    /// files go to the charm's directory. The variable `OPS_CONTAINERS_DIR` (an absolute path) names
    /// another directory than `/charm/containers`, for running a compiled charm where nothing can be
    /// mounted there.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is where the environment is read, once")]
    pub fn real() -> Self {
        let environment: Environment = std::env::vars_os().collect();
        let path = |name: &str| environment.get(name).map(PathBuf::from);
        let containers = path(CONTAINERS_VARIABLE).filter(|path| path.is_absolute());
        let directory = ["JUJU_CHARM_DIR", "CHARM_DIR"].iter().find_map(|name| path(name));
        Self {
            juju: Rc::new(Exec::new()),
            containers: Rc::new(UnixContainers::at(
                containers.unwrap_or_else(|| CONTAINERS.into()),
            )),
            clock: Rc::new(SystemClock::new()),
            randomness: Rc::new(SystemRandomness),
            directory: directory.unwrap_or_else(|| PathBuf::from(".")),
            messages: Rc::new(StandardError),
            witness: None,
            environment: Rc::new(environment),
        }
    }
}

/// Containers whose Pebble listens on `DIRECTORY/NAME/pebble.socket`.
#[derive(Debug, Clone)]
pub struct UnixContainers(PathBuf);

impl UnixContainers {
    /// The containers with their sockets below this directory.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }
}

impl Containers for UnixContainers {
    fn container(&self, name: &ContainerName) -> Rc<dyn Dial> {
        Rc::new(UnixSocket::new(self.0.join(name.as_str()).join("pebble.socket")))
    }
}

/// The machine's clock.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A clock whose [`elapsed`](Clock::elapsed) starts now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// The kernel's random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match getrandom(&mut *rest, GetRandomFlags::empty()) {
                Ok(count) => rest = rest.get_mut(count..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(why) => return Err(why.into()),
            }
        }
        Ok(())
    }
}

/// Standard error, which Juju copies into the unit's log.
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardError;

impl Messages for StandardError {
    fn line(&self, text: &str) {
        // In one piece, so that parallel writers do not mix; and there is nobody left to complain to.
        let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_found_by_its_name() {
        let dial =
            UnixContainers::at("/charm/containers").container(&ContainerName::from_static("web"));
        assert_eq!(format!("{dial:?}"), "UnixSocket(\"/charm/containers/web/pebble.socket\")");
    }

    #[test]
    fn time_passes_and_never_goes_back() {
        let clock = SystemClock::new();
        let before = clock.elapsed();
        clock.sleep(Duration::from_millis(2));
        assert!(clock.elapsed() >= before + Duration::from_millis(2));
        assert!(clock.now() > SystemTime::UNIX_EPOCH);
    }

    #[test]
    fn random_bytes_fill_any_buffer() {
        for size in [0, 1, 64, 100_000] {
            let mut bytes = vec![0; size];
            SystemRandomness.fill(&mut bytes).unwrap();
            assert!(size < 64 || bytes.iter().any(|byte| *byte != 0));
        }
    }
}
