//! `show-unit`: a unit with its relations and what was written into them, in the shape of `juju
//! show-unit`.

use super::{
    model::View,
    output::Format,
    place::{Deployed, Place},
    status, units,
};
use crate::{failure::Failure, redact::redact};
use clap::Args;
use ops_core::names::UnitName;
use ops_testing::emulator::juju::{Databag, Member, Model, Relation};
use serde_json::{Map, Value, json};
use std::io;

/// Show a unit, and what was written into its relations
///
/// `application-data` and `related-units` are what the other side wrote, `local-unit` is what the unit
/// did. The contents of secrets are hidden unless --reveal asks for them.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The units
    #[arg(value_name = "UNIT", required = true)]
    units: Vec<String>,
    /// Only the relations of this endpoint
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Option<String>,
    /// Only what applications wrote
    #[arg(long)]
    app: bool,
    /// Only what this unit of the other side wrote
    #[arg(long, value_name = "UNIT")]
    related_unit: Option<String>,
    /// Print what is the content of a secret too
    #[arg(long)]
    reveal: bool,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    format: Format,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Failure> {
    let view = View::of(place)?;
    let mut shown = Map::new();
    for name in &arguments.units {
        let unit = units::find(view.model(), name)?;
        let deployed = view.charms.get(&unit.application());
        shown.insert(unit.to_string(), show(view.model(), &unit, deployed, arguments));
    }
    arguments.format.print(&mut io::stdout(), &Value::Object(shown))
}

fn show(
    model: &Model,
    name: &UnitName,
    deployed: Option<&Deployed>,
    arguments: &Arguments,
) -> Value {
    let mut shown = Map::new();
    let mut put = |key: &str, value: Value| shown.insert(key.to_owned(), value);
    let application = model.applications.get(&name.application());
    let (Some(unit), Some(application)) = (model.units.get(name), application) else {
        return Value::Null;
    };
    if !application.workload_version.is_empty() {
        put("workload-version", application.workload_version.clone().into());
    }
    let ports: Vec<Value> = unit.ports.iter().map(|port| port.range.to_string().into()).collect();
    put("opened-ports", ports.into());
    let revision = deployed.map_or(0, |charm| charm.revision);
    put("charm", format!("local:{}-{revision}", application.charm.name).into());
    put("leader", model.is_leader(name).into());
    put("life", if unit.dying { "dying" } else { "alive" }.into());
    let relations: Vec<Value> = model
        .relations
        .values()
        .filter_map(|relation| show_relation(model, name, relation, arguments))
        .collect();
    put("relation-info", relations.into());
    put("provider-id", name.as_str().replace('/', "-").into());
    put("address", status::address(unit).into());
    Value::Object(shown)
}

fn show_relation(
    model: &Model,
    unit: &UnitName,
    relation: &Relation,
    arguments: &Arguments,
) -> Option<Value> {
    let application = unit.application();
    let own = relation.side(application.as_str())?;
    let other = relation.other_side(application.as_str())?;
    let wanted = arguments.endpoint.as_deref();
    if wanted.is_some_and(|wanted| wanted != own.endpoint.as_str()) {
        return None;
    }
    let bag = |bag: &Databag| -> Value {
        let shown = |text: &str| match arguments.reveal {
            true => text.to_owned(),
            false => redact(model, text),
        };
        bag.iter().map(|(key, value)| (key.clone(), Value::from(shown(value)))).collect()
    };
    let member =
        |member: &Member| json!({ "in-scope": member.in_scope, "data": bag(&member.settings) });
    let mut shown = json!({
        "relation-id": relation.id,
        "endpoint": own.endpoint.as_str(),
        "related-endpoint": other.endpoint.as_str(),
        "application-data": bag(&other.settings),
    });
    let related: Map<String, Value> = other
        .units
        .iter()
        .filter(|(name, _)| *name != unit)
        // What a unit wrote outlives it, for those who were told of it; Juju lists the units that there are.
        .filter(|(name, _)| model.units.contains_key(*name))
        .filter(|(name, _)| arguments.related_unit.as_ref().is_none_or(|w| w == name.as_str()))
        .map(|(name, found)| (name.to_string(), member(found)))
        .collect();
    if let Some(shown) = shown.as_object_mut().filter(|_| !arguments.app) {
        if let Some(own) = own.units.get(unit) {
            shown.insert("local-unit".to_owned(), member(own));
        }
        if !related.is_empty() {
            shown.insert("related-units".to_owned(), related.into());
        }
    }
    Some(shown)
}
