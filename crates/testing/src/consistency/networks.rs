//! Networks and what they are bound to: R50, R51.

use super::{Case, Finding, Rule};
use crate::emulator::juju::Scope;

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Finding>) {
    let charm = case.charm;
    for binding in case.state.networks.keys() {
        let is_bound = matches!(binding.as_str(), "" | "juju-info")
            || charm.extra_bindings.contains(binding)
            || charm.endpoints.get(binding.as_str()).is_some_and(|it| it.scope == Scope::Global);
        if !is_bound {
            let message = format!("there is nothing to bind a network {binding} to");
            found.push(Finding::new(Rule::R50, message));
        }
    }
    for binding in &charm.extra_bindings {
        if charm.endpoints.contains_key(binding.as_str()) {
            let message = format!("{binding} is an endpoint and an extra binding");
            found.push(Finding::new(Rule::R51, message));
        }
    }
}
