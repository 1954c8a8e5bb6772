//! Files of a real directory, seen as the root of a container. Symbolic links lead where they lead on this
//! machine, and nobody's owner is changed.

use super::{Owner, Stat, StatKind, problem::Problem};
use ops_pebble::{Account, Permissions, Timestamp};
use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Component, Path, PathBuf},
};

/// Where a path of the container is here.
fn here(root: &Path, path: &str) -> PathBuf {
    let mut found = root.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(part) => found.push(part),
            // Nothing leads out of the container.
            Component::ParentDir if found != root => {
                found.pop();
            }
            _ => {}
        }
    }
    found
}

pub(super) fn stat(root: &Path, path: &str, follow: bool) -> Result<Stat, Problem> {
    let path = here(root, path);
    let found = if follow { fs::metadata(&path)? } else { fs::symlink_metadata(&path)? };
    let kind = match found.file_type() {
        kind if kind.is_file() => StatKind::File(found.len()),
        kind if kind.is_dir() => StatKind::Directory,
        kind if kind.is_symlink() => StatKind::Symlink,
        kind if kind.is_socket() => StatKind::Other("socket"),
        kind if kind.is_fifo() => StatKind::Other("named-pipe"),
        kind if kind.is_block_device() || kind.is_char_device() => StatKind::Other("device"),
        _ => StatKind::Other("unknown"),
    };
    let owner =
        Owner { user: Some(Account::Id(found.uid())), group: Some(Account::Id(found.gid())) };
    let mode = Permissions::new(found.permissions().mode());
    Ok(Stat { kind, mode, owner, modified: found.modified().ok().map(Timestamp::from) })
}

pub(super) fn read(root: &Path, path: &str) -> Result<Vec<u8>, Problem> {
    Ok(fs::read(here(root, path))?)
}

pub(super) fn names(root: &Path, path: &str) -> Result<Vec<String>, Problem> {
    let entries = fs::read_dir(here(root, path))?;
    let names: io::Result<Vec<String>> =
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect();
    let mut names = names?;
    names.sort();
    Ok(names)
}

pub(super) fn write(
    root: &Path,
    path: &str,
    content: &[u8],
    mode: Permissions,
) -> Result<(), Problem> {
    let path = here(root, path);
    if path.is_dir() {
        return Err(Problem::Exists);
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".1~");
    let temporary = path.with_file_name(name);
    fs::write(&temporary, content)?;
    fs::set_permissions(&temporary, fs::Permissions::from_mode(mode.bits()))?;
    Ok(fs::rename(&temporary, &path)?)
}

pub(super) fn make_dir(root: &Path, path: &str, mode: Permissions) -> Result<(), Problem> {
    let path = here(root, path);
    fs::DirBuilder::new().mode(mode.bits()).create(&path)?;
    Ok(fs::set_permissions(&path, fs::Permissions::from_mode(mode.bits()))?)
}

pub(super) fn remove(root: &Path, path: &str) -> Result<(), Problem> {
    let path = here(root, path);
    if fs::symlink_metadata(&path)?.is_dir() {
        fs::remove_dir(&path)?;
    } else {
        fs::remove_file(&path)?;
    }
    Ok(())
}

pub(super) fn remove_all(root: &Path, path: &str) -> Result<(), Problem> {
    let path = here(root, path);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
        Ok(found) if found.is_dir() => Ok(fs::remove_dir_all(&path)?),
        Ok(_) => Ok(fs::remove_file(&path)?),
    }
}

/// The files below the root, as paths of the container.
pub(super) fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![String::new()];
    while let Some(directory) = pending.pop() {
        for name in names(root, &directory).unwrap_or_default() {
            let path = format!("{directory}/{name}");
            match stat(root, &path, false).map(|stat| stat.kind) {
                Ok(StatKind::Directory) => pending.push(path),
                Ok(StatKind::File(_)) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}
