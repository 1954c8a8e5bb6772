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

pub(crate) mod capture;
mod charm;
mod config;
mod config_file;
mod containers;
mod daemon;
mod deploy;
mod destroy;
mod emit;
mod image;
mod lock;
mod logs;
mod model;
mod output;
mod place;
mod pods;
mod relation_data;
mod relations;
mod report;
mod run;
mod secrets;
mod show;
mod status;
mod status_json;
mod storage;
mod units;

pub(crate) use charm::Source;
pub(crate) use containers::{Which, stop_all};
pub(crate) use daemon::find as find_pebble;
pub(crate) use deploy::Wanted;
pub(crate) use model::{Sandbox, Settling};
pub(crate) use place::Place;
pub(crate) use relation_data::Data;
pub(crate) use status::tables as status_tables;

use crate::failure::Failure;
use clap::{Args, Subcommand};
use std::{path::PathBuf, process::ExitCode, time::Duration};

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
    /// How long to wait for another command that changes the model
    #[arg(long, value_name = "SECONDS", global = true, default_value_t = 10)]
    lock_timeout: u32,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Deploy(deploy::Arguments),
    Status(status::Arguments),
    ShowUnit(show::Arguments),
    Config(config::Arguments),
    Trust(config::TrustArguments),
    Integrate(relations::Integrate),
    RemoveRelation(relations::Remove),
    SuspendRelation(relations::Suspend),
    /// Resume relations that were suspended, by their numbers: for every unit they begin anew
    ResumeRelation(relations::Suspend),
    AddSecret(secrets::Add),
    UpdateSecret(secrets::Update),
    GrantSecret(secrets::Grant),
    /// Let applications no longer read a secret
    RevokeSecret(secrets::Grant),
    Secrets(secrets::List),
    ShowSecret(secrets::Show),
    AddStorage(storage::Add),
    DetachStorage(storage::Detach),
    Storage(storage::List),
    AddUnit(units::Add),
    RemoveUnit(units::Remove),
    ScaleApplication(units::Scale),
    RemoveApplication(units::RemoveApplication),
    Refresh(units::Refresh),
    Resolved(units::Resolved),
    Run(run::Run),
    Exec(run::Exec),
    DebugLog(logs::Arguments),
    WorkloadLogs(containers::LogArguments),
    Emit(emit::Arguments),
    Container(containers::Arguments),
    SetData(relations::SetData),
    Elect(pods::Elect),
    KillLeader(pods::KillLeader),
    ReplacePod(pods::ReplacePod),
    Advance(pods::Advance),
    Destroy(destroy::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let place = &Place::find(
        arguments.model_dir.as_deref(),
        Duration::from_secs(arguments.lock_timeout.into()),
    )?;
    match &arguments.verb {
        Verb::Deploy(arguments) => deploy::run(place, arguments),
        Verb::Status(arguments) => status::run(place, arguments),
        Verb::ShowUnit(arguments) => show::run(place, arguments),
        Verb::Config(arguments) => config::run(place, arguments),
        Verb::Trust(arguments) => config::run_trust(place, arguments),
        Verb::Integrate(arguments) => relations::integrate(place, arguments),
        Verb::RemoveRelation(arguments) => relations::remove(place, arguments),
        Verb::SuspendRelation(arguments) => relations::suspend(place, arguments),
        Verb::ResumeRelation(arguments) => relations::resume(place, arguments),
        Verb::AddSecret(arguments) => secrets::add(place, arguments),
        Verb::UpdateSecret(arguments) => secrets::update(place, arguments),
        Verb::GrantSecret(arguments) => secrets::grant(place, arguments),
        Verb::RevokeSecret(arguments) => secrets::revoke(place, arguments),
        Verb::Secrets(arguments) => secrets::list(place, arguments),
        Verb::ShowSecret(arguments) => secrets::show(place, arguments),
        Verb::AddStorage(arguments) => storage::add(place, arguments),
        Verb::DetachStorage(arguments) => storage::detach(place, arguments),
        Verb::Storage(arguments) => storage::list(place, arguments),
        Verb::AddUnit(arguments) => units::add(place, arguments),
        Verb::RemoveUnit(arguments) => units::remove(place, arguments),
        Verb::ScaleApplication(arguments) => units::scale(place, arguments),
        Verb::RemoveApplication(arguments) => units::remove_application(place, arguments),
        Verb::Refresh(arguments) => units::refresh(place, arguments),
        Verb::Resolved(arguments) => units::resolved(place, arguments),
        Verb::Run(arguments) => run::run(place, arguments),
        Verb::Exec(arguments) => run::exec(place, arguments),
        Verb::DebugLog(arguments) => logs::run(place, arguments),
        Verb::WorkloadLogs(arguments) => containers::logs(place, arguments),
        Verb::Emit(arguments) => emit::run(place, arguments),
        Verb::Container(arguments) => containers::run(place, arguments),
        Verb::SetData(arguments) => relations::set_data(place, arguments),
        Verb::Elect(arguments) => pods::elect(place, arguments),
        Verb::KillLeader(arguments) => pods::kill_leader(place, arguments),
        Verb::ReplacePod(arguments) => pods::replace(place, arguments),
        Verb::Advance(arguments) => pods::advance(place, arguments),
        Verb::Destroy(arguments) => destroy::run(place, arguments),
    }?;
    Ok(ExitCode::SUCCESS)
}
