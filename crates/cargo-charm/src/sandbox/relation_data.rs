//! What the other side of a relation says, as a YAML file has it.
//!
//! ```yaml
//! application:                # what its leader wrote for all
//!   external_host: example.org
//!   scheme: https
//! units:                      # what each unit wrote, by its number; there are as many units
//!   0: {ready: true}
//! ```
//!
//! Values of databags are texts. A number or boolean stands for its text, a list or map for its JSON,
//! nothing (`~`) for a key that is deleted. Nothing here knows which relation it is.

use crate::failure::Failure;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};

/// What the other side of a relation says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Data {
    pub(super) application: BTreeMap<String, String>,
    pub(super) units: BTreeMap<u32, BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Document {
    application: BTreeMap<String, Value>,
    units: BTreeMap<u32, BTreeMap<String, Value>>,
}

impl Data {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let cannot = || format!("cannot read what the other side says from {}", path.display());
        let text = std::fs::read_to_string(path).map_err(Failure::because(cannot()))?;
        Self::parse(&text).map_err(Failure::because(cannot()))
    }

    fn parse(text: &str) -> Result<Self, serde_yaml::Error> {
        let document: Option<Document> = serde_yaml::from_str(text)?;
        let Document { application, units } = document.unwrap_or_default();
        Ok(Self {
            application: bag(application),
            units: units.into_iter().map(|(number, values)| (number, bag(values))).collect(),
        })
    }

    /// Adds what the application says for all its units.
    #[must_use]
    pub(crate) fn of_application(mut self, values: &[(&str, &str)]) -> Self {
        self.application.extend(owned(values));
        self
    }

    /// Adds what one of its units says.
    #[must_use]
    pub(crate) fn of_unit(mut self, number: u32, values: &[(&str, &str)]) -> Self {
        self.units.entry(number).or_default().extend(owned(values));
        self
    }

    /// How many units it takes to say all this.
    pub(super) fn units(&self) -> u32 {
        self.units.keys().next_back().map_or(1, |last| last.saturating_add(1))
    }
}

fn owned(values: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
}

fn bag(values: BTreeMap<String, Value>) -> BTreeMap<String, String> {
    let text = |value: Value| match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        value => value.to_string(),
    };
    values.into_iter().map(|(key, value)| (key, text(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_texts() {
        let data = Data::parse(
            "application: {host: example.org, port: 80, tls: true, paths: [a, {b: 1}], old: ~}\n\
             units: {1: {ready: 'yes'}}",
        )
        .unwrap();
        let expected = [
            ("host", "example.org"),
            ("old", ""),
            ("paths", r#"["a",{"b":1}]"#),
            ("port", "80"),
            ("tls", "true"),
        ];
        assert_eq!(data.application, Data::default().of_application(&expected).application);
        assert_eq!(data.units[&1]["ready"], "yes");
        assert_eq!(data.units(), 2);
    }

    #[test]
    fn a_key_that_means_nothing_is_named() {
        let error = Data::parse("aplication: {}").unwrap_err();
        assert!(error.to_string().contains("aplication"), "{error}");
    }
}
