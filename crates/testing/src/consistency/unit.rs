//! The unit, its application and its model: R15, R52, V7, A13, A14.

use super::{Case, Finding, Rule};
use crate::{
    emulator::juju::{ModelKind, Protocol},
    state::RelationKind,
};
use ops_core::JujuVersion;

/// The first Juju that gives the cloud to charms on Kubernetes.
const CLOUD_ON_KUBERNETES: JujuVersion = JujuVersion::new(3, 6, 10);

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Finding>) {
    let state = case.state;
    for name in state.resources.keys().filter(|name| !case.charm.resources.contains(*name)) {
        found.push(Finding::new(Rule::R15, format!("the charm declares no resource {name}")));
    }
    let on_kubernetes = state.model.kind == ModelKind::Kubernetes;
    if on_kubernetes && state.model.cloud.is_some() && case.version < CLOUD_ON_KUBERNETES {
        let message = format!("Juju {} shows no cloud on Kubernetes", case.version);
        found.push(Finding::new(Rule::R52, message));
    }
    for port in &state.ports {
        let range = port.range;
        let valid = match range.protocol {
            Protocol::Icmp => (range.from, range.to) == (0, 0),
            Protocol::Tcp | Protocol::Udp => range.from > 0 && range.from <= range.to,
        };
        if !valid {
            let (from, to) = (range.from, range.to);
            let message = format!("{} has no ports from {from} to {to}", range.protocol);
            found.push(Finding::new(Rule::V7, message));
        }
    }
    let peers = state.relations.values().filter(|relation| relation.kind == RelationKind::Peer);
    let units = peers.map(|relation| relation.remote_units.len() + 1).max().unwrap_or(1);
    if usize::try_from(state.planned_units).is_ok_and(|planned| planned < units) {
        let planned = state.planned_units;
        let message = format!("{planned} units are planned, and {units} are there");
        found.push(Finding::new(Rule::A13, message));
    }
    if state.application_status.is_some() && !state.leader {
        let message = "the state says how the application is, and the unit does not lead";
        found.push(Finding::new(Rule::A14, message));
    }
}
