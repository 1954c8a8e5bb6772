//! Actions and their parameters: R27 to R31, V3, A10, A11.

use super::{Case, Finding, Rule, names};
use crate::emulator::juju::{ActionSchema, Hook};
use ops_core::JujuVersion;
use serde_json::{Map, Value};

/// The first Juju that refuses undeclared parameters unless the charm wants them.
const STRICT: JujuVersion = JujuVersion::new(4, 0, 0);

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Finding>) {
    let Hook::Action { name, params, .. } = case.hook else { return };
    if !names::is_action(name) {
        let message = format!("{name:?} cannot be the name of an action");
        found.push(Finding::new(Rule::V3, message));
    }
    match case.charm.actions.get(name) {
        None => {
            found.push(Finding::new(Rule::R27, format!("the charm declares no action {name}")));
        }
        Some(action) => {
            declared(name, action, found);
            given(case, name, action, params, found);
        }
    }
}

fn declared(name: &str, action: &ActionSchema, found: &mut Vec<Finding>) {
    for (parameter, schema) in &action.params {
        match types(schema) {
            None => {
                let message = format!("the parameter {parameter} of {name} has no type");
                found.push(Finding::new(Rule::R28, message));
            }
            Some(types) => {
                for kind in types.iter().filter(|kind| !is_known(kind)) {
                    let message =
                        format!("the parameter {parameter} of {name} has the type {kind}");
                    found.push(Finding::new(Rule::R29, message));
                }
            }
        }
    }
}

fn given(
    case: &Case<'_>,
    name: &str,
    action: &ActionSchema,
    params: &Map<String, Value>,
    found: &mut Vec<Finding>,
) {
    for (parameter, value) in params {
        let Some(schema) = action.params.get(parameter) else {
            let rule = match action.additional {
                Some(true) => continue,
                Some(false) => Rule::R30,
                None if case.version >= STRICT => Rule::R30,
                None => Rule::A11,
            };
            let message = format!("the action {name} declares no parameter {parameter}");
            found.push(Finding::new(rule, message));
            continue;
        };
        if let Some(types) = types(schema)
            && types.iter().all(is_known)
            && !types.iter().any(|kind| is(kind, value))
        {
            let message = format!(
                "the parameter {parameter} of {name} is {value}, but must be {}",
                words(types)
            );
            found.push(Finding::new(Rule::R31, message));
        }
    }
    let has_default = |parameter: &str| {
        action.params.get(parameter).is_some_and(|schema| schema.get("default").is_some())
    };
    for parameter in &action.required {
        if !params.contains_key(parameter) && !has_default(parameter) {
            let message = format!("the action {name} requires the parameter {parameter}");
            found.push(Finding::new(Rule::A10, message));
        }
    }
}

/// The types that a schema allows.
fn types(schema: &Value) -> Option<&[Value]> {
    match schema.get("type")? {
        Value::Array(types) => Some(types),
        one => Some(std::slice::from_ref(one)),
    }
}

fn is_known(kind: &Value) -> bool {
    const KNOWN: [&str; 7] = ["string", "boolean", "integer", "number", "array", "object", "null"];
    kind.as_str().is_some_and(|kind| KNOWN.contains(&kind))
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap_or_default() {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        // Juju's schema reader takes 3.0 for an integer.
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => value.is_null(),
    }
}

fn words(types: &[Value]) -> String {
    let types: Vec<&str> = types.iter().filter_map(Value::as_str).collect();
    types.join(" or ")
}
