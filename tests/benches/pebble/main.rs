//! What talking to a real Pebble costs, beside Python's `ops.pebble` on the same daemon in the same run.
//!
//! | figure | target |
//! |---|---|
//! | CPU of the client for `GET /v1/plan` | at least 10 times less |
//! | pushing and pulling 256 MiB | at least as fast; at most 16 MiB resident |
//! | 1,000 execs of `true` | own CPU at most 5 % of the wall time; wall time no more |
//!
//! `ops.pebble` takes many minutes to pull such a file: it is stopped after 30 s, and has taken at least as long.
//! Each turn is a process of its own, ours and Python's by turns; the median of the turns is printed, for memory the most. It
//! prints figures beside targets and fails on none. A daemon writes down every change that it ever made with each new
//! one, so each turn of execs has a daemon of its own.
//!
//! `cargo bench -p ops-tests --bench pebble`, with `PEBBLE_BIN` and `OPS_PYTHON`; with `-- --quick` the rows are smaller.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing)]

mod work;

use ops_pebble::{Client, Combine, layer};
use ops_tests::{PEBBLE, PYTHON_OPS};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const RESIDENT: u64 = 16 * 1024;
const TIMES_LESS: f64 = 10.0;
const OWN_SHARE: f64 = 0.05;

/// How much of everything.
#[derive(Debug, Clone, Copy)]
struct Size {
    plans: u32,
    execs: u32,
    mebibytes: u64,
    turns: usize,
}

const FULL: Size = Size { plans: 500, execs: 1000, mebibytes: 256, turns: 3 };
const QUICK: Size = Size { plans: 200, execs: 100, mebibytes: 64, turns: 1 };

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
    let place = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(&pebble, place.path());
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let size = if quick { QUICK } else { FULL };
    let bench = Bench { size, daemon, pebble, python, path: place.path().join("file") };
    let load = fs::read_to_string("/proc/loadavg").unwrap();
    println!("load at the start: {}\n", load.trim());
    println!("{:<34}{:>12}{:>12}   target", "", "Rust", "Python");
    bench.plan();
    bench.transfer("push");
    bench.transfer("pull");
    bench.exec();
}

struct Daemon {
    process: Child,
    socket: PathBuf,
}

impl Daemon {
    fn start(program: &Path, place: &Path) -> Self {
        let home = place.join("pebble");
        fs::create_dir(&home).unwrap();
        let process = Command::new(program)
            .arg("run")
            .env("PEBBLE", &home)
            .env_remove("PEBBLE_SOCKET")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let daemon = Self { process, socket: home.join(".pebble.socket") };
        let client = Client::unix(&daemon.socket);
        let began = Instant::now();
        while !client.can_connect().unwrap_or(false) {
            assert!(began.elapsed() < Duration::from_secs(20), "the real Pebble does not start");
            thread::sleep(Duration::from_millis(10));
        }
        // The plan of a charm of middling size.
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
        client.add_layer("bench", &layer, Combine::No).unwrap();
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It has nothing worth keeping.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What one turn cost.
#[derive(Debug, Clone, Copy)]
struct Cost {
    wall: f64,
    own: f64,
    resident: u64,
}

struct Bench {
    size: Size,
    daemon: Daemon,
    pebble: PathBuf,
    python: PathBuf,
    path: PathBuf,
}

impl Bench {
    /// Ours and Python's, by turns; the first turn is not counted.
    fn measure(&self, task: &str, count: u32) -> [Cost; 2] {
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        for turn in 0..=self.size.turns {
            let mut rust = Command::new(std::env::current_exe().unwrap());
            rust.arg(work::WORK);
            let mut python = Command::new(&self.python);
            python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/pebble/peer.py"));
            let [rust, python] = [rust, python].map(|command| self.turn(command, task, count));
            if turn > 0 {
                ours.push(rust);
                theirs.push(python);
            }
        }
        [ours, theirs].map(|costs| Cost {
            wall: median(costs.iter().map(|cost| cost.wall)),
            own: median(costs.iter().map(|cost| cost.own)),
            resident: costs.iter().map(|cost| cost.resident).max().unwrap(),
        })
    }

    fn turn(&self, mut command: Command, task: &str, count: u32) -> Cost {
        let place = tempfile::tempdir().unwrap();
        let own = (task == "exec").then(|| Daemon::start(&self.pebble, place.path()));
        let output = command
            .arg(task)
            .arg(&own.as_ref().unwrap_or(&self.daemon).socket)
            .arg(count.to_string())
            .arg(&self.path)
            .env("SIZE", (self.size.mebibytes << 20).to_string())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "{task} failed");
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<u64> =
            text.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let seconds = |nanoseconds: u64| Duration::from_nanos(nanoseconds).as_secs_f64();
        Cost { wall: seconds(numbers[0]), own: seconds(numbers[1]), resident: numbers[2] }
    }

    fn plan(&self) {
        let costs = self.measure("plan", self.size.plans);
        let each = costs.map(|cost| cost.own / f64::from(self.size.plans));
        let times = each[1] / each[0];
        let target = format!("at least {TIMES_LESS} times less: {times:.1}");
        let target = verdict(&target, times >= TIMES_LESS);
        row("GET /v1/plan, own CPU each", each.map(micros), &target);
    }

    fn transfer(&self, task: &str) {
        let costs = self.measure(task, 1);
        let walls = costs.map(|cost| cost.wall);
        let target = verdict("at least as fast", walls[0] <= walls[1]);
        row(&format!("{task} {} MiB, wall time", self.size.mebibytes), walls.map(millis), &target);
        row("  own CPU", costs.map(|cost| millis(cost.own)), "");
        let resident = costs.map(|cost| format!("{:.1} MiB", cost.resident as f64 / 1024.0));
        let target = verdict("at most 16 MiB", costs[0].resident <= RESIDENT);
        row("  resident, peak of all turns", resident, &target);
    }

    fn exec(&self) {
        let count = self.size.execs;
        let costs = self.measure("exec", count);
        let walls = costs.map(|cost| cost.wall);
        let target = verdict("no more", walls[0] <= walls[1]);
        row(&format!("{count} execs of true, wall time"), walls.map(millis), &target);
        let shares = costs.map(|cost| cost.own / cost.wall);
        let target = verdict("at most 5 %", shares[0] <= OWN_SHARE);
        row("  own CPU of it", shares.map(|share| format!("{:.1} %", share * 100.0)), &target);
        row("  own CPU each", costs.map(|cost| micros(cost.own / f64::from(count))), "");
    }
}

fn verdict(target: &str, met: bool) -> String {
    format!("{target}: {}", if met { "met" } else { "MISSED" })
}

fn row(name: &str, [rust, python]: [String; 2], target: &str) {
    println!("{name:<34}{rust:>12}{python:>12}   {target}");
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn micros(seconds: f64) -> String {
    format!("{:.0} us", seconds * 1e6)
}

fn millis(seconds: f64) -> String {
    format!("{:.0} ms", seconds * 1e3)
}
