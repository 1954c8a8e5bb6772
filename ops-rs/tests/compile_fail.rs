//! What must not compile, and what the compiler says about it.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

/// A few of these fail only where a generic function is instantiated, which `cargo check` does not do.
/// The case that passes makes trybuild run `cargo build` for all of them.
#[test]
fn mistakes_do_not_compile() {
    // trybuild compiles in a crate of its own, and that is where the paths of YAML files start.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let there = target.join("tests/trybuild/juju-ops/tests/fixtures");
    copy(Path::new("tests/fixtures"), &there);
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/a_whole_charm.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}
