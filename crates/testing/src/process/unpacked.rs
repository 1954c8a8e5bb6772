//! Any unpacked charm, in any language, as the engine's program.

use super::{
    charm_files::{CharmFiles, UnpackedError},
    kill::Kill,
    namespace::Namespace,
    places::{Ground, Sockets, private_directory},
    runs::{BASH, Runs, cannot_start},
    unit_files,
};
use crate::{
    emulator::juju::CharmMetadata,
    engine::{Ended, How, Program, Stage},
};
use ops_core::names::UnitName;
use std::{
    cell::RefCell,
    collections::{BTreeMap, btree_map::Entry},
    error::Error,
    io,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
};
use tempfile::TempDir;

/// A charm as Juju has it on disk: a directory with `metadata.yaml` and an executable `dispatch`, or
/// with `hooks/NAME` and `actions/NAME`. Nothing but Juju's contract is between it and the emulator.
///
/// Each unit gets a copy of the directory, in which its charm may write: it is the working directory
/// of every hook, and stays between hooks. With another pod it is made anew. Containers are where
/// Juju has them, at `/charm/containers/NAME/pebble.socket`, in a mount namespace of the unit's;
/// that needs a kernel that allows one, see [`NamespaceError`](super::NamespaceError).
///
/// A directory with a `charmcraft.yaml` and no `manifest.yaml` counts as a project that was not
/// packed: its units find `metadata.yaml`, `config.yaml` and `actions.yaml` as charmcraft would have
/// made them.
///
/// ```no_run
/// use ops_testing::{emulator::juju::Model, engine::Engine, process::Unpacked};
/// use std::rc::Rc;
///
/// let charm = Unpacked::open("path/to/the/unpacked/charm")?;
/// let mut engine = Engine::new(Model::default());
/// engine.deploy("web", charm.metadata().clone(), Rc::new(charm), 1)?;
/// engine.settle()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Unpacked {
    files: CharmFiles,
    units: Units,
    by_variable: bool,
    homes: RefCell<BTreeMap<UnitName, Rc<Home>>>,
    runs: Runs,
}

/// Where the units' copies are.
#[derive(Debug)]
enum Units {
    Temporary(TempDir),
    In(PathBuf),
}

impl Unpacked {
    /// The unpacked charm in this directory.
    ///
    /// # Errors
    /// It is no charm that Juju or charmcraft would take, or has nothing that can be run.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, UnpackedError> {
        let directory = directory.as_ref();
        let files = CharmFiles::open(directory)?;
        let units =
            private_directory().map_err(|why| UnpackedError::Read(std::env::temp_dir(), why))?;
        Ok(Self {
            files,
            units: Units::Temporary(units),
            by_variable: false,
            homes: RefCell::default(),
            runs: Runs::default(),
        })
    }

    /// What Juju would read of the charm whose YAML is in this directory, whether or not its program is
    /// there too.
    ///
    /// # Errors
    /// The YAML is none that Juju or charmcraft would take.
    pub fn metadata_in(directory: impl AsRef<Path>) -> Result<CharmMetadata, UnpackedError> {
        CharmFiles::read(directory.as_ref()).map(|files| files.metadata)
    }

    /// What Juju reads of the charm.
    #[must_use]
    pub fn metadata(&self) -> &CharmMetadata {
        &self.files.metadata
    }

    /// Keeps the units' copies here, each below the unit's tag such as `unit-web-0`, also when this
    /// value is gone. Another `Unpacked` with the same directory goes on with them: as the same
    /// charm, or as the one that it is upgraded to. Each charm needs a source directory of its own.
    #[must_use]
    pub fn units_in(mut self, directory: impl Into<PathBuf>) -> Self {
        self.units = Units::In(directory.into());
        self
    }

    /// Tells the charm by the variable `OPS_CONTAINERS_DIR` where its containers are, and makes no
    /// namespace. Charms on ops-rs know the variable; others find no container.
    #[must_use]
    pub fn containers_by_variable(mut self) -> Self {
        self.by_variable = true;
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

    /// The charm's directory of a unit. It exists once the unit has run a hook.
    #[must_use]
    pub fn directory(&self, unit: &UnitName) -> PathBuf {
        self.unit_directory(unit).join("charm")
    }

    fn unit_directory(&self, unit: &UnitName) -> PathBuf {
        let tag = format!("unit-{}", unit.as_str().replace('/', "-"));
        match &self.units {
            Units::Temporary(directory) => directory.path().join(tag),
            Units::In(directory) => directory.join(tag),
        }
    }

    fn run(&self, stage: &Stage) -> Result<Ended, Box<dyn Error>> {
        let unit = self.unit_directory(&stage.unit);
        let charm = unit_files::deploy(&self.files, stage.pod, &unit)?;
        let Some(program) = program(&charm, stage)? else { return Ok(not_implemented(stage)) };
        if self.by_variable {
            let ground = Ground::lay(stage, &stage.containers, &charm, Sockets::ByVariable)?;
            return Ok(self.runs.run(stage, &ground, &charm, Command::new(program))?);
        }
        let home = self.home(&stage.unit)?;
        let sockets = Sockets::In(&home.sockets);
        let ground = Ground::lay(stage, &stage.containers, &charm, sockets)?;
        let command = home.namespace.command(&charm, &program)?;
        Ok(self.runs.run(stage, &ground, &charm, command)?)
    }

    fn home(&self, unit: &UnitName) -> Result<Rc<Home>, Box<dyn Error>> {
        let mut homes = self.homes.borrow_mut();
        Ok(match homes.entry(unit.clone()) {
            Entry::Occupied(home) => Rc::clone(home.get()),
            Entry::Vacant(none) => Rc::clone(none.insert(Rc::new(Home::make()?))),
        })
    }
}

impl Program for Unpacked {
    fn dispatch(&self, stage: &Stage) -> Ended {
        self.run(stage).unwrap_or_else(|why| cannot_start(&*why))
    }

    /// The directory of the charm is the same in every run.
    fn keeps_files(&self) -> bool {
        true
    }
}

/// `/charm` of one unit.
#[derive(Debug)]
struct Home {
    namespace: Namespace,
    sockets: PathBuf,
    _directory: TempDir,
}

impl Home {
    fn make() -> Result<Self, Box<dyn Error>> {
        let directory = private_directory()?;
        let charm = directory.path().join("charm");
        let sockets = charm.join("containers");
        std::fs::create_dir_all(&sockets)?;
        let namespace = Namespace::open(directory.path(), &charm)?;
        Ok(Self { namespace, sockets, _directory: directory })
    }
}

/// What runs: bash where there are commands for it, else `dispatch`; where there is none, the file of the
/// hook or the action. `None` if that is missing too.
fn program(charm: &Path, stage: &Stage) -> io::Result<Option<PathBuf>> {
    if stage.commands.is_some() {
        return Ok(Some(BASH.into()));
    }
    let dispatch = charm.join("dispatch");
    if dispatch.try_exists()? {
        return Ok(Some(dispatch));
    }
    let name = stage.environment.get("JUJU_DISPATCH_PATH");
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
    let program = charm.join(name);
    Ok(program.try_exists()?.then_some(program))
}

/// A hook that the charm does not have is one that succeeds.
fn not_implemented(stage: &Stage) -> Ended {
    let is_action = stage.juju.with_session(|session| session.hook().is_action());
    let how = if is_action { How::NotImplemented } else { How::Exit(0) };
    Ended { how, stdout: String::new(), stderr: String::new() }
}
