//! How files look: not too long, with a word on what they are for, and with doc-tests that run.

use crate::{none, root};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file is easier to read when it has one subject; this many lines are more than one.
const LINES: usize = 600;

/// Longer files, each with the reason why it is one.
const LONGER: &[(&str, &str)] = &[];

#[test]
fn no_file_is_too_long() {
    let found: Vec<_> = below(&root(), "rs")
        .into_iter()
        .map(|file| (name(&file), fs::read_to_string(&file).unwrap().lines().count()))
        .filter(|(name, lines)| *lines > LINES && !LONGER.iter().any(|(longer, _)| longer == name))
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    none("files of more than 600 lines", &found);
}

#[test]
fn every_exception_from_the_length_is_still_needed() {
    let found: Vec<_> = LONGER
        .iter()
        .filter(|(name, _)| {
            let text = fs::read_to_string(root().join(name)).unwrap_or_default();
            text.lines().count() <= LINES
        })
        .map(|(name, _)| (*name).to_owned())
        .collect();
    none("listed as long and not so", &found);
}

#[test]
fn every_file_begins_with_what_it_is_for() {
    let found: Vec<_> = below(&root(), "rs")
        .into_iter()
        .filter(|file| name(file).split('/').any(|part| part == "src"))
        .filter(|file| !fs::read_to_string(file).unwrap().starts_with("//!"))
        .map(|file| name(&file))
        .collect();
    none("files that do not begin with //!", &found);
}

#[test]
fn every_doc_test_is_compiled() {
    let code = below(&root(), "rs").into_iter().map(|file| (file, true));
    let prose = below(&root(), "md").into_iter().map(|file| (file, false));
    let mut found = Vec::new();
    for (file, code) in code.chain(prose) {
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            if is_ignored_fence(line, code) {
                found.push(format!("{}, line {}", name(&file), number + 1));
            }
        }
    }
    none("doc-tests that nothing compiles", &found);
}

/// Whether this line begins a block of code that rustdoc is told to leave alone.
fn is_ignored_fence(line: &str, code: bool) -> bool {
    let line = line.trim_start();
    let text = if code {
        match line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) {
            Some(text) => text.trim_start(),
            None => return false,
        }
    } else {
        line
    };
    text.strip_prefix("```").is_some_and(|information| {
        information.split([',', ' ']).any(|word| word.trim().starts_with("ignore"))
    })
}

#[test]
fn ignored_fences_are_found() {
    assert!(is_ignored_fence("    /// ```ignore", true));
    assert!(is_ignored_fence("//! ```rust,ignore", true));
    assert!(is_ignored_fence("```rust, ignore-windows", false));
    assert!(!is_ignored_fence("/// ```no_run", true));
    assert!(!is_ignored_fence("// ```ignore", true));
    assert!(!is_ignored_fence("ignore", false));
}

/// The files with this extension, in order; not what was built or checked out beside.
pub(crate) fn below(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            let built = ["target", "parts", "stage", "prime", "overlay", "node_modules"];
            if path.is_symlink() || name.starts_with('.') {
                continue;
            }
            if path.is_dir() && !(built.contains(&&*name) && directory == root()) {
                pending.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn name(file: &Path) -> String {
    file.strip_prefix(root()).unwrap().display().to_string()
}
