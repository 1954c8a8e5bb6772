//! Apply for a container: files, then the layer, then the services that should run.
//!
//! A layer is added only if the live plan lacks something of it, a file is pushed only if it differs, and
//! a service is touched only if it should run and does not, or runs with an older configuration.

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

pub(super) fn apply_container(
    container: &Container,
    plan: &ContainerPlan,
    steps: &mut Steps<'_>,
) -> Result<(), Fault> {
    for (path, file) in &plan.files {
        apply_file(container, path, file, steps)?;
    }
    let live = container.plan()?;
    let difference = live.difference(&plan.layer);
    if !difference.is_empty() {
        let client = container.client();
        // Before the layer: whoever finds these services stopped starts them with the layer, and whoever
        // found them running, with the layer added already, could not see that they run with the old one.
        let stopped = stop_changed(container, plan, &live, &difference)?;
        if let Err(error) = client.add_layer(&plan.label, &plan.layer, Combine::Yes) {
            restore(container, &stopped);
            return container.said(Err(error));
        }
        container.forget();
        let names = difference.services.keys().chain(difference.checks.keys());
        let names: Vec<&str> =
            names.chain(difference.log_targets.keys()).map(String::as_str).collect();
        steps.took(format!("added layer {} ({} differed)", plan.label, names.join(", ")));
    }
    let services = container.services()?;
    let runs = |name: &str| services.get(name).is_some_and(ServiceInfo::is_running);
    let idle: Vec<&str> =
        plan.running.iter().map(String::as_str).filter(|name| !runs(name)).collect();
    if !idle.is_empty() {
        changed(container, container.client().start(&idle), "start its services")?;
        steps.took(format!("started {}", idle.join(", ")));
    }
    Ok(())
}

/// Stops the services that run and should run with another configuration. Returns their names.
fn stop_changed<'p>(
    container: &Container,
    plan: &'p ContainerPlan,
    live: &Plan,
    difference: &Difference,
) -> Result<Vec<&'p str>, Fault> {
    // A new one cannot run yet.
    let changed_service =
        |name: &&str| difference.services.contains_key(*name) && live.services.contains_key(*name);
    let mut names: Vec<&str> =
        plan.running.iter().map(String::as_str).filter(changed_service).collect();
    if !names.is_empty() {
        let services = container.services()?;
        names.retain(|name| services.get(*name).is_some_and(ServiceInfo::is_running));
    }
    if !names.is_empty() {
        changed(container, container.client().stop(&names), "stop its services")?;
    }
    Ok(names)
}

/// The layer was refused: what ran goes on as it was.
fn restore(container: &Container, stopped: &[&str]) {
    if !stopped.is_empty() {
        let started = changed(container, container.client().start(stopped), "start its services");
        if let Err(fault) = started {
            log::warn!("{fault}");
        }
    }
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
