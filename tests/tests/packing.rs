//! The files at the root that `charmcraft pack` reads, held against charmcraft and against the charm.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use ops_tests::{CHARMCRAFT, root};
use serde_yaml::{Mapping, Value};
use std::{fs, path::Path, process::Command};

#[test]
fn no_key_stands_in_both_files() {
    let [metadata, build] = [read("metadata.yaml"), read("charmcraft.yaml")];
    let both: Vec<_> = metadata.keys().filter(|key| build.contains_key(*key)).collect();
    assert!(both.is_empty(), "in metadata.yaml and in charmcraft.yaml: {both:?}");
}

#[test]
fn what_is_built_is_what_becomes_dispatch() {
    let build = read("charmcraft.yaml");
    let part = &build["parts"]["charm"];
    let package = root().join(part["rust-path"][0].as_str().unwrap());
    let organize = part["organize"].as_mapping().unwrap();
    let (program, dispatch) = organize.iter().next().unwrap();
    assert_eq!(dispatch, "dispatch");
    assert_eq!(part["prime"][0], "dispatch");
    if !package.exists() {
        return; // Packed before it is written.
    }
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let manifest = package.join("Cargo.toml").display().to_string();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["manifest_path"] == manifest).unwrap();
    let targets = package["targets"].as_array().unwrap().iter();
    let programs: Vec<_> = targets
        .filter(|target| target["kind"][0] == "bin")
        .map(|target| format!("bin/{}", target["name"].as_str().unwrap()))
        .collect();
    assert_eq!(programs, [program.as_str().unwrap()]);
}

#[test]
fn charmcraft_accepts_both_files() {
    let Some(charmcraft) = CHARMCRAFT.find() else { return };
    expand(&charmcraft, root());

    // charmcraft copies metadata.yaml unread; in one file with the rest it holds it against its schema.
    let mut all = read("metadata.yaml");
    let title = all.remove("display-name").unwrap();
    all.insert("title".into(), title);
    all.extend(read("charmcraft.yaml"));
    let directory = tempfile::tempdir().unwrap();
    let text = serde_yaml::to_string(&all).unwrap();
    fs::write(directory.path().join("charmcraft.yaml"), text).unwrap();
    expand(&charmcraft, directory.path());
}

fn expand(charmcraft: &Path, directory: &Path) {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(charmcraft)
        .arg("expand-extensions")
        .current_dir(directory)
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "charmcraft refuses {}: {complaint}", directory.display());
}

fn read(name: &str) -> Mapping {
    let text = fs::read_to_string(root().join(name)).unwrap();
    let Value::Mapping(mapping) = serde_yaml::from_str(&text).unwrap() else {
        panic!("{name} is no mapping")
    };
    mapping
}
