//! What a person sees: statuses as `juju status` prints them, databags, and the timeline.

use super::world::{APPLICATION, World};
use crate::{redact::REDACTED, sandbox::status_tables, table::Table};
use ops_testing::emulator::juju::Databag;
use std::{
    io::{self, Write},
    time::Duration,
};

/// How many characters of a value are shown.
const MOST: usize = 160;

pub(super) fn all(out: &mut dyn Write, world: &World, verbose: bool) -> io::Result<()> {
    status_tables(out, world.model())?;
    databags(out, world, verbose)?;
    timeline(out, world, verbose)
}

/// What the charm tells the other sides of its relations.
fn databags(out: &mut dyn Write, world: &World, verbose: bool) -> io::Result<()> {
    let mut hidden = false;
    for relation in world.model().relations.values() {
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
        let mut bag = |whose: &str, bag| show(out, world, verbose, whose, bag);
        hidden |= bag(own.application.as_str(), &own.settings)?;
        for (unit, member) in own.units.iter().filter(|(_, member)| member.in_scope) {
            hidden |= bag(unit.as_str(), &member.settings)?;
        }
    }
    if hidden {
        let note = "stands for a secret that the other side reads in clear: it is hidden here only";
        writeln!(out, "\n{REDACTED} {note}.")?;
    }
    Ok(())
}

/// Says whether something was hidden.
fn show(
    out: &mut dyn Write,
    world: &World,
    verbose: bool,
    whose: &str,
    bag: &Databag,
) -> io::Result<bool> {
    let mut hidden = false;
    writeln!(out, "  {whose}:{}", if bag.is_empty() { " nothing" } else { "" })?;
    for (key, value) in bag {
        let shown = world.redact(value);
        hidden |= shown != *value;
        if shown.contains('\n') {
            writeln!(out, "    {key}:")?;
            shown.lines().try_for_each(|line| writeln!(out, "      {line}"))?;
        } else if verbose {
            writeln!(out, "    {key}: {shown}")?;
        } else {
            writeln!(out, "    {key}: {}", shortened(&shown))?;
        }
    }
    Ok(hidden)
}

/// A dashboard has some thousand characters, of which nobody reads more than the first.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => {
            let (shown, left) = text.split_at_checked(end).unwrap_or_default();
            format!("{shown}... (and {} bytes; --verbose prints all)", left.len())
        }
    }
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
