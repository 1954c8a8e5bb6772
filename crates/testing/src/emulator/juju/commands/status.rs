//! `status-set`, `status-get`, `application-version-set`, `is-leader`.

use super::super::{
    go,
    model::{Status, StatusName, StatusRecord},
    record::Effect,
};
use super::{
    ALL_FORMATS, FORMAT, Failure, Flag, Format, OUTPUT, Run, Value, not_leader, refused, usage,
};

const APPLICATION: Flag = Flag::switch(&["application"]);

pub(super) fn set(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[APPLICATION])?;
    let application = arguments.switch("application")?;
    let name =
        arguments.positional(0).ok_or_else(|| usage("invalid args, require <status> [message]"))?;
    let name = match name {
        "maintenance" => StatusName::Maintenance,
        "blocked" => StatusName::Blocked,
        "waiting" => StatusName::Waiting,
        "active" => StatusName::Active,
        other => {
            return Err(usage(format!(
                "invalid status {}, expected one of [maintenance blocked waiting active]",
                go::quote(other)
            )));
        }
    };
    arguments.at_most(2)?;
    let status = Status::new(name, arguments.positional(1).unwrap_or_default());
    let now = run.model.now;
    if application {
        return set_application(run, status);
    }
    let unit = run.model.unit_mut(&run.session.unit).map_err(|error| refused(error.to_string()))?;
    if unit.set_status(status.clone(), now) {
        run.session.effect(Effect::UnitStatus(status));
    }
    Ok(())
}

fn set_application(run: &mut Run<'_>, status: Status) -> Result<(), Failure> {
    if !run.session.is_leader(run.model) {
        return Err(not_leader());
    }
    let since = run.model.now;
    let application = run
        .model
        .application_mut(run.session.application())
        .map_err(|error| refused(error.to_string()))?;
    if application.status.as_ref().is_none_or(|record| record.status != status) {
        application.status = Some(StatusRecord { status: status.clone(), since });
        run.session.effect(Effect::ApplicationStatus(status));
    }
    Ok(())
}

pub(super) fn get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments =
        run.arguments(&[APPLICATION, Flag::switch(&["include-data"]), FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    let data = arguments.switch("include-data")?;
    let application = arguments.switch("application")?;
    arguments.at_most(0)?;
    let record = if application { application_status(run)? } else { unit_status(run)? };
    if format == Format::Smart && !data {
        run.out = format.print(&Value::text(record.status.name.as_str()));
        return Ok(());
    }
    let answer = if application {
        let units = run
            .model
            .units_of(run.session.application())
            .map(|(name, unit)| (name.as_str(), Value::map(details(&unit.status, data))));
        let units = Value::map(units);
        let mut all = details(&record, data);
        all.push(("units", units));
        Value::map([("application-status", Value::map(all))])
    } else {
        Value::map(details(&record, data))
    };
    run.out = format.print(&answer);
    Ok(())
}

/// The first answer holds for the whole hook, whatever the charm sets.
fn unit_status(run: &mut Run<'_>) -> Result<StatusRecord, Failure> {
    if let Some(status) = &run.session.unit_status {
        return Ok(status.clone());
    }
    let status = run.unit()?.status.clone();
    run.session.unit_status = Some(status.clone());
    Ok(status)
}

fn application_status(run: &mut Run<'_>) -> Result<StatusRecord, Failure> {
    if let Some(status) = &run.session.application_status {
        return Ok(status.clone());
    }
    if !run.session.is_leader(run.model) {
        return Err(refused("finding application status: this unit is not the leader"));
    }
    let status = run.model.application_status(run.session.application());
    run.session.application_status = Some(status.clone());
    Ok(status)
}

fn details(record: &StatusRecord, data: bool) -> Vec<(&'static str, Value<'_>)> {
    let mut details = vec![("status", Value::text(record.status.name.as_str()))];
    if data {
        details.push(("message", Value::text(record.status.message.as_str())));
        details.push(("status-data", Value::Map(Vec::new())));
    }
    details
}

pub(super) fn application_version_set(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[])?;
    let version = arguments.positional(0).ok_or_else(|| usage("no version specified"))?;
    arguments.at_most(1)?;
    let application = run
        .model
        .application_mut(run.session.application())
        .map_err(|error| refused(error.to_string()))?;
    if application.workload_version != version {
        version.clone_into(&mut application.workload_version);
        run.session.effect(Effect::WorkloadVersion(version.to_owned()));
    }
    Ok(())
}

pub(super) fn is_leader(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    arguments.at_most(0)?;
    let leader = run.session.is_leader(run.model);
    run.out = format.print(&Value::Bool(leader));
    Ok(())
}
