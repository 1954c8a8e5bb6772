//! Ours and Python's client side by side: a process each, of which only one works at a time.

use crate::work;
use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

/// What one turn cost, in seconds and KiB.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) wall: f64,
    pub(crate) own: f64,
    pub(crate) resident: u64,
}

impl Cost {
    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self {
            wall: self.wall + other.wall,
            own: self.own + other.own,
            resident: self.resident.max(other.resident),
        }
    }
}

/// Ours, then Python's.
pub(crate) struct Contest([Worker; 2]);

impl Contest {
    pub(crate) fn start(python: &Path, task: &str, socket: &Path, path: &Path, size: u64) -> Self {
        let mut ours = Command::new(std::env::current_exe().unwrap());
        ours.arg(work::WORK);
        let mut theirs = Command::new(python);
        theirs.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/pebble/peer.py"));
        Self([ours, theirs].map(|mut command| {
            command.arg(task).arg(socket).arg(path).arg(size.to_string());
            Worker::start(&mut command)
        }))
    }

    /// A turn each that does not count.
    pub(crate) fn warm_up(&mut self, count: usize) {
        for worker in &mut self.0 {
            worker.turn(count);
        }
    }

    /// So many turns each of so many requests, by turns: ours, theirs, theirs, ours.
    pub(crate) fn turns(&mut self, turns: usize, count: usize) -> [Vec<Cost>; 2] {
        let mut costs = [Vec::new(), Vec::new()];
        for turn in 0..turns {
            for first_or_second in 0..2 {
                let whose = (turn + first_or_second) % 2;
                costs[whose].push(self.0[whose].turn(count));
            }
        }
        costs
    }

    /// One more turn of ours.
    pub(crate) fn ours(&mut self, count: usize) -> Cost {
        self.0[0].turn(count)
    }
}

struct Worker {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, input, output }
    }

    fn turn(&mut self, count: usize) -> Cost {
        writeln!(self.input, "{count}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let numbers: Vec<u64> =
            line.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let [wall, own, resident] = numbers[..] else { panic!("a worker failed") };
        let seconds = |nanoseconds: u64| Duration::from_nanos(nanoseconds).as_secs_f64();
        Cost { wall: seconds(wall), own: seconds(own), resident }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It only waits for another turn.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
