//! `config-get`.

use super::super::{go, metadata::ConfigValue, session::ConfigSnapshot};
use super::{ALL_FORMATS, FORMAT, Failure, Flag, Format, OUTPUT, Run, Value, refused, usage};
use std::sync::Arc;

pub(super) fn get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[Flag::switch(&["all", "a"]), FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    let all = arguments.switch("all")?;
    arguments.at_most(1)?;
    let key = arguments.positional(0).filter(|key| !key.is_empty());
    if let (Some(key), true) = (key, all) {
        return Err(usage(format!(
            "cannot use argument --all together with key {}",
            go::quote(key)
        )));
    }
    let config = snapshot(run)?;
    let value_of = |option: &str| {
        config.set.get(option).or_else(|| config.charm.default_of(option)).map(value)
    };
    let answer = match key {
        Some(key) => value_of(key).unwrap_or(Value::Nil),
        None => {
            Value::map(config.charm.options.keys().filter_map(|option| match value_of(option) {
                Some(value) => Some((option.as_str(), value)),
                None => all.then_some((option.as_str(), Value::Nil)),
            }))
        }
    };
    run.out = format.print(&answer);
    Ok(())
}

/// The configuration as it was when this hook first looked at it.
fn snapshot(run: &mut Run<'_>) -> Result<ConfigSnapshot, Failure> {
    if let Some(config) = &run.session.config {
        return Ok(config.clone());
    }
    let application = run
        .model
        .application(run.session.application())
        .map_err(|error| refused(error.to_string()))?;
    let config = ConfigSnapshot {
        charm: Arc::clone(&application.charm),
        set: Arc::clone(&application.config),
    };
    run.session.config = Some(config.clone());
    Ok(config)
}

fn value(value: &ConfigValue) -> Value<'_> {
    match value {
        ConfigValue::Boolean(value) => Value::Bool(*value),
        ConfigValue::Int(number) => Value::Int(*number),
        ConfigValue::Float(number) => Value::Float(*number),
        ConfigValue::Text(text) => Value::text(text.as_str()),
    }
}
