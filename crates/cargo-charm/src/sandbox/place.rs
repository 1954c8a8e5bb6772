//! Where a model is kept: one directory, one file in it that is replaced as a whole.
//!
//! ```text
//! DIR/model.json     the model, agents, containers, timeline: written, synced, renamed
//!     lock           who changes the model
//!     charms/        a copy of every charm that was deployed
//!     units/         the charm's directory of each unit
//!     daemons/       a record of each real Pebble that runs
//! ```
//!
//! Nothing here knows what a model is.

use crate::{cargo, failure::Failure};
use ops_core::names::{ApplicationName, UnitName};
use ops_testing::engine;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fs::{self, DirBuilder, File},
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

/// Names the directory where no option does.
const VARIABLE: &str = "CARGO_CHARM_MODEL_DIR";
/// The directory's name below the target directory.
const USUAL: &str = ".charm-sandbox";
/// How the name of a file begins that is not whole yet.
const DRAFT: &str = ".model-";
/// Of the file's shape. Another one is another number.
const FORMAT: u32 = 1;

/// The directory of a model, which may not exist yet.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    path: PathBuf,
    patience: Duration,
}

/// All that is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Saved {
    format: u32,
    pub(super) charms: BTreeMap<ApplicationName, Deployed>,
    pub(super) engine: engine::Kept,
}

/// Where the charm of an application came from, and where its copy lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Deployed {
    /// Counts the charms that the application had, from 0.
    pub(super) revision: u32,
    /// Whether it is built from a crate on ops-rs.
    pub(super) is_ours: bool,
    /// The charms that units still run from before a refresh, by their revisions.
    pub(super) outgoing: BTreeMap<UnitName, Revision>,
    /// What the operator named.
    pub(super) origin: PathBuf,
    /// Whether its containers have real Pebbles.
    pub(super) pebble: super::containers::Which,
    /// The directory with the programs that a real Pebble finds on its `PATH`.
    pub(super) programs: Option<PathBuf>,
}

/// A charm that an application had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Revision {
    pub(super) number: u32,
    pub(super) is_ours: bool,
}

impl Saved {
    pub(super) fn new(charms: BTreeMap<ApplicationName, Deployed>, engine: engine::Kept) -> Self {
        Self { format: FORMAT, charms, engine }
    }
}

impl Place {
    /// A directory that nobody else uses.
    pub(crate) fn at(directory: impl Into<PathBuf>) -> Self {
        Self { path: directory.into(), patience: Duration::ZERO }
    }

    /// The directory that was named, on the command line or in the environment, or the usual one. Who
    /// changes the model in it is waited for, at most `patience`.
    pub(super) fn find(named: Option<&Path>, patience: Duration) -> Result<Self, Failure> {
        let variable = || env::var_os(VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from);
        let path = match named.map(Path::to_owned).or_else(variable) {
            Some(path) => path,
            None => {
                let target = cargo::target_directory().ok_or_else(|| {
                    Failure::new(format!(
                        "no Cargo workspace is here to keep the model in: name a directory with \
                         --model-dir, or in {VARIABLE}"
                    ))
                })?;
                target.join(USUAL)
            }
        };
        let path = std::path::absolute(path).map_err(Failure::because("no such directory"))?;
        Ok(Self { path, patience })
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn model(&self) -> PathBuf {
        self.path.join("model.json")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.path.join("lock")
    }

    pub(super) fn charm(&self, application: &ApplicationName, revision: u32) -> PathBuf {
        self.charms().join(format!("{application}-{revision}"))
    }

    pub(super) fn charms(&self) -> PathBuf {
        self.path.join("charms")
    }

    pub(super) fn units(&self) -> PathBuf {
        self.path.join("units")
    }

    pub(super) fn daemons(&self) -> PathBuf {
        self.path.join("daemons")
    }

    /// Makes the directory and those in it, for this user alone.
    pub(super) fn create(&self) -> Result<(), Failure> {
        let cannot = || format!("cannot make the model's directory {}", self.path.display());
        if let Some(parent) = self.path.parent() {
            fs::create_dir_all(parent).map_err(Failure::because(cannot()))?;
        }
        match DirBuilder::new().mode(0o700).create(&self.path) {
            // One that somebody made and named stays as open as it is; what is in it does not.
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists && self.path.is_dir() => {}
            made => made.map_err(Failure::because(cannot()))?,
        }
        let mut private = DirBuilder::new();
        private.mode(0o700).recursive(true);
        [self.charms(), self.units(), self.daemons()]
            .iter()
            .try_for_each(|path| private.create(path))
            .map_err(Failure::because(cannot()))
    }

    /// What is kept, if anything is.
    pub(super) fn read(&self) -> Result<Option<Saved>, Failure> {
        let path = self.model();
        let cannot = |why: String| {
            Failure::new(format!(
                "{} {why}; it is left as it is. `cargo charm sandbox destroy --force` removes it",
                path.display()
            ))
        };
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => {
                return Err(Failure::because(format!("cannot read {}", path.display()))(why));
            }
        };
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        // What serde says of a value may quote it, and values are secrets here.
        let broken = |error: &serde_json::Error| {
            let (line, column) = (error.line(), error.column());
            match error.is_eof() {
                true => cannot(format!("is not whole: it ends at line {line}, column {column}")),
                false => cannot(format!("is no kept model: see line {line}, column {column}")),
            }
        };
        let head: Head = serde_json::from_slice(&text).map_err(|error| broken(&error))?;
        if head.format != FORMAT {
            let format = head.format;
            return Err(cannot(format!(
                "has format {format}, and this cargo-charm knows format {FORMAT}"
            )));
        }
        serde_json::from_slice(&text).map(Some).map_err(|error| broken(&error))
    }

    /// Puts a new state in the place of the old one, whole or not at all.
    pub(super) fn write(&self, saved: &Saved) -> Result<(), Failure> {
        let write = || -> io::Result<()> {
            let mut file = tempfile::Builder::new().prefix(DRAFT).tempfile_in(&self.path)?;
            let mut buffer = io::BufWriter::new(file.as_file_mut());
            serde_json::to_writer(&mut buffer, saved)?;
            buffer.flush()?;
            drop(buffer);
            file.as_file().sync_all()?;
            file.persist(self.model())?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(Failure::because(format!("cannot write {}", self.model().display())))
    }

    /// Where the charm of a unit runs.
    pub(super) fn unit(&self, unit: &UnitName) -> PathBuf {
        self.units().join(format!("unit-{}", unit.as_str().replace('/', "-")))
    }

    /// Removes what belongs to no application and no unit any more.
    pub(super) fn tidy<'a>(
        &self,
        charms: &BTreeMap<ApplicationName, Deployed>,
        units: impl Iterator<Item = &'a UnitName>,
    ) -> Result<(), Failure> {
        let charms = charms.iter().flat_map(|(name, charm)| {
            let numbers = charm.outgoing.values().map(|old| old.number).chain([charm.revision]);
            numbers.map(|number| self.charm(name, number))
        });
        let kept: BTreeSet<PathBuf> = charms.chain(units.map(|unit| self.unit(unit))).collect();
        let tidy = |directory: PathBuf| -> io::Result<()> {
            let entries = match fs::read_dir(directory) {
                Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
                entries => entries?,
            };
            for entry in entries {
                let path = entry?.path();
                if !kept.contains(&path) {
                    fs::remove_dir_all(path)?;
                }
            }
            Ok(())
        };
        let cannot = || format!("cannot tidy up {}", self.path.display());
        [self.charms(), self.units()]
            .into_iter()
            .try_for_each(|directory| tidy(directory).map_err(Failure::because(cannot())))
    }

    /// Removes files that an interrupted command did not finish.
    pub(super) fn remove_drafts(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name().as_encoded_bytes().starts_with(DRAFT.as_bytes()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}
