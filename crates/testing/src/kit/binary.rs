//! A [`Context`] for a charm that is compiled already: the same states and events, and a real process.
//!
//! It knows where a charm's metadata comes from when it is not linked into the test. What a process
//! finds and how it ends is `process`'s.

use super::Context;
use crate::{
    emulator::juju::{CharmMetadata, MetadataError},
    process::Binary,
};
use ops_metadata::{Problems, SourceFile, packed};
use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// A compiled charm without its metadata: see [`Context::binary`].
#[derive(Debug, Clone)]
#[must_use = "name its metadata files"]
pub struct BinaryCharm {
    program: PathBuf,
}

/// Why a compiled charm cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BinaryError {
    /// The program or one of the files cannot be read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// The program is no executable file.
    #[error("{} is not executable: give the file that cargo made of the charm", .0.display())]
    NotExecutable(PathBuf),
    /// No file was named, or none of them is one that Juju or charmcraft knows.
    #[error(
        "{} has no metadata: name its charmcraft.yaml, or its metadata.yaml with config.yaml and \
         actions.yaml", .0.display()
    )]
    NoMetadata(PathBuf),
    /// A file says what Juju or charmcraft would refuse: each mistake with its file and line.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
}

impl From<Problems> for BinaryError {
    fn from(problems: Problems) -> Self {
        Self::Metadata(MetadataError::from(problems))
    }
}

impl Context {
    /// Runs a compiled charm, anyone's, as a process for each event: Juju's environment, hook commands on
    /// its `PATH`, Pebble on a unix socket. States, events and outputs are those of a charm in this process.
    ///
    /// The program reads `OPS_CONTAINERS_DIR` to find its containers, as this SDK's charms do; for a charm
    /// that does not, see [`process::Unpacked`](crate::process::Unpacked).
    ///
    /// ```no_run
    /// use ops_testing::{Context, State};
    ///
    /// let ctx = Context::binary("target/debug/my-charm").metadata_files(["charmcraft.yaml"])?;
    /// let out = ctx.run(ctx.on().start(), &State::default().leader());
    /// assert!(out.logs.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// What differs from a run in this process: time is the machine's, random bytes are random, and what the
    /// charm saw and planned is not searched for secrets, because only a charm in this process shows it.
    pub fn binary(program: impl Into<PathBuf>) -> BinaryCharm {
        BinaryCharm { program: program.into() }
    }
}

impl BinaryCharm {
    /// Reads the charm's metadata from these files: a `charmcraft.yaml`, or `metadata.yaml` with `config.yaml`
    /// and `actions.yaml` as far as there are such, or both. The charm finds them in its directory, as
    /// charmcraft would have packed them.
    ///
    /// # Errors
    /// The program is not there or not executable, no file says what charm it is, a file cannot be read, or
    /// Juju or charmcraft would refuse it.
    pub fn metadata_files<P: AsRef<Path>>(
        self,
        files: impl IntoIterator<Item = P>,
    ) -> Result<Context, BinaryError> {
        let program = fs::canonicalize(&self.program)
            .map_err(|why| BinaryError::Read(self.program.clone(), why))?;
        let found =
            fs::metadata(&program).map_err(|why| BinaryError::Read(program.clone(), why))?;
        if !found.is_file() || found.permissions().mode() & 0o111 == 0 {
            return Err(BinaryError::NotExecutable(self.program));
        }
        let mut read = Vec::new();
        for file in files {
            let path = file.as_ref();
            let content = fs::read(path).map_err(|why| BinaryError::Read(path.to_owned(), why))?;
            let name = path.file_name().unwrap_or(path.as_os_str());
            read.push((name.to_string_lossy().into_owned(), content));
        }
        let sources: Vec<_> =
            read.iter().map(|(name, content)| SourceFile::new(name, content)).collect();
        let charm = CharmMetadata::read(&sources)?;
        if charm.name.is_empty() {
            return Err(BinaryError::NoMetadata(self.program));
        }
        let mut binary = Binary::new(program);
        let beside: Vec<&str> =
            read.iter().map(|(name, _)| name.as_str()).filter(|name| *name != PROJECT).collect();
        for (name, content) in &read {
            if name == PROJECT {
                for (name, text) in packed(SourceFile::new(name, content), &beside)? {
                    binary = binary.charm_content(name, text);
                }
            } else {
                binary = binary.charm_content(name, content.clone());
            }
        }
        Ok(Context::of(binary, charm))
    }
}

/// What is packed as other files.
const PROJECT: &str = "charmcraft.yaml";
