//! What one dispatch costs: the config-changed of a settled leader, in Rust and in Python.
//!
//! Both charms run as real processes on stub hook commands and on one Pebble. Nothing here fails because of
//! a figure: it prints them beside their targets.
//!
//! *Own CPU* is the CPU of the charm without the commands it runs. It is measured in two ways, which must
//! come out alike: the kernel's clock of the charm's process, read after its end (see `launcher.c`); and the
//! CPU of the charm and its commands together, less what the same commands cost when the launcher runs
//! them alone. The second also counts what the spawned processes do before they become the command.
//!
//! `cargo bench -p ops-tests --bench dispatch`; after `--`, `--runs 50` and `--related` (with Hydra and
//! Traefik).
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing)]

mod charms;
mod juju;
mod pebble;
mod tools;

use charms::Charm;
use juju::Stubs;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use tools::{Launcher, Run, median};

const OWN: Duration = Duration::from_millis(2);
const RESIDENT: u64 = 6 * 1024;
const PROGRAM: u64 = 2 * 1024 * 1024;
const TIMES_LESS: f64 = 40.0;
const TURNS: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("a bench: run it with cargo bench");
        return;
    }
    let related = arguments.iter().any(|argument| argument == "--related");
    let runs = arguments
        .iter()
        .skip_while(|argument| *argument != "--runs")
        .nth(1)
        .map_or(200, |number| number.parse().unwrap());

    let place = tempfile::tempdir().unwrap();
    let launcher = Launcher::make(place.path());
    let with = if related { "Hydra, Traefik and the peer" } else { "the peer" };
    println!("a settled leader's config-changed, related to {with}, {runs} runs\n");
    let rust = prepare(place.path(), "rust", charms::rust);
    let python = prepare(place.path(), "python", |directory, containers| {
        charms::python(directory, containers).map(Some)
    });
    let [rust, python] =
        [rust, python].map(|charm| charm.map(|charm| measure(&launcher, &charm, related, runs)));
    print(rust.as_ref(), python.as_ref());
}

/// Makes a charm's directory and its Pebble.
fn prepare(
    place: &Path,
    name: &str,
    charm: impl FnOnce(&Path, &Path) -> std::io::Result<Option<Charm>>,
) -> Option<Charm> {
    let directory = place.join(name);
    let containers = directory.join("containers");
    fs::create_dir_all(containers.join("hook-service")).unwrap();
    pebble::serve(&containers.join("hook-service/pebble.socket")).unwrap();
    charm(&directory, &containers).unwrap()
}

/// What was found out about one charm.
#[derive(Debug)]
struct Figures {
    own: Duration,
    own_by_difference: Duration,
    total: Duration,
    wall: Duration,
    resident: u64,
    commands: usize,
    program: Option<u64>,
}

fn measure(launcher: &Launcher, charm: &Charm, related: bool, runs: usize) -> Figures {
    let place = charm.directory.parent().unwrap();
    let mut stubs = Stubs::make(place, related).unwrap();
    let environment = |commands: &Path| -> BTreeMap<String, String> {
        let mut environment = juju::environment(&charm.directory, commands);
        environment.extend(charm.environment.iter().cloned());
        environment
    };
    // The first run settles what the charm keeps, by itself or in Juju; the second is the one to look at.
    stubs.settle(|traced| run_once(charm, &environment(traced))).unwrap();
    let commands = stubs.list(|traced| run_once(charm, &environment(traced)));
    println!("{} runs {} hook commands:", charm.name, commands.len());
    for call in &commands {
        let remark = if call.writes() { "writes, with nothing to do: " } else { "" };
        println!("    {remark}{}", shorten(&call.to_string()));
    }
    println!();

    let environment = environment(&stubs.quick);
    // Each command of one dispatch is also measured alone, each kind once. Charm and commands take turns:
    // on a busy machine all of them are slower for a while, and the difference must not show that.
    let kinds: BTreeSet<_> = commands.iter().map(|call| &call.words).collect();
    let mut measured = Vec::new();
    let mut alone: BTreeMap<_, Vec<Run>> = BTreeMap::new();
    for turn in 0..TURNS {
        let runs = runs / TURNS + usize::from(turn < runs % TURNS);
        measured.extend(launcher.run(runs, &charm.line, &charm.directory, &environment));
        for words in &kinds {
            let mut line = (*words).clone();
            line[0] = stubs.quick.join(&line[0]).display().to_string();
            let runs = launcher.run(runs, &line, &charm.directory, &environment);
            alone.entry(*words).or_default().extend(runs);
        }
    }
    let failed = measured.iter().filter(|run| run.code != 0).count();
    assert!(failed == 0, "{failed} of {runs} runs of the {} charm failed", charm.name);
    let alone: BTreeMap<_, _> =
        alone.into_iter().map(|(words, runs)| (words, median(&runs, |run| run.total))).collect();
    let of_commands: Duration = commands.iter().map(|call| alone[&call.words]).sum();
    let total = median(&measured, |run| run.total);
    Figures {
        own: median(&measured, |run| run.own),
        own_by_difference: total.saturating_sub(of_commands),
        total,
        wall: median(&measured, |run| run.wall),
        resident: measured.iter().map(|run: &Run| run.resident).max().unwrap_or_default(),
        commands: commands.len(),
        program: charm.program.as_ref().map(|program| fs::metadata(program).unwrap().len()),
    }
}

/// Runs the charm once with its messages to be seen, and insists that it succeeds.
fn run_once(charm: &Charm, environment: &BTreeMap<String, String>) {
    let status = Command::new(&charm.line[0])
        .args(&charm.line[1..])
        .current_dir(&charm.directory)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .status()
        .unwrap_or_else(|error| panic!("cannot start {:?}: {error}", charm.line));
    assert!(status.success(), "the {} charm failed: {status}", charm.name);
}

fn print(rust: Option<&Figures>, python: Option<&Figures>) {
    println!("{:<34}{:>12}{:>12}   target", "", "Rust", "Python");
    let both = |name: &str, figure: &dyn Fn(&Figures) -> String, target: &str| {
        let [rust, python] = [rust, python].map(|found| found.map_or("-".to_owned(), figure));
        println!("{:<34}{:>12}{:>12}   {target}", name, rust, python);
    };
    let verdict = |met: &dyn Fn(&Figures) -> bool, target: &str| {
        let verdict = rust.map_or("", |rust| if met(rust) { ": met" } else { ": MISSED" });
        format!("{target}{verdict}")
    };
    let own = verdict(&|found| found.own <= OWN, "at most 2 ms");
    let difference = verdict(&|found| found.own_by_difference <= OWN, "at most 2 ms");
    let resident = verdict(&|found| found.resident <= RESIDENT, "at most 6 MiB");
    let program = verdict(&|found| found.program.is_some_and(|it| it <= PROGRAM), "at most 2 MiB");
    both("own CPU, median", &|found| milliseconds(found.own), &own);
    both("  by difference", &|found| milliseconds(found.own_by_difference), &difference);
    both("CPU with hook commands, median", &|found| milliseconds(found.total), "");
    both("wall time, median", &|found| milliseconds(found.wall), "");
    both("resident, peak of all runs", &|found| mebibytes(found.resident * 1024), &resident);
    both("program, stripped", &|found| found.program.map_or("-".to_owned(), mebibytes), &program);
    both("hook commands", &|found| found.commands.to_string(), "");
    if let (Some(rust), Some(python)) = (rust, python) {
        let times = python.own.as_secs_f64() / rust.own.as_secs_f64();
        let verdict = if times >= TIMES_LESS { "met" } else { "MISSED" };
        println!("\nown CPU, times less than Python: {times:.0}   target at least 40: {verdict}");
    } else {
        println!("\nthere is no charm-example yet: nothing to compare");
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.2} MiB", bytes as f64 / 1024.0 / 1024.0)
}

fn shorten(text: &str) -> String {
    let line = text.replace('\n', " ");
    if line.chars().count() <= 96 {
        line
    } else {
        line.chars().take(93).chain("...".chars()).collect()
    }
}
