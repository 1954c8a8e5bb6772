//! Apply for a container: files, then the layer, then the services that should run.
//!
//! A layer is added only if the live plan lacks something of it, a file is pushed only if it differs
//! in content, permissions or owner, and a service is touched only if it should run and does not, or if its
//! configuration changes, or a file that it asked to be restarted for.

use super::{
    apply::Steps,
    plan::{ContainerPlan, File},
};
use crate::model::Container;
use ops_core::{Fault, FaultKind, Probe};
use ops_pebble::{
    Combine, PushOptions, ServiceInfo,
    layer::{Difference, Plan},
};
use std::{collections::BTreeSet, rc::Rc};

pub(super) fn apply_container(
    container: &Container,
    plan: &ContainerPlan,
    steps: &mut Steps<'_>,
) -> Result<(), Fault> {
    let changed = changed_files(container, plan)?;
    let live = container.plan()?;
    let difference = live.difference(&plan.layer);
    let mut affected: BTreeSet<&str> = difference.services.keys().map(String::as_str).collect();
    affected.extend(plan.restarted_by(&changed));
    // What Pebble has no plan for it does not run.
    affected.retain(|name| live.services.contains_key(*name));
    let stopped = stop_what_changes(container, plan, &live, &affected, steps)?;
    let written = write(container, plan, &changed, &difference, steps);
    // If it failed, what ran goes on with what it had.
    start(container, &stopped, steps)?;
    written?;
    let idle = idle(container, &live, plan.running.iter())?;
    start(container, &idle, steps)
}

/// The files that are missing or hold something else.
fn changed_files<'p>(
    container: &Container,
    plan: &'p ContainerPlan,
) -> Result<Vec<&'p str>, Fault> {
    let mut changed = Vec::new();
    for (path, file) in &plan.files {
        let held = match container.file(path) {
            Probe::Present(content) => Some(content),
            Probe::Absent => None,
            Probe::Failed(fault) => return Err(fault),
        };
        if held.as_deref() != Some(file.content.expose().as_bytes()) {
            changed.push(path.as_str());
        }
    }
    Ok(changed)
}

fn write(
    container: &Container,
    plan: &ContainerPlan,
    changed: &[&str],
    difference: &Difference,
    steps: &mut Steps<'_>,
) -> Result<(), Fault> {
    for (path, file) in &plan.files {
        if changed.contains(&path.as_str()) {
            push(container, path, file)?;
            steps.took(format!("pushed {path}"));
        } else {
            repair(container, path, file, steps)?;
        }
    }
    if difference.is_empty() {
        return Ok(());
    }
    let added = container.client().add_layer(&plan.label, &plan.layer, Combine::Yes);
    container.forget();
    container.said(added)?;
    let names = difference.services.keys().chain(difference.checks.keys());
    let names: Vec<&str> = names.chain(difference.log_targets.keys()).map(String::as_str).collect();
    steps.took(format!("added layer {} ({} differed)", plan.label, names.join(", ")));
    Ok(())
}

/// Stops the services that run with a configuration or a file that is about to change, and says which
/// services ran and do not now: those, and those that require them.
///
/// Stopping before the layer is added and the file is pushed, rather than restarting after it, needs no
/// memory: a dispatch that is killed in between leaves services that do not run, and the next one starts
/// them. Killed between a new layer and a restart, it would leave them running with what the plan no
/// longer says.
fn stop_what_changes(
    container: &Container,
    plan: &ContainerPlan,
    live: &Plan,
    affected: &BTreeSet<&str>,
    steps: &mut Steps<'_>,
) -> Result<Vec<String>, Fault> {
    if affected.is_empty() {
        return Ok(Vec::new());
    }
    let before = container.services()?;
    let runs = |name: &str| before.get(name).is_some_and(ServiceInfo::is_running);
    let changing = affected.iter().filter(|name| runs(name) && plan.running.contains(**name));
    let changing: Vec<&str> = changing.copied().collect();
    if changing.is_empty() {
        return Ok(Vec::new());
    }
    changed(container, container.client().stop(&changing), "stop its services")?;
    steps.took(format!("stopped {}", changing.join(", ")));
    idle(container, live, before.keys().filter(|name| runs(name)))
}

/// Those of the services that do not run. One that is not in `live`, the plan before anything was written, does
/// not; Pebble is asked only if there is another.
fn idle<'a>(
    container: &Container,
    live: &Plan,
    names: impl Iterator<Item = &'a String> + Clone,
) -> Result<Vec<String>, Fault> {
    let may_run = names.clone().any(|name| live.services.contains_key(name));
    let services = if may_run { container.services()? } else { Rc::default() };
    let runs = |name: &str| services.get(name).is_some_and(ServiceInfo::is_running);
    Ok(names.filter(|name| !runs(name)).cloned().collect())
}

fn start(container: &Container, names: &[String], steps: &mut Steps<'_>) -> Result<(), Fault> {
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    changed(container, container.client().start(&names), "start its services")?;
    steps.took(format!("started {}", names.join(", ")));
    Ok(())
}

/// A change that Pebble tried and that failed: the workload is to blame, and a person must look.
fn changed<T>(
    container: &Container,
    result: Result<T, ops_pebble::Error>,
    what: &str,
) -> Result<(), Fault> {
    container.forget();
    match result {
        Ok(_) => Ok(()),
        Err(error) if error.is_change() => {
            let text = format!("container {} could not {what}", container.name());
            Err(Fault::from(error).restate(FaultKind::Blocked, text))
        }
        Err(error) => container.said(Err(error)),
    }
}

/// Writes a right content again whose permissions or owner are wrong: Pebble has no other way to set them.
fn repair(
    container: &Container,
    path: &str,
    file: &File,
    steps: &mut Steps<'_>,
) -> Result<(), Fault> {
    if is_as_planned(container, path, file)? {
        return Ok(());
    }
    push(container, path, file)?;
    if is_as_planned(container, path, file)? {
        steps.took(format!("repaired permissions and owner of {path}"));
    } else {
        // Some volumes show what they were mounted with, whatever is set: no reason to stop the charm.
        log::warn!(
            "{path} in container {} does not keep its permissions or owner",
            container.name()
        );
    }
    Ok(())
}

fn is_as_planned(container: &Container, path: &str, file: &File) -> Result<bool, Fault> {
    match container.file_info(path) {
        Probe::Present(info) => Ok(info.permissions == file.permissions()
            && file.owner.as_ref().is_none_or(|owner| info.is_owned_by(owner))),
        Probe::Absent => Ok(false),
        Probe::Failed(fault) => Err(fault),
    }
}

fn push(container: &Container, path: &str, file: &File) -> Result<(), Fault> {
    let mut options = PushOptions::new().make_dirs().permissions(file.permissions());
    if let Some(owner) = &file.owner {
        options = options.owner(owner.clone());
    }
    let pushed = container.client().push(path, &file.content, &options);
    container.forget_file(path);
    container.said(pushed)
}
