//! What testing a small charm costs in process, beside ops with Scenario on the same charm in the same run.
//!
//! | figure | target |
//! |---|---|
//! | one run | at most a hundredth of Scenario's time |
//! | memory over 100,000 runs | flat |
//! | 10,000 explored sequences of 8 events | below 5 s |
//!
//! It prints figures beside targets and fails on none. Ours and Scenario's turns come by turns; the best median
//! of the turns counts for both, because whatever else the machine does only adds to a time.
//!
//! `cargo bench -p ops-tests --bench scenario`, with `OPS_PYTHON`; without it only our own rows. With
//! `-- run`, `-- memory` or `-- explore` only these.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing)]

mod charm;

use charm::{Database, WEB, Web};
use ops_testing::{
    Container, Context, Relation, State,
    explore::Exploration,
    raw,
    world::{Application, World},
};
use ops_tests::{PYTHON_OPS, root};
use std::{
    fs,
    hint::black_box,
    process::Command,
    time::{Duration, Instant},
};

const TURNS: usize = 3;
const RUNS: usize = 5_000;
const RUNS_OF_SCENARIO: usize = 300;
const TIMES_LESS: f64 = 100.0;
const MANY: usize = 100_000;
const SEQUENCES: usize = 10_000;
const EVENTS: usize = 8;
const BELOW: Duration = Duration::from_secs(5);

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("a bench: run it with cargo bench");
        return;
    }
    println!("load at the start: {}\n", fs::read_to_string("/proc/loadavg").unwrap().trim());
    let only = |row: &str| {
        let mut rows = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
        let first = rows.next();
        first.is_none_or(|first| first == row || rows.any(|other| other == row))
    };
    let rows: [(&str, fn()); 3] = [("run", one_run), ("memory", memory), ("explore", exploration)];
    rows.into_iter().filter(|(name, _)| only(name)).for_each(|(_, row)| row());
}

/// One option is set, one relation has said something, the container is up, the unit leads.
fn state() -> State {
    let database = Relation::new(Database, 1).with("database");
    State::default()
        .leader()
        .config(raw("port"), 8080)
        .relation(&database.remote_key("url", "sql://database:5432"))
        .with_container(WEB, Container::default())
}

fn one_run() {
    let ctx = Context::new(|| Web);
    let state = state();
    let out = ctx.run(ctx.on().config_changed(), &state);
    assert_eq!(out.state.unit_status, ops::Status::active());
    let python = PYTHON_OPS.find();
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for _ in 0..TURNS {
        ours =
            ours.min(median(RUNS, || drop(black_box(ctx.run(ctx.on().config_changed(), &state)))));
        if let Some(python) = &python {
            let asked = Command::new(python)
                .arg(root().join("tests/peers/scenario-charm/bench.py"))
                .arg(RUNS_OF_SCENARIO.to_string())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&asked.stdout);
            let Ok(nanoseconds) = said.trim().parse() else {
                println!("Scenario: {}", String::from_utf8_lossy(&asked.stderr).trim());
                break;
            };
            theirs = theirs.min(Duration::from_nanos(nanoseconds));
        }
    }
    println!("one run of config-changed: {ours:?}, {} hook commands", out.calls.len());
    if theirs < Duration::MAX {
        let times = theirs.as_secs_f64() / ours.as_secs_f64();
        let verdict = verdict(times >= TIMES_LESS);
        println!("the same with Scenario: {theirs:?}");
        println!("{times:.0} times less   target at least {TIMES_LESS:.0}: {verdict}");
    }
}

fn median(runs: usize, mut act: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            act();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[runs / 2]
}

fn memory() {
    let ctx = Context::new(|| Web);
    let state = state();
    let mut early = 0;
    for run in 1..=MANY {
        black_box(ctx.run(ctx.on().config_changed(), &state));
        if run == MANY / 10 {
            early = resident();
        }
    }
    let late = resident();
    let verdict = verdict(late <= early + 512);
    println!(
        "\nresident after {} runs: {early} KiB, after {MANY}: {late} KiB   target flat: {verdict}",
        MANY / 10
    );
}

/// In KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// What this process has had of the processor: others may want it too.
fn processor() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks = after_name.split_whitespace().skip(11).take(2).map(|n| n.parse::<u64>().unwrap());
    Duration::from_millis(10 * ticks.sum::<u64>())
}

fn exploration() {
    let mut world = World::new();
    world.deploy(Application::of(|| Web));
    world.deploy(Application::scripted("database").provides("database", "sql"));
    world.settle();
    let ends = ("web:database", "database:database");
    let exploration = Exploration::of(world)
        .change(|world| world.set_config("web", "port", 8080))
        .change(|world| drop(world.integrate("web:database", "database:database")))
        .change(|world| world.remote_data(ends, "database", [("url", "sql://database:5432")]))
        .change(|world| world.container_up("web/0", "web"))
        .length(EVENTS)
        .random(SEQUENCES, 1);
    let (start, busy) = (Instant::now(), processor());
    let explored = exploration.run().unwrap();
    let (took, busy) = (start.elapsed(), processor().saturating_sub(busy));
    let each = took / u32::try_from(SEQUENCES * EVENTS).unwrap();
    let verdict = verdict(took < BELOW);
    println!(
        "\n{} sequences of {EVENTS} events: {took:.2?}, {each:.1?} for each event",
        explored.sequences
    );
    println!("of the processor: {busy:.2?}");
    println!(
        "{} runs of hooks, {} states   target below {BELOW:?}: {verdict}",
        explored.hooks, explored.states
    );
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}
