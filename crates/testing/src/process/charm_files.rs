//! An unpacked charm on disk: which of its files Juju reads, and what charmcraft makes of a
//! `charmcraft.yaml` that was not packed yet.
//!
//! Juju reads `metadata.yaml`, `config.yaml` and `actions.yaml`, and no `charmcraft.yaml`.

use crate::emulator::juju::{CharmMetadata, MetadataError};
use ops_metadata::{Problems, SourceFile, packed};
use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Why a directory is no unpacked charm.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackedError {
    /// It cannot be read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// Nothing says which charm it is.
    #[error(
        "{} is no charm: it has neither metadata.yaml nor charmcraft.yaml. Unpack a .charm file, \
         which is a zip, and give its directory", .0.display()
    )]
    NoMetadata(PathBuf),
    /// There is nothing to run.
    #[error(
        "charm {} has no hooks nor dispatch file: build it first, as charmcraft does when it packs",
        .0.display()
    )]
    NoProgram(PathBuf),
    /// What is to be run is not executable.
    #[error("{} is not executable: chmod +x it", .0.display())]
    NotExecutable(PathBuf),
    /// Its YAML is not what Juju or charmcraft would take: each mistake with its file and line.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
}

impl From<Problems> for UnpackedError {
    fn from(problems: Problems) -> Self {
        Self::Metadata(MetadataError(problems))
    }
}

/// A charm's directory, checked.
#[derive(Debug)]
pub(super) struct CharmFiles {
    pub(super) directory: PathBuf,
    pub(super) metadata: CharmMetadata,
    /// Files that packing would have made of `charmcraft.yaml`.
    pub(super) made: BTreeMap<&'static str, String>,
}

impl CharmFiles {
    /// A charm that can be run.
    pub(super) fn open(directory: &Path) -> Result<Self, UnpackedError> {
        let files = Self::read(directory)?;
        files.check_programs()?;
        Ok(files)
    }

    /// A charm whose program need not be there.
    pub(super) fn read(directory: &Path) -> Result<Self, UnpackedError> {
        let directory = fs::canonicalize(directory)
            .map_err(|why| UnpackedError::Read(directory.to_owned(), why))?;
        let mut files = BTreeMap::new();
        for name in ["metadata.yaml", "config.yaml", "actions.yaml", "charmcraft.yaml"] {
            if let Some(content) = read(&directory.join(name))? {
                files.insert(name, content);
            }
        }
        // A packed charm may carry the file that it was packed from.
        let is_packed = directory.join("manifest.yaml").exists();
        let charmcraft = files.remove_entry("charmcraft.yaml").filter(|_| !is_packed);
        let made = match &charmcraft {
            Some((name, content)) => {
                let beside: Vec<&str> = files.keys().copied().collect();
                packed(SourceFile::new(name, content), &beside)?
            }
            None => BTreeMap::new(),
        };
        if !files.contains_key("metadata.yaml") && !made.contains_key("metadata.yaml") {
            return Err(UnpackedError::NoMetadata(directory));
        }
        // What is made of a file is read from that file, where a mistake has its line.
        let sources =
            files.iter().chain(charmcraft.as_ref().map(|(name, content)| (name, content)));
        let sources: Vec<_> =
            sources.map(|(name, content)| SourceFile::new(name, content)).collect();
        let metadata = CharmMetadata::read(&sources)?;
        Ok(Self { directory, metadata, made })
    }

    fn check_programs(&self) -> Result<(), UnpackedError> {
        let dispatch = self.directory.join("dispatch");
        match fs::metadata(&dispatch) {
            Ok(found) if found.permissions().mode() & 0o111 != 0 && found.is_file() => Ok(()),
            Ok(_) => Err(UnpackedError::NotExecutable(dispatch)),
            Err(_) if self.directory.join("hooks").is_dir() => Ok(()),
            Err(_) => Err(UnpackedError::NoProgram(self.directory.clone())),
        }
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, UnpackedError> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(UnpackedError::Read(path.to_owned(), why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    fn charm(files: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            let mode = if *name == "dispatch" { 0o755 } else { 0o644 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        directory
    }

    fn refused(files: &[(&str, &str)]) -> UnpackedError {
        CharmFiles::open(charm(files).path()).unwrap_err()
    }

    #[test]
    fn the_files_of_a_packed_charm_are_read_as_juju_reads_them() {
        let directory = charm(&[
            ("dispatch", ""),
            ("metadata.yaml", "name: web\ncontainers: {web: {}}"),
            ("config.yaml", "options: {title: {type: string}}"),
            ("actions.yaml", "config: {description: an action of this name}"),
            ("manifest.yaml", "bases: []"),
            ("charmcraft.yaml", "name: not-read\nconfig: {options: {other: {type: string}}}"),
        ]);
        let files = CharmFiles::open(directory.path()).unwrap();
        assert_eq!(files.metadata.name, "web");
        assert_eq!(files.metadata.options.keys().collect::<Vec<_>>(), ["title"]);
        assert_eq!(files.metadata.actions.keys().collect::<Vec<_>>(), ["config"]);
        assert!(files.made.is_empty());
    }

    #[test]
    fn a_project_that_was_not_packed_is_split_as_charmcraft_splits_it() {
        let directory = charm(&[
            ("dispatch", ""),
            (
                "charmcraft.yaml",
                "name: web\ntitle: Web\ntype: charm\nparts: {a: {plugin: dump}}\n\
                 links: {documentation: https://example.org}\nrequires: {db: {interface: pg}}\n\
                 config: {options: {title: {type: string}}}\nactions: {backup: {}}\n",
            ),
        ]);
        let files = CharmFiles::open(directory.path()).unwrap();
        assert_eq!(
            files.made.keys().collect::<Vec<_>>(),
            [&"actions.yaml", &"config.yaml", &"metadata.yaml"]
        );
        let metadata = &files.made["metadata.yaml"];
        assert!(metadata.contains(r#""display-name": "Web""#), "{metadata}");
        assert!(metadata.contains(r#""docs": "https://example.org""#), "{metadata}");
        assert!(!metadata.contains("parts") && !metadata.contains("type"), "{metadata}");
        assert!(files.metadata.endpoints.contains_key("db"));
        assert!(files.metadata.options.contains_key("title"));
        assert!(files.metadata.actions.contains_key("backup"));
    }

    #[test]
    fn what_is_no_charm_is_refused_with_a_way_out() {
        let metadata = ("metadata.yaml", "name: web");
        for (files, expected) in [
            (&[("dispatch", "")][..], "neither metadata.yaml nor charmcraft.yaml"),
            (&[metadata], "has no hooks nor dispatch file"),
            (&[metadata, ("dispatch/file", "")], "dispatch is not executable: chmod +x"),
            (&[("dispatch", ""), ("metadata.yaml", "- a")], "metadata.yaml:1: the file is a list"),
            (
                &[metadata, ("charmcraft.yaml", "name: web"), ("dispatch", "")],
                "charmcraft.yaml:1: `name` is here and in metadata.yaml",
            ),
            (
                &[metadata, ("config.yaml", "options: {}"), ("charmcraft.yaml", "config: {}")],
                "charmcraft.yaml:1: `config` is here and in config.yaml",
            ),
        ] {
            let error = refused(files);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn a_mistake_has_its_file_and_line() {
        let (metadata, dispatch) = (("metadata.yaml", "name: web"), ("dispatch", ""));
        for (file, text, expected) in [
            (
                "config.yaml",
                "options:\n  x: {type: colour}",
                "config.yaml:2: invalid config: option \"x\" has unknown type \"colour\"",
            ),
            ("actions.yaml", "a: {}\na b: {}", "actions.yaml:2: bad action name a b"),
            ("charmcraft.yaml", "parts: {}\nconfig: {options: 1}", "charmcraft.yaml:2: "),
        ] {
            let error = refused(&[metadata, dispatch, (file, text)]).to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        let directory = charm(&[metadata, dispatch]);
        fs::write(directory.path().join("config.yaml"), b"options: {}\n# \xff").unwrap();
        let error = CharmFiles::open(directory.path()).unwrap_err().to_string();
        assert!(error.starts_with("config.yaml:2: the file is not UTF-8"), "{error}");
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let error = CharmFiles::open(Path::new("/nowhere/charm")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/charm"), "{error}");
        assert!(error.source().is_some());
    }

    #[test]
    fn a_charm_of_hook_files_needs_no_dispatch() {
        let directory = charm(&[("metadata.yaml", "name: old"), ("hooks/install", "")]);
        assert!(CharmFiles::open(directory.path()).is_ok());
    }
}
