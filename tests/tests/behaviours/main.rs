//! What a test of a charm may rely on, sixty behaviours: each runs in this process and as a program, and is held
//! against what ops.testing answers to the same case.
//!
//! `docs/behaviours.md` is the table of them. A case is data: `tests/peers/scenario-behaviours/cases.yaml`. The
//! charm does what its configuration says: `tests/charms/conformance`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
// `json!` reads best where it stands.
#![allow(clippy::needless_pass_by_value)]

mod actions;
mod alike;
mod case;
mod containers;
mod ends;
mod events;
mod fidelity;
mod metadata;
mod outcome;
mod peer;
mod persistence;
mod relations;
mod secrets;
mod statuses;
mod table;
mod the_state;
mod world;

use case::Case;
use conformance::Conformance;
use ops_testing::Context;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// The folder of the cases, and of what runs them in ops.testing.
fn folder() -> PathBuf {
    ops_tests::root().join("tests/peers/scenario-behaviours")
}

/// The conformance charm's metadata.
fn metadata_file() -> PathBuf {
    ops_tests::root().join("tests/charms/conformance/charmcraft.yaml")
}

/// The conformance charm's executable, built if it is not there or not new.
fn charm() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| ops_tests::built("conformance-charm", &["--bin", "conformance"]))
}

/// What came of a case, one entry for each of its runs: the same in this process and as a program, and what
/// ops.testing answers, but for the differences that the case gives a reason for.
fn conforms(name: &str) -> Vec<Value> {
    let case = Case::named(name);
    let in_process = case.in_process();
    let as_program = case.as_program();
    assert_eq!(in_process, as_program, "{name}: the program differs");
    peer::compare(name, &case, &in_process);
    in_process
}

/// What came of a case that stands in the test: the same in this process and as a program.
fn both_ways(case: Value) -> Vec<Value> {
    let case = Case::of(case);
    let in_process = case.in_process();
    assert_eq!(in_process, case.as_program(), "the program differs");
    in_process
}

/// The charm both ways.
fn contexts() -> [Context; 2] {
    let binary = Context::binary(charm()).metadata_files([metadata_file()]).unwrap();
    [Context::new(|| Conformance), binary]
}

/// What the charm said in a run, without the verbs.
fn said(run: &Value) -> Vec<&Value> {
    run["said"].as_array().unwrap().iter().map(|said| &said[1]).collect()
}

/// A step that was refused, in one word.
fn refused(word: &str) -> Value {
    serde_json::json!({ "error": word })
}
