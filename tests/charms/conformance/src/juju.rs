//! The steps that ask or tell Juju something.

use crate::{
    interface::{CLUSTER, DB, SITE},
    juju,
    said::{Failure, Said},
    step::Step,
};
use ops::{
    hook_command::{
        self as commands, Bag, Invocation, Juju, NewSecret, PortRange, Read, Scope, SecretOwner,
        SecretRef, SecretUpdate, StatusKind, StatusScope,
    },
    names::{RelationId, SecretId},
    prelude::*,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, str::FromStr};

/// What Juju said of an event.
pub(crate) fn event(event: &Event) -> Value {
    let mut said = json!({ "name": event.name() });
    let mut put = |key: &str, value: Value| said[key] = value;
    if let Some(relation) = event.relation() {
        put("relation", json!(relation.id));
        put("app", json!(relation.application));
        put("unit", json!(relation.unit));
    }
    match event {
        Event::RelationDeparted { departing, .. } => put("departing", json!(departing)),
        Event::SecretChanged(secret) | Event::SecretRotate(secret) => {
            put("secret", json!(secret.id));
            put("label", json!(secret.label));
        }
        Event::SecretExpired { secret, revision } | Event::SecretRemove { secret, revision } => {
            put("secret", json!(secret.id));
            put("label", json!(secret.label));
            put("revision", json!(revision));
        }
        Event::StorageAttached(storage) | Event::StorageDetaching(storage) => {
            put("storage", json!([storage.storage, storage.index]));
        }
        Event::PebbleReady { container } => put("container", json!(container)),
        Event::PebbleCustomNotice { container, key, .. } => {
            put("container", json!(container));
            put("key", json!(key));
        }
        Event::PebbleCheckFailed { container, check }
        | Event::PebbleCheckRecovered { container, check } => {
            put("container", json!(container));
            put("check", json!(check));
        }
        _ => {}
    }
    said
}

/// Takes a step of Juju's.
pub(crate) fn take(step: &Step, cx: &mut Live<'_>) -> Said {
    match step.verb() {
        "status" | "app-status" => status(step, juju(cx)),
        "version" => Ok(json!(commands::application_version_set(juju(cx), step.text(0)?)?)),
        "is-leader" => Ok(json!(cx.model().leadership()?.is_leader())),
        "planned-units" => Ok(json!(cx.model().planned_units()?)),
        "config" => {
            let mut config = json!(cx.model().config::<crate::meta::Config>()?);
            // What it is told is no part of what it saw.
            if let Some(config) = config.as_object_mut() {
                config.remove("do");
            }
            Ok(config)
        }
        "relations" | "relation-units" | "relation-app" | "relation-model" | "read" | "write" => {
            relation(step, cx)
        }
        "open-port" | "close-port" | "opened-ports" => port(step, cx),
        "store" => Ok(json!(cx.store(step.text(0)?, 1, step.value(1))?)),
        "stored" => {
            Ok(cx.model().stored::<Value>(step.text(0)?, 1).present().cloned().unwrap_or_default())
        }
        verb if verb.starts_with("secret") => secret(step, juju(cx)),
        verb if verb.starts_with("storage") => storage(step, juju(cx)),
        "action-set" => Ok(json!(commands::action_set(juju(cx), &step.texts(0)?)?)),
        "action-log" => Ok(json!(commands::action_log(juju(cx), step.text(0)?)?)),
        "action-fail" => Ok(json!(commands::action_fail(juju(cx), step.text(0)?)?)),
        verb => Err(Failure::Step(Fault::bug(format!("there is no step {verb}")))),
    }
}

fn status(step: &Step, juju: &Juju) -> Said {
    let scope = match step.verb() {
        "app-status" => StatusScope::Application,
        _ => StatusScope::Unit,
    };
    let kind: StatusKind = serde_json::from_value(step.value(0).clone())
        .map_err(|_| Failure::Step(step.wrong(0, "a status")))?;
    Ok(json!(commands::status_set(juju, scope, &kind, step.text(1)?)?))
}

fn relation(step: &Step, cx: &mut Live<'_>) -> Said {
    let endpoint = step.endpoint(0)?;
    if step.verb() == "relations" {
        let ids = match endpoint.as_str() {
            "db" => ids(cx.model().relations(DB)?.iter().map(ops::Relation::id)),
            "site" => ids(cx.model().relations(SITE)?.iter().map(ops::Relation::id)),
            "cluster" => ids(cx.model().relations(CLUSTER)?.iter().map(ops::Relation::id)),
            _ => ids(commands::relation_ids(juju(cx), &endpoint)?),
        };
        return Ok(ids);
    }
    let id = step.relation(1)?;
    let (own, application) = (cx.model().unit().clone(), cx.model().application());
    let juju = juju(cx);
    match step.verb() {
        "relation-units" => Ok(json!(commands::relation_list(juju, &endpoint, id)?)),
        "relation-app" => Ok(json!(commands::relation_application(juju, &endpoint, id)?)),
        "relation-model" => {
            let call = Invocation::new("relation-model-get").arg("--format=json");
            let answer = juju.run(&call.args(["-r"]).arg(format!("{endpoint}:{id}")))?;
            let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
            Ok(answer.get("uuid").cloned().unwrap_or_default())
        }
        "read" => {
            let read = |bag| commands::relation_get(juju, &endpoint, id, bag);
            let bag = match step.text(2)? {
                "unit" => read(Bag::Unit(&own)),
                "app" => read(Bag::Application(&application)),
                "remote-app" => match commands::relation_application(juju, &endpoint, id)? {
                    Some(name) => read(Bag::Application(&name)),
                    None => Ok(BTreeMap::new()),
                },
                _ => match step.unit(2)? {
                    Some(unit) => read(Bag::Unit(&unit)),
                    None => return Err(Failure::Step(step.wrong(2, "a databag"))),
                },
            };
            Ok(json!(bag?))
        }
        _ => {
            let scope = match step.text(2)? {
                "app" => Scope::Application,
                "unit" => Scope::Unit,
                // Juju has no command that would write there.
                _ => return Err(Failure::Refused("denied")),
            };
            Ok(json!(commands::relation_set(juju, &endpoint, id, scope, &step.texts(3)?)?))
        }
    }
}

fn ids(ids: impl IntoIterator<Item = RelationId>) -> Value {
    ids.into_iter().collect::<Vec<_>>().into_iter().map(|id| json!(id)).collect()
}

fn port(step: &Step, cx: &mut Live<'_>) -> Said {
    if step.verb() == "opened-ports" {
        let ports = commands::opened_ports(juju(cx))?;
        return Ok(ports.iter().map(ToString::to_string).collect());
    }
    let port = PortRange::from_str(step.text(0)?).map_err(|_| Failure::Refused("invalid"))?;
    match step.verb() {
        "open-port" => Ok(json!(cx.open_port(port)?)),
        _ => Ok(json!(cx.close_port(port)?)),
    }
}

fn secret(step: &Step, juju: &Juju) -> Said {
    if step.verb() == "secret-add" {
        let owner = match step.text(0)? {
            "app" => SecretOwner::Application,
            _ => SecretOwner::Unit,
        };
        let new = NewSecret::new(owner).label(step.text(1)?);
        commands::secret_add(juju, &new, &content(step, 2)?)?;
        return Ok(Value::Null);
    }
    let name = step.text(0)?;
    let id = SecretId::parse(name).ok();
    let by = id.as_ref().map_or(SecretRef::Label(name), SecretRef::Id);
    if step.verb() == "secret-get" {
        let read = match step.value(1).as_str() {
            Some("peek") => Read::Peek,
            Some("refresh") => Read::Refresh,
            _ => Read::Tracked,
        };
        let keys = commands::secret_get(juju, by, read)?;
        return Ok(keys.iter().map(|(key, value)| (key.clone(), json!(value.expose()))).collect());
    }
    let known = match &id {
        Some(id) => id.clone(),
        None => commands::secret_info_get(juju, by)?.id,
    };
    let done = match step.verb() {
        "secret-info" => {
            let info = commands::secret_info_get(juju, by)?;
            return Ok(json!({"label": info.label, "revision": info.revision}));
        }
        "secret-set" => {
            commands::secret_set(juju, &known, &SecretUpdate::default(), Some(&content(step, 1)?))
        }
        "secret-describe" => {
            let description = Some(step.text(1)?.to_owned());
            let update = SecretUpdate { description, ..SecretUpdate::default() };
            commands::secret_set(juju, &known, &update, None)
        }
        "secret-grant" => {
            let unit = step.unit(3)?;
            commands::secret_grant(
                juju,
                &known,
                &step.endpoint(1)?,
                step.relation(2)?,
                unit.as_ref(),
            )
        }
        "secret-revoke" => {
            let unit = step.unit(3)?;
            commands::secret_revoke(
                juju,
                &known,
                &step.endpoint(1)?,
                step.relation(2)?,
                unit.as_ref(),
            )
        }
        _ => commands::secret_remove(juju, &known, step.value(1).as_u64()),
    };
    Ok(json!(done?))
}

fn content(step: &Step, index: usize) -> Result<BTreeMap<String, Secret>, Fault> {
    let keys = step.texts(index)?.into_iter();
    Ok(keys.map(|(key, value)| (key.clone(), Secret::new(value, key))).collect())
}

fn storage(step: &Step, juju: &Juju) -> Said {
    let name = step.text(0)?.to_owned();
    if step.verb() == "storage-add" {
        juju.run(&Invocation::new("storage-add").arg(format!("{name}={}", step.number(1)?)))?;
        return Ok(Value::Null);
    }
    let list = |call: Invocation| -> Result<Value, Failure> {
        let answer = juju.run(&call)?;
        Ok(serde_json::from_slice(&answer).unwrap_or_default())
    };
    let call = Invocation::new("storage-list").arg("--format=json").arg(name.clone());
    let found = list(call)?;
    if step.verb() == "storage-list" {
        return Ok(found);
    }
    let call = Invocation::new("storage-get").args(["--format=json", "-s"]);
    let location = list(call.arg(format!("{name}/{}", step.number(1)?)).arg("location"))?;
    let path = format!("{}/{}", location.as_str().unwrap_or_default(), step.text(2)?);
    let done = match step.verb() {
        "storage-read" => fs::read_to_string(path).map(Value::from),
        _ => fs::write(path, step.text(3)?).map(Value::from),
    };
    done.map_err(|_| Failure::Refused("not-found"))
}
