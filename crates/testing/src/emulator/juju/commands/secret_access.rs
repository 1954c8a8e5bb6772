//! `secret-grant`, `secret-revoke`.

use super::super::{
    arguments::Arguments,
    go,
    model::{Grantee, Owner, application_of},
    record::Effect,
};
use super::{
    Failure, Flag, RELATION, Run, not_leader, refused, secret_read, secret_uri, secret_write, usage,
};
use ops_core::names::{ApplicationName, RelationId, UnitName};

const UNIT: Flag = Flag::value(&["unit"]);

pub(super) fn grant(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[RELATION, UNIT])?;
    let id = arguments.positional(0).ok_or_else(|| usage("missing secret URI"))?;
    let id = secret_uri(id)?;
    let relation = run.required_relation(&arguments)?;
    arguments.at_most(1)?;
    let grantee = match unit(&arguments)? {
        Some(unit) => {
            let remote = remote(run, relation)?;
            if remote != application_of(&unit) {
                return Err(usage(format!(
                    "cannot specify unit \"{unit}\" in relation to application \"{remote}\""
                )));
            }
            Grantee::Unit(unit)
        }
        None => Grantee::Application(remote(run, relation)?),
    };
    secret_write::check_leader(run, &id)?;
    let metadata = secret_read::managed(run)
        .contains(&id)
        .then(|| secret_read::metadata(run, &id))
        .flatten()
        .ok_or_else(|| refused(format!("secret \"{}\" not found", id.bare())))?;
    if matches!(metadata.owner, Owner::Application(_)) && !run.session.is_leader(run.model) {
        return Err(not_leader());
    }
    for (existing, scope) in &metadata.grants {
        if *scope != Some(relation) {
            continue;
        }
        // A grant to the application covers its units.
        if *existing == grantee || matches!(existing, Grantee::Application(_)) {
            return Ok(());
        }
        if matches!(grantee, Grantee::Application(_)) {
            return Err(refused(
                "any unit level grants need to be revoked before granting access to the corresponding application",
            ));
        }
    }
    run.session.effect(Effect::SecretGranted(id.clone(), grantee.clone()));
    run.session.writes.secrets.granted.entry(id).or_default().insert(relation, grantee);
    Ok(())
}

pub(super) fn revoke(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[RELATION, UNIT, Flag::value(&["app", "application"])])?;
    let id = arguments.positional(0).ok_or_else(|| usage("missing secret URI"))?;
    let id = secret_uri(id)?;
    arguments.at_most(1)?;
    let relation = run.relation_id(&arguments)?;
    let application = arguments.value("app").filter(|name| !name.is_empty());
    let unit = unit(&arguments)?;
    let grantee = match (relation, application, unit) {
        (None, None, None) => return Err(usage("missing relation or application or unit")),
        (_, Some(_), Some(_)) => {
            return Err(usage("specify only one of application or unit"));
        }
        (Some(_), Some(_), None) => {
            return Err(usage("do not specify both relation and app"));
        }
        (_, None, Some(unit)) => Grantee::Unit(unit),
        (None, Some(name), None) => Grantee::Application(
            ApplicationName::new(name)
                .map_err(|_| usage(format!("application {} not valid", go::quote(name))))?,
        ),
        (Some(relation), None, None) => Grantee::Application(remote(run, relation)?),
    };
    secret_write::check_leader(run, &id)?;
    let revoked = run.session.writes.secrets.revoked.entry(id.clone()).or_default();
    if !revoked.contains(&grantee) {
        revoked.push(grantee.clone());
        run.session.effect(Effect::SecretRevoked(id, grantee));
    }
    Ok(())
}

fn unit(arguments: &Arguments<'_>) -> Result<Option<UnitName>, Failure> {
    arguments
        .value("unit")
        .filter(|name| !name.is_empty())
        .map(|name| {
            UnitName::new(name).map_err(|_| usage(format!("unit {} not valid", go::quote(name))))
        })
        .transpose()
}

fn remote(run: &Run<'_>, relation: RelationId) -> Result<ApplicationName, Failure> {
    run.model
        .relations
        .get(&relation)
        .and_then(|relation| relation.other_side(run.session.application()))
        .map(|side| side.application.clone())
        .ok_or_else(|| refused("relation not found"))
}
