//! The steps in the container `web`.

use crate::{meta::containers::WEB, said::Said, step::Step};
use ops::{
    pebble::{Client, Combine, Exec, Notify, PushOptions, layer::Plan},
    prelude::*,
};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Takes a step, if it is one in the container.
pub(crate) fn take(step: &Step, cx: &mut Live<'_>) -> Option<Said> {
    let verbs = [
        "reachable",
        "layer",
        "replan",
        "start",
        "stop",
        "restart",
        "start-checks",
        "stop-checks",
        "plan",
        "services",
        "checks",
        "push",
        "pull",
        "list",
        "exec",
        "notify",
        "notices",
    ];
    if !verbs.contains(&step.verb()) {
        return None;
    }
    let mut said = None;
    let taken = cx.pebble(&WEB, |pebble| {
        said = Some(with(step, pebble));
        Ok(())
    });
    Some(said.unwrap_or_else(|| {
        Err(taken.err().map_or_else(|| step.wrong(0, "possible"), |f| f).into())
    }))
}

fn with(step: &Step, pebble: &Client) -> Said {
    let names = || step.list(0);
    match step.verb() {
        "reachable" => Ok(json!(pebble.system_info().is_ok())),
        "layer" => {
            let layer = step.value(1).to_string();
            Ok(json!(pebble.add_layer_text(step.text(0)?, &layer, Combine::Yes)?))
        }
        "replan" => pebble.replan().map(drop).map(Value::from).map_err(Into::into),
        "start" => Ok(json!(pebble.start(&borrowed(&names()?)).map(drop)?)),
        "stop" => Ok(json!(pebble.stop(&borrowed(&names()?)).map(drop)?)),
        "restart" => Ok(json!(pebble.restart(&borrowed(&names()?)).map(drop)?)),
        "start-checks" => Ok(json!(pebble.start_checks(&borrowed(&names()?))?)),
        "stop-checks" => Ok(json!(pebble.stop_checks(&borrowed(&names()?))?)),
        "plan" => Ok(shown(&pebble.plan()?)),
        "services" => {
            let services = pebble.services(&[])?;
            let state = |running| if running { "active" } else { "inactive" };
            let pairs =
                services.into_iter().map(|s| (s.name.clone(), json!(state(s.is_running()))));
            Ok(Value::Object(pairs.collect()))
        }
        "checks" => {
            let checks = pebble.checks(&[])?;
            let pairs = checks.into_iter().map(|c| (c.name.clone(), json!(c.status().as_str())));
            Ok(Value::Object(pairs.collect()))
        }
        "push" => {
            let options = PushOptions::new();
            let options = if step.value(2) == true { options.make_dirs() } else { options };
            Ok(json!(pebble.push(step.text(0)?, step.text(1)?, &options)?))
        }
        "pull" => Ok(json!(String::from_utf8_lossy(&pebble.pull(step.text(0)?)?))),
        "list" => Ok(pebble.list(step.text(0)?)?.into_iter().map(|file| file.name).collect()),
        "exec" => {
            let mut exec = Exec::new(names()?).timeout(Duration::from_secs(5));
            if let Some(service) = step.value(1).as_str() {
                exec = exec.service_context(service);
            }
            let output = pebble.exec(&exec)?;
            Ok(json!([output.exit_code, output.stdout_text()]))
        }
        "notify" => Ok(json!(pebble.notify(&Notify::new(step.text(0)?)).map(drop)?)),
        _ => {
            let notices = pebble.notices(&ops::pebble::NoticeFilter::new())?;
            let keys = notices.into_iter().map(|notice| notice.key);
            Ok(keys.filter(|key| key.contains('/')).collect())
        }
    }
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// The plan as far as cases look at it.
fn shown(plan: &Plan) -> Value {
    let mut services = Map::new();
    for (name, service) in &plan.services {
        let environment: Map<String, Value> = service
            .environment
            .iter()
            .map(|(key, value)| (key.clone(), json!(value.expose())))
            .collect();
        let shown =
            json!({"command": service.command, "after": service.after, "environment": environment});
        services.insert(name.clone(), shown);
    }
    json!({"services": services, "checks": plan.checks.keys().collect::<Vec<_>>()})
}
