//! What came of a command, on standard error: standard output is for what was asked for.

use super::status;
use crate::{progress::note, redact::redact, table::Table};
use ops_core::names::UnitName;
use ops_testing::engine::{Engine, TimelineEntry};
use std::{collections::BTreeSet, io};

/// The most units that are shown one by one.
const SHOWN: usize = 10;

/// The units whose charm has run since so many runs were in the timeline.
pub(super) fn what_ran(engine: &Engine, before: usize) {
    let is_hook =
        |entry: &&TimelineEntry| !entry.hook.is_action() && entry.hook.commands().is_none();
    let ran: Vec<&TimelineEntry> = engine.timeline().iter().skip(before).filter(is_hook).collect();
    if ran.is_empty() {
        return note("Settled: no hook was due.");
    }
    let failed = ran.iter().filter(|entry| !entry.outcome.is_ok()).count();
    let failed = if failed == 0 { String::new() } else { format!(", {failed} of them failed") };
    let hooks = if ran.len() == 1 { "hook" } else { "hooks" };
    note(format_args!("{} {hooks} ran{failed}.", ran.len()));
    let model = engine.model();
    let units: BTreeSet<&UnitName> =
        ran.iter().map(|entry| &entry.unit).filter(|u| model.units.contains_key(*u)).collect();
    if units.is_empty() {
        return;
    }
    let mut table = Table::new(&["Unit", "Workload", "Agent", "Message"]);
    for name in units.iter().take(SHOWN) {
        let Some(unit) = model.units.get(*name) else { continue };
        let (workload, message) = status::workload(unit);
        let leads = if model.is_leader(name) { "*" } else { "" };
        let agent = status::agent(&unit.agent);
        table.row([&format!("{name}{leads}"), workload, agent, &redact(model, &message)]);
    }
    if units.len() > SHOWN {
        table.line(format!("... and {} more", units.len() - SHOWN));
    }
    let _ = table.print(&mut io::stderr());
}

/// Secrets that showed up where they must not be.
pub(super) fn leaks(engine: &Engine, before: usize) -> Vec<String> {
    let of = |entry: &TimelineEntry| -> Vec<String> {
        let line = |leak| format!("{} on {}: {leak}", entry.name, entry.unit);
        entry.leaks.iter().map(line).collect()
    };
    engine.timeline().iter().skip(before).flat_map(of).collect()
}
