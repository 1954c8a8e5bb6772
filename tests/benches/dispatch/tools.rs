//! The two C programs of the bench, and what the launcher measures.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// Compiles a program that stands beside this file, statically where the C library allows it.
pub(crate) fn compile(source: &str, to: &Path, defines: &[String]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/dispatch").join(source);
    let compiles = |linking: &[&str]| {
        Command::new("cc")
            .args(["-O2", "-s"])
            .args(linking)
            .args(defines.iter().map(|define| format!("-D{define}")))
            .arg("-o")
            .arg(to)
            .arg(&source)
            .output()
            .unwrap_or_else(|error| panic!("cannot run cc, a C compiler: {error}"))
    };
    if compiles(&["-static"]).status.success() {
        return;
    }
    let output = compiles(&[]);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cannot compile {}: {complaint}", source.display());
}

/// What one run of a program cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// The exit code; 128 and the signal when it was killed.
    pub(crate) code: i32,
    /// From the spawn to the end.
    pub(crate) wall: Duration,
    /// CPU of the program itself: its process clock at its end.
    pub(crate) own: Duration,
    /// CPU of the program and of all commands that it waited for.
    pub(crate) total: Duration,
    /// The most that it, or one of its commands, had resident, in KiB.
    pub(crate) resident: u64,
}

/// Starts programs from a parent that is too small to be measured with them.
#[derive(Debug)]
pub(crate) struct Launcher(PathBuf);

impl Launcher {
    pub(crate) fn make(directory: &Path) -> Self {
        let program = directory.join("launcher");
        compile("launcher.c", &program, &[]);
        Self(program)
    }

    /// Runs this command line so many times.
    pub(crate) fn run(
        &self,
        times: usize,
        line: &[String],
        directory: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Vec<Run> {
        let output = Command::new(&self.0)
            .arg(times.to_string())
            .args(line)
            .current_dir(directory)
            .env_clear()
            .envs(environment)
            .output()
            .unwrap_or_else(|error| panic!("cannot start the launcher: {error}"));
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the launcher failed: {complaint}");
        String::from_utf8_lossy(&output.stdout).lines().map(parse).collect()
    }
}

fn parse(line: &str) -> Run {
    let numbers: Vec<u64> = line.split(' ').map(|word| word.parse().unwrap()).collect();
    Run {
        code: numbers[0] as i32,
        wall: Duration::from_nanos(numbers[1]),
        own: Duration::from_nanos(numbers[2]),
        total: Duration::from_nanos(numbers[3]),
        resident: numbers[4],
    }
}

/// The median of some figure.
pub(crate) fn median<T: Ord + Copy>(runs: &[Run], figure: impl Fn(&Run) -> T) -> T {
    let mut figures: Vec<T> = runs.iter().map(figure).collect();
    figures.sort_unstable();
    figures[figures.len() / 2]
}
