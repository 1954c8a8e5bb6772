//! `action-get`, `action-set`, `action-fail`, `action-log`.

use super::super::{go, hook::Hook, record::Effect, session::ActionRun};
use super::{ALL_FORMATS, FORMAT, Failure, Format, OUTPUT, Run, Value, refused, usage};
use serde_json::{Map, Value as Json};

pub(super) fn get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    arguments.at_most(1)?;
    let Hook::Action { params, .. } = &run.session.hook else { return Err(outside()) };
    let answer = match arguments.positional(0).filter(|key| !key.is_empty()) {
        None => Value::map(params.iter().map(|(key, value)| (key.as_str(), Value::from(value)))),
        Some(path) => {
            let mut keys = path.split('.');
            let first = keys.next().and_then(|key| params.get(key));
            let found = keys.fold(first, |value, key| value?.as_object()?.get(key));
            found.map_or(Value::Nil, Value::from)
        }
    };
    run.out = format.print(&answer);
    Ok(())
}

pub(super) fn set(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[])?;
    let mut results = Vec::new();
    for argument in &arguments.positionals {
        let (path, value) =
            argument.split_once('=').filter(|(path, _)| !path.is_empty()).ok_or_else(|| {
                usage(format!("argument {} must be of the form key...=value", go::quote(argument)))
            })?;
        let keys: Vec<&str> = path.split('.').collect();
        for key in &keys {
            if matches!(*key, "stdout" | "stdout-encoding" | "stderr" | "stderr-encoding") {
                return Err(usage(format!("cannot set reserved action key {}", go::quote(key))));
            }
            if !is_key(key) {
                return Err(usage(format!(
                    "key {} must start and end with lowercase alphanumeric, and contain only lowercase alphanumeric, hyphens and periods",
                    go::quote(key)
                )));
            }
        }
        results.push((path, keys, value));
    }
    let action = run.session.action.as_mut().ok_or_else(outside)?;
    for (_, keys, value) in &results {
        insert(&mut action.results, keys, value);
    }
    for (path, ..) in results {
        run.session.effect(Effect::ActionResult(path.to_owned()));
    }
    Ok(())
}

/// A scalar in the way is replaced by a map.
fn insert(map: &mut Map<String, Json>, keys: &[&str], value: &str) {
    match keys {
        [] => {}
        [last] => {
            map.insert((*last).to_owned(), Json::String(value.to_owned()));
        }
        [first, rest @ ..] => {
            let inner = map.entry((*first).to_owned()).or_insert_with(|| Json::Object(Map::new()));
            if !inner.is_object() {
                *inner = Json::Object(Map::new());
            }
            if let Json::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

fn is_key(key: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !key.is_empty() && key.bytes().all(inner) && !key.starts_with('-') && !key.ends_with('-')
}

pub(super) fn fail(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[])?;
    arguments.at_most(1)?;
    let message = arguments
        .positional(0)
        .unwrap_or("action failed without reason given, check action for errors");
    action(run)?.failed = Some(message.to_owned());
    run.session.effect(Effect::ActionFailed(message.to_owned()));
    Ok(())
}

pub(super) fn log(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[])?;
    if arguments.positionals.is_empty() {
        return Err(usage("no message specified"));
    }
    let message = arguments.positionals.join(" ");
    action(run)?.messages.push(message);
    Ok(())
}

fn action<'r>(run: &'r mut Run<'_>) -> Result<&'r mut ActionRun, Failure> {
    run.session.action.as_mut().ok_or_else(outside)
}

fn outside() -> Failure {
    refused("not running an action")
}
