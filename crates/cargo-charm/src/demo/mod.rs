//! `cargo charm demo`: the Hook Service charm lives its life as a compiled program, in an emulated Juju.
//!
//! A script over [`sandbox`](crate::sandbox), in a model that is gone when it ends.

mod print;
mod workload;
mod world;

pub(crate) use workload::stand_in;

use crate::{
    cargo::{self, CharmCrate},
    failure::Failure,
    progress::progress,
    sandbox::Which,
};
use clap::{Args, ValueEnum};
use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};
use world::World;

/// The package of the charm.
const PACKAGE: &str = "charm-example";
/// Settled, but not active.
const NOT_ACTIVE: u8 = 3;

/// Deploy the Hook Service charm into an emulated model, and watch it become active
///
/// The charm runs as a process for every event. It is granted a secret, configured, and integrated
/// with Hydra, Traefik and the observability stack. Exit code 0: the unit is active. 3: the model has
/// settled and the unit is not active. 1: something failed. 2: wrong usage.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What the operator forgets, or what does not work
    #[arg(long, value_name = "WHAT")]
    withhold: Option<Withhold>,
    /// Which Pebble runs in the container. `real` takes PEBBLE_BIN, or the `pebble` on PATH, and runs a
    /// stand-in for the Hook Service on port 8080
    #[arg(long, value_name = "WHICH", default_value = "emulated")]
    pebble: Which,
    /// Print every hook command, and long values of databags whole
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

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let root = workspace()?;
    let mut world = World::new(&root, arguments.withhold, arguments.pebble)?;
    let charm = match &arguments.charm {
        Some(path) => std::path::absolute(path)
            .and_then(|path| path.metadata().map(|_| path))
            .map_err(Failure::because(format!("cannot find the charm {}", path.display())))?,
        None => cargo::build(&CharmCrate {
            package: PACKAGE.to_owned(),
            executable: world::APPLICATION.to_owned(),
            directory: root.join(PACKAGE),
            workspace: root,
        })?,
    };
    progress("Running the charm");
    let settled = world.live(&charm);
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

/// The root of the workspace, which has the charm's metadata.
fn workspace() -> Result<PathBuf, Failure> {
    let found = cargo::workspace()
        .filter(|root| root.join(PACKAGE).is_dir() && root.join("metadata.yaml").is_file());
    found.ok_or_else(|| {
        Failure::new(format!(
            "the demo runs the {PACKAGE} of ops-rs: run it in a checkout of ops-rs"
        ))
    })
}
