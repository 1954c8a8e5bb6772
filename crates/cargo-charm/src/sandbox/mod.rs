//! `cargo charm sandbox`: a Juju model on this machine, kept on disk between commands.
//!
//! ```text
//! verb ──▶ Sandbox: lock ▸ read ▸ what the operator wants ▸ settle ▸ keep
//!              │
//!              ▼ the engine of ops-testing: which hook comes next, and what Juju does with it
//! ```
//!
//! One module for each group of verbs. Verbs, flags and output are `juju`'s own wherever it has them.
//! What was asked for goes to standard output, everything else to standard error.

mod charm;
mod config;
mod containers;
mod deploy;
mod destroy;
mod lock;
mod model;
mod output;
mod place;
mod report;
mod secrets;
mod status;
mod status_json;
mod units;

use crate::failure::Failure;
use clap::{Args, Subcommand};
use place::Place;
use std::{path::PathBuf, process::ExitCode};

/// Deploy charms into a model on this machine, kept on disk between commands
///
/// The model is an emulated Juju: every charm runs as a process for every event, with the hook
/// commands on its PATH and Pebble on a socket. Each command runs the hooks that it makes due before
/// it ends. Exit code 0: done. 1: it failed, or a unit is in error. 2: wrong usage.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where the model is kept; else CARGO_CHARM_MODEL_DIR, else .charm-sandbox in the target
    /// directory of this workspace
    #[arg(long, value_name = "DIR", global = true)]
    model_dir: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Deploy(deploy::Arguments),
    Status(status::Arguments),
    Config(config::Arguments),
    Trust(config::TrustArguments),
    AddSecret(secrets::Add),
    UpdateSecret(secrets::Update),
    GrantSecret(secrets::Grant),
    RevokeSecret(secrets::Grant),
    Secrets(secrets::List),
    ShowSecret(secrets::Show),
    AddUnit(units::Add),
    RemoveUnit(units::Remove),
    ScaleApplication(units::Scale),
    RemoveApplication(units::RemoveApplication),
    Refresh(units::Refresh),
    Resolved(units::Resolved),
    Destroy(destroy::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let place = &Place::find(arguments.model_dir.as_deref())?;
    match &arguments.verb {
        Verb::Deploy(arguments) => deploy::run(place, arguments),
        Verb::Status(arguments) => status::run(place, arguments),
        Verb::Config(arguments) => config::run(place, arguments),
        Verb::Trust(arguments) => config::run_trust(place, arguments),
        Verb::AddSecret(arguments) => secrets::add(place, arguments),
        Verb::UpdateSecret(arguments) => secrets::update(place, arguments),
        Verb::GrantSecret(arguments) => secrets::grant(place, arguments),
        Verb::RevokeSecret(arguments) => secrets::revoke(place, arguments),
        Verb::Secrets(arguments) => secrets::list(place, arguments),
        Verb::ShowSecret(arguments) => secrets::show(place, arguments),
        Verb::AddUnit(arguments) => units::add(place, arguments),
        Verb::RemoveUnit(arguments) => units::remove(place, arguments),
        Verb::ScaleApplication(arguments) => units::scale(place, arguments),
        Verb::RemoveApplication(arguments) => units::remove_application(place, arguments),
        Verb::Refresh(arguments) => units::refresh(place, arguments),
        Verb::Resolved(arguments) => units::resolved(place, arguments),
        Verb::Destroy(arguments) => destroy::run(place, arguments),
    }?;
    Ok(ExitCode::SUCCESS)
}
