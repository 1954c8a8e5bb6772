//! The state's containers, and what their Pebbles say of themselves: R5 to R9, R24, V4, A9.

use super::{Case, Finding, Rule, names};
use crate::{
    emulator::{
        juju::ModelKind,
        pebble::{ExecHandler, Pebble},
    },
    state::Container,
};
use ops_core::names::ContainerName;
use ops_pebble::layer::{Level, Startup};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Finding>) {
    for (name, container) in &case.state.containers {
        if !case.charm.containers.contains(name) {
            found.push(Finding::new(Rule::R5, format!("the charm declares no container {name}")));
        }
        if !names::is_container(name.as_str()) {
            let message = format!("{:?} cannot be the name of a container", name.as_str());
            found.push(Finding::new(Rule::V4, message));
        }
        if case.state.model.kind == ModelKind::Machine {
            let message = format!("there is a container {name} in a model of machines");
            found.push(Finding::new(Rule::A9, message));
        }
        check_one(name, container, found);
    }
}

fn check_one(name: &ContainerName, container: &Container, found: &mut Vec<Finding>) {
    checks(name, &container.pebble, found);
    let handlers = container.pebble.exec_handlers();
    let again = |(at, handler): &(usize, &ExecHandler)| {
        handlers.iter().take(*at).any(|other| other.prefix() == handler.prefix())
    };
    for (_, handler) in handlers.iter().enumerate().filter(again) {
        let words = handler.prefix().join(" ");
        let message = format!("container {name} has two handlers of commands {words:?}");
        found.push(Finding::new(Rule::R24, message));
    }
}

/// The checks of a Pebble against its own plan. It cannot get them wrong itself; a file can.
fn checks(name: &ContainerName, pebble: &Pebble, found: &mut Vec<Finding>) {
    let plan = &pebble.plan().checks;
    for (check, state) in pebble.checks() {
        let Some(planned) = plan.get(check) else {
            let others: Vec<&str> = plan.keys().map(String::as_str).collect();
            let message = format!(
                "container {name} has a check {check}, of which the plan knows nothing (it knows: {})",
                others.join(", ")
            );
            found.push(Finding::new(Rule::R6, message));
            continue;
        };
        let mut differs = |rule,
                           what: &str,
                           has: &dyn std::fmt::Debug,
                           wants: &dyn std::fmt::Debug| {
            let message = format!(
                "the check {check} of container {name} has the {what} {has:?}, and in the plan {wants:?}"
            );
            found.push(Finding::new(rule, message));
        };
        let level =
            |level: &Option<Level>| level.clone().filter(|level| !level.as_str().is_empty());
        if state.config.level != planned.level
            && level(&state.config.level) != level(&planned.level)
        {
            differs(Rule::R7, "level", &state.config.level, &planned.level);
        }
        let startup = |startup: Option<Startup>| startup.unwrap_or(Startup::Enabled);
        if startup(state.config.startup) != startup(planned.startup) {
            differs(Rule::R8, "startup", &startup(state.config.startup), &startup(planned.startup));
        }
        let threshold = |threshold: Option<u32>| threshold.filter(|n| *n > 0).unwrap_or(3);
        let (has, wants) = (threshold(state.config.threshold), threshold(planned.threshold));
        if has != wants {
            differs(Rule::R9, "threshold", &has, &wants);
        }
    }
}
