//! An unpacked charm on disk: which of its files Juju reads, and what charmcraft makes of a
//! `charmcraft.yaml` that was not packed yet.
//!
//! Juju reads `metadata.yaml`, `config.yaml` and `actions.yaml`, and no `charmcraft.yaml`.

use crate::emulator::juju::{CharmMetadata, MetadataError};
use serde_yaml::{Mapping, Value};
use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// What charmcraft copies from `charmcraft.yaml` into `metadata.yaml`, under the same name.
const METADATA_KEYS: &[&str] = &[
    "name",
    "summary",
    "description",
    "assumes",
    "charm-user",
    "containers",
    "devices",
    "extra-bindings",
    "peers",
    "provides",
    "requires",
    "resources",
    "storage",
    "subordinate",
    "terms",
];

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
    /// One of its files is not what Juju or charmcraft would take.
    #[error("{}", .0.display())]
    Metadata(PathBuf, #[source] MetadataError),
    /// One of its files is not YAML, or no mapping.
    #[error("{} is not a YAML mapping", .0.display())]
    Yaml(PathBuf, #[source] serde_yaml::Error),
    /// Two files have the same thing; charmcraft takes it from one only.
    #[error("{key} is in charmcraft.yaml and in {file}: charmcraft refuses that, keep one of them")]
    Twice {
        /// The key in `charmcraft.yaml`.
        key: &'static str,
        /// The other file.
        file: &'static str,
    },
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
    pub(super) fn open(directory: &Path) -> Result<Self, UnpackedError> {
        let directory = fs::canonicalize(directory)
            .map_err(|why| UnpackedError::Read(directory.to_owned(), why))?;
        let mut files = BTreeMap::new();
        for name in ["metadata.yaml", "config.yaml", "actions.yaml", "charmcraft.yaml"] {
            if let Some(text) = read(&directory.join(name))? {
                files.insert(name, text);
            }
        }
        // A packed charm may carry the file that it was packed from.
        let is_packed = directory.join("manifest.yaml").exists();
        let made = match files.remove("charmcraft.yaml") {
            Some(text) if !is_packed => split(&directory, &text, &files)?,
            _ => BTreeMap::new(),
        };
        files.extend(made.clone());
        if !files.contains_key("metadata.yaml") {
            return Err(UnpackedError::NoMetadata(directory));
        }
        let metadata = read_metadata(&directory, &files)?;
        let files = Self { directory, metadata, made };
        files.check_programs()?;
        Ok(files)
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

fn read(path: &Path) -> Result<Option<String>, UnpackedError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(UnpackedError::Read(path.to_owned(), why)),
    }
}

fn mapping(path: PathBuf, text: &str) -> Result<Mapping, UnpackedError> {
    let read: Option<Mapping> =
        serde_yaml::from_str(text).map_err(|why| UnpackedError::Yaml(path, why))?;
    Ok(read.unwrap_or_default())
}

fn read_metadata(
    directory: &Path,
    files: &BTreeMap<&'static str, String>,
) -> Result<CharmMetadata, UnpackedError> {
    let mut texts = Vec::new();
    for (name, text) in files {
        let path = directory.join(name);
        let read = mapping(path.clone(), text)?;
        let text = if *name == "actions.yaml" {
            // An action may be called like a key of another file.
            let actions = Mapping::from_iter([("actions".into(), Value::Mapping(read))]);
            serde_yaml::to_string(&actions).map_err(|why| UnpackedError::Yaml(path.clone(), why))?
        } else {
            text.clone()
        };
        CharmMetadata::from_yaml(&[&text]).map_err(|why| UnpackedError::Metadata(path, why))?;
        texts.push(text);
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    CharmMetadata::from_yaml(&texts)
        .map_err(|why| UnpackedError::Metadata(directory.to_owned(), why))
}

/// The files that charmcraft makes of a `charmcraft.yaml`, beside those that are there.
fn split(
    directory: &Path,
    text: &str,
    files: &BTreeMap<&'static str, String>,
) -> Result<BTreeMap<&'static str, String>, UnpackedError> {
    let path = directory.join("charmcraft.yaml");
    let mut project = mapping(path.clone(), text)?;
    let mut metadata = Mapping::new();
    for key in METADATA_KEYS {
        if let Some(value) = project.remove(*key) {
            if files.contains_key("metadata.yaml") {
                return Err(UnpackedError::Twice { key, file: "metadata.yaml" });
            }
            metadata.insert((*key).into(), value);
        }
    }
    metadata.extend(project.remove("title").map(|title| ("display-name".into(), title)));
    if let Some(Value::Mapping(links)) = project.remove("links") {
        for (name, value) in links {
            let name = match name.as_str() {
                Some("documentation") => "docs".into(),
                Some("contact") => "maintainers".into(),
                _ => name,
            };
            metadata.insert(name, value);
        }
    }
    let mut made = BTreeMap::new();
    let mut keep = |name: &'static str, value: Value| {
        serde_yaml::to_string(&value)
            .map(|text| drop(made.insert(name, text)))
            .map_err(|why| UnpackedError::Yaml(path.clone(), why))
    };
    if !files.contains_key("metadata.yaml") && metadata.contains_key("name") {
        keep("metadata.yaml", Value::Mapping(metadata))?;
    }
    for (key, file) in [("config", "config.yaml"), ("actions", "actions.yaml")] {
        let Some(value) = project.remove(key) else { continue };
        if files.contains_key(file) {
            return Err(UnpackedError::Twice { key, file });
        }
        keep(file, value)?;
    }
    Ok(made)
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
        assert!(metadata.contains("display-name: Web"), "{metadata}");
        assert!(metadata.contains("docs: https://example.org"), "{metadata}");
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
            (&[("dispatch", ""), ("metadata.yaml", "- a")], "metadata.yaml is not a YAML mapping"),
            (
                &[metadata, ("charmcraft.yaml", "name: web"), ("dispatch", "")],
                "name is in charmcraft.yaml and in metadata.yaml",
            ),
            (
                &[metadata, ("config.yaml", "options: {}"), ("charmcraft.yaml", "config: {}")],
                "config is in charmcraft.yaml and in config.yaml",
            ),
        ] {
            let error = refused(files);
            assert!(error.to_string().contains(expected), "{error}");
        }
        let error =
            refused(&[metadata, ("dispatch", ""), ("config.yaml", "options: {x: {type: colour}}")]);
        assert!(error.to_string().ends_with("config.yaml"), "{error}");
        let source = error.source().unwrap().to_string();
        let expected = "invalid config: option \"x\" has unknown type \"colour\"";
        assert!(source.contains(expected), "{source}");
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
