//! `state-*`: the unit's own state, which Juju keeps with everything else that the hook wrote.

use super::{CommandError, CommandErrorKind, Invocation, Juju, yaml_safe_json};
use std::collections::BTreeMap;

/// The most bytes that a key may have: 256 (Juju: core/quota).
pub const KEY_LIMIT: usize = 256;

/// The most bytes that a value may have: 64 KiB (Juju: core/quota).
pub const VALUE_LIMIT: usize = 64 * 1024;

/// Everything in the unit's state (Juju: `state-get`).
///
/// # Errors
/// See [`CommandError`].
pub fn state_get(juju: &Juju) -> Result<BTreeMap<String, String>, CommandError> {
    let call = Invocation::new("state-get").arg("--format=json");
    // A unit without state prints `null`.
    Ok(juju.json::<Option<_>>(&call)?.unwrap_or_default())
}

/// Sets keys of the unit's state; others are left alone (Juju: `state-set`). An empty value is a
/// value. Without keys nothing is run. Juju keeps the change until the hook has succeeded.
///
/// # Errors
/// See [`CommandError`]. A key above [`KEY_LIMIT`] or a value above [`VALUE_LIMIT`] is `Exhausted`,
/// and nothing is sent; Juju checks the sum (2 MiB) when the hook has succeeded.
pub fn state_set(juju: &Juju, settings: &BTreeMap<String, String>) -> Result<(), CommandError> {
    if settings.is_empty() {
        return Ok(());
    }
    let call = Invocation::new("state-set").args(["--file", "-"]);
    for (key, value) in settings {
        let too_long = [("key", key.len(), KEY_LIMIT), ("value", value.len(), VALUE_LIMIT)]
            .into_iter()
            .find(|(_, length, limit)| length > limit);
        if let Some((what, length, limit)) = too_long {
            let name: String = key.chars().take(64).collect();
            let why = format!("the {what} of {name:?} has {length} bytes, {limit} are allowed");
            return Err(juju.misuse(&call, CommandErrorKind::Exhausted, why));
        }
    }
    juju.run(&call.input(yaml_safe_json::strings(settings))).map(drop)
}

/// Deletes a key of the unit's state, if it is there (Juju: `state-delete`).
///
/// # Errors
/// See [`CommandError`].
pub fn state_delete(juju: &Juju, key: &str) -> Result<(), CommandError> {
    juju.run(&Invocation::new("state-delete").arg("--").arg(key.to_owned())).map(drop)
}
