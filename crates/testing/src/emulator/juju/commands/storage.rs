//! `storage-list`, `storage-get`, `storage-add`.

use super::super::{
    arguments::{invalid, refused, usage},
    go,
    hook::Hook,
    model::Storage,
    record::Effect,
    storage::name_of,
};
use super::{ALL_FORMATS, FORMAT, Failure, Flag, Format, OUTPUT, Run, Value};
use std::collections::BTreeSet;

const INSTANCE: Flag = Flag::value(&["s"]);

pub(super) fn list(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    arguments.at_most(1)?;
    let name = arguments.positional(0);
    let seen = run.unit()?.storage.iter().filter(|(_, storage)| storage.attached);
    let ids = seen.map(|(id, _)| id.as_str()).filter(|id| name.is_none_or(|n| n == name_of(id)));
    run.out = format.print(&Value::texts(ids));
    Ok(())
}

pub(super) fn get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[INSTANCE, FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    arguments.at_most(1)?;
    let of_hook = match run.session.hook() {
        Hook::StorageAttached { storage, .. } | Hook::StorageDetaching { storage, .. } => {
            Some(storage.clone())
        }
        _ => None,
    };
    let (spelt, id) = match arguments.given("s") {
        Some((spelt, id)) => (spelt, id.to_owned()),
        None => ("-s", of_hook.ok_or_else(|| usage("no storage instance specified"))?),
    };
    let found: Option<&Storage> = run.unit()?.storage.get(&id);
    let storage = found
        .filter(|storage| storage.attached)
        .ok_or_else(|| invalid(&id, spelt, "storage not found"))?;
    let (kind, location) = (storage.kind.as_str(), storage.location.as_str());
    let value = match arguments.positional(0) {
        None => Value::map([("kind", Value::text(kind)), ("location", Value::text(location))]),
        Some("kind") => Value::text(kind),
        Some("location") => Value::text(location),
        Some(other) => {
            return Err(refused(format!("invalid storage attribute {}", go::quote(other))));
        }
    };
    run.out = format.print(&value);
    Ok(())
}

/// Whether the unit may have it shows at the flush.
pub(super) fn add(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[])?;
    if arguments.positionals.is_empty() {
        return Err(usage("storage add requires a storage directive"));
    }
    let mut names = BTreeSet::new();
    let mut added = Vec::new();
    for argument in &arguments.positionals {
        let (name, directive) = match argument.split_once('=') {
            Some((name, directive)) => (name, Some(directive)),
            None => (*argument, None),
        };
        if name.is_empty() || directive == Some("") {
            let quoted = go::quote(argument);
            return Err(usage(format!("expected \"name=directive\" or \"name\", got {quoted}")));
        }
        if !names.insert(name) {
            return Err(usage(format!("storage {} specified more than once", go::quote(name))));
        }
        let count = match directive {
            None => 1,
            Some(text) => text.parse::<u32>().ok().filter(|count| *count > 0).ok_or_else(|| {
                usage(format!("only count can be specified for {}", go::quote(name)))
            })?,
        };
        added.push((name.to_owned(), count));
    }
    for (name, count) in added {
        *run.session.writes.storage.entry(name.clone()).or_default() += count;
        run.session.effect(Effect::StorageAdded { name, count });
    }
    Ok(())
}
