//! Apply for a container: files, then the layer, then the services that should run.
//!
//! A layer is added only if the live plan lacks something of it, a file is pushed only if it differs, and
//! a service is touched only if it should run and does not, or if its configuration changes.

use super::{
    apply::Steps,
    plan::{ContainerPlan, File},
};
use crate::model::Container;
use ops_core::{Fault, FaultKind, Probe};
use ops_pebble::{Combine, PushOptions, ServiceInfo, layer::Difference};

pub(super) fn apply_container(
    container: &Container,
    plan: &ContainerPlan,
    steps: &mut Steps<'_>,
) -> Result<(), Fault> {
    for (path, file) in &plan.files {
        apply_file(container, path, file, steps)?;
    }
    let difference = container.plan()?.difference(&plan.layer);
    if !difference.is_empty() {
        let stopped = stop_what_changes(container, plan, &difference, steps)?;
        let client = container.client();
        let added = container.said(client.add_layer(&plan.label, &plan.layer, Combine::Yes));
        container.forget();
        if let Err(fault) = added {
            // What ran goes on with the configuration that it had.
            start(container, &stopped, steps)?;
            return Err(fault);
        }
        let names = difference.services.keys().chain(difference.checks.keys());
        let names: Vec<&str> =
            names.chain(difference.log_targets.keys()).map(String::as_str).collect();
        steps.took(format!("added layer {} ({} differed)", plan.label, names.join(", ")));
        start(container, &stopped, steps)?;
    }
    let idle = idle(container, plan.running.iter())?;
    start(container, &idle, steps)
}

/// Stops the services that run with a configuration that is about to change, and says which services
/// ran and do not now: those, and those that require them.
///
/// Stopping before the layer is added, rather than restarting after it, needs no memory: a dispatch
/// that is killed in between leaves services that do not run, and the next one starts them. Killed
/// between a new layer and a restart, it would leave them running with what the plan no longer says.
fn stop_what_changes(
    container: &Container,
    plan: &ContainerPlan,
    difference: &Difference,
    steps: &mut Steps<'_>,
) -> Result<Vec<String>, Fault> {
    if difference.services.is_empty() {
        return Ok(Vec::new());
    }
    let before = container.services()?;
    let runs = |name: &str| before.get(name).is_some_and(ServiceInfo::is_running);
    let differs = difference.services.keys().map(String::as_str);
    let changing: Vec<&str> =
        differs.filter(|name| runs(name) && plan.running.contains(*name)).collect();
    if changing.is_empty() {
        return Ok(Vec::new());
    }
    changed(container, container.client().stop(&changing), "stop its services")?;
    steps.took(format!("stopped {}", changing.join(", ")));
    idle(container, before.keys().filter(|name| runs(name)))
}

/// Those of the services that do not run.
fn idle<'a>(
    container: &Container,
    names: impl Iterator<Item = &'a String>,
) -> Result<Vec<String>, Fault> {
    let services = container.services()?;
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

fn apply_file(
    container: &Container,
    path: &str,
    file: &File,
    steps: &mut Steps<'_>,
) -> Result<(), Fault> {
    let held = match container.file(path) {
        Probe::Present(content) => Some(content),
        Probe::Absent => None,
        Probe::Failed(fault) => return Err(fault),
    };
    if held.as_deref() == Some(file.content.expose().as_bytes()) {
        return Ok(());
    }
    let default = if file.content.is_secret() { 0o600 } else { 0o644 };
    let options = PushOptions::new().make_dirs().permissions(file.mode.unwrap_or(default));
    container.said(container.client().push(path, &file.content, &options))?;
    container.forget_file(path);
    steps.took(format!("pushed {path}"));
    Ok(())
}
