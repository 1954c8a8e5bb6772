//! One step: a verb, and what it needs. Knows JSON, and no Juju.

use ops::{
    Fault,
    names::{EndpointName, RelationId, UnitName},
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A verb, and what it needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Step(Vec<Value>);

impl Step {
    /// What to do.
    pub(crate) fn verb(&self) -> &str {
        self.0.first().and_then(Value::as_str).unwrap_or_default()
    }

    /// What is there; `null` where nothing is.
    pub(crate) fn value(&self, index: usize) -> &Value {
        self.0.get(index + 1).unwrap_or(&Value::Null)
    }

    pub(crate) fn text(&self, index: usize) -> Result<&str, Fault> {
        self.value(index).as_str().ok_or_else(|| self.wrong(index, "a text"))
    }

    pub(crate) fn number(&self, index: usize) -> Result<u64, Fault> {
        self.value(index).as_u64().ok_or_else(|| self.wrong(index, "a number"))
    }

    pub(crate) fn texts(&self, index: usize) -> Result<BTreeMap<String, String>, Fault> {
        serde_json::from_value(self.value(index).clone())
            .map_err(|_| self.wrong(index, "a mapping of texts"))
    }

    pub(crate) fn list(&self, index: usize) -> Result<Vec<String>, Fault> {
        serde_json::from_value(self.value(index).clone())
            .map_err(|_| self.wrong(index, "a list of texts"))
    }

    pub(crate) fn endpoint(&self, index: usize) -> Result<EndpointName, Fault> {
        EndpointName::new(self.text(index)?).map_err(|_| self.wrong(index, "an endpoint"))
    }

    pub(crate) fn relation(&self, index: usize) -> Result<RelationId, Fault> {
        let number = u32::try_from(self.number(index)?);
        number.map(RelationId::new).map_err(|_| self.wrong(index, "a relation"))
    }

    pub(crate) fn unit(&self, index: usize) -> Result<Option<UnitName>, Fault> {
        match self.value(index) {
            Value::Null => Ok(None),
            _ => match UnitName::new(self.text(index)?) {
                Ok(unit) => Ok(Some(unit)),
                Err(_) => Err(self.wrong(index, "a unit")),
            },
        }
    }

    pub(crate) fn wrong(&self, index: usize, expected: &str) -> Fault {
        let text = format!("step {}: argument {} is not {expected}", self.verb(), index + 1);
        Fault::bug(text)
    }
}
