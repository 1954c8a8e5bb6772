//! `relation-ids`, `relation-list`, `relation-set`, `relation-model-get`.

use super::super::{
    arguments::Arguments,
    hook::Hook,
    model::{Databag, Relation},
    record::{Bag, Effect},
    settings,
};
use super::{
    ALL_FORMATS, FORMAT, Failure, Flag, Format, OUTPUT, RELATION, Run, Value, refused, usage,
};
use ops_core::{
    JujuVersion,
    names::{RelationId, UnitName},
};

pub(super) fn ids(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    arguments.at_most(1)?;
    let application = run.session.application();
    let own_endpoint = |id: RelationId| {
        run.model.relations.get(&id)?.side(application).map(|side| side.endpoint.as_str())
    };
    let endpoint = arguments
        .positional(0)
        .filter(|endpoint| !endpoint.is_empty())
        .or_else(|| own_endpoint(run.session.hook.relation()?))
        .ok_or_else(|| usage("no endpoint name specified"))?;
    let mut ids: Vec<String> = run
        .model
        .relations
        .values()
        .filter(|relation| own_endpoint(relation.id) == Some(endpoint))
        .filter(|relation| relation.has_member(&run.session.unit) && !is_broken(run, relation))
        .map(|relation| format!("{endpoint}:{}", relation.id))
        .collect();
    ids.sort_unstable();
    run.out = format.print(&Value::texts(ids));
    Ok(())
}

/// Newer agents do not list the relation of a relation-broken hook.
fn is_broken(run: &Run<'_>, relation: &Relation) -> bool {
    run.model.version >= JujuVersion::new(3, 0, 0)
        && matches!(run.session.hook, Hook::RelationBroken { relation: id } if id == relation.id)
}

pub(super) fn list(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[RELATION, Flag::switch(&["app"]), FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    let id = run.required_relation(&arguments)?;
    let app = arguments.switch("app")?;
    arguments.at_most(0)?;
    let relation = run.relation(id).ok_or_else(|| refused("relation not found"))?;
    let other = relation
        .other_side(run.session.application())
        .ok_or_else(|| refused("relation not found"))?;
    let answer = if app {
        Value::text(other.application.as_str())
    } else {
        let seen = run.unit()?.members.get(&id);
        let leaving = match &run.session.hook {
            Hook::RelationDeparted { relation, unit, .. } if *relation == id => Some(unit),
            _ => None,
        };
        let arriving = match &run.session.hook {
            Hook::RelationJoined { relation, unit } if *relation == id => Some(unit),
            Hook::RelationChanged { relation, unit } if *relation == id => unit.as_ref(),
            _ => None,
        };
        let shown = |name: &&UnitName| {
            **name != run.session.unit
                && Some(*name) != leaving
                && !is_broken(run, relation)
                && (Some(*name) == arriving || seen.is_none_or(|seen| seen.contains(*name)))
        };
        Value::texts(other.members().filter(shown).map(UnitName::as_str))
    };
    run.out = format.print(&answer);
    Ok(())
}

pub(super) fn set(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments =
        run.arguments(&[RELATION, Flag::switch(&["app"]), Flag::value(&["file"]), FORMAT])?;
    let id = run.required_relation(&arguments)?;
    let app = arguments.switch("app")?;
    let changes = changes(run, &arguments)?;
    if arguments.given("format").is_some() {
        run.err.push_str("--format flag deprecated for command \"relation-set\"");
    }
    if run.relation(id).is_none() {
        return Err(refused("relation not found"));
    }
    if changes.is_empty() {
        return Ok(());
    }
    if app && !run.session.is_leader(run.model) {
        return Err(refused("cannot write relation settings"));
    }
    let bag = if app { Bag::Application } else { Bag::Unit };
    let current = own(run, id, bag);
    let changed: Databag = changes
        .into_iter()
        .filter(|(key, value)| {
            current.get(key).map_or(!value.is_empty(), |current| current != value)
        })
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    run.session.writes.settings.entry((id, bag)).or_default().extend(changed.clone());
    run.session.effect(Effect::RelationData { relation: id, bag, changes: changed });
    Ok(())
}

/// Arguments override the file.
fn changes(run: &Run<'_>, arguments: &Arguments<'_>) -> Result<Databag, Failure> {
    let overrides = settings::key_values(&arguments.positionals)?;
    let mut changes = match arguments.value("file").filter(|path| !path.is_empty()) {
        Some(path) => settings::mapping(&run.file(path)?)?,
        None => Databag::new(),
    };
    changes.extend(overrides);
    Ok(changes)
}

/// The unit's own databag, or its application's, with what this hook has written so far.
pub(super) fn own(run: &Run<'_>, id: RelationId, bag: Bag) -> Databag {
    let side = run.model.relations.get(&id).and_then(|r| r.side(run.session.application()));
    let stored = match bag {
        Bag::Application => side.map(|side| &side.settings),
        Bag::Unit => {
            side.and_then(|side| side.units.get(&run.session.unit)).map(|member| &member.settings)
        }
    };
    let mut settings = stored.cloned().unwrap_or_default();
    for (key, value) in run.session.writes.settings.get(&(id, bag)).into_iter().flatten() {
        if value.is_empty() {
            settings.remove(key);
        } else {
            settings.insert(key.clone(), value.clone());
        }
    }
    settings
}

pub(super) fn model_get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[RELATION, FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    let id = run.required_relation(&arguments)?;
    arguments.at_most(0)?;
    let relation = run.relation(id).ok_or_else(|| refused("relation not found"))?;
    let uuid = relation.other_model.as_ref().unwrap_or(&run.model.uuid).clone();
    run.out = format.print(&Value::map([("uuid", Value::text(uuid))]));
    Ok(())
}
