//! `add-storage`, `detach-storage` and `storage`: what units have of the storage that their charm declares.

use super::{
    model::{Sandbox, Settling, View},
    place::Place,
    units,
};
use crate::{failure::Failure, progress::note, table::Table};
use clap::{Args, ValueEnum};
use ops_core::names::UnitName;
use ops_testing::emulator::juju::Model;
use serde_json::{Map, Value, json};
use std::io;

/// Give a unit more of a storage that its charm declares
#[derive(Debug, Args)]
pub(super) struct Add {
    /// The unit
    #[arg(value_name = "UNIT")]
    unit: String,
    /// The storage, and how many of it, such as `data` or `data=2`
    #[arg(value_name = "STORAGE[=COUNT]", required = true)]
    storage: Vec<String>,
    #[command(flatten)]
    settling: Settling,
}

/// Take storage away from units
#[derive(Debug, Args)]
pub(super) struct Detach {
    /// The storage, such as `data/0`
    #[arg(value_name = "STORAGE", required = true)]
    storage: Vec<String>,
    #[command(flatten)]
    settling: Settling,
}

/// List the storage of all units
#[derive(Debug, Args)]
pub(super) struct List {
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "tabular")]
    format: ListFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    Tabular,
    Yaml,
    Json,
}

pub(super) fn add(place: &Place, arguments: &Add) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "add-storage", &arguments.settling)?;
    let unit = units::find(sandbox.model(), &arguments.unit)?;
    for wanted in &arguments.storage {
        let (name, count) = wanted.split_once('=').unwrap_or((wanted, "1"));
        let count: u32 = count.parse().map_err(|_| {
            Failure::new(format!("expected STORAGE or STORAGE=COUNT, got {wanted:?}"))
        })?;
        for _ in 0..count {
            let cannot = format!("failed to add storage \"{name}\" to {unit}");
            let added = sandbox.engine.add_storage(&unit, name);
            let id = added.map_err(Failure::because(cannot))?;
            note(format_args!("added storage {id} to {unit}"));
        }
    }
    sandbox.settle()
}

pub(super) fn detach(place: &Place, arguments: &Detach) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "detach-storage", &arguments.settling)?;
    for id in &arguments.storage {
        let unit = holder(sandbox.model(), id).ok_or_else(|| {
            Failure::new(format!("failed to detach {id}: storage {id:?} not found"))
        })?;
        let cannot = format!("failed to detach {id}");
        sandbox.engine.detach_storage(&unit, id).map_err(Failure::because(cannot))?;
        note(format_args!("detaching {id}"));
    }
    sandbox.settle()
}

pub(super) fn list(place: &Place, arguments: &List) -> Result<(), Failure> {
    let view = View::of(place)?;
    let mut out = io::stdout();
    let mut table = Table::new(&["Unit", "Storage ID", "Type", "Status", "Location"]);
    let mut all = Map::new();
    for (name, unit) in &view.model().units {
        for (id, storage) in &unit.storage {
            let status = match (storage.dying, storage.attached) {
                (true, _) => "detaching",
                (false, true) => "attached",
                (false, false) => "pending",
            };
            let kind = storage.kind.as_str();
            table.row([name.as_str(), id, kind, status, &storage.location]);
            let shown = json!({
                "kind": kind,
                "status": { "current": status },
                "attachments": { "units": { name.as_str(): { "location": storage.location } } },
            });
            all.insert(id.clone(), shown);
        }
    }
    let shown = json!({ "storage": Value::Object(all) });
    match arguments.format {
        ListFormat::Tabular => Ok(table.print(&mut out)?),
        ListFormat::Yaml => super::output::Format::Yaml.print(&mut out, &shown),
        ListFormat::Json => super::output::Format::Json.print(&mut out, &shown),
    }
}

/// The unit that has a storage.
fn holder(model: &Model, id: &str) -> Option<UnitName> {
    let has = model.units.iter().find(|(_, unit)| unit.storage.contains_key(id));
    has.map(|(name, _)| name.clone())
}
