//! `state-get`, `state-set`, `state-delete`.

use super::super::{record::Effect, settings};
use super::{ALL_FORMATS, FORMAT, Failure, Flag, Format, OUTPUT, Run, Value, refused, usage};
use std::collections::BTreeMap;

const LONGEST_KEY: usize = 256;
const LONGEST_VALUE: usize = 65_536;

pub(super) fn get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[Flag::switch(&["strict"]), FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    let strict = arguments.switch("strict")?;
    arguments.at_most(1)?;
    let answer = match arguments.positional(0).filter(|key| !matches!(*key, "" | "-")) {
        Some(key) => match value(run, key)? {
            Some(value) => Value::text(value),
            None if strict => {
                return Err(refused(format!("{} not found", super::super::go::quote(key))));
            }
            None => Value::text(""),
        },
        None => {
            let mut all: BTreeMap<&str, &str> =
                run.unit()?.state.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            for (key, value) in &run.session.writes.state {
                match value {
                    Some(value) => all.insert(key, value),
                    None => all.remove(key.as_str()),
                };
            }
            if all.is_empty() {
                Value::NilMap
            } else {
                Value::map(all.into_iter().map(|(key, value)| (key, Value::text(value))))
            }
        }
    };
    run.out = format.print(&answer);
    Ok(())
}

fn value<'r>(run: &'r Run<'_>, key: &str) -> Result<Option<&'r str>, Failure> {
    Ok(match run.session.writes.state.get(key) {
        Some(written) => written.as_deref(),
        None => run.unit()?.state.get(key).map(String::as_str),
    })
}

pub(super) fn set(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[Flag::value(&["file"])])?;
    let overrides = settings::key_values(&arguments.positionals)?;
    let mut changes = match arguments.value("file").filter(|path| !path.is_empty()) {
        Some(path) => settings::mapping(&run.file(path)?)?,
        None => BTreeMap::new(),
    };
    changes.extend(overrides);
    for (key, value) in &changes {
        if key.len() > LONGEST_KEY {
            return Err(refused(format!("max allowed key length ({LONGEST_KEY}) exceeded")));
        }
        if value.len() > LONGEST_VALUE {
            return Err(refused(format!("max allowed value length ({LONGEST_VALUE}) exceeded")));
        }
    }
    for (key, new) in changes {
        if value(run, &key)? == Some(new.as_str()) {
            continue;
        }
        run.session.effect(Effect::StateSet(key.clone()));
        run.session.writes.state.insert(key, Some(new));
    }
    Ok(())
}

pub(super) fn delete(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[])?;
    let key = arguments
        .positional(0)
        .filter(|key| !key.is_empty())
        .ok_or_else(|| usage("missing required key"))?;
    arguments.at_most(1)?;
    if value(run, key)?.is_some() {
        run.session.effect(Effect::StateDeleted(key.to_owned()));
        run.session.writes.state.insert(key.to_owned(), None);
    }
    Ok(())
}
