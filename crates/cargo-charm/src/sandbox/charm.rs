//! Charms to deploy: found, built if they are crates, and laid out as Juju unpacks them.
//!
//! Once it is laid out, a charm is a directory with a `dispatch` and its YAML, whatever it is written
//! in. Nothing here knows models.

use crate::{cargo, failure::Failure};
use ops_testing::{
    emulator::juju::CharmMetadata,
    engine::{Ended, Program, Stage},
    process::Unpacked,
};
use std::{
    env,
    ffi::OsString,
    fs, io,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    rc::Rc,
};

/// The files of a charm that Juju, or charmcraft, reads.
const YAML: [&str; 4] = ["metadata.yaml", "charmcraft.yaml", "config.yaml", "actions.yaml"];

/// A charm that can be laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A directory that is one already.
    Unpacked(PathBuf),
    /// An executable, with the directory of its YAML, and that of the crate if it was built from one.
    Executable { program: PathBuf, metadata: PathBuf, built_from: Option<PathBuf> },
}

impl Source {
    /// The charm at a path: an unpacked one, a crate, or an executable that was built from one.
    /// Without a path, the crate that is a charm in this workspace. Builds it if it is a crate.
    pub(super) fn find(path: Option<&Path>) -> Result<Self, Failure> {
        let named = path.unwrap_or(Path::new("."));
        let cannot = || format!("cannot find the charm {}", named.display());
        let path = std::path::absolute(named)
            .and_then(fs::canonicalize)
            .map_err(Failure::because(cannot()))?;
        if path.is_file() {
            let metadata = above(&path).ok_or_else(|| {
                Failure::new(format!(
                    "there is no metadata.yaml or charmcraft.yaml beside {} or above it",
                    path.display()
                ))
            })?;
            return Ok(Self::Executable { program: path, metadata, built_from: None });
        }
        let is_crate = path.join("Cargo.toml").is_file();
        let has_hooks = has_yaml(&path) && path.join("hooks").is_dir();
        if path.join("dispatch").exists() || has_hooks && !is_crate {
            return Ok(Self::Unpacked(path));
        }
        if !has_yaml(&path) && !is_crate && named != Path::new(".") {
            return Err(Failure::new(format!(
                "{} is no charm: it has neither a `dispatch` nor a Cargo.toml",
                path.display()
            )));
        }
        let charm = cargo::charm_crate(&path)?;
        let metadata = above(&charm.directory.join("Cargo.toml")).ok_or_else(|| {
            Failure::new(format!(
                "there is no metadata.yaml or charmcraft.yaml in {} or above it",
                charm.directory.display()
            ))
        })?;
        let program = cargo::build(&charm)?;
        Ok(Self::Executable { program, metadata, built_from: Some(charm.directory) })
    }

    /// Lays the charm out in a new directory. It is there whole, or not at all.
    pub(super) fn unpack(&self, directory: &Path) -> Result<(), Failure> {
        let lay = || -> io::Result<()> {
            let parent = directory.parent().unwrap_or(directory);
            fs::create_dir_all(parent)?;
            let draft = tempfile::Builder::new().prefix(".charm-").tempdir_in(parent)?;
            match self {
                Self::Unpacked(charm) => copy_tree(charm, draft.path())?,
                Self::Executable { program, metadata, .. } => {
                    for file in YAML.iter().map(|name| metadata.join(name)) {
                        if let Some(name) = file.file_name().filter(|_| file.is_file()) {
                            fs::copy(&file, draft.path().join(name))?;
                        }
                    }
                    fs::copy(program, draft.path().join("dispatch"))?;
                }
            }
            // What an interrupted command left behind belongs to nobody.
            match fs::remove_dir_all(directory) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
                _ => {}
            }
            fs::rename(draft.path(), directory)
        };
        lay().map_err(Failure::because(format!(
            "cannot copy the charm {} to {}",
            self.path().display(),
            directory.display()
        )))
    }

    /// What its YAML says.
    pub(crate) fn metadata(&self) -> Result<CharmMetadata, Failure> {
        let (directory, read) = match self {
            Self::Executable { metadata, .. } => (metadata, Unpacked::metadata_in(metadata)),
            Self::Unpacked(charm) => {
                (charm, Unpacked::open(charm).map(|charm| charm.metadata().clone()))
            }
        };
        let charm = read.map_err(Failure::because(format!(
            "cannot deploy the charm in {}",
            directory.display()
        )))?;
        if charm.name.is_empty() {
            return Err(Failure::new(format!(
                "the charm in {} has no name: neither metadata.yaml nor charmcraft.yaml gives one",
                directory.display()
            )));
        }
        Ok(charm)
    }

    /// Whether it is built from a crate, and so is on ops-rs.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self, Self::Executable { .. })
    }

    /// Where to look for the charm again: a crate is built again then.
    pub(super) fn origin(&self) -> &Path {
        match self {
            Self::Executable { built_from: Some(directory), .. } => directory,
            other => other.path(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Unpacked(path) | Self::Executable { program: path, .. } => path,
        }
    }
}

/// The program of a charm that was laid out. The charm's directories of units are kept. One on ops-rs
/// may be told where its containers are, and needs no namespace for it.
pub(super) fn program(
    charm: &Path,
    units: &Path,
    is_ours: bool,
) -> Result<Rc<dyn Program>, Failure> {
    let cannot = format!("cannot run the charm in {}", charm.display());
    let program = Unpacked::open(charm).map_err(Failure::because(cannot))?.units_in(units);
    let program = if is_ours { program.containers_by_variable() } else { program };
    match env::var_os(RECORD).filter(|directory| is_ours && !directory.is_empty()) {
        Some(directory) => Ok(Rc::new(Recorded { program, directory })),
        None => Ok(Rc::new(program)),
    }
}

/// Names the directory in which a charm on ops-rs records its dispatches. A sandbox hands it on.
const RECORD: &str = "OPS_RECORD";

/// A charm that records its dispatches.
#[derive(Debug)]
struct Recorded {
    program: Unpacked,
    directory: OsString,
}

impl Program for Recorded {
    fn dispatch(&self, stage: &Stage) -> Ended {
        let mut stage = stage.clone();
        Rc::make_mut(&mut stage.environment).set(RECORD, &self.directory);
        self.program.dispatch(&stage)
    }
}

/// The nearest directory above a file that has a charm's YAML.
fn above(file: &Path) -> Option<PathBuf> {
    file.ancestors().skip(1).find(|directory| has_yaml(directory)).map(Path::to_owned)
}

fn has_yaml(directory: &Path) -> bool {
    ["metadata.yaml", "charmcraft.yaml"].iter().any(|name| directory.join(name).is_file())
}

/// Copies what is in one directory into another: files with their modes, links as links.
fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_symlink() {
            symlink(fs::read_link(entry.path())?, target)?;
        } else if kind.is_dir() {
            fs::create_dir(&target)?;
            copy_tree(&entry.path(), &target)?;
            let mode = entry.metadata()?.permissions().mode();
            fs::set_permissions(&target, fs::Permissions::from_mode(mode | 0o700))?;
        } else if kind.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
