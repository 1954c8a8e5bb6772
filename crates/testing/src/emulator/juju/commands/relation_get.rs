//! `relation-get`: whose databag is meant, and who may read it.

use super::super::{
    arguments::Arguments,
    go,
    model::{Databag, Relation, application_of},
    record::Bag,
};
use super::{
    ALL_FORMATS, FORMAT, Failure, Flag, Format, OUTPUT, RELATION, Run, Value, refused, relation,
    usage,
};
use ops_core::{
    JujuVersion,
    names::{ApplicationName, RelationId, UnitName},
};
use std::borrow::Cow;

enum Target {
    Unit(UnitName),
    Application(String),
}

pub(super) fn get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[RELATION, Flag::switch(&["app"]), FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    let app = arguments.switch("app")?;
    let id = run.required_relation(&arguments)?;
    let key = arguments.positional(0).filter(|key| !matches!(*key, "" | "-"));
    let target = target(run, &arguments, app, id)?;
    arguments.at_most(2)?;
    let settings = match &target {
        Target::Unit(unit) => unit_settings(run, id, unit)?,
        Target::Application(application) => application_settings(run, id, application)?,
    };
    let answer = match key {
        Some(key) => settings.get(key).map_or(Value::Nil, |value| Value::text(value.as_str())),
        None => Value::map(
            settings.iter().map(|(key, value)| (key.as_str(), Value::text(value.as_str()))),
        ),
    };
    run.out = format.print(&answer);
    Ok(())
}

fn target(
    run: &Run<'_>,
    arguments: &Arguments<'_>,
    app: bool,
    id: RelationId,
) -> Result<Target, Failure> {
    let nothing = || usage("no unit or application specified");
    // The hook's remote side is only the remote side of its own relation.
    let of_hook = run.session.hook.relation().filter(|relation| *relation == id);
    let remote_application = || {
        let relation = run.model.relations.get(&of_hook?)?;
        relation.other_side(run.session.application()).map(|side| side.application.to_string())
    };
    match (arguments.positional(1).filter(|name| !name.is_empty()), app) {
        (Some(name), false) => match UnitName::new(name) {
            Ok(unit) => Ok(Target::Unit(unit)),
            Err(_) if ApplicationName::new(name).is_ok() => {
                Err(usage(format!("expected unit name, got application name {}", go::quote(name))))
            }
            Err(_) => Err(usage(format!("invalid unit name {}", go::quote(name)))),
        },
        (Some(name), true) => {
            let application = name.split_once('/').map_or(name, |(application, _)| application);
            Ok(Target::Application(application.to_owned()))
        }
        (None, true) => remote_application().map(Target::Application).ok_or_else(nothing),
        (None, false) => {
            let remote_unit = of_hook.and_then(|_| run.session.hook.remote_unit());
            remote_unit
                .cloned()
                .map(Target::Unit)
                .or_else(|| remote_application().map(Target::Application))
                .ok_or_else(nothing)
        }
    }
}

fn found<'r>(run: &'r Run<'_>, id: RelationId) -> Result<&'r Relation, Failure> {
    run.relation(id).ok_or_else(|| refused("relation not found"))
}

fn denied(run: &Run<'_>) -> Failure {
    // 3.6 agents name the reason.
    let recent = JujuVersion::new(3, 6, 0)..JujuVersion::new(4, 0, 0);
    refused(if recent.contains(&run.model.version) {
        "permission denied (unauthorized access)"
    } else {
        "permission denied"
    })
}

fn unit_settings<'r>(
    run: &'r Run<'_>,
    id: RelationId,
    unit: &UnitName,
) -> Result<Cow<'r, Databag>, Failure> {
    let relation = found(run, id)?;
    if *unit == run.session.unit {
        return Ok(Cow::Owned(relation::own(run, id, Bag::Unit)));
    }
    let own = application_of(unit) == run.session.application();
    if relation.side(application_of(unit)).is_none() || (own && !relation.is_peer()) {
        return Err(denied(run));
    }
    let member = relation.member(unit).ok_or_else(|| {
        refused(format!(
            "cannot read relation settings: unit {}: settings not found",
            go::quote(unit.as_str())
        ))
    })?;
    Ok(Cow::Borrowed(&member.settings))
}

fn application_settings<'r>(
    run: &'r Run<'_>,
    id: RelationId,
    application: &str,
) -> Result<Cow<'r, Databag>, Failure> {
    let relation = found(run, id)?;
    let own = application == run.session.application();
    let leader = !run.session.not_leader && run.model.is_leader(&run.session.unit);
    if own && leader {
        return Ok(Cow::Owned(relation::own(run, id, Bag::Application)));
    }
    if own && !relation.is_peer() {
        return Err(denied(run));
    }
    let side = relation.side(application).ok_or_else(|| denied(run))?;
    Ok(Cow::Borrowed(&side.settings))
}
