//! `action-*`: the parameters and results of the action that is run.

use super::{CommandError, CommandErrorKind, Invocation, Juju, fit};
use serde_json::Value;
use std::collections::BTreeMap;

/// The action's parameters (Juju: `action-get`).
///
/// # Errors
/// See [`CommandError`].
pub fn action_get(juju: &Juju) -> Result<BTreeMap<String, Value>, CommandError> {
    let call = Invocation::new("action-get").arg("--format=json");
    Ok(juju.json::<Option<_>>(&call)?.unwrap_or_default())
}

/// Sets results of the action; dots in a key nest (Juju: `action-set`). Without results nothing is run.
///
/// # Errors
/// See [`CommandError`]. `Usage` for a key that Juju does not accept, `Exhausted` for more than
/// [`ARGUMENTS_LIMIT`](super::ARGUMENTS_LIMIT); neither is sent.
pub fn action_set(juju: &Juju, results: &BTreeMap<String, String>) -> Result<(), CommandError> {
    if results.is_empty() {
        return Ok(());
    }
    let call = Invocation::new("action-set");
    if let Some((key, why)) = results.keys().find_map(|key| Some((key, fault_of_key(key)?))) {
        return Err(juju.misuse(&call, CommandErrorKind::Usage, format!("key {key:?} {why}")));
    }
    let pairs = results.iter().map(|(key, value)| format!("{key}={value}"));
    juju.run(&call.args(pairs)).map(drop)
}

/// Makes the action fail with this message when it ends (Juju: `action-fail`). The last one wins.
///
/// # Errors
/// See [`CommandError`].
pub fn action_fail(juju: &Juju, message: &str) -> Result<(), CommandError> {
    juju.run(&Invocation::new("action-fail").arg("--").arg(fit(message).into_owned())).map(drop)
}

/// Shows a message to whoever waits for the action (Juju: `action-log`).
///
/// # Errors
/// See [`CommandError`].
pub fn action_log(juju: &Juju, message: &str) -> Result<(), CommandError> {
    juju.run(&Invocation::new("action-log").arg("--").arg(fit(message).into_owned())).map(drop)
}

/// Keys that Juju keeps for itself.
const RESERVED: [&str; 4] = ["stdout", "stdout-encoding", "stderr", "stderr-encoding"];

fn fault_of_key(key: &str) -> Option<&'static str> {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let well_formed = |part: &str| {
        !part.is_empty()
            && part.bytes().all(inner)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    if !key.split('.').all(well_formed) {
        return Some(
            "must be made of lower-case letters, digits, inner hyphens, and dots between them",
        );
    }
    key.split('.').any(|part| RESERVED.contains(&part)).then_some("is reserved by Juju")
}
