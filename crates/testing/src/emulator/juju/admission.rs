//! What Juju does with the parameters of an action before any unit hears of it: defaults, and its checks.

use super::metadata::ActionSchema;
use serde_json::{Map, Value};

/// Juju does not take an action with these parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("validation failed: {0}")]
pub struct ParameterError(String);

impl ActionSchema {
    /// The parameters with which the action runs: those that were given, and the defaults of the others.
    ///
    /// # Errors
    /// One is missing, or has another type than the schema says.
    pub fn admit(&self, params: Map<String, Value>) -> Result<Map<String, Value>, ParameterError> {
        let params = self.with_defaults(params);
        if let Some(missing) = self.required.iter().find(|name| !params.contains_key(*name)) {
            return Err(ParameterError(format!(
                "(root) : \"{missing}\" property is missing and required, given {}",
                Value::Object(params)
            )));
        }
        for (name, value) in &params {
            let wanted = self.params.get(name).and_then(|schema| wrong_type(schema, value));
            if let Some(wanted) = wanted {
                return Err(ParameterError(format!(
                    "(root).{name} : must be of type {wanted}, given {value}"
                )));
            }
        }
        Ok(params)
    }

    /// The parameters, and the defaults of those that were not given.
    #[must_use]
    pub(crate) fn with_defaults(&self, mut params: Map<String, Value>) -> Map<String, Value> {
        for (name, parameter) in &self.params {
            if let Some(default) = parameter.get("default") {
                params.entry(name.clone()).or_insert_with(|| default.clone());
            }
        }
        params
    }
}

/// The type that a parameter should have had, if its JSON Schema names one that it has not.
fn wrong_type<'s>(schema: &'s Value, value: &Value) -> Option<&'s str> {
    let wanted = schema.get("type")?.as_str()?;
    let fits = match wanted {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "object" => value.is_object(),
        "array" => value.is_array(),
        _ => true,
    };
    (!fits).then_some(wanted)
}
