//! The model in the shape of `juju status --format json`.

use super::{place::Deployed, status};
use crate::redact::redact;
use ops_core::names::{ApplicationName, UnitName};
use ops_testing::emulator::juju::{
    AgentStatus, Application, Model, ModelKind, Status, StatusRecord, Timestamp, Unit,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn status(model: &Model, charms: &BTreeMap<ApplicationName, Deployed>) -> Value {
    let kind = match model.kind {
        ModelKind::Kubernetes => "caas",
        ModelKind::Machine => "iaas",
    };
    let applications: Map<String, Value> = model
        .applications
        .iter()
        .map(|(name, found)| (name.to_string(), application(model, name, found, charms.get(name))))
        .collect();
    json!({
        "model": {
            "name": model.name,
            "type": kind,
            "controller": "emulated",
            "cloud": "emulated",
            "version": model.version.to_string(),
            "model-status": { "current": "available", "since": since(model.now) },
        },
        "machines": {},
        "applications": applications,
        "storage": {},
        "controller": { "timestamp": since(model.now) },
    })
}

fn application(
    model: &Model,
    name: &ApplicationName,
    application: &Application,
    charm: Option<&Deployed>,
) -> Value {
    let revision = charm.map_or(0, |charm| charm.revision);
    let mut relations: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for relation in model.relations.values() {
        let (Some(own), Some(other)) =
            (relation.side(name.as_str()), relation.other_side(name.as_str()))
        else {
            continue;
        };
        relations.entry(own.endpoint.as_str()).or_default().push(json!({
            "related-application": other.application.as_str(),
            "interface": relation.interface,
            "scope": "global",
        }));
    }
    let units: Map<String, Value> = model
        .units_of(name.as_str())
        .map(|(name, found)| (name.to_string(), unit(model, name, found)))
        .collect();
    let mut shown = json!({
        "charm": format!("local:{}-{revision}", application.charm.name),
        "charm-origin": "local",
        "charm-name": application.charm.name,
        "charm-rev": revision,
        "scale": units.len(),
        "exposed": false,
        "application-status": record(model, &model.application_status(name.as_str())),
        "relations": relations,
        "units": units,
    });
    if let Some(shown) = shown.as_object_mut().filter(|_| !application.workload_version.is_empty())
    {
        shown.insert("version".to_owned(), application.workload_version.clone().into());
    }
    shown
}

fn unit(model: &Model, name: &UnitName, unit: &Unit) -> Value {
    let (workload, message) = status::workload(unit);
    let agent = match &unit.agent {
        AgentStatus::Executing(hook) => {
            json!({ "current": "executing", "message": format!("running {hook} hook") })
        }
        agent => json!({ "current": status::agent(agent) }),
    };
    let mut shown = json!({
        "workload-status": {
            "current": workload,
            "message": redact(model, &message),
            "since": since(unit.status.since),
        },
        "juju-status": agent,
        "address": status::address(unit),
        "provider-id": name.as_str().replace('/', "-"),
    });
    let ports: Vec<String> = unit.ports.iter().map(|port| port.range.to_string()).collect();
    if let Some(shown) = shown.as_object_mut() {
        if let Some(agent) = shown.get_mut("juju-status").and_then(Value::as_object_mut) {
            agent.insert("version".to_owned(), model.version.to_string().into());
        }
        if model.is_leader(name) {
            shown.insert("leader".to_owned(), true.into());
        }
        if !ports.is_empty() {
            shown.insert("open-ports".to_owned(), ports.into());
        }
    }
    shown
}

fn record(model: &Model, record: &StatusRecord) -> Value {
    let Status { name, message } = &record.status;
    let mut shown = json!({ "current": name.as_str(), "since": since(record.since) });
    if let Some(shown) = shown.as_object_mut().filter(|_| !message.is_empty()) {
        shown.insert("message".to_owned(), redact(model, message).into());
    }
    shown
}

fn since(time: Timestamp) -> String {
    time.spaced()
}
