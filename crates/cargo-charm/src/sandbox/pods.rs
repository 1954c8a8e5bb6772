//! What a cluster does to units, and a person cannot ask `juju` for: another leader, another pod, time
//! that passes.

use super::{
    model::{Sandbox, Settling},
    place::Place,
    units,
};
use crate::{failure::Failure, progress::note};
use clap::Args;
use ops_core::names::UnitName;

/// Make a unit the leader of its application
#[derive(Debug, Args)]
pub(super) struct Elect {
    /// The unit
    #[arg(value_name = "UNIT")]
    unit: String,
    #[command(flatten)]
    settling: Settling,
}

/// Lose the pod of the unit that leads: another unit leads, and the unit gets another pod
#[derive(Debug, Args)]
pub(super) struct KillLeader {
    /// The application
    #[arg(value_name = "APPLICATION")]
    application: String,
    #[command(flatten)]
    settling: Settling,
}

/// Replace the pod of a unit: it stops, and begins anew
#[derive(Debug, Args)]
pub(super) struct ReplacePod {
    /// The unit
    #[arg(value_name = "UNIT")]
    unit: String,
    #[command(flatten)]
    settling: Settling,
}

/// Let time pass in the model: rotations and expiries of secrets come due by it
#[derive(Debug, Args)]
pub(super) struct Advance {
    /// How long
    #[arg(value_name = "SECONDS")]
    seconds: u32,
    #[command(flatten)]
    settling: Settling,
}

pub(super) fn elect(place: &Place, arguments: &Elect) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "elect", &arguments.settling)?;
    let unit = units::find(sandbox.model(), &arguments.unit)?;
    let cannot = format!("cannot elect {unit}");
    sandbox.engine.elect(&unit).map_err(Failure::because(cannot))?;
    sandbox.settle()
}

pub(super) fn kill_leader(place: &Place, arguments: &KillLeader) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "kill-leader", &arguments.settling)?;
    let name = &arguments.application;
    let cannot = || format!("cannot kill the leader of \"{name}\"");
    let leader = units::find(sandbox.model(), &format!("{name}/leader"))?;
    let others =
        sandbox.model().units_of(name).filter(|(unit, found)| **unit != leader && !found.dying);
    let next: Option<UnitName> = others.map(|(unit, _)| unit.clone()).next();
    match &next {
        Some(unit) => {
            sandbox.engine.elect(unit).map_err(Failure::because(cannot()))?;
            note(format_args!("{leader} loses its pod; {unit} leads."));
        }
        None => note(format_args!("{leader} loses its pod; nobody else could lead.")),
    }
    sandbox.engine.replace_pod(&leader).map_err(Failure::because(cannot()))?;
    sandbox.settle()
}

pub(super) fn replace(place: &Place, arguments: &ReplacePod) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "replace-pod", &arguments.settling)?;
    let unit = units::find(sandbox.model(), &arguments.unit)?;
    let cannot = format!("cannot replace the pod of {unit}");
    sandbox.engine.replace_pod(&unit).map_err(Failure::because(cannot))?;
    sandbox.settle()
}

pub(super) fn advance(place: &Place, arguments: &Advance) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "advance", &arguments.settling)?;
    sandbox.engine.advance(arguments.seconds);
    sandbox.settle()
}
