//! Everything a dispatch touches outside its own memory, as one value.
//!
//! `ops::run(charm)` is `dispatch(&charm, Host::real())`; a test gives another host. Nothing else in
//! the crate reads the environment, a clock, a random number or a file, and a lint holds that.

mod environment;
mod real;

pub use environment::Environment;
pub use real::{StandardError, SystemClock, SystemRandomness, UnixContainers};

use crate::hook_command::Transport;
use ops_core::names::ContainerName;
use ops_pebble::Dial;
use std::{
    fmt, io,
    path::PathBuf,
    rc::Rc,
    time::{Duration, SystemTime},
};

/// What a dispatch runs on.
#[derive(Debug, Clone)]
pub struct Host {
    /// The process environment.
    pub environment: Rc<Environment>,
    /// Juju: where hook commands go.
    pub juju: Rc<dyn Transport>,
    /// Pebble: one daemon for each container.
    pub containers: Rc<dyn Containers>,
    /// The time.
    pub clock: Rc<dyn Clock>,
    /// Random bytes.
    pub randomness: Rc<dyn Randomness>,
    /// The directory for state that is kept in a local file.
    pub directory: PathBuf,
    /// The last resort for messages: standard error.
    pub messages: Rc<dyn Messages>,
    /// Looks on, for tests and tools; nobody does in production.
    pub witness: Option<Rc<dyn Witness>>,
}

/// Finds the Pebble of a container.
pub trait Containers: fmt::Debug {
    /// How to reach the daemon of this container. It need not be there.
    fn container(&self, name: &ContainerName) -> Rc<dyn Dial>;
}

/// Tells the time.
pub trait Clock: fmt::Debug {
    /// The time of day.
    fn now(&self) -> SystemTime;
    /// Time that has passed since some fixed moment; it never goes back.
    fn elapsed(&self) -> Duration;
    /// Does nothing for this long.
    fn sleep(&self, time: Duration);
}

/// Gives random bytes fit for secrets.
pub trait Randomness: fmt::Debug {
    /// Fills the buffer.
    ///
    /// # Errors
    /// The system has none to give.
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()>;
}

/// Takes messages that cannot go anywhere else.
pub trait Messages: fmt::Debug {
    /// Writes one line. It cannot fail: there is nowhere left to complain.
    fn line(&self, text: &str);
}

/// Looks on while a charm reconciles.
pub trait Witness: fmt::Debug {
    /// Whether there is a secret already whose content it would look for. Until there is one, only a round
    /// whose plan makes a secret is shown: printing takes time.
    fn is_watchful(&self) -> bool {
        true
    }

    /// What the charm has seen (`seen`) or planned (`plan`), in every way in which it can be printed, a
    /// line each. Secrets are their tags.
    fn note(&self, what: &'static str, printed: String);
}
