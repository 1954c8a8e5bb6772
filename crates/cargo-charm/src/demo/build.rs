//! Builds the charm, with the Cargo that runs this.

use super::progress;
use crate::failure::Failure;
use serde_json::Value;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const PACKAGE: &str = "charm-example";
const EXECUTABLE: &str = "hook-service";

/// The root of the workspace, which has the charm's metadata.
pub(super) fn workspace() -> Result<PathBuf, Failure> {
    let mut locate = cargo();
    locate.args(["locate-project", "--workspace", "--message-format", "plain"]);
    let output = locate.output().map_err(Failure::because("cannot run cargo"))?;
    let manifest = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    match manifest.parent() {
        Some(root) if root.join(PACKAGE).is_dir() && root.join("metadata.yaml").is_file() => {
            Ok(root.to_owned())
        }
        _ => Err(Failure::new(format!(
            "the demo runs the {PACKAGE} of ops-rs: run it in a checkout of ops-rs"
        ))),
    }
}

/// Builds the charm in release mode and says where it is.
pub(super) fn charm(root: &Path) -> Result<PathBuf, Failure> {
    progress(format_args!("Building {PACKAGE} in release mode"));
    let mut build = cargo();
    build
        .args(["build", "--release", "--quiet", "--package", PACKAGE, "--bin", EXECUTABLE])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(root)
        .stderr(Stdio::inherit());
    let output = build.output().map_err(Failure::because("cannot run cargo"))?;
    if !output.status.success() {
        return Err(Failure::new(format!("{PACKAGE} does not build")));
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
        .ok_or_else(|| Failure::new(format!("cargo built {PACKAGE} and no executable")))
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}
