//! Workload containers: which Pebble runs in them, whether they are up, and what their services said.

use super::{
    daemon::{self, Daemon, Start},
    model::{Sandbox, Settling, View},
    output::Format,
    place::Place,
    units,
};
use crate::{
    failure::Failure,
    redact::{redact, redact_all},
};
use clap::{Args, Subcommand, ValueEnum};
use ops_core::names::{ContainerName, UnitName};
use ops_pebble::Client;
use ops_testing::{
    emulator::pebble::Pebble,
    engine::{ContainerHandle, Engine},
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Which Pebble runs in a container.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Which {
    /// An emulated one, which runs nothing
    #[default]
    Emulated,
    /// A real one, which runs what is on the machine
    Real,
}

/// Take a container of a unit down, bring it up, or restart it
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Its Pebble is gone, and the charm is not told
    Down(Target),
    /// It comes up with nothing running in it, and the charm is told
    Up(Target),
    /// Down, and up again
    Restart(Target),
    /// Show what its Pebble is to run: the plan that its layers come to. Contents of secrets are hidden
    Plan(PlanArguments),
}

#[derive(Debug, Args)]
struct PlanArguments {
    /// The unit
    #[arg(value_name = "UNIT")]
    unit: String,
    /// The container; may be left out if there is only one
    #[arg(value_name = "CONTAINER")]
    container: Option<String>,
    /// Print what is the content of a secret too
    #[arg(long)]
    reveal: bool,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    format: Format,
}

#[derive(Debug, Args)]
struct Target {
    /// The unit
    #[arg(value_name = "UNIT")]
    unit: String,
    /// The container; may be left out if there is only one
    #[arg(value_name = "CONTAINER")]
    container: Option<String>,
    #[command(flatten)]
    settling: Settling,
}

/// Show what the services of a container printed
///
/// A real Pebble has it all. An emulated one runs nothing: it has what it was told that services print
/// when they do not start.
#[derive(Debug, Args)]
pub(super) struct LogArguments {
    /// The unit
    #[arg(value_name = "UNIT")]
    unit: String,
    /// The container; may be left out if there is only one
    #[arg(value_name = "CONTAINER")]
    container: Option<String>,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Failure> {
    let target = match &arguments.what {
        What::Plan(arguments) => return plan(place, arguments),
        What::Down(target) | What::Up(target) | What::Restart(target) => target,
    };
    let mut sandbox = Sandbox::open(place, "container", &target.settling)?;
    let unit = units::find(sandbox.model(), &target.unit)?;
    let container = only(&sandbox.engine, &unit, target.container.as_deref())?;
    match &arguments.what {
        What::Down(_) => sandbox.take_down(&unit, &container)?,
        What::Up(_) => sandbox.bring_up(&unit, &container)?,
        What::Restart(_) => {
            sandbox.take_down(&unit, &container)?;
            sandbox.bring_up(&unit, &container)?;
        }
        What::Plan(_) => {}
    }
    sandbox.settle()
}

pub(super) fn logs(place: &Place, arguments: &LogArguments) -> Result<(), Failure> {
    let view = View::of(place)?;
    let unit = units::find(view.model(), &arguments.unit)?;
    let container = only(&view.engine, &unit, arguments.container.as_deref())?;
    let text = match Daemon::read(&record(place, &unit, &container))? {
        Some(daemon) => daemon.log(),
        None => match view.engine.container(&unit, container.as_str()) {
            Some(ContainerHandle::Emulated(daemon)) => daemon.with(|pebble| printed(pebble)),
            _ => String::new(),
        },
    };
    Ok(write!(io::stdout(), "{}", redact(view.model(), &text))?)
}

fn plan(place: &Place, arguments: &PlanArguments) -> Result<(), Failure> {
    let view = View::of(place)?;
    let unit = units::find(view.model(), &arguments.unit)?;
    let container = only(&view.engine, &unit, arguments.container.as_deref())?;
    let cannot = || format!("cannot ask the Pebble of {container} of {unit} for its plan");
    let handle = view.engine.container(&unit, container.as_str());
    let client = Client::new(handle.unwrap_or(ContainerHandle::Absent).dial());
    let plan = client.plan().map_err(Failure::because(cannot()))?;
    let plan = serde_yaml::from_str(&plan.to_text()).map_err(Failure::because(cannot()))?;
    let shown = if arguments.reveal { plan } else { redact_all(view.model(), &plan) };
    arguments.format.print(&mut io::stdout(), &shown)
}

/// The container that was named, or the only one.
fn only(engine: &Engine, unit: &UnitName, named: Option<&str>) -> Result<ContainerName, Failure> {
    let known: Vec<ContainerName> = engine.containers(unit).cloned().collect();
    let names = || known.iter().map(ContainerName::as_str).collect::<Vec<_>>().join(", ");
    match (named, known.as_slice()) {
        (Some(name), _) => {
            known.iter().find(|found| found.as_str() == name).cloned().ok_or_else(|| {
                let hint = if known.is_empty() { "none".to_owned() } else { names() };
                Failure::new(format!("unit \"{unit}\" has no container \"{name}\" (has: {hint})"))
            })
        }
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err(Failure::new(format!("unit \"{unit}\" has no containers"))),
        (None, _) => Err(Failure::new(format!("say which container of {unit}: {}", names()))),
    }
}

/// What an emulated Pebble says of its services.
fn printed(pebble: &Pebble) -> String {
    let lines = pebble.changes().iter().flat_map(|change| &change.tasks);
    let lines = lines.flat_map(|task| {
        task.log.iter().map(|(_, text)| format!("{} [pebble] {}: {text}\n", task.id, task.summary))
    });
    let services = pebble.services().iter();
    let states = services.map(|(name, state)| format!("[pebble] {name} is {}\n", state.current));
    lines.chain(states).collect()
}

fn record(place: &Place, unit: &UnitName, container: &ContainerName) -> PathBuf {
    place.daemons().join(format!("{}+{container}.json", unit.as_str().replace('/', "+")))
}

impl Sandbox {
    /// Lets the containers of a new unit come up, each with the Pebble that its application wants.
    pub(super) fn start_containers(&mut self, unit: &UnitName) -> Result<(), Failure> {
        if !self.has_real_pebbles(unit) {
            return Ok(());
        }
        let containers: Vec<ContainerName> = self.engine.containers(unit).cloned().collect();
        containers.iter().try_for_each(|container| self.start_daemon(unit, container))
    }

    pub(crate) fn take_down(
        &mut self,
        unit: &UnitName,
        container: &ContainerName,
    ) -> Result<(), Failure> {
        stop(&record(&self.place, unit, container))?;
        let cannot = format!("cannot take {container} of {unit} down");
        self.engine.container_down(unit, container.as_str()).map_err(Failure::because(cannot))
    }

    fn bring_up(&mut self, unit: &UnitName, container: &ContainerName) -> Result<(), Failure> {
        if self.has_real_pebbles(unit) {
            // One that runs already begins anew.
            stop(&record(&self.place, unit, container))?;
            self.start_daemon(unit, container)?;
        }
        let cannot = format!("cannot bring {container} of {unit} up");
        self.engine.container_up(unit, container.as_str()).map_err(Failure::because(cannot))
    }

    /// Stops the daemons of units that are gone, and brings those up again that ended by themselves.
    pub(super) fn tend_daemons(&mut self) -> Result<(), Failure> {
        for (unit, container, path) in records(&self.place)? {
            if self.model().units.contains_key(&unit) {
                let runs = Daemon::read(&path)?.is_some_and(|daemon| daemon.runs());
                if !runs {
                    self.bring_up(&unit, &container)?;
                }
            } else {
                stop(&path)?;
            }
        }
        Ok(())
    }

    fn has_real_pebbles(&self, unit: &UnitName) -> bool {
        let charm = self.charms.get(&unit.application());
        charm.is_some_and(|charm| charm.pebble == Which::Real)
    }

    fn start_daemon(&mut self, unit: &UnitName, container: &ContainerName) -> Result<(), Failure> {
        let programs = self.charms.get(&unit.application()).and_then(|c| c.programs.clone());
        let pebble = daemon::find()?;
        let start = Start { pebble: &pebble, programs: programs.as_deref() };
        let daemon = Daemon::start(start, &record(&self.place, unit, container))?;
        let handle = ContainerHandle::Socket(daemon.socket());
        let cannot = format!("cannot connect {container} of {unit}");
        self.engine.connect(unit, container.as_str(), handle).map_err(Failure::because(cannot))
    }
}

/// Another pod has other containers: what ran in the old ones is gone.
pub(super) fn replace_pod(place: &Place, unit: &UnitName) -> Result<(), Failure> {
    for (of, _, path) in records(place)? {
        if let Some(daemon) = Daemon::read(&path)?.filter(|_| of == *unit) {
            daemon.restart(&path)?;
        }
    }
    Ok(())
}

/// Stops every real Pebble of a model.
pub(crate) fn stop_all(place: &Place) -> Result<(), Failure> {
    records(place)?.iter().try_for_each(|(.., path)| stop(path))
}

fn stop(record: &Path) -> Result<(), Failure> {
    let Some(daemon) = Daemon::read(record)? else { return Ok(()) };
    daemon.stop();
    let cannot = format!("cannot remove {}", record.display());
    fs::remove_file(record).map_err(Failure::because(cannot))
}

/// Every daemon that was started, with the container it is for.
fn records(place: &Place) -> Result<Vec<(UnitName, ContainerName, PathBuf)>, Failure> {
    let directory = place.daemons();
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => {
            return Err(Failure::because(format!("cannot read {}", directory.display()))(why));
        }
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(".json")?;
            let mut parts = name.split('+');
            let (application, number) = (parts.next()?, parts.next()?);
            let unit = UnitName::new(format!("{application}/{number}")).ok()?;
            let container = ContainerName::new(parts.next()?.to_owned()).ok()?;
            Some((unit, container, path))
        })
        .collect())
}
