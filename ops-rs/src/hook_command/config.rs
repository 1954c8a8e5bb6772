//! `config-get`: the application's configuration.

use super::{CommandError, Invocation, Juju};
use serde_json::Value;
use std::collections::BTreeMap;

/// All options that are set or have a default (Juju: `config-get`).
///
/// Options without a value are left out. An option of type `secret` is the secret's URI as text.
///
/// # Errors
/// See [`CommandError`].
pub fn config_get(juju: &Juju) -> Result<BTreeMap<String, Value>, CommandError> {
    let options = juju.json::<Option<_>>(&Invocation::new("config-get").arg("--format=json"))?;
    Ok(options.unwrap_or_default())
}
