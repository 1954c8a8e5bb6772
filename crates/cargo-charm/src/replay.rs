//! `cargo charm replay`: a recorded dispatch, run again on a compiled charm.
//!
//! It finds the charm and prints what came of it; how a recording is played is the test kit's business.

use crate::{cargo, failure::Failure};
use clap::Args;
use ops_testing::{process::Binary, replay::Recording};
use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The charm did something else.
const DIVERGED: u8 = 3;

/// Run a recorded dispatch again, and say whether the charm does the same
///
/// A charm records every dispatch into the directory that OPS_RECORD names in its environment. Hook commands
/// and Pebble answer what was recorded. Exit code 0: the charm did the same. 3: it did something else, and
/// where. 1: something failed. 2: wrong usage.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The recording; one of a crash ends in `.partial`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Run this executable rather than building the charm of this workspace
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Print the hook commands too
    #[arg(long, short)]
    verbose: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let file = arguments.file.display();
    let recording = Recording::read(&arguments.file).map_err(Failure::because("cannot replay"))?;
    let program = match &arguments.binary {
        Some(path) if path.is_file() => path.clone(),
        Some(path) => {
            return Err(Failure::new(format!("there is no executable {}", path.display())));
        }
        None => cargo::build(&cargo::charm_crate(Path::new("."))?)?,
    };
    let replayed = recording.replay(&Binary::new(program));
    let mut out = io::stdout().lock();
    if arguments.verbose {
        for call in &replayed.calls {
            writeln!(out, "{call}")?;
        }
    }
    for divergence in &replayed.divergences {
        writeln!(out, "{divergence}")?;
    }
    let steps = recording.steps();
    match (replayed.is_same(), recording.exit_code()) {
        (true, Some(code)) => writeln!(out, "same: {steps} steps, exit code {code}")?,
        (true, None) => writeln!(out, "same as far as {file} goes: {steps} steps, then a crash")?,
        (false, _) => {
            let count = replayed.divergences.len();
            let places = if count == 1 { "place" } else { "places" };
            writeln!(
                out,
                "diverges from {file} in {count} {places}; ended now: {}",
                replayed.ended.how
            )?;
            return Ok(ExitCode::from(DIVERGED));
        }
    }
    Ok(ExitCode::SUCCESS)
}
