//! `leader-get`, `leader-set`, `add-metric`: older than application databags, and gone in Juju 4.

use super::super::{go, hook::Hook, record::Effect, settings};
use super::{ALL_FORMATS, FORMAT, Failure, Flag, Format, OUTPUT, Run, Value, refused, usage};

pub(super) fn get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    let key = arguments.positional(0).filter(|key| !matches!(*key, "" | "-"));
    arguments.at_most(1)?;
    if let Some(key) = key.filter(|key| key.contains('=')) {
        return Err(usage(format!("invalid key {}", go::quote(key))));
    }
    let application = run.model.application(run.session.application());
    let settings = &application
        .map_err(|error| refused(format!("cannot read leadership settings: {error}")))?
        .leader_settings;
    let value = match key {
        Some(key) => settings.get(key).map_or(Value::Nil, |value| Value::text(value.as_str())),
        None => Value::map(settings.iter().map(|(key, value)| (key, Value::text(value.as_str())))),
    };
    run.out = format.print(&value);
    Ok(())
}

/// At once; an empty value deletes its key.
pub(super) fn set(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[])?;
    let changes = settings::key_values(&arguments.positionals)?;
    let cannot = |why: &str| refused(format!("cannot write leadership settings: {why}"));
    if !run.session.is_leader(run.model) {
        return Err(cannot("cannot write settings: not the leader"));
    }
    for (key, value) in changes {
        let application = run.model.application_mut(run.session.application());
        let settings =
            &mut application.map_err(|error| cannot(&error.to_string()))?.leader_settings;
        let is_changed = if value.is_empty() {
            settings.remove(&key).is_some()
        } else {
            settings.insert(key.clone(), value.clone()).is_none_or(|old| old != value)
        };
        if is_changed {
            run.session.effect(Effect::LeaderSetting(key));
        }
    }
    Ok(())
}

/// Measured values go to a spool that nothing reads here.
pub(super) fn add_metric(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[Flag::value(&["labels", "l"])])?;
    if arguments.positionals.is_empty() {
        return Err(usage("no metrics specified"));
    }
    let metrics = settings::key_values(&arguments.positionals)?;
    if let Some(name) = metrics.keys().find(|name| name.starts_with("juju-")) {
        return Err(refused(format!("{name} uses a reserved prefix")));
    }
    if *run.session.hook() != Hook::CollectMetrics {
        return Err(refused("cannot record metric: metrics not allowed in this context"));
    }
    Ok(())
}
