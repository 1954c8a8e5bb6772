//! `secret-add`, `secret-set`, `secret-remove`.

use super::super::{
    arguments::Arguments,
    base64, go,
    model::{Content, Owner, Rotate},
    record::Effect,
    session::SecretFields,
    time::Timestamp,
};
use super::{Failure, Flag, Run, not_leader, refused, secret_uri, usage};
use ops_core::{
    JujuVersion,
    names::{ApplicationName, SecretId},
};
use std::collections::BTreeMap;

const FLAGS: &[Flag] = &[
    Flag::value(&["file"]),
    Flag::value(&["label"]),
    Flag::value(&["description"]),
    Flag::value(&["expire"]),
    Flag::value(&["rotate"]),
    Flag::value(&["owner"]),
];

pub(super) fn add(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(FLAGS)?;
    let file = arguments.value("file").filter(|path| !path.is_empty());
    if arguments.positionals.is_empty() && file.is_none() {
        return Err(usage("missing secret value or filename"));
    }
    let fields = fields(run, &arguments, 0)?;
    let owner = match arguments.value("owner").unwrap_or("application") {
        "application" => Owner::Application(
            ApplicationName::new(run.session.application()).map_err(|e| refused(e.to_string()))?,
        ),
        "unit" => Owner::Unit(run.session.unit.clone()),
        other => return Err(usage(format!("secret owner {} not valid", go::quote(other)))),
    };
    if matches!(owner, Owner::Application(_)) && !run.session.is_leader(run.model) {
        return Err(not_leader());
    }
    if fields.content.is_none() {
        return Err(refused("empty secret value not valid"));
    }
    let label_taken = fields.label.as_ref().is_some_and(|label| {
        let mut pending = run.session.writes.secrets.created.values();
        pending.any(|(_, other)| other.label.as_ref() == Some(label))
    });
    if label_taken {
        let label = fields.label.unwrap_or_default();
        return Err(refused(format!("secret with label {} already exists", go::quote(&label))));
    }
    let id = run.model.next_secret().ok_or_else(|| refused("cannot make a secret id"))?;
    run.out.push_str(id.as_str());
    run.out.push('\n');
    run.session.record.secrets.extend(fields.content.clone());
    run.session.effect(Effect::SecretAdded(id.clone()));
    run.session.writes.secrets.created.insert(id, (owner, fields));
    Ok(())
}

pub(super) fn set(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(FLAGS)?;
    let id = arguments.positional(0).ok_or_else(|| usage("missing secret URI"))?;
    let id = secret_uri(id)?;
    let mut fields = fields(run, &arguments, 1)?;
    if let Some(owner) = arguments.value("owner")
        && !matches!(owner, "application" | "unit")
    {
        return Err(usage(format!("secret owner {} not valid", go::quote(owner))));
    }
    check_leader(run, &id)?;
    run.session.record.secrets.extend(fields.content.clone());
    let known = run.model.secrets.get(&id);
    // The agent compares with what is stored, not with what this hook has written.
    if run.model.version >= JujuVersion::new(3, 6, 0)
        && known.is_some_and(|secret| {
            fields.content.is_some() && secret.latest_content() == fields.content.as_ref()
        })
    {
        fields.content = None;
    }
    if fields == SecretFields::default() {
        return Ok(());
    }
    let secrets = &mut run.session.writes.secrets;
    secrets.removed.remove(&id);
    if let Some((_, created)) = secrets.created.get_mut(&id) {
        created.merge(fields);
    } else if run.model.version >= JujuVersion::new(3, 6, 0) {
        secrets.updated.entry(id.clone()).or_default().merge(fields);
    } else {
        // Older agents keep only the last call.
        secrets.updated.insert(id.clone(), fields);
    }
    run.session.effect(Effect::SecretSet(id));
    Ok(())
}

pub(super) fn remove(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[Flag::value(&["revision"])])?;
    let id = arguments.positional(0).ok_or_else(|| usage("missing secret URI"))?;
    let id = secret_uri(id)?;
    arguments.at_most(1)?;
    let revision = match arguments.given("revision") {
        None => None,
        Some((spelt, text)) => Some(text.parse::<u64>().map_err(|_| {
            let why = format!("strconv.ParseInt: parsing {}: invalid syntax", go::quote(text));
            super::invalid(text, spelt, &why)
        })?),
    };
    check_leader(run, &id)?;
    let secrets = &mut run.session.writes.secrets;
    let created = secrets.created.remove(&id).is_some();
    secrets.updated.remove(&id);
    secrets.granted.remove(&id);
    secrets.revoked.remove(&id);
    secrets.tracked.remove(&id);
    if !created {
        secrets.removed.insert(id.clone(), revision);
    }
    run.session.effect(Effect::SecretRemoved(id, revision));
    Ok(())
}

/// Only the leader changes what the application owns. Who owns an unknown id shows at the flush.
pub(super) fn check_leader(run: &mut Run<'_>, id: &SecretId) -> Result<(), Failure> {
    let owned_by_application = match run.model.secrets.get(id).map(|secret| &secret.owner) {
        Some(Owner::Application(owner)) => owner == run.session.application(),
        _ => false,
    };
    if owned_by_application && !run.session.is_leader(run.model) {
        return Err(not_leader());
    }
    Ok(())
}

fn fields(run: &Run<'_>, arguments: &Arguments<'_>, skip: usize) -> Result<SecretFields, Failure> {
    let text =
        |name: &str| arguments.value(name).filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    let expires = text("expire")
        .map(|text| Timestamp::parse_expiry(&text, run.model.now).map_err(usage))
        .transpose()?;
    let rotate = text("rotate")
        .map(|text| {
            Rotate::parse(&text)
                .ok_or_else(|| usage(format!("rotate policy {} not valid", go::quote(&text))))
        })
        .transpose()?;
    let positionals = arguments.positionals.get(skip..).unwrap_or_default();
    let content = content(run, positionals, arguments.value("file").unwrap_or_default())?;
    Ok(SecretFields {
        content,
        label: text("label"),
        description: text("description"),
        expires,
        rotate,
    })
}

fn content(run: &Run<'_>, positionals: &[&str], file: &str) -> Result<Option<Content>, Failure> {
    let mut values = BTreeMap::new();
    for argument in positionals {
        let (key, value) = key_value(run, argument)?;
        values.insert(key, value);
    }
    if !file.is_empty() {
        let bytes = run.read(file)?;
        if bytes.len() > run.model.quotas.secret {
            return Err(usage(format!(
                "secret content in file {} too large: {} bytes",
                go::quote(file),
                bytes.len()
            )));
        }
        let from_file = match serde_json::from_slice(&bytes) {
            Ok(values) => values,
            Err(_) => super::super::settings::mapping(&bytes)?,
        };
        for (key, value) in from_file {
            let (key, value) = decode(run, &key, &value)?;
            values.insert(key, value);
        }
    }
    let coded = |value: &String| value.len().div_ceil(3) * 4;
    for (key, value) in &values {
        if coded(value) > run.model.quotas.secret_value {
            return Err(usage(format!(
                "base64 encoded secret content for key {} too large: {} bytes",
                go::quote(key),
                coded(value)
            )));
        }
    }
    let total: usize = values.values().map(coded).sum();
    if total > run.model.quotas.secret {
        return Err(usage(format!("base64 encoded secret content too large: {total} bytes")));
    }
    Ok((!values.is_empty()).then(|| values.into_iter().collect()))
}

/// Trailing `=` do not separate: they may be base64's padding.
fn key_value(run: &Run<'_>, argument: &str) -> Result<(String, String), Failure> {
    argument
        .trim_end_matches('=')
        .find('=')
        .and_then(|at| Some((argument.get(..at)?, argument.get(at + 1..)?)))
        .filter(|(key, _)| !key.is_empty())
        .ok_or_else(|| usage(format!("key value {} not valid", go::quote(argument))))
        .and_then(|(key, value)| decode(run, key, value))
}

fn decode(run: &Run<'_>, key: &str, value: &str) -> Result<(String, String), Failure> {
    let (name, form) = key.split_once('#').map_or((key, None), |(name, form)| (name, Some(form)));
    if !is_key(name) {
        return Err(usage(format!("key {} not valid", go::quote(name))));
    }
    let value = match form {
        None => value.to_owned(),
        Some("base64") => {
            let bytes = base64::decode(value)
                .ok_or_else(|| usage(format!("key value {} not valid", go::quote(name))))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        Some("file") => {
            let bytes = run.read(value).map_err(|failure| {
                let quoted = go::quote(name);
                usage(format!("reading content for secret key {quoted}: {}", failure.message))
            })?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        Some(_) => return Err(usage(format!("key {} not valid", go::quote(key)))),
    };
    Ok((name.to_owned(), value))
}

/// `^([a-z](?:-?[a-z0-9]){2,})$`
fn is_key(key: &str) -> bool {
    let mut bytes = key.bytes();
    let characters = key.bytes().filter(|b| *b != b'-').count();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && characters >= 3
        && !key.contains("--")
        && !key.ends_with('-')
}
