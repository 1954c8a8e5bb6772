//! What came of a run, in the words of the cases: the same that `outcomes.py` makes of ops.testing's.

use ops_core::names::ContainerName;
use ops_testing::{
    Output, Secret, State,
    emulator::juju::{Grantee, Status},
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fs, path::Path};

const WEB: ContainerName = ContainerName::from_static("web");

/// How it ended, what the charm said, and what is to be shown.
pub(crate) fn outcome(
    show: &[String],
    before: &State,
    input: &State,
    output: &Output,
    files: &Path,
) -> Value {
    let how = if output.ended.is_success() { "done" } else { "failed" };
    let said = said_by(output);
    let mut outcome =
        Map::from_iter([("how".to_owned(), json!(how)), ("said".to_owned(), json!(said))]);
    for key in show {
        let value = match key.as_str() {
            "input" => json!(if before == input { "same" } else { "changed" }),
            _ => shown(key, before, output, files),
        };
        outcome.insert(key.clone(), value);
    }
    outcome.into()
}

/// What the charm said, a verb and a value each. Several lines may be one record of the log, and Juju puts the
/// relation of a relation's hook before it.
pub(crate) fn said_by(output: &Output) -> Vec<Value> {
    let lines = output.logs.iter().flat_map(|record| record.message.lines());
    let said = lines.filter_map(|line| {
        let (before, said) = line.split_once("said ")?;
        (before.is_empty() || before.ends_with(": ")).then_some(said)
    });
    said.map(|said| serde_json::from_str(said).unwrap()).collect()
}

fn shown(key: &str, before: &State, output: &Output, files: &Path) -> Value {
    let state = &output.state;
    match key {
        "unit-status" => pair(&state.unit_status),
        "unit-statuses" => {
            // What it was before counts as the first on the way.
            let statuses = [&before.unit_status].into_iter().chain(&output.unit_statuses);
            let mut statuses: Vec<_> = statuses.map(pair).collect();
            statuses.dedup();
            statuses.into()
        }
        "app-statuses" => {
            let unknown = json!(["unknown", ""]);
            let first = before.application_status.as_ref().map_or(unknown, pair);
            let later = output.application_statuses();
            [first].into_iter().chain(later.iter().map(pair)).collect()
        }
        "version" => json!(state.workload_version),
        "config" => {
            let config = state.config.iter().filter(|(name, _)| *name != "do");
            json!(config.collect::<BTreeMap<_, _>>())
        }
        "ports" => state.ports.iter().map(|port| port.range.to_string()).collect(),
        "relations" => relations(state),
        "secrets" => secrets(state),
        "grants" => grants(state),
        "removed" => {
            let removed = output.removed_secret_revisions().into_iter();
            removed.map(|(_, revision)| json!(revision)).collect()
        }
        "containers" => json!({ "web": layers(state, |command, _| json!(command)) }),
        "layers" => layers(state, |command, after| json!([command, after])),
        "checks" => {
            let checks = state.containers[&WEB].pebble.checks().iter();
            Value::Object(
                checks.map(|(name, check)| (name.clone(), json!(check.status()))).collect(),
            )
        }
        "files" => {
            let pebble = &state.containers[&WEB].pebble;
            let file = |path: String| {
                let content = pebble.file_at(&path)?.content;
                Some((path, json!(String::from_utf8(content).unwrap())))
            };
            Value::Object(pebble.file_paths().filter_map(file).collect())
        }
        "execs" => output.execs(&WEB).iter().map(|call| json!(call.command)).collect(),
        "action" => {
            let action = output.action.clone().unwrap_or_default();
            json!({"failed": action.failed, "messages": action.messages, "results": action.results})
        }
        "deferred" => deferred(state),
        "requested" => json!(output.requested_storages()),
        "storage-files" => storage_files(state, files),
        _ => panic!("nothing shows {key}"),
    }
}

fn pair(status: &Status) -> Value {
    json!([status.name.as_str(), status.message])
}

fn relations(state: &State) -> Value {
    let shown = state.relations.values().map(|relation| {
        let bags = json!({
            "local-app": relation.local_application,
            "local-unit": relation.local_unit,
        });
        (relation.id.number().to_string(), bags)
    });
    Value::Object(shown.collect())
}

fn secrets(state: &State) -> Value {
    let content = |secret: &Secret, revision: u64| json!(*secret.revisions[&revision].content.0);
    let shown = state.secrets.values().map(|secret| {
        let latest = secret.latest_revision();
        let tracked = content(secret, secret.tracked.unwrap_or(latest));
        (secret.id.to_string(), json!({"tracked": tracked, "latest": content(secret, latest)}))
    });
    Value::Object(shown.collect())
}

fn grants(state: &State) -> Value {
    let shown = state.secrets.values().map(|secret| {
        let mut grants: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (grantee, access) in &secret.grants {
            let name = match grantee {
                Grantee::Application(name) => name.to_string(),
                Grantee::Unit(name) => name.to_string(),
            };
            let relation = access.relation.map_or_else(String::new, |id| id.number().to_string());
            grants.entry(relation).or_default().push(name);
        }
        (secret.id.to_string(), json!(grants))
    });
    Value::Object(shown.collect())
}

fn layers(state: &State, show: impl Fn(&str, &[String]) -> Value) -> Value {
    let layers = state.containers[&WEB].pebble.layers().iter().map(|(label, layer)| {
        let services = layer.services.iter();
        let services = services.map(|(name, it)| (name.clone(), show(&it.command, &it.after)));
        (label.clone(), Value::Object(services.collect()))
    });
    Value::Object(layers.collect())
}

/// The events that wait, as the SDK keeps them.
fn deferred(state: &State) -> Value {
    let Some(text) = state.stored.get("ops.deferred") else { return json!([]) };
    let document: Value = serde_json::from_str(text).unwrap();
    let name = |entry: &Value| -> Value {
        let event: ops::Event = serde_json::from_value(entry["event"].clone()).unwrap();
        json!(event.name())
    };
    document["data"].as_array().unwrap().iter().map(name).collect()
}

fn storage_files(state: &State, files: &Path) -> Value {
    let shown = state.storages.values().filter(|storage| storage.location.starts_with(files));
    let shown = shown.map(|storage| {
        let entries = fs::read_dir(&storage.location).unwrap().map(|entry| entry.unwrap());
        let content = entries.map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, json!(fs::read_to_string(entry.path()).unwrap()))
        });
        (storage.id(), Value::Object(content.collect()))
    });
    Value::Object(shown.collect())
}
