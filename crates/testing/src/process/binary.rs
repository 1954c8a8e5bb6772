//! A compiled charm as the engine's program.

use super::{
    kill::Kill,
    places::{CharmDirectory, Ground, Sockets},
    runs::{BASH, Runs, cannot_start},
};
use crate::engine::{ContainerHandle, Ended, Program, Stage};
use ops_core::names::{ContainerName, UnitName};
use std::{
    cell::RefCell,
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
/// same one for each unit until it has another pod, as long as this value lives, so keep one for each
/// world. When the process ends, or at the deadline, all that it started is killed, except what has made
/// itself a session of its own: see [`leaves_nothing`](Self::leaves_nothing).
///
/// ```no_run
/// use ops_testing::{
///     emulator::juju::{CharmMetadata, Model},
///     engine::Engine,
///     process::Binary,
/// };
/// use std::rc::Rc;
///
/// let metadata = CharmMetadata::from_yaml(&[("metadata.yaml", &std::fs::read_to_string("metadata.yaml")?)])?;
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
    contents: BTreeMap<String, Vec<u8>>,
    sockets: BTreeMap<ContainerName, PathBuf>,
    /// With the pod that each is of.
    directories: RefCell<BTreeMap<UnitName, (u64, CharmDirectory)>>,
    runs: Runs,
}

impl Binary {
    /// The charm's executable.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            files: Vec::new(),
            contents: BTreeMap::new(),
            sockets: BTreeMap::new(),
            directories: RefCell::default(),
            runs: Runs::default(),
        }
    }

    /// Copies a file, such as `metadata.yaml`, into the charm's directory.
    #[must_use]
    pub fn charm_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Puts a file with this content into the charm's directory.
    #[must_use]
    pub fn charm_content(mut self, name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        self.contents.insert(name.into(), content.into());
        self
    }

    /// All that the charm starts ends with each run, also what makes a session of its own: for a test in which
    /// nothing comes after the hook.
    #[must_use]
    pub fn leaves_nothing(self) -> Self {
        self.runs.end_all();
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
        self.runs.kill_next(kill);
    }

    /// How many steps the last dispatch took: see [`Kill`].
    #[must_use]
    pub fn steps(&self) -> usize {
        self.runs.steps()
    }

    fn run(&self, stage: &Stage) -> Result<Ended, Box<dyn Error>> {
        let charm = self.directory(&stage.unit, stage.pod)?;
        let mut containers = stage.containers.clone();
        let sockets = self.sockets.iter();
        containers
            .extend(sockets.map(|(n, path)| (n.clone(), ContainerHandle::Socket(path.clone()))));
        let sockets = Sockets::ByVariable;
        let ground = Ground::lay(stage, &containers, &charm, sockets)?;
        let command = match stage.commands {
            None => Command::new(charm.join("dispatch")),
            Some(_) => Command::new(BASH),
        };
        Ok(self.runs.run(stage, &ground, &charm, command)?)
    }

    fn directory(&self, unit: &UnitName, pod: u64) -> io::Result<PathBuf> {
        let mut directories = self.directories.borrow_mut();
        let make = || {
            let directory = CharmDirectory::make(&self.program, &self.files, &self.contents)?;
            Ok::<_, io::Error>((pod, directory))
        };
        let (_, directory) = match directories.entry(unit.clone()) {
            Entry::Occupied(found) if found.get().0 == pod => found.into_mut(),
            Entry::Occupied(mut other) => {
                other.insert(make()?);
                other.into_mut()
            }
            Entry::Vacant(none) => none.insert(make()?),
        };
        Ok(Path::to_owned(directory.path()))
    }
}

impl Program for Binary {
    fn dispatch(&self, stage: &Stage) -> Ended {
        self.run(stage).unwrap_or_else(|why| cannot_start(&*why))
    }

    /// The directory of the charm is the same in every run.
    fn keeps_files(&self) -> bool {
        true
    }
}
