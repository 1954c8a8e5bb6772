//! Units and applications after their deployment: `add-unit`, `remove-unit`, `scale-application`,
//! `remove-application`, `refresh`, `resolved`.

use super::{
    charm::{self, Source},
    model::{Sandbox, Settling},
    place::{Place, Revision},
};
use crate::{failure::Failure, progress::note};
use clap::Args;
use ops_core::names::{ApplicationName, UnitName};
use ops_testing::emulator::juju::Model;
use std::path::PathBuf;

/// Add units to an application
#[derive(Debug, Args)]
pub(super) struct Add {
    /// The application
    #[arg(value_name = "APPLICATION")]
    application: String,
    /// How many
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 1)]
    num_units: u32,
    #[command(flatten)]
    settling: Settling,
}

/// Remove units: by name, or the newest ones of an application with --num-units
#[derive(Debug, Args)]
pub(super) struct Remove {
    /// Units, or one application
    #[arg(value_name = "UNIT", required = true)]
    names: Vec<String>,
    /// How many units of the application
    #[arg(long, value_name = "NUMBER")]
    num_units: Option<usize>,
    #[command(flatten)]
    settling: Settling,
}

/// Give an application this many units
#[derive(Debug, Args)]
pub(super) struct Scale {
    /// The application
    #[arg(value_name = "APPLICATION")]
    application: String,
    /// How many units
    #[arg(value_name = "SCALE")]
    scale: usize,
    #[command(flatten)]
    settling: Settling,
}

/// Remove applications with their units and relations
#[derive(Debug, Args)]
pub(super) struct RemoveApplication {
    /// The applications
    #[arg(value_name = "APPLICATION", required = true)]
    applications: Vec<String>,
    #[command(flatten)]
    settling: Settling,
}

/// Replace the charm of an application by another build, or another charm
#[derive(Debug, Args)]
pub(super) struct Refresh {
    /// The application
    #[arg(value_name = "APPLICATION")]
    application: String,
    /// The charm, as `deploy` takes it; without it, what was deployed before: a crate is built again
    #[arg(long, value_name = "CHARM")]
    path: Option<PathBuf>,
    /// Also replace the charm of units in error: it runs their failed hook again
    #[arg(long)]
    force_units: bool,
    #[command(flatten)]
    settling: Settling,
}

/// End the error of units: run the failed hook again, or take it as done
#[derive(Debug, Args)]
pub(super) struct Resolved {
    /// The units
    #[arg(value_name = "UNIT", required = true)]
    units: Vec<String>,
    #[command(flatten)]
    settling: Settling,
}

pub(super) fn add(place: &Place, arguments: &Add) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "add-unit", &arguments.settling)?;
    for _ in 0..arguments.num_units {
        sandbox.add_unit(&arguments.application)?;
    }
    sandbox.settle()
}

pub(super) fn remove(place: &Place, arguments: &Remove) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "remove-unit", &arguments.settling)?;
    match (arguments.num_units, arguments.names.as_slice()) {
        (Some(number), [application]) if !application.contains('/') => {
            sandbox.remove_newest(application, number)?;
        }
        (Some(_), _) => {
            return Err(Failure::new("--num-units goes with the name of one application"));
        }
        (None, names) => {
            for name in names {
                let unit = find(sandbox.model(), name)?;
                sandbox.remove_unit(&unit)?;
            }
        }
    }
    sandbox.settle()
}

pub(super) fn scale(place: &Place, arguments: &Scale) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "scale-application", &arguments.settling)?;
    let name = &arguments.application;
    sandbox.model().application(name).map_err(Failure::because("cannot scale it"))?;
    let now = living(sandbox.model(), name).count();
    for _ in now..arguments.scale {
        sandbox.add_unit(name)?;
    }
    sandbox.remove_newest(name, now.saturating_sub(arguments.scale))?;
    sandbox.settle()
}

pub(super) fn remove_application(
    place: &Place,
    arguments: &RemoveApplication,
) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "remove-application", &arguments.settling)?;
    for name in &arguments.applications {
        let cannot = format!("cannot remove \"{name}\"");
        sandbox.engine.remove_application(name).map_err(Failure::because(cannot))?;
    }
    sandbox.settle()
}

pub(super) fn refresh(place: &Place, arguments: &Refresh) -> Result<(), Failure> {
    let name = &arguments.application;
    let cannot = || format!("cannot refresh \"{name}\"");
    let application = ApplicationName::new(name.clone()).map_err(Failure::because(cannot()))?;
    let view = super::model::View::of(place)?;
    let charms = &view.charms;
    let origin = charms.get(&application).map(|charm| charm.origin.clone());
    let path = arguments.path.clone().or(origin).ok_or_else(|| {
        Failure::new(format!("cannot refresh \"{name}\": no such application runs a charm"))
    })?;
    let source = Source::find(Some(&path))?;
    let metadata = source.metadata()?;
    let mut sandbox = Sandbox::open(place, "refresh", &arguments.settling)?;
    let units = sandbox.place.units();
    let Some(deployed) = sandbox.charms.get_mut(&application) else {
        return Err(Failure::new(format!("application \"{name}\" runs no charm")));
    };
    let old = Revision { number: deployed.revision, is_ours: deployed.is_ours };
    deployed.revision += 1;
    deployed.is_ours = source.is_ours();
    deployed.origin = source.origin().to_owned();
    let revision = deployed.revision;
    let directory = sandbox.place.charm(&application, revision);
    source.unpack(&directory)?;
    let program = charm::program(&directory, &units, source.is_ours())?;
    let upgraded = match arguments.force_units {
        true => sandbox.engine.upgrade_by_force(name, metadata, program),
        false => sandbox.engine.upgrade(name, metadata, program),
    };
    upgraded.map_err(Failure::because(cannot()))?;
    sandbox.remember_outgoing(&application, old);
    note(format_args!("\"{name}\" has revision {revision} of its charm."));
    sandbox.settle()
}

pub(super) fn resolved(place: &Place, arguments: &Resolved) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "resolved", &arguments.settling)?;
    for name in &arguments.units {
        let unit = find(sandbox.model(), name)?;
        if sandbox.engine.agent(&unit).is_none_or(|agent| agent.failed.is_none()) {
            return Err(Failure::new(format!("unit \"{unit}\" is not in an error state")));
        }
        let cannot = format!("cannot resolve {unit}");
        let retry = !arguments.settling.no_retry;
        sandbox.engine.resolved(&unit, retry).map_err(Failure::because(cannot))?;
    }
    sandbox.settle()
}

impl Sandbox {
    /// Adds a unit, with its containers up.
    pub(crate) fn add_unit(&mut self, application: &str) -> Result<UnitName, Failure> {
        let cannot = format!("cannot add a unit to \"{application}\"");
        let unit = self.engine.add_unit(application).map_err(Failure::because(cannot))?;
        let name = unit.application();
        if self.charms.contains_key(&name) {
            self.start_containers(&unit)?;
        } else {
            self.wake_scripted(application);
        }
        Ok(unit)
    }

    /// Units that run the old charm on do so in the next command too.
    fn remember_outgoing(&mut self, application: &ApplicationName, old: Revision) {
        let units: Vec<UnitName> = self.engine.outgoing().cloned().collect();
        let Some(charm) = self.charms.get_mut(application) else { return };
        for unit in units.into_iter().filter(|unit| unit.application() == *application) {
            charm.outgoing.entry(unit).or_insert(old);
        }
    }

    /// Removes a unit: what it has to do before it is gone becomes due.
    pub(super) fn remove_unit(&mut self, unit: &UnitName) -> Result<(), Failure> {
        let cannot = format!("cannot remove {unit}");
        self.engine.remove_unit(unit).map_err(Failure::because(cannot))
    }

    fn remove_newest(&mut self, application: &str, number: usize) -> Result<(), Failure> {
        self.model()
            .application(application)
            .map_err(Failure::because("cannot remove units of it"))?;
        let mut units: Vec<UnitName> = living(self.model(), application).cloned().collect();
        units.sort_by_key(UnitName::number);
        if number > units.len() {
            let there = units.len();
            return Err(Failure::new(format!(
                "cannot remove {number} units of \"{application}\": it has {there}"
            )));
        }
        units.iter().rev().take(number).try_for_each(|unit| self.remove_unit(unit))
    }
}

fn living<'a>(model: &'a Model, application: &'a str) -> impl Iterator<Item = &'a UnitName> + 'a {
    model.units_of(application).filter(|(_, unit)| !unit.dying).map(|(name, _)| name)
}

/// The unit of this name; `APPLICATION/leader` is the one that leads.
pub(super) fn find(model: &Model, name: &str) -> Result<UnitName, Failure> {
    if let Some(application) = name.strip_suffix("/leader") {
        let found = model.application(application).map_err(Failure::because("no such unit"))?;
        return found
            .leader
            .clone()
            .ok_or_else(|| Failure::new(format!("\"{application}\" has no leader")));
    }
    let unit = UnitName::new(name.to_owned()).map_err(Failure::because("no such unit"))?;
    match model.unit(&unit) {
        Ok(_) => Ok(unit),
        Err(why) => Err(Failure::new(why.to_string())),
    }
}
