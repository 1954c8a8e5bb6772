//! A charm as the engine runs it: once per hook, in a stage that is set for it.
//!
//! The engine knows no more of a charm than this. One that is linked into the test is
//! [`InProcess`]; a compiled one is a process.

use super::{
    container::ContainerHandle,
    guard::Guard,
    limit::{Limit, Limited},
};
use crate::emulator::juju::Juju;
use ops::host::{Clock, Containers, Environment, Host, Messages, Randomness, Witness};
use ops_core::names::{ContainerName, UnitName};
use ops_pebble::Dial;
use serde::{Deserialize, Serialize};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    rc::Rc,
    time::{Duration, Instant, SystemTime},
};
use tempfile::TempDir;

/// Runs a charm for one hook or action.
pub trait Program: fmt::Debug {
    /// Runs it to its end. What it writes goes through [`Stage::juju`]; the caller commits or drops it.
    fn dispatch(&self, stage: &Stage) -> Ended;

    /// Whether a run finds files that an earlier one wrote. Copies of an engine share them, so such a charm
    /// cannot be explored. By default it does not.
    fn keeps_files(&self) -> bool {
        false
    }
}

/// Everything that one run of a charm finds.
#[derive(Debug, Clone)]
pub struct Stage {
    /// The unit whose charm runs.
    pub unit: UnitName,
    /// Which pod of the unit it is, counted from 0. Another one has none of the files that the charm
    /// wrote into its directory. Always 0 where units have no pods.
    pub pod: u64,
    /// The environment, as Juju gives it. A process needs its own `PATH` and places in it.
    pub environment: Rc<Environment>,
    /// Where hook commands go.
    pub juju: Rc<Juju>,
    /// The Pebble of each container of the charm.
    pub containers: BTreeMap<ContainerName, ContainerHandle>,
    /// What bash runs in place of the charm: `juju exec`.
    pub commands: Option<String>,
    /// How long it may take, in real time.
    pub deadline: Duration,
}

/// How a run of a charm ended, and what it printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How it ended.
    pub how: How,
    /// What it printed on standard output.
    pub stdout: String,
    /// What it printed on standard error.
    pub stderr: String,
}

/// How a run of a charm ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It exited with this code.
    Exit(i32),
    /// This signal killed it.
    Signal(i32),
    /// It did not end in time, and was killed.
    Deadline,
    /// It could not be started, for this reason.
    CannotStart(String),
    /// It has nothing that is run for this action.
    NotImplemented,
}

impl Ended {
    /// It exited with this code and printed nothing.
    #[must_use]
    pub fn exit(code: i32) -> Self {
        Self { how: How::Exit(code), stdout: String::new(), stderr: String::new() }
    }

    /// Whether it exited with 0, so that what it wrote is to be committed.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.how == How::Exit(0)
    }
}

impl How {
    /// Whether SIGKILL or SIGTERM ended it. To Juju that is no failure: it runs the hook again.
    #[must_use]
    pub fn is_kill(&self) -> bool {
        matches!(self, Self::Signal(9 | 15))
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "killed by signal {signal}"),
            Self::Deadline => f.write_str("did not end in time"),
            Self::CannotStart(why) => write!(f, "cannot start: {why}"),
            Self::NotImplemented => f.write_str("not implemented"),
        }
    }
}

/// A charm that is linked into this program. Every run is given a new one, as every process is.
pub struct InProcess<C> {
    make: Box<dyn Fn() -> C>,
    home: Home,
}

/// The directory of a charm that keeps no files.
const NOWHERE: &str = "/nonexistent";

/// Where a charm in this process keeps a file.
#[derive(Debug)]
enum Home {
    /// In one directory, whatever unit it is.
    Given(PathBuf),
    /// In one of its own for each unit, and each of its pods.
    OfEachUnit(TempDir),
}

impl Home {
    fn of(&self, stage: &Stage) -> io::Result<PathBuf> {
        match self {
            Self::Given(directory) => Ok(directory.clone()),
            Self::OfEachUnit(all) => {
                let name = format!("{}-{}", stage.unit.as_str().replace('/', "-"), stage.pod);
                let directory = all.path().join(name);
                std::fs::create_dir_all(&directory)?;
                Ok(directory)
            }
        }
    }
}

impl<C: ops::Charm> InProcess<C> {
    /// A charm that `make` makes. It keeps no files: see [`directory`](Self::directory).
    pub fn new(make: impl Fn() -> C + 'static) -> Self {
        Self { make: Box::new(make), home: Home::Given(PathBuf::from(NOWHERE)) }
    }

    /// The same, and what the charm keeps in a file is there for each unit until it has another pod. Copies
    /// of an engine share the files, which are gone with the last of them.
    ///
    /// # Errors
    /// No directory could be made.
    pub fn with_files(make: impl Fn() -> C + 'static) -> io::Result<Self> {
        Ok(Self { make: Box::new(make), home: Home::OfEachUnit(tempfile::tempdir()?) })
    }

    /// The directory for state that the charm keeps in a file.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.home = Home::Given(directory.into());
        self
    }
}

impl<C> fmt::Debug for InProcess<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").field("home", &self.home).finish_non_exhaustive()
    }
}

impl<C: ops::Charm> Program for InProcess<C> {
    fn keeps_files(&self) -> bool {
        !matches!(&self.home, Home::Given(directory) if directory == Path::new(NOWHERE))
    }

    fn dispatch(&self, stage: &Stage) -> Ended {
        if stage.commands.is_some() {
            return cannot_start("a charm in this process has no machine to run commands on");
        }
        let directory = match self.home.of(stage) {
            Ok(directory) => directory,
            Err(why) => return cannot_start(&format!("no directory for its files: {why}")),
        };
        // The model counts its runs: a copy of it goes on with the same random numbers.
        let (now, seed) = stage.juju.with_model(|model| {
            (model.now.0, model.counters.seed.rotate_left(32) ^ model.counters.contexts)
        });
        let messages = Rc::new(Lines::default());
        let start = Instant::now();
        let limit = Limit::of(start, stage.deadline);
        let juju = Limited { limit: Rc::clone(&limit), asked: Rc::clone(&stage.juju) };
        let handles = Handles { all: stage.containers.clone(), limit: Rc::clone(&limit) };
        let host = Host {
            environment: Rc::clone(&stage.environment),
            juju: Rc::new(juju),
            containers: Rc::new(handles),
            clock: Rc::new(VirtualClock::at(now)),
            randomness: Rc::new(Numbers::from_seed(seed)),
            directory,
            messages: Rc::clone(&messages) as Rc<dyn Messages>,
            witness: Some(Rc::clone(&stage.juju) as Rc<dyn Witness>),
        };
        // The log is sent after the dispatcher has let go of the charm: it may be what meets the limit.
        let dispatch = AssertUnwindSafe(|| ops::dispatch(&(self.make)(), host));
        let guard = Guard::over(start, stage.deadline);
        let code = catch_unwind(dispatch);
        drop(guard);
        let stderr = messages.0.borrow().clone();
        let how = match code {
            _ if limit.is_missed() => How::Deadline,
            Ok(code) => How::Exit(i32::from(code)),
            Err(panic) => resume_unwind(panic),
        };
        Ended { how, stdout: String::new(), stderr }
    }
}

fn cannot_start(why: &str) -> Ended {
    let how = How::CannotStart(why.to_owned());
    Ended { how, stdout: String::new(), stderr: String::new() }
}

#[derive(Debug)]
struct Handles {
    all: BTreeMap<ContainerName, ContainerHandle>,
    limit: Rc<Limit>,
}

impl Containers for Handles {
    fn container(&self, name: &ContainerName) -> Rc<dyn Dial> {
        let asked = self.all.get(name).unwrap_or(&ContainerHandle::Absent).dial();
        Rc::new(Limited { limit: Rc::clone(&self.limit), asked })
    }
}

#[derive(Debug, Default)]
struct Lines(RefCell<String>);

impl Messages for Lines {
    fn line(&self, text: &str) {
        let mut lines = self.0.borrow_mut();
        lines.push_str(text);
        lines.push('\n');
    }
}

/// A clock that stands still unless somebody sleeps, which takes no time.
#[derive(Debug)]
struct VirtualClock {
    start: u64,
    slept: Cell<Duration>,
}

impl VirtualClock {
    fn at(seconds: i64) -> Self {
        Self { start: u64::try_from(seconds).unwrap_or_default(), slept: Cell::default() }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.start) + self.slept.get()
    }

    fn elapsed(&self) -> Duration {
        self.slept.get()
    }

    fn sleep(&self, time: Duration) {
        self.slept.set(self.slept.get() + time);
    }
}

/// SplitMix64: the same seed gives the same bytes.
#[derive(Debug)]
struct Numbers(Cell<u64>);

impl Numbers {
    fn from_seed(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_add(1).wrapping_mul(0xd134_2543_de82_ef95)))
    }

    fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Randomness for Numbers {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        for chunk in bytes.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = random;
            }
        }
        Ok(())
    }
}
