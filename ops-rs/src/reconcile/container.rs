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
use ops_pebble::{Combine, PushOptions, ServiceInfo};

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
        let client = container.client();
        container.said(client.add_layer(&plan.label, &plan.layer, Combine::Yes))?;
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
    // A replan restarts what changed; what does not run is started below, with its configuration of now.
    if plan.running.iter().any(|name| runs(name) && difference.services.contains_key(name)) {
        changed(container, container.client().replan(), "replan its services")?;
        steps.took("replanned");
    }
    if !idle.is_empty() {
        changed(container, container.client().start(&idle), "start its services")?;
        steps.took(format!("started {}", idle.join(", ")));
    }
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
