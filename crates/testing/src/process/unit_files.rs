//! The charm's directory of one unit: a copy of its own, in which the charm may write.
//!
//! On Kubernetes it is the pod's: another pod begins with a fresh copy. Elsewhere it stays for the
//! life of the unit, and an upgrade replaces the charm's own files in it and leaves the others, as
//! Juju's deployer does.

use super::charm_files::CharmFiles;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

/// What was put into a unit's directory.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Deployed {
    charm: PathBuf,
    pod: u64,
    files: BTreeSet<PathBuf>,
}

/// Puts the charm into `unit`, a directory that need not exist, unless it is there; the charm's
/// directory in it.
pub(super) fn deploy(charm: &CharmFiles, pod: u64, unit: &Path) -> io::Result<PathBuf> {
    let (directory, note) = (unit.join("charm"), unit.join("deployed.json"));
    let before = match fs::read(&note) {
        Ok(bytes) => serde_json::from_slice::<Deployed>(&bytes).ok(),
        Err(why) if why.kind() == io::ErrorKind::NotFound => None,
        Err(why) => return Err(why),
    };
    let before = before.filter(|before| before.pod == pod);
    if before.as_ref().is_some_and(|before| before.charm == charm.directory) {
        return Ok(directory);
    }
    if before.is_none() {
        match fs::remove_dir_all(unit) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => fs::create_dir_all(&directory)?,
        }
    }
    let mut files = BTreeSet::new();
    copy(&charm.directory, &directory, Path::new(""), &mut files)?;
    for (name, text) in &charm.made {
        replace(&directory.join(name))?;
        fs::write(directory.join(name), text)?;
        files.insert(PathBuf::from(name));
    }
    for gone in before.iter().flat_map(|before| before.files.difference(&files)) {
        replace(&directory.join(gone))?;
    }
    // Last: a copy that was interrupted is made again.
    let deployed = Deployed { charm: charm.directory.clone(), pod, files };
    fs::write(note, serde_json::to_vec(&deployed)?)?;
    Ok(directory)
}

fn copy(from: &Path, to: &Path, below: &Path, files: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(from.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        let (source, copied) = (entry.path(), to.join(&path));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !is_only_in_a_project(&source, below) {
                fs::create_dir_all(&copied)?;
                copy(from, to, &path, files)?;
            }
            continue;
        }
        replace(&copied)?;
        if kind.is_symlink() {
            symlink(fs::read_link(&source)?, &copied)?;
        } else if kind.is_file() {
            fs::copy(&source, &copied)?;
        } else {
            continue;
        }
        files.insert(path);
    }
    Ok(())
}

/// What no packed charm contains, and what may be huge in a project.
fn is_only_in_a_project(directory: &Path, below: &Path) -> bool {
    let name = directory.file_name();
    let is_built = || directory.join("CACHEDIR.TAG").exists();
    below == Path::new("")
        && (name == Some(OsStr::new(".git")) || name == Some(OsStr::new("target")) && is_built())
}

/// Makes room for a file. One that runs cannot be written to, but another can take its name.
fn replace(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn charm(files: &[(&str, &str)]) -> (TempDir, CharmFiles) {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("hooks")).unwrap();
        fs::write(directory.path().join("metadata.yaml"), "name: web").unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        let files = CharmFiles::open(directory.path()).unwrap();
        (directory, files)
    }

    fn text(path: PathBuf) -> Option<String> {
        fs::read_to_string(path).ok()
    }

    #[test]
    fn what_the_charm_writes_survives_between_hooks_and_not_the_pod() {
        let (_source, charm) = charm(&[("one", "1")]);
        let unit = tempfile::tempdir().unwrap();
        let directory = deploy(&charm, 0, unit.path()).unwrap();
        fs::write(directory.join(".unit-state.db"), "state").unwrap();
        fs::write(directory.join("one"), "changed").unwrap();
        deploy(&charm, 0, unit.path()).unwrap();
        assert_eq!(text(directory.join(".unit-state.db")).as_deref(), Some("state"));
        assert_eq!(text(directory.join("one")).as_deref(), Some("changed"));
        deploy(&charm, 1, unit.path()).unwrap();
        assert_eq!(text(directory.join(".unit-state.db")), None);
        assert_eq!(text(directory.join("one")).as_deref(), Some("1"));
    }

    #[test]
    fn an_upgrade_in_place_replaces_the_charms_files_and_leaves_the_others() {
        let (_old, old) = charm(&[("one", "1"), ("gone", "")]);
        let (_new, new) = charm(&[("one", "2"), ("came", "")]);
        let unit = tempfile::tempdir().unwrap();
        let directory = deploy(&old, 0, unit.path()).unwrap();
        fs::write(directory.join(".unit-state.db"), "state").unwrap();
        deploy(&new, 0, unit.path()).unwrap();
        assert_eq!(text(directory.join("one")).as_deref(), Some("2"));
        assert!(directory.join("came").exists() && !directory.join("gone").exists());
        assert_eq!(text(directory.join(".unit-state.db")).as_deref(), Some("state"));
    }

    #[test]
    fn a_copy_that_was_interrupted_is_made_again() {
        let (_source, charm) = charm(&[("one", "1")]);
        let unit = tempfile::tempdir().unwrap();
        let directory = deploy(&charm, 0, unit.path()).unwrap();
        fs::remove_file(directory.join("one")).unwrap();
        fs::write(unit.path().join("deployed.json"), "{\"charm\":").unwrap();
        deploy(&charm, 0, unit.path()).unwrap();
        assert!(directory.join("one").exists());
    }

    #[test]
    fn a_projects_build_and_history_are_not_copied() {
        let (source, _) = charm(&[]);
        for directory in [".git", "target", "src"] {
            fs::create_dir(source.path().join(directory)).unwrap();
            fs::write(source.path().join(directory).join("CACHEDIR.TAG"), "").unwrap();
        }
        let unit = tempfile::tempdir().unwrap();
        let charm = CharmFiles::open(source.path()).unwrap();
        let directory = deploy(&charm, 0, unit.path()).unwrap();
        assert!(directory.join("src/CACHEDIR.TAG").exists());
        assert!(!directory.join(".git").exists() && !directory.join("target").exists());
    }
}
