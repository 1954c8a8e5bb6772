//! `relation-*`: the relations of an endpoint, who is in them, and their databags.

use super::{CommandError, CommandErrorKind, Invocation, Juju, yaml_safe_json};
use ops_core::names::{ApplicationName, EndpointName, RelationId, UnitName};
use std::collections::BTreeMap;

/// The relations of an endpoint, by number (Juju: `relation-ids`).
///
/// # Errors
/// See [`CommandError`]. An endpoint that Juju does not know has no relations.
pub fn relation_ids(juju: &Juju, endpoint: &EndpointName) -> Result<Vec<RelationId>, CommandError> {
    let call = Invocation::new("relation-ids").arg(endpoint.clone()).arg("--format=json");
    let texts = juju.json::<Option<Vec<String>>>(&call)?.unwrap_or_default();
    let ids: Result<Vec<_>, _> = texts.iter().map(|text| RelationId::parse(text)).collect();
    let mut ids = ids.map_err(|why| juju.garbage(&call, why.to_string()))?;
    ids.sort_unstable();
    Ok(ids)
}

/// The remote units in a relation; in a peer relation, the other units (Juju: `relation-list`).
///
/// # Errors
/// See [`CommandError`], and [`CommandError::is_gone`].
pub fn relation_list(
    juju: &Juju,
    endpoint: &EndpointName,
    id: RelationId,
) -> Result<Vec<UnitName>, CommandError> {
    let call = Invocation::new("relation-list").arg("--format=json");
    let units = juju.json::<Option<Vec<_>>>(&on_relation(call, endpoint, id))?;
    Ok(units.unwrap_or_default())
}

/// The remote application of a relation; in a peer relation, this one (Juju: `relation-list --app`).
///
/// `None` when Juju does not know the relation, or not whom it joins.
///
/// # Errors
/// See [`CommandError`], and [`CommandError::is_gone`].
pub fn relation_application(
    juju: &Juju,
    endpoint: &EndpointName,
    id: RelationId,
) -> Result<Option<ApplicationName>, CommandError> {
    let call = Invocation::new("relation-list").arg("--format=json").arg("--app");
    let call = on_relation(call, endpoint, id);
    match juju.json::<Option<String>>(&call) {
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
        Ok(None) => Ok(None),
        Ok(Some(name)) if name.is_empty() => Ok(None),
        Ok(Some(name)) => match ApplicationName::new(name) {
            Ok(name) => Ok(Some(name)),
            Err(why) => Err(juju.garbage(&call, why.to_string())),
        },
    }
}

/// Whose databag is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bag<'a> {
    /// That of an application: the remote one, or this one.
    Application(&'a ApplicationName),
    /// That of a unit: a remote one, or this one.
    Unit(&'a UnitName),
}

/// Everything in one databag (Juju: `relation-get`).
///
/// # Errors
/// See [`CommandError`], and [`CommandError::is_gone`]. `PermissionDenied` also when a follower reads
/// its own application's databag of a relation that is not a peer relation.
pub fn relation_get(
    juju: &Juju,
    endpoint: &EndpointName,
    id: RelationId,
    bag: Bag<'_>,
) -> Result<BTreeMap<String, String>, CommandError> {
    let call = on_relation(Invocation::new("relation-get").arg("--format=json"), endpoint, id);
    let call = match bag {
        Bag::Application(name) => call.args(["--app", "-"]).arg(name.clone()),
        Bag::Unit(name) => call.arg("-").arg(name.clone()),
    };
    Ok(juju.json::<Option<_>>(&call)?.unwrap_or_default())
}

/// Which of this side's databags is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The application's, which only the leader may write.
    Application,
    /// This unit's.
    Unit,
}

/// Sets keys of a databag; an empty value deletes its key, others are left alone (Juju:
/// `relation-set`). Without keys nothing is run.
///
/// Juju keeps the change until the hook has succeeded, and shows it to this hook at once.
///
/// # Errors
/// See [`CommandError`], and [`CommandError::is_gone`]. A key of more than 1000 characters is
/// `Exhausted`: Juju's parser does not read it.
pub fn relation_set(
    juju: &Juju,
    endpoint: &EndpointName,
    id: RelationId,
    scope: Scope,
    settings: &BTreeMap<String, String>,
) -> Result<(), CommandError> {
    if settings.is_empty() {
        return Ok(());
    }
    let call = on_relation(Invocation::new("relation-set"), endpoint, id);
    let call = match scope {
        Scope::Application => call.arg("--app"),
        Scope::Unit => call,
    };
    let call = call.args(["--file", "-"]);
    if let Some(key) = settings.keys().find(|key| !yaml_safe_json::is_readable_key(key)) {
        let why = format!("a key of {} bytes is too long", key.len());
        return Err(juju.misuse(&call, CommandErrorKind::Exhausted, why));
    }
    juju.run(&call.input(yaml_safe_json::strings(settings))).map(drop)
}

/// `-r endpoint:id`. Agents only read the number so far; the endpoint is for those that will check.
pub(super) fn on_relation(call: Invocation, endpoint: &EndpointName, id: RelationId) -> Invocation {
    call.arg("-r").arg(format!("{endpoint}:{id}"))
}
