//! Options in a file, as `juju config --file` and `juju deploy --config` take it.
//!
//! ```yaml
//! web:                        # the application
//!   title: A web site
//!   workers: 4
//! ```
//!
//! Nothing here knows which options an application has.

use crate::failure::Failure;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

/// The options of an application in a file, each with its text.
pub(super) fn read(path: &Path, application: &str) -> Result<BTreeMap<String, String>, Failure> {
    let cannot = || format!("cannot read options from {}", path.display());
    let text = fs::read_to_string(path).map_err(Failure::because(cannot()))?;
    let mut applications: BTreeMap<String, Option<BTreeMap<String, Value>>> =
        serde_yaml::from_str(&text).map_err(Failure::because(cannot()))?;
    let found = applications.remove(application).ok_or_else(|| {
        Failure::new(format!(
            "{}: no settings found for \"{application}\": its options stand below its name",
            cannot()
        ))
    })?;
    let text = |(key, value): (String, Value)| match value {
        Value::Bool(_) | Value::Number(_) => Ok((key, value.to_string())),
        Value::String(value) => Ok((key, value)),
        _ => Err(Failure::new(format!(
            "{}: option \"{key}\" is no text, number or boolean",
            cannot()
        ))),
    };
    found.unwrap_or_default().into_iter().map(text).collect()
}
