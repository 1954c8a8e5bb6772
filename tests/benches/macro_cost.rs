//! What `ops::charm_metadata!` adds to building charm-example alone, its dependencies built: against the same
//! crate with what the macro writes standing in its source.
//!
//! The expansion is made by the macro's own generator, which is compiled into this bench. Both crates are built
//! in turns by cargo, in a workspace of their own, without incremental compilation. Nothing here fails because of
//! a figure: it prints it beside its target.
//!
//! `cargo bench -p ops-tests --bench macro_cost`; after `--`, `--turns 9`.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../../crates/macros/src"]
mod macros {
    pub(crate) mod generate;
}

use ops_metadata::{Charm, Rules, SourceFile};
use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

const TARGET: Duration = Duration::from_millis(500);
const TURNS: usize = 7;
const CALL: &str =
    r#"ops::charm_metadata!(pub mod meta, "../metadata.yaml", "../charmcraft.yaml");"#;
const FILES: [&str; 2] = ["metadata.yaml", "charmcraft.yaml"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("a bench: run it with cargo bench");
        return;
    }
    let turns = arguments
        .iter()
        .skip_while(|argument| *argument != "--turns")
        .nth(1)
        .map_or(TURNS, |number| number.parse().unwrap());
    let place = tempfile::tempdir().unwrap();
    let workspace = place.path();
    lay_out(workspace);
    let source = workspace.join("charm-example/src/lib.rs");
    let with_macro = fs::read_to_string(&source).unwrap();
    assert!(with_macro.contains(CALL), "charm-example calls the macro in another way");
    let expansion = expansion(workspace);
    println!("charm_metadata! writes {} bytes for charm-example", expansion.len());
    let written_out = with_macro.replace(CALL, &expansion);
    println!("building charm-example's library alone, {turns} turns, medians\n");
    println!("{:<22}{:>12}{:>14}{:>12}   target", "", "the macro", "written out", "it adds");
    for (name, line) in [
        ("cargo check", &["check"][..]),
        ("cargo build", &["build"]),
        ("cargo build --release", &["build", "--release"]),
    ] {
        let mut times = [Vec::new(), Vec::new()];
        for turn in 0..=turns {
            for (text, times) in [&with_macro, &written_out].into_iter().zip(&mut times) {
                fs::write(&source, text).unwrap();
                let time = build(workspace, line);
                // The first turn builds the dependencies, and reads everything into memory.
                if turn > 0 {
                    times.push(time);
                }
            }
        }
        let [with_macro, written_out] = times.map(median);
        let added = with_macro.saturating_sub(written_out);
        let verdict = if added <= TARGET { "met" } else { "MISSED" };
        println!(
            "{name:<22}{:>12}{:>14}{:>12}   at most {}: {verdict}",
            seconds(with_macro),
            seconds(written_out),
            seconds(added),
            seconds(TARGET)
        );
    }
}

/// A workspace with a copy of charm-example in it, on the crates of this one. It has no settings for
/// dependencies: charms elsewhere have none either.
fn lay_out(workspace: &Path) {
    let root = ops_tests::root();
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let (manifest, _) = manifest.split_once("[profile.dev.package").unwrap();
    let (before, rest) = manifest.split_once("members = [").unwrap();
    let (_, after) = rest.split_once(']').unwrap();
    let after = after.replace("path = \"", &format!("path = \"{}/", root.display()));
    fs::write(
        workspace.join("Cargo.toml"),
        format!("{before}members = [\"charm-example\"]{after}"),
    )
    .unwrap();
    for file in FILES.iter().chain(&["Cargo.lock"]) {
        fs::copy(root.join(file), workspace.join(file)).unwrap();
    }
    copy(&root.join("charm-example"), &workspace.join("charm-example"));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// What stands where the macro was called.
fn expansion(workspace: &Path) -> String {
    let texts: Vec<Vec<u8>> =
        FILES.iter().map(|file| fs::read(workspace.join(file)).unwrap()).collect();
    let sources: Vec<_> =
        FILES.iter().zip(&texts).map(|(name, text)| SourceFile::new(name, text)).collect();
    let charm = Charm::read(&sources, Rules::Author).unwrap_or_else(|why| panic!("{why:?}"));
    let paths = FILES.map(|file| format!("../../{file}"));
    let files: Vec<_> =
        FILES.iter().zip(&paths).map(|(name, path)| (*name, path.as_str())).collect();
    format!(
        "/// What metadata.yaml and charmcraft.yaml declare.\n\
         #[allow(dead_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]\n\
         pub mod meta {{\n{}\n}}\n",
        macros::generate::content(&charm, &files)
    )
}

fn build(workspace: &Path, line: &[&str]) -> Duration {
    let start = Instant::now();
    let output = Command::new(env!("CARGO"))
        .args(line)
        .args(["--package", "charm-example", "--lib", "--offline", "--quiet"])
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_TARGET_DIR", workspace.join("target"))
        .current_dir(workspace)
        .output()
        .unwrap();
    let time = start.elapsed();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "charm-example does not build: {complaint}");
    time
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
