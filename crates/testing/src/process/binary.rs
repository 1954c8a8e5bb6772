//! A compiled charm as the engine's program.

use super::{
    child::{End, Group},
    kill::{Kill, Steps},
    places::{CharmDirectory, Ground},
    server::{Outcome, Server},
};
use crate::engine::{ContainerHandle, Ended, How, Program, Stage};
use ops_core::names::{ContainerName, UnitName};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, btree_map::Entry},
    error::Error,
    io,
    path::{Path, PathBuf},
    process::Command,
};

/// A compiled charm, run as a process for each hook as Juju's agent runs it.
///
/// The process finds the environment of the [`Stage`] and nothing else but `OPS_CONTAINERS_DIR`,
/// which the SDK reads in place of `/charm/containers`. Its working directory is the charm's: the
/// same one for each unit as long as this value lives, so keep one for each world. When the process
/// ends, or at the deadline, all that it started is killed, except what has made itself a session of
/// its own.
///
/// ```no_run
/// use ops_testing::{
///     emulator::juju::{CharmMetadata, Model},
///     engine::Engine,
///     process::Binary,
/// };
/// use std::rc::Rc;
///
/// let metadata = CharmMetadata::from_yaml(&[&std::fs::read_to_string("metadata.yaml")?])?;
/// let charm = Binary::new("target/debug/my-charm").charm_file("metadata.yaml");
/// let mut engine = Engine::new(Model::default());
/// engine.deploy("my-charm", metadata, Rc::new(charm), 1)?;
/// engine.settle()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Binary {
    program: PathBuf,
    files: Vec<PathBuf>,
    sockets: BTreeMap<ContainerName, PathBuf>,
    kept_below: Option<PathBuf>,
    directories: RefCell<BTreeMap<UnitName, CharmDirectory>>,
    kill: Cell<Option<Kill>>,
    steps: Cell<usize>,
}

impl Binary {
    /// The charm's executable.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            files: Vec::new(),
            sockets: BTreeMap::new(),
            kept_below: None,
            directories: RefCell::default(),
            kill: Cell::new(None),
            steps: Cell::new(0),
        }
    }

    /// Copies a file, such as `metadata.yaml`, into the charm's directory.
    #[must_use]
    pub fn charm_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Keeps the charm's directory of each unit in `below/UNIT/charm`, with a `-` for the `/` of the
    /// unit, instead of removing it together with this value.
    #[must_use]
    pub fn keep_directories(mut self, below: impl Into<PathBuf>) -> Self {
        self.kept_below = Some(below.into());
        self
    }

    /// Puts a Pebble that listens on a unix socket, such as a real one, in the place of the
    /// container's.
    #[must_use]
    pub fn container_socket(mut self, name: ContainerName, path: impl Into<PathBuf>) -> Self {
        self.sockets.insert(name, path.into());
        self
    }

    /// Kills the charm at this step of the next dispatch, and of no other.
    pub fn kill_next(&self, kill: Kill) {
        self.kill.set(Some(kill));
    }

    /// How many steps the last dispatch took: see [`Kill`].
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps.get()
    }

    fn run(&self, stage: &Stage) -> Result<Ended, Box<dyn Error>> {
        let charm = self.directory(&stage.unit)?;
        let mut containers = stage.containers.clone();
        let sockets = self.sockets.iter();
        containers
            .extend(sockets.map(|(n, path)| (n.clone(), ContainerHandle::Socket(path.clone()))));
        let environment = (*stage.environment).clone();
        let ground = Ground::lay(&stage.unit, environment, &stage.juju, &containers, &charm)?;
        let mut command = match &stage.commands {
            None => Command::new(charm.join("dispatch")),
            Some(commands) => {
                let mut bash = Command::new("/bin/bash");
                bash.arg("-c").arg(commands);
                bash
            }
        };
        command.env_clear().envs(&ground.environment).current_dir(&charm);
        let mut group = Group::start(&mut command)?;
        let steps = Steps::new(self.kill.take());
        let mut server = Server::new(&stage.juju, &ground.agent, &ground.doors, steps);
        let outcome = server.serve(&mut group, stage.deadline)?;
        self.steps.set(server.steps());
        let (stdout, stderr) = group.into_outputs();
        let how = match outcome {
            Outcome::Ended(End::Code(code)) => How::Exit(code),
            Outcome::Ended(End::Signal(signal)) => How::Signal(signal),
            Outcome::Deadline => How::Deadline,
        };
        Ok(Ended { how, stdout, stderr })
    }

    fn directory(&self, unit: &UnitName) -> io::Result<PathBuf> {
        let mut directories = self.directories.borrow_mut();
        let directory = match directories.entry(unit.clone()) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(none) => none.insert(match &self.kept_below {
                None => CharmDirectory::temporary(&self.program, &self.files)?,
                Some(below) => {
                    let path = below.join(unit.as_str().replace('/', "-")).join("charm");
                    CharmDirectory::kept(path, &self.program, &self.files)?
                }
            }),
        };
        Ok(Path::to_owned(directory.path()))
    }
}

impl Program for Binary {
    fn dispatch(&self, stage: &Stage) -> Ended {
        self.run(stage).unwrap_or_else(|why| Ended {
            how: How::CannotStart(chain(&*why)),
            stdout: String::new(),
            stderr: String::new(),
        })
    }
}

/// An error and what is behind it, on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}
