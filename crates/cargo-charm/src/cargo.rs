//! Asks the Cargo that runs this: where the workspace is, which of its crates is a charm, and to build
//! it. Nothing here knows what a charm does.

use crate::{failure::Failure, progress::progress};
use serde_json::Value;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The package that charms are written with.
const SDK: &str = "juju-ops";

/// A crate that is a charm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CharmCrate {
    /// The name of its package.
    pub(crate) package: String,
    /// The name of its executable.
    pub(crate) executable: String,
    /// Its directory.
    pub(crate) directory: PathBuf,
    /// The root of its workspace.
    pub(crate) workspace: PathBuf,
}

/// The target directory of the workspace around the working directory; `None` outside a workspace.
pub(crate) fn target_directory() -> Option<PathBuf> {
    let metadata = metadata(Path::new(".")).ok()?;
    metadata.get("target_directory")?.as_str().map(PathBuf::from)
}

/// The root of the workspace around the working directory; `None` outside a workspace.
pub(crate) fn workspace() -> Option<PathBuf> {
    let metadata = metadata(Path::new(".")).ok()?;
    metadata.get("workspace_root")?.as_str().map(PathBuf::from)
}

/// The crate in `directory`, or in its workspace, that is a charm: it depends on ops-rs and has an
/// executable. Of several in a workspace it is the one whose `charmcraft.yaml` or `metadata.yaml` lies at
/// the workspace's root, not beside its own `Cargo.toml`.
pub(crate) fn charm_crate(directory: &Path) -> Result<CharmCrate, Failure> {
    let metadata = metadata(directory)?;
    let text = |value: &Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
    let workspace = text(&metadata, "workspace_root").map(PathBuf::from).unwrap_or_default();
    let packages = metadata.get("packages").and_then(Value::as_array);
    let charms: Vec<CharmCrate> = packages
        .into_iter()
        .flatten()
        .filter_map(|package| {
            let name = text(package, "name")?;
            let directory = PathBuf::from(text(package, "manifest_path")?).parent()?.to_owned();
            let executable = executable(package, &name)?;
            let workspace = workspace.clone();
            Some(CharmCrate { package: name, executable, directory, workspace })
        })
        .collect();
    let here = std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    let own = charms.iter().find(|charm| charm.directory == here);
    let mut of_the_root = charms.iter().filter(|charm| !has_charm_files(&charm.directory));
    match (own.or_else(|| only(&mut of_the_root)), charms.as_slice()) {
        (Some(charm), _) | (None, [charm]) => Ok(charm.clone()),
        (None, []) => Err(Failure::new(format!(
            "no crate in {} is a charm: none depends on {SDK} and has an executable",
            directory.display()
        ))),
        (None, several) => {
            let paths: Vec<String> =
                several.iter().map(|charm| charm.directory.display().to_string()).collect();
            Err(Failure::new(format!("several crates are charms; name one: {}", paths.join(", "))))
        }
    }
}

fn has_charm_files(directory: &Path) -> bool {
    ["charmcraft.yaml", "metadata.yaml"].iter().any(|name| directory.join(name).is_file())
}

/// The item, if it is the only one.
fn only<T>(items: &mut impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

/// Builds a charm in release mode and says where its executable is.
pub(crate) fn build(charm: &CharmCrate) -> Result<PathBuf, Failure> {
    let package = &charm.package;
    progress(format_args!("Building {package} in release mode"));
    let mut build = cargo();
    build
        .args(["build", "--release", "--quiet", "--package", package, "--bin", &charm.executable])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(&charm.workspace)
        .stderr(Stdio::inherit());
    let output = build.output().map_err(Failure::because("cannot run cargo"))?;
    if !output.status.success() {
        return Err(Failure::new(format!("{package} does not build")));
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
        .ok_or_else(|| Failure::new(format!("cargo built {package} and no executable")))
}

/// The executable of a package that is a charm. Of several it is the one with the package's name.
fn executable(package: &Value, name: &str) -> Option<String> {
    let list = |key: &str| package.get(key).and_then(Value::as_array).into_iter().flatten();
    let is_sdk = |dependency: &&Value| {
        dependency.get("name").and_then(Value::as_str) == Some(SDK)
            && dependency.get("kind").is_none_or(Value::is_null)
    };
    list("dependencies").find(is_sdk)?;
    let is_program = |target: &&Value| {
        let kinds = target.get("kind").and_then(Value::as_array);
        kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "bin"))
    };
    let programs: Vec<&str> = list("targets")
        .filter(is_program)
        .filter_map(|target| target.get("name")?.as_str())
        .collect();
    let named = programs.iter().find(|program| **program == name);
    named.or(programs.first()).map(|program| (*program).to_owned())
}

fn metadata(directory: &Path) -> Result<Value, Failure> {
    let mut command = cargo();
    command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(directory);
    let output = command.output().map_err(Failure::because("cannot run cargo"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!(
            "cannot find a Cargo workspace: {}",
            complaint.trim_end().trim_start_matches("error: ")
        )));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(Failure::because("cannot read what `cargo metadata` says"))
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
    }

    #[test]
    fn the_charm_of_a_workspace_is_found_from_its_root_and_its_own_directory() {
        for directory in [root(), root().join("charm-example")] {
            let charm = charm_crate(&directory).unwrap();
            assert_eq!(charm.package, "charm-example");
            assert_eq!(charm.executable, "hook-service");
            assert_eq!(charm.directory, root().join("charm-example"));
        }
    }

    #[test]
    fn a_directory_without_a_workspace_is_explained() {
        let directory = tempfile::tempdir().unwrap();
        let error = charm_crate(directory.path()).unwrap_err();
        assert!(error.to_string().starts_with("cannot find a Cargo workspace: "), "{error}");
    }
}
