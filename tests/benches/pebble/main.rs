//! What talking to a real Pebble costs, beside Python's `ops.pebble` on the same daemon in the same run.
//!
//! | figure | target |
//! |---|---|
//! | CPU of the client for `GET /v1/plan` | at least 10 times less |
//! | pushing and pulling 256 MiB | at least as fast; at most 16 MiB resident |
//! | 1,000 execs of `true` | own CPU at most 5 % of the wall time; wall time no more |
//!
//! Ours and Python's are a process each, and take turns of a few requests: one, the other, the other, the one, so
//! that whatever else the machine does hits both alike. What is counted by requests is the sum of all turns; what is
//! counted by files is their median, and for memory the most. It prints figures beside targets and fails on none.
//!
//! Files are transferred on a file system in memory where there is one, and on disk too: there the daemon writes what
//! the client has sent while the client waits, so both clients wait for the same disk. `ops.pebble` takes many minutes to
//! pull such a file: it is stopped after 30 s, and has taken at least as long. A daemon writes down every change that it
//! ever made with each new one, and syncs it, several times for each exec: every hundred execs have a daemon of
//! their own.
//!
//! `cargo bench -p ops-tests --bench pebble`, with `PEBBLE_BIN` and `OPS_PYTHON`; with `-- --quick` the rows are smaller,
//! with `-- --huge` 2 GiB are transferred and nothing else is done.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing)]

mod contest;
mod work;

use contest::{Contest, Cost};
use ops_pebble::{Client, Combine, layer};
use ops_tests::{PEBBLE, PYTHON_OPS, RealPebble};
use std::{
    fs,
    path::{Path, PathBuf},
};

const RESIDENT: u64 = 16 * 1024;
const TIMES_LESS: f64 = 10.0;
const OWN_SHARE: f64 = 0.05;

/// How much of everything.
#[derive(Debug, Clone, Copy)]
struct Size {
    plans: usize,
    execs: usize,
    mebibytes: u64,
    files: usize,
}

const FULL: Size = Size { plans: 2000, execs: 1000, mebibytes: 256, files: 6 };
const QUICK: Size = Size { plans: 400, execs: 100, mebibytes: 64, files: 2 };
const HUGE: Size = Size { plans: 0, execs: 0, mebibytes: 2048, files: 1 };

/// Requests of a turn. Few, so that turns are short, and enough that the first of them does not count.
const PLANS_A_TURN: usize = 50;
const EXECS_A_TURN: usize = 5;
const EXECS_A_DAEMON: usize = 100;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == work::WORK) {
        return work::run(&arguments[1..]);
    }
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("a bench: run it with cargo bench");
        return;
    }
    let (Some(pebble), Some(python)) = (PEBBLE.find(), PYTHON_OPS.find()) else { return };
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let size = match () {
        () if has("--huge") => HUGE,
        () if has("--quick") => QUICK,
        () => FULL,
    };
    let bench = Bench { size, pebble, python };
    println!("load at the start: {}\n", load());
    println!("{:<42}{:>12}{:>12}   target", "", "Rust", "Python");
    if size.plans > 0 {
        bench.plan();
    }
    for (place, directory) in places() {
        bench.transfers(place, &directory);
    }
    if size.execs > 0 {
        bench.execs();
    }
    println!("\nload at the end: {}", load());
}

fn load() -> String {
    fs::read_to_string("/proc/loadavg").unwrap().trim().to_owned()
}

/// Where files are transferred to.
fn places() -> Vec<(&'static str, PathBuf)> {
    let memory = ("in memory", PathBuf::from("/dev/shm"));
    let disk = ("on disk", std::env::temp_dir());
    [memory, disk].into_iter().filter(|(_, directory)| directory.is_dir()).collect()
}

struct Bench {
    size: Size,
    pebble: PathBuf,
    python: PathBuf,
}

impl Bench {
    fn contest(&self, task: &str, daemon: &RealPebble, path: &Path) -> Contest {
        let bytes = self.size.mebibytes << 20;
        Contest::start(&self.python, task, daemon.socket(), path, bytes)
    }

    fn plan(&self) {
        let place = tempfile::tempdir().unwrap();
        let daemon = RealPebble::start(&self.pebble, &place.path().join("pebble")).unwrap();
        give_a_plan(daemon.socket());
        let mut contest = self.contest("plan", &daemon, place.path());
        contest.warm_up(PLANS_A_TURN);
        let costs = contest.turns(self.size.plans / PLANS_A_TURN, PLANS_A_TURN);
        let each = sums(&costs).map(|cost| cost.own / self.size.plans as f64);
        let times = each[1] / each[0];
        let target = format!("at least {TIMES_LESS} times less: {times:.1}");
        let target = verdict(&target, times >= TIMES_LESS);
        row("GET /v1/plan, own CPU each", each.map(micros), &target);
    }

    fn transfers(&self, place: &str, directory: &Path) {
        let directory = tempfile::tempdir_in(directory).unwrap();
        let path = directory.path().join("file");
        let daemon = RealPebble::start(&self.pebble, &directory.path().join("pebble")).unwrap();
        let mut pushes = self.contest("push", &daemon, &path);
        self.transferred("push", place, &pushes.turns(self.size.files, 1));
        let mut pulls = self.contest("pull", &daemon, &path);
        // Python's first is its last.
        let mut costs = pulls.turns(1, 1);
        costs[0].extend((1..self.size.files).map(|_| pulls.ours(1)));
        self.transferred("pull", place, &costs);
    }

    fn transferred(&self, task: &str, place: &str, costs: &[Vec<Cost>; 2]) {
        let of =
            |part: fn(&Cost) -> f64| costs.each_ref().map(|costs| median(costs.iter().map(part)));
        let walls = of(|cost| cost.wall);
        let target = verdict("at least as fast", walls[0] <= walls[1]);
        let name = format!("{task} {} MiB {place}, wall time", self.size.mebibytes);
        row(&name, walls.map(millis), &target);
        row("  own CPU", of(|cost| cost.own).map(millis), "");
        let most = costs.each_ref().map(|costs| costs.iter().map(|cost| cost.resident).max());
        let most = most.map(Option::unwrap);
        let target = verdict("at most 16 MiB", most[0] <= RESIDENT);
        row(
            "  resident, peak",
            most.map(|peak| format!("{:.1} MiB", peak as f64 / 1024.0)),
            &target,
        );
    }

    fn execs(&self) {
        let count = self.size.execs;
        let mut total = [Cost::default(); 2];
        for _ in 0..count / EXECS_A_DAEMON {
            let place = tempfile::tempdir().unwrap();
            let daemon = RealPebble::start(&self.pebble, &place.path().join("pebble")).unwrap();
            let mut contest = self.contest("exec", &daemon, place.path());
            contest.warm_up(1);
            let costs = sums(&contest.turns(EXECS_A_DAEMON / EXECS_A_TURN, EXECS_A_TURN));
            for (total, cost) in total.iter_mut().zip(costs) {
                *total = total.plus(&cost);
            }
        }
        let walls = total.map(|cost| cost.wall);
        let target = verdict("no more", walls[0] <= walls[1]);
        row(&format!("{count} execs of true, wall time"), walls.map(millis), &target);
        let shares = total.map(|cost| cost.own / cost.wall);
        let target = verdict("at most 5 %", shares[0] <= OWN_SHARE);
        row("  own CPU of it", shares.map(|share| format!("{:.1} %", share * 100.0)), &target);
        row("  own CPU each", total.map(|cost| micros(cost.own / count as f64)), "");
    }
}

/// The plan of a charm of middling size.
fn give_a_plan(socket: &Path) {
    let mut layer = layer::Layer::new();
    for number in 0..4 {
        let service = layer::Service::new("web serve --port 8080").summary("a service");
        let service = (0..10).fold(service, |service, variable| {
            service.env(format!("VARIABLE_{variable}"), "some value or other")
        });
        layer = layer.service(format!("web-{number}"), service);
        let check = layer::Check::http("http://localhost:8080/health");
        layer = layer.check(format!("check-{number}"), check.startup(layer::Startup::Disabled));
    }
    Client::unix(socket).add_layer("bench", &layer, Combine::No).unwrap();
}

fn sums(costs: &[Vec<Cost>; 2]) -> [Cost; 2] {
    costs.each_ref().map(|costs| costs.iter().fold(Cost::default(), |sum, cost| sum.plus(cost)))
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn verdict(target: &str, met: bool) -> String {
    format!("{target}: {}", if met { "met" } else { "MISSED" })
}

fn row(name: &str, [rust, python]: [String; 2], target: &str) {
    println!("{name:<42}{rust:>12}{python:>12}   {target}");
}

fn micros(seconds: f64) -> String {
    format!("{:.0} us", seconds * 1e6)
}

fn millis(seconds: f64) -> String {
    format!("{:.0} ms", seconds * 1e3)
}
