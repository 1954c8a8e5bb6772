//! `goal-state`.

use super::{FORMAT, Failure, Format, NO_SMART, OUTPUT, Run, Value};
use std::collections::BTreeMap;

pub(super) fn get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Yaml, NO_SMART)?;
    arguments.at_most(0)?;
    let application = run.session.application();
    let units = Value::map(
        run.model.units_of(application).map(|(name, _)| (name.as_str(), unit(run, name))),
    );
    let mut endpoints: BTreeMap<&str, Vec<(String, Value<'_>)>> = BTreeMap::new();
    for relation in run.model.relations.values().filter(|relation| !relation.is_peer()) {
        let (Some(own), Some(other)) =
            (relation.side(application), relation.other_side(application))
        else {
            continue;
        };
        let entries = endpoints.entry(own.endpoint.as_str()).or_default();
        let joined = !other.units.is_empty();
        let status = if relation.dying {
            "dying"
        } else if joined {
            "joined"
        } else {
            "joining"
        };
        entries.push((other.application.to_string(), entry(run, status)));
        for (name, _) in run.model.units_of(other.application.as_str()) {
            entries.push((name.to_string(), unit(run, name)));
        }
    }
    let relations =
        Value::map(endpoints.into_iter().map(|(endpoint, all)| (endpoint, Value::map(all))));
    run.out = format.print(&Value::Struct(vec![("units", units), ("relations", relations)]));
    Ok(())
}

fn unit<'r>(run: &'r Run<'_>, name: &ops_core::names::UnitName) -> Value<'r> {
    match run.model.units.get(name) {
        Some(unit) if unit.dying => entry(run, "dying"),
        Some(unit) => Value::Struct(vec![
            ("status", Value::text(unit.status.status.name.as_str())),
            ("since", Value::text(unit.status.since.spaced())),
        ]),
        None => entry(run, ""),
    }
}

fn entry(run: &Run<'_>, status: &'static str) -> Value<'static> {
    Value::Struct(vec![
        ("status", Value::text(status)),
        ("since", Value::text(run.model.now.spaced())),
    ])
}
