//! `cargo charm demo`: the Hook Service charm lives its life as a compiled program, in an emulated Juju.

mod build;
mod daemon;
mod print;
mod workload;
mod world;

pub(crate) use workload::stand_in;

use crate::failure::Failure;
use clap::{Args, ValueEnum};
use daemon::Daemon;
use std::{
    fmt,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};
use world::World;

/// Settled, but not active.
const NOT_ACTIVE: u8 = 3;

/// Deploy the Hook Service charm into an emulated model, and watch it become active
///
/// The charm runs as a process for every event. It is granted a secret, configured, and integrated
/// with Hydra and Traefik. Exit code 0: the unit is active. 3: the model has settled and the unit is
/// not active. 1: something failed. 2: wrong usage.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What the operator forgets, or what does not work
    #[arg(long, value_name = "WHAT")]
    withhold: Option<Withhold>,
    /// Which Pebble runs in the container. `real` takes PEBBLE_BIN, or the `pebble` on PATH
    #[arg(long, value_name = "WHICH", default_value = "emulated")]
    pebble: Which,
    /// Print every hook command
    #[arg(long, short)]
    verbose: bool,
    /// Run this executable rather than building the charm
    #[arg(long, value_name = "PATH")]
    charm: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Withhold {
    /// The option that names the secret is not set
    Secret,
    /// The secret is not granted
    Grant,
    /// The secret lacks a key
    Key,
    /// The workload exits as soon as it is started
    Workload,
    /// The container does not come up
    Container,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// An emulated one, which runs nothing
    Emulated,
    /// A real one, which runs a stand-in for the Hook Service on port 8080
    Real,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let withhold = arguments.withhold;
    let root = build::workspace()?;
    let needs_daemon = arguments.pebble == Which::Real && withhold != Some(Withhold::Container);
    // Before the build, which takes longer than to find out that it cannot be started.
    let daemon = if needs_daemon {
        Some(Daemon::start(withhold == Some(Withhold::Workload))?)
    } else {
        None
    };
    let charm = match &arguments.charm {
        Some(path) => std::path::absolute(path)
            .and_then(|path| path.metadata().map(|_| path))
            .map_err(Failure::because(format!("cannot find the charm {}", path.display())))?,
        None => build::charm(&root)?,
    };
    progress("Running the charm");
    let mut world = World::new(&root, &charm)?;
    let settled = world.live(withhold, daemon.as_ref().map(Daemon::socket));
    let mut out = io::BufWriter::new(io::stdout().lock());
    print::all(&mut out, &world, arguments.verbose)?;
    out.flush()?;
    settled?;
    let leaks = world.leaks();
    if !leaks.is_empty() {
        return Err(Failure::new(leaks.join("; ")));
    }
    Ok(if world.is_active() { ExitCode::SUCCESS } else { ExitCode::from(NOT_ACTIVE) })
}

/// Says what is going on, to the person who waits.
fn progress(what: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{what} ...");
}
