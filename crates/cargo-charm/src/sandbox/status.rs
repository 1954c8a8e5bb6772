//! `status`: the model in `juju status`'s own tables, and in the shape of its JSON.

use super::{model::View, output::Format, place::Place, status_json};
use crate::{failure::Failure, redact::redact, table::Table};
use clap::Args;
use ops_testing::emulator::juju::{AgentStatus, Model, Network, Relation, Role, Side, Unit};
use std::{
    fs,
    io::{self, IsTerminal as _, Write},
    thread,
    time::{Duration, SystemTime},
};

/// How often the file is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Show applications, units and relations
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only these applications and units
    #[arg(value_name = "FILTER")]
    only: Vec<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "tabular")]
    format: StatusFormat,
    /// Print it again whenever it changes, until interrupted
    #[arg(long)]
    watch: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum StatusFormat {
    Tabular,
    Yaml,
    Json,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Failure> {
    let mut out = io::stdout();
    loop {
        let seen = changed(place);
        let view = View::of(place)?;
        if arguments.watch && out.is_terminal() {
            write!(out, "\u{1b}[H\u{1b}[2J")?;
        }
        show(&mut out, &view, arguments)?;
        out.flush()?;
        if !arguments.watch {
            return Ok(());
        }
        while changed(place) == seen {
            thread::sleep(LOOK_AGAIN);
        }
        if !out.is_terminal() {
            writeln!(out)?;
        }
    }
}

fn changed(place: &Place) -> Option<SystemTime> {
    fs::metadata(place.model()).and_then(|found| found.modified()).ok()
}

fn show(out: &mut dyn Write, view: &View, arguments: &Arguments) -> Result<(), Failure> {
    let model = &only(view.model(), &arguments.only)?;
    match arguments.format {
        StatusFormat::Tabular => Ok(tables(out, model)?),
        StatusFormat::Yaml => Format::Yaml.print(out, &status_json::status(model, &view.charms)),
        StatusFormat::Json => Format::Json.print(out, &status_json::status(model, &view.charms)),
    }
}

/// What is left of a model when only some applications and units are of interest.
fn only(model: &Model, names: &[String]) -> Result<Model, Failure> {
    let mut model = model.clone();
    if names.is_empty() {
        return Ok(model);
    }
    let named = |name: &str| names.iter().any(|wanted| wanted == name);
    model.units.retain(|unit, _| named(unit.as_str()) || named(unit.application().as_str()));
    let units = &model.units;
    model.applications.retain(|name, _| {
        named(name.as_str()) || units.keys().any(|unit| unit.application() == *name)
    });
    let found = &model.applications;
    model.relations.retain(|_, r| r.sides.iter().any(|side| found.contains_key(&side.application)));
    if model.applications.is_empty() {
        return Err(Failure::new(format!("nothing is called {}", names.join(" or "))));
    }
    Ok(model)
}

/// Everything, as a person reads it.
pub(crate) fn tables(out: &mut dyn Write, model: &Model) -> io::Result<()> {
    let mut head = Table::new(&["Model", "Controller", "Cloud/Region", "Version", "Timestamp"]);
    let (version, now) = (model.version.to_string(), model.now.spaced());
    head.row([model.name.as_str(), "emulated", "emulated", &version, &now]);
    head.print(out)?;

    let mut applications =
        Table::new(&["App", "Version", "Status", "Scale", "Charm", "Message"]).align_right(3);
    for (name, application) in &model.applications {
        let status = model.application_status(name.as_str()).status;
        let scale = model.units_of(name.as_str()).count().to_string();
        applications.row([
            name.as_str(),
            &application.workload_version,
            status.name.as_str(),
            &scale,
            &application.charm.name,
            &redact(model, &status.message),
        ]);
    }
    writeln!(out)?;
    applications.print(out)?;

    let mut units = Table::new(&["Unit", "Workload", "Agent", "Address", "Ports", "Message"]);
    for (name, unit) in &model.units {
        let leads = if model.is_leader(name) { "*" } else { "" };
        let (workload, message) = workload(unit);
        units.row([
            format!("{name}{leads}"),
            workload.to_owned(),
            agent(&unit.agent).to_owned(),
            address(unit).to_owned(),
            ports(unit),
            redact(model, &message),
        ]);
    }
    writeln!(out)?;
    units.print(out)?;

    let mut relations = Table::new(&["Integration provider", "Requirer", "Interface", "Type"]);
    for relation in model.relations.values() {
        let (provider, requirer) = ends(model, relation);
        let kind = match (relation.is_peer(), relation.suspended) {
            (true, _) => "peer",
            (false, true) => "regular (suspended)",
            (false, false) => "regular",
        };
        relations.row([provider.as_str(), &requirer, &relation.interface, kind]);
    }
    writeln!(out)?;
    relations.print(out)
}

/// The status of a unit's workload, and its message.
pub(super) fn workload(unit: &Unit) -> (&'static str, String) {
    let status = &unit.status.status;
    match &unit.agent {
        AgentStatus::Error(hook) => ("error", format!("hook failed: \"{hook}\"")),
        _ => (status.name.as_str(), status.message.clone()),
    }
}

/// What a unit's agent does, in one word.
pub(super) fn agent(status: &AgentStatus) -> &'static str {
    match status {
        AgentStatus::Allocating => "allocating",
        AgentStatus::Executing(_) => "executing",
        AgentStatus::Idle | AgentStatus::Error(_) => "idle",
    }
}

pub(super) fn address(unit: &Unit) -> &str {
    unit.network("").and_then(Network::ingress_address).unwrap_or_default()
}

/// `8080/TCP`, as Juju prints them on Kubernetes.
fn ports(unit: &Unit) -> String {
    let ports: Vec<String> =
        unit.ports.iter().map(|port| port.range.to_string().to_uppercase()).collect();
    ports.join(" ")
}

fn ends(model: &Model, relation: &Relation) -> (String, String) {
    let end = |side: &Side| format!("{}:{}", side.application, side.endpoint);
    let provides = |side: &&Side| {
        let charm = model.applications.get(&side.application).map(|found| &found.charm);
        let endpoint = charm.and_then(|charm| charm.endpoints.get(&side.endpoint));
        endpoint.is_some_and(|endpoint| endpoint.role == Role::Provider)
    };
    let provider = relation.sides.iter().find(provides).or(relation.sides.first());
    let requirer = relation.sides.iter().find(|side| !provides(side)).or(relation.sides.last());
    (provider.map(end).unwrap_or_default(), requirer.map(end).unwrap_or_default())
}
