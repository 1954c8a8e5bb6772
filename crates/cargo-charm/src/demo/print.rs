//! What a person sees: statuses as `juju status` prints them, databags, and the timeline.

use super::world::{APPLICATION, World};
use crate::table::Table;
use ops_testing::emulator::juju::{AgentStatus, Databag, Network, Relation, Role, Side, Unit};
use std::{
    io::{self, Write},
    time::Duration,
};

/// What stands in place of a secret.
pub(super) const REDACTED: &str = "<secret>";

pub(super) fn all(out: &mut dyn Write, world: &World, verbose: bool) -> io::Result<()> {
    status(out, world)?;
    databags(out, world)?;
    timeline(out, world, verbose)
}

fn status(out: &mut dyn Write, world: &World) -> io::Result<()> {
    let model = world.engine.model();
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
            &world.redact(&status.message),
        ]);
    }
    writeln!(out)?;
    applications.print(out)?;

    let mut units = Table::new(&["Unit", "Workload", "Agent", "Address", "Ports", "Message"]);
    for (name, unit) in &model.units {
        let leads = if model.is_leader(name) { "*" } else { "" };
        let status = &unit.status.status;
        let (workload, message) = match &unit.agent {
            AgentStatus::Error(hook) => ("error", format!("hook failed: \"{hook}\"")),
            _ => (status.name.as_str(), world.redact(&status.message)),
        };
        units.row([
            format!("{name}{leads}"),
            workload.to_owned(),
            agent(&unit.agent).to_owned(),
            unit.network("").and_then(Network::ingress_address).unwrap_or_default().to_owned(),
            ports(unit),
            message,
        ]);
    }
    writeln!(out)?;
    units.print(out)?;

    let mut relations = Table::new(&["Integration provider", "Requirer", "Interface", "Type"]);
    for relation in model.relations.values() {
        let (provider, requirer) = ends(world, relation);
        let kind = if relation.is_peer() { "peer" } else { "regular" };
        relations.row([provider.as_str(), &requirer, &relation.interface, kind]);
    }
    writeln!(out)?;
    relations.print(out)
}

fn agent(status: &AgentStatus) -> &'static str {
    match status {
        AgentStatus::Allocating => "allocating",
        AgentStatus::Executing(_) => "executing",
        AgentStatus::Idle | AgentStatus::Error(_) => "idle",
    }
}

/// `8080/TCP`, as Juju prints them on Kubernetes.
fn ports(unit: &Unit) -> String {
    let ports: Vec<String> =
        unit.ports.iter().map(|port| port.range.to_string().to_uppercase()).collect();
    ports.join(" ")
}

fn ends(world: &World, relation: &Relation) -> (String, String) {
    let model = world.engine.model();
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

/// What the charm tells the other sides of its relations.
fn databags(out: &mut dyn Write, world: &World) -> io::Result<()> {
    let mut hidden = false;
    for relation in world.engine.model().relations.values() {
        let (Some(own), Some(other)) =
            (relation.side(APPLICATION), relation.other_side(APPLICATION))
        else {
            continue;
        };
        if relation.is_peer() {
            writeln!(out, "\nWhat the units of {APPLICATION} tell each other ({}):", own.endpoint)?;
        } else {
            writeln!(
                out,
                "\nWhat {} sees from {APPLICATION} ({}):",
                other.application, own.endpoint
            )?;
        }
        hidden |= bag(out, world, own.application.as_str(), &own.settings)?;
        for (unit, member) in own.units.iter().filter(|(_, member)| member.in_scope) {
            hidden |= bag(out, world, unit.as_str(), &member.settings)?;
        }
    }
    if hidden {
        let note = "stands for a secret that the other side reads in clear: it is hidden here only";
        writeln!(out, "\n{REDACTED} {note}.")?;
    }
    Ok(())
}

/// Says whether something was hidden.
fn bag(out: &mut dyn Write, world: &World, whose: &str, bag: &Databag) -> io::Result<bool> {
    let mut hidden = false;
    writeln!(out, "  {whose}:{}", if bag.is_empty() { " nothing" } else { "" })?;
    for (key, value) in bag {
        let shown = world.redact(value);
        hidden |= shown != *value;
        if shown.contains('\n') {
            writeln!(out, "    {key}:")?;
            shown.lines().try_for_each(|line| writeln!(out, "      {line}"))?;
        } else {
            writeln!(out, "    {key}: {shown}")?;
        }
    }
    Ok(hidden)
}

fn timeline(out: &mut dyn Write, world: &World, verbose: bool) -> io::Result<()> {
    let heading = ["Event", "Milliseconds", "Hook commands", "Outcome", "Status afterwards"];
    let mut table = Table::new(&heading).align_right(1).align_right(2);
    let mut typed = world.operator.iter().peekable();
    let mut total = (Duration::ZERO, 0);
    for (number, entry) in world.timeline().iter().enumerate() {
        while let Some((_, command)) = typed.next_if(|(before, _)| *before <= number) {
            table.line(format!("$ {command}"));
        }
        let attempt = match entry.attempt {
            1 => String::new(),
            attempt => format!(" (attempt {attempt})"),
        };
        total.0 += entry.duration;
        total.1 += entry.record.calls.len();
        table.row([
            format!("{}{attempt}", entry.name),
            milliseconds(entry.duration),
            entry.record.calls.len().to_string(),
            entry.outcome.to_string(),
            world.redact(&entry.status.to_string()),
        ]);
        if verbose {
            for call in &entry.record.calls {
                table.line(format!("    {}", world.redact(&call.to_string())));
            }
            for line in &entry.record.logs {
                let text = world.redact(&line.message);
                table.line(format!("    [{}] {text}", line.level));
            }
        }
    }
    for (_, command) in typed {
        table.line(format!("$ {command}"));
    }
    let unit = world.leader().map(ToString::to_string).unwrap_or_default();
    writeln!(out, "\nTimeline of {unit}, a process for every event:")?;
    table.print(out)?;
    let (time, commands) = (milliseconds(total.0), total.1);
    let events = world.timeline().len();
    writeln!(out, "\n{events} events, {time} ms, {commands} hook commands")
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}
