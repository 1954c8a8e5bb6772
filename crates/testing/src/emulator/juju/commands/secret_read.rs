//! `secret-get`, `secret-info-get`, `secret-ids`.

use super::super::{
    base64, go,
    model::{Consumer, Content, Grantee, Owner, Secret, application_of},
    record::Effect,
};
use super::{
    ALL_FORMATS, FORMAT, Failure, Flag, Format, NO_SMART, OUTPUT, Run, Value, refused, secret_uri,
    usage,
};
use ops_core::{
    JujuVersion,
    names::{RelationId, SecretId},
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[
        Flag::value(&["label"]),
        Flag::switch(&["peek"]),
        Flag::switch(&["refresh"]),
        FORMAT,
        OUTPUT,
    ])?;
    let format = arguments.format(Format::Yaml, NO_SMART)?;
    let label = arguments.value("label").unwrap_or_default();
    let id = arguments.positional(0).filter(|id| !id.is_empty()).map(secret_uri).transpose()?;
    let peek = arguments.switch("peek")?;
    let refresh = arguments.switch("refresh")?;
    if id.is_none() && label.is_empty() {
        return Err(usage("require either a secret URI or label"));
    }
    if peek && refresh {
        return Err(usage("specify one of --peek or --refresh but not both"));
    }
    arguments.at_most(2)?;
    let content = match pending(run, id.as_ref(), label, peek, refresh) {
        Some(content) => content,
        None => stored(run, id, label, peek, refresh)?,
    };
    let answer = match arguments.positional(1) {
        None => Value::map(
            content.0.iter().map(|(key, value)| (key.as_str(), Value::text(value.as_str()))),
        ),
        Some(key) => {
            let (name, coded) = key.strip_suffix("#base64").map_or((key, false), |k| (k, true));
            let value = content.0.get(name).ok_or_else(|| {
                refused(format!("secret key value {} not found", go::quote(name)))
            })?;
            if coded {
                Value::text(base64::encode(value.as_bytes()))
            } else {
                Value::text(value.as_str())
            }
        }
    };
    run.out = format.print(&answer);
    Ok(())
}

/// What this hook has written itself. Of a secret that exists already, only peek and refresh see it.
fn pending(
    run: &mut Run<'_>,
    id: Option<&SecretId>,
    label: &str,
    peek: bool,
    refresh: bool,
) -> Option<Content> {
    let owned = owned_by_label(run, label).cloned();
    let secrets = &mut run.session.writes.secrets;
    let has_label = |other: &Option<String>| !label.is_empty() && other.as_deref() == Some(label);
    let created = match id {
        Some(id) => secrets.created.get_mut(id),
        None => secrets.created.values_mut().find(|(_, fields)| has_label(&fields.label)),
    };
    if let Some((_, fields)) = created {
        if !label.is_empty() {
            fields.label = Some(label.to_owned());
        }
        return fields.content.clone();
    }
    if !peek && !refresh {
        return None;
    }
    // The label of an own secret stands for it, also when the change does not name it.
    let (id, fields) = match id.cloned().or(owned) {
        Some(id) => {
            let fields = secrets.updated.get(&id)?;
            (id, fields)
        }
        None => {
            let (id, fields) =
                secrets.updated.iter().find(|(_, fields)| has_label(&fields.label))?;
            (id.clone(), fields)
        }
    };
    let content = fields.content.clone()?;
    if refresh && secrets.tracked.insert(id.clone()) {
        let revision = run.model.secrets.get(&id).map_or(1, |secret| secret.latest() + 1);
        run.session.effect(Effect::SecretTracked(id, revision));
    }
    Some(content)
}

/// What the controller has. The first plain read makes this unit a reader of the latest revision.
fn stored(
    run: &mut Run<'_>,
    id: Option<SecretId>,
    label: &str,
    peek: bool,
    refresh: bool,
) -> Result<Content, Failure> {
    let given = id.is_some();
    let id = match id {
        Some(id) => id,
        None => by_label(run, label)
            .ok_or_else(|| refused(format!("consumer label {} not found", go::quote(label))))?,
    };
    let unit = run.session.unit.clone();
    let leader = run.session.is_leader(run.model);
    let version = run.model.version;
    let secret = run
        .model
        .secrets
        .get_mut(&id)
        .ok_or_else(|| refused(format!("secret \"{}\" not found", id.bare())))?;
    if !secret.is_readable_by(&unit) {
        return Err(refused("permission denied"));
    }
    let manages = secret.is_managed_by(&unit, leader);
    let owner_rules = manages && version < JujuVersion::new(3, 3, 0);
    if owner_rules && given && !label.is_empty() {
        return Err(refused(
            "either URI or label should be used for getting an owned secret but not both",
        ));
    }
    if owner_rules && refresh {
        return Err(refused("secret owner cannot use --refresh"));
    }
    // Until 3.3.1 (and but for 3.1.7) an owner always read the latest revision.
    let refresh = refresh
        || (manages
            && !peek
            && version < JujuVersion::new(3, 3, 1)
            && version != JujuVersion::new(3, 1, 7));
    let latest = secret.latest();
    let before = secret.consumers.get(&unit).cloned();
    let mut after = before.clone();
    if refresh || (after.is_none() && !peek) {
        after.get_or_insert_with(Consumer::default).tracked = latest;
    }
    if given && !label.is_empty() {
        if manages {
            label.clone_into(&mut secret.label);
        } else if let Some(consumer) = &mut after {
            label.clone_into(&mut consumer.label);
        }
    }
    let revision = match &after {
        Some(consumer) if !peek => consumer.tracked,
        _ => latest,
    };
    let content = secret.revisions.get(&revision).map(|found| found.content.clone());
    let content = content.ok_or_else(|| {
        refused(format!("secret revision \"{}/{revision}\" not found", id.bare()))
    })?;
    if after != before
        && let Some(consumer) = after
    {
        let tracked = consumer.tracked;
        secret.consumers.insert(unit, consumer);
        run.session.effect(Effect::SecretTracked(id, tracked));
    }
    Ok(content)
}

/// The owner's label first, then the label that this unit gave.
fn by_label(run: &Run<'_>, label: &str) -> Option<SecretId> {
    let unit = &run.session.unit;
    let pending = run.session.writes.secrets.updated.iter();
    let mut pending = pending.filter(|(_, fields)| fields.label.as_deref() == Some(label));
    owned_by_label(run, label)
        .or_else(|| pending.next().map(|(id, _)| id))
        .or_else(|| {
            let mut all = run.model.secrets.iter();
            all.find(|(_, secret)| secret.consumers.get(unit).is_some_and(|c| c.label == label))
                .map(|(id, _)| id)
        })
        .cloned()
}

/// The secret of this unit, or of its application, that its owner gave this label.
fn owned_by_label<'r>(run: &'r Run<'_>, label: &str) -> Option<&'r SecretId> {
    let unit = &run.session.unit;
    let owned = |secret: &Secret| match &secret.owner {
        Owner::Unit(owner) => owner == unit,
        Owner::Application(owner) => owner == application_of(unit),
        Owner::Model => false,
    };
    let labelled = |secret: &Secret| !label.is_empty() && secret.label == label;
    let mut all = run.model.secrets.iter();
    all.find(|(_, secret)| labelled(secret) && owned(secret)).map(|(id, _)| id)
}

/// What an owner sees of a secret, with what this hook has written.
pub(super) struct Metadata {
    pub(super) owner: Owner,
    pub(super) grants: BTreeMap<Grantee, Option<RelationId>>,
    revision: u64,
    label: String,
    fields: Vec<(&'static str, Value<'static>)>,
}

/// What this unit can manage: its own secrets and, as leader, its application's.
pub(super) fn managed(run: &mut Run<'_>) -> BTreeSet<SecretId> {
    let leader = run.session.is_leader(run.model);
    let secrets = &run.session.writes.secrets;
    run.model
        .secrets
        .iter()
        .filter(|(_, secret)| secret.is_managed_by(&run.session.unit, leader))
        .map(|(id, _)| id)
        .filter(|id| !secrets.removed.contains_key(*id))
        .chain(secrets.created.keys())
        .cloned()
        .collect()
}

pub(super) fn metadata(run: &Run<'_>, id: &SecretId) -> Option<Metadata> {
    let writes = &run.session.writes.secrets;
    let stored = run.model.secrets.get(id);
    let created = writes.created.get(id);
    let written = created.map(|(_, fields)| fields).or_else(|| writes.updated.get(id));
    let owner = stored.map(|s| &s.owner).or(created.map(|(owner, _)| owner))?.clone();
    let mut grants: BTreeMap<Grantee, Option<RelationId>> = stored
        .into_iter()
        .flat_map(|secret| secret.grants.iter())
        .map(|(grantee, access)| (grantee.clone(), access.relation))
        .collect();
    for (relation, grantee) in writes.granted.get(id).into_iter().flatten() {
        grants.insert(grantee.clone(), Some(*relation));
    }
    for grantee in writes.revoked.get(id).into_iter().flatten() {
        grants.remove(grantee);
    }
    let description = written
        .and_then(|fields| fields.description.clone())
        .or_else(|| stored.map(|secret| secret.description.clone()))
        .filter(|text| !text.is_empty());
    let rotate =
        written.and_then(|fields| fields.rotate).or_else(|| stored.map(|secret| secret.rotate));
    let expires = written
        .and_then(|fields| fields.expires)
        .or_else(|| stored.and_then(|secret| secret.revisions.last_key_value()?.1.expires));
    let mut fields = Vec::new();
    fields.extend(description.map(|text| ("description", Value::text(text))));
    fields.extend(rotate.map(|rotate| ("rotation", Value::text(rotate.as_str()))));
    fields.extend(expires.map(|time| ("expiry", Value::text(time.to_string()))));
    let rotates = stored.and_then(|secret| secret.rotates);
    fields.extend(rotates.map(|time| ("rotates", Value::text(time.to_string()))));
    let label = written
        .and_then(|fields| fields.label.clone())
        .or_else(|| stored.map(|secret| secret.label.clone()))
        .unwrap_or_default();
    Some(Metadata { owner, grants, revision: stored.map_or(1, Secret::latest), label, fields })
}

pub(super) fn info(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[Flag::value(&["label"]), FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Yaml, NO_SMART)?;
    let label = arguments.value("label").unwrap_or_default();
    let id = arguments.positional(0).filter(|id| !id.is_empty()).map(secret_uri).transpose()?;
    arguments.at_most(1)?;
    match (&id, label.is_empty()) {
        (Some(_), false) => {
            return Err(usage("specify either a secret URI or label but not both"));
        }
        (None, true) => return Err(usage("require either a secret URI or label")),
        _ => {}
    }
    let asked = id.as_ref().map_or(label, SecretId::bare).to_owned();
    let found = managed(run).into_iter().find_map(|candidate| {
        let metadata = metadata(run, &candidate)?;
        let matches = id.as_ref().map_or(metadata.label == label, |id| *id == candidate);
        matches.then_some((candidate, metadata))
    });
    let (id, metadata) =
        found.ok_or_else(|| refused(format!("secret {} not found", go::quote(&asked))))?;
    let revision = i64::try_from(metadata.revision).unwrap_or(i64::MAX);
    let owner = if matches!(metadata.owner, Owner::Unit(_)) { "unit" } else { "application" };
    let mut fields = vec![
        ("revision", Value::Int(revision)),
        ("label", Value::text(metadata.label)),
        ("owner", Value::text(owner)),
    ];
    fields.extend(metadata.fields);
    let access: Vec<Value<'_>> = metadata
        .grants
        .iter()
        .map(|(grantee, relation)| {
            let target = match grantee {
                Grantee::Application(name) => format!("application-{name}"),
                Grantee::Unit(name) => format!("unit-{}", name.as_str().replace('/', "-")),
            };
            Value::Struct(vec![
                ("target", Value::text(target)),
                ("scope", Value::text(scope(run, *relation))),
                ("role", Value::text("view")),
            ])
        })
        .collect();
    if !access.is_empty() {
        fields.push(("access", Value::List(access)));
    }
    run.out = format.print(&Value::map([(id.bare(), Value::Struct(fields))]));
    Ok(())
}

/// A relation as a tag: `relation-web.database#postgresql.database`.
fn scope(run: &Run<'_>, relation: Option<RelationId>) -> String {
    let Some(relation) = relation.and_then(|id| run.model.relations.get(&id)) else {
        return format!("model-{}", run.model.uuid);
    };
    let sides: Vec<String> = relation
        .sides
        .iter()
        .map(|side| format!("{}.{}", side.application, side.endpoint))
        .collect();
    format!("relation-{}", sides.join("#"))
}

pub(super) fn ids(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    arguments.at_most(0)?;
    let ids = managed(run);
    let answer =
        if ids.is_empty() { Value::NilList } else { Value::texts(ids.iter().map(SecretId::bare)) };
    run.out = format.print(&answer);
    Ok(())
}
