//! The operator's secrets: `add-secret`, `update-secret`, `grant-secret`, `revoke-secret`, `secrets`,
//! `show-secret`. A value is printed by `show-secret --reveal` and by nothing else.

use super::{
    model::{Sandbox, Settling, View},
    output::Format,
    place::Place,
};
use crate::{failure::Failure, progress::note};
use clap::Args;
use ops_core::names::{ApplicationName, SecretId};
use ops_testing::emulator::juju::{Content, Grantee, Model, Owner, Secret};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::PathBuf,
};

/// What a secret is to hold.
#[derive(Debug, Args)]
pub(super) struct Values {
    /// A value, or with `key#file=PATH` the file that holds it
    #[arg(value_name = "KEY=VALUE", required_unless_present = "file")]
    values: Vec<String>,
    /// Take the values from a YAML file of keys and values
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// What the secret is for
    #[arg(long, value_name = "TEXT")]
    info: Option<String>,
}

/// Add a secret of the operator, and print its URI
#[derive(Debug, Args)]
pub(super) struct Add {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    values: Values,
}

/// Give a secret a new revision
#[derive(Debug, Args)]
pub(super) struct Update {
    /// Its URI or name
    #[arg(value_name = "SECRET")]
    secret: String,
    #[command(flatten)]
    values: Values,
    #[command(flatten)]
    settling: Settling,
}

/// Let applications read a secret
#[derive(Debug, Args)]
pub(super) struct Grant {
    /// Its URI or name
    #[arg(value_name = "SECRET")]
    secret: String,
    /// The applications, separated by commas
    #[arg(value_name = "APPLICATION", value_delimiter = ',', required = true)]
    applications: Vec<String>,
    #[command(flatten)]
    settling: Settling,
}

/// List the secrets of the model
#[derive(Debug, Args)]
pub(super) struct List {
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    format: Format,
}

/// Show a secret, without its values unless they are asked for
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Its URI or name
    #[arg(value_name = "SECRET")]
    secret: String,
    /// Print the values
    #[arg(long)]
    reveal: bool,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    format: Format,
}

pub(super) fn add(place: &Place, arguments: &Add) -> Result<(), Failure> {
    let content = arguments.values.content()?;
    let mut sandbox = Sandbox::open_or_begin(place, "add-secret", &Settling::usual())?;
    let id = sandbox.add_secret(&arguments.name, content)?;
    if let Some(info) = &arguments.values.info {
        describe(&mut sandbox, &id, info)?;
    }
    // Nobody may read it yet: no hook is due.
    sandbox.keep()?;
    Ok(writeln!(io::stdout(), "{id}")?)
}

pub(super) fn update(place: &Place, arguments: &Update) -> Result<(), Failure> {
    let content = arguments.values.content()?;
    let mut sandbox = Sandbox::open(place, "update-secret", &arguments.settling)?;
    let id = find(sandbox.model(), &arguments.secret)?;
    let cannot = format!("cannot update {}", arguments.secret);
    let revision = sandbox.engine.update_secret(&id, content).map_err(Failure::because(cannot))?;
    if let Some(info) = &arguments.values.info {
        describe(&mut sandbox, &id, info)?;
    }
    note(format_args!("{id} has revision {revision}."));
    sandbox.settle()
}

pub(super) fn grant(place: &Place, arguments: &Grant) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "grant-secret", &arguments.settling)?;
    for application in &arguments.applications {
        sandbox.grant_secret(&arguments.secret, application)?;
    }
    sandbox.settle()
}

pub(super) fn revoke(place: &Place, arguments: &Grant) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "revoke-secret", &arguments.settling)?;
    let id = find(sandbox.model(), &arguments.secret)?;
    for application in &arguments.applications {
        let cannot = || format!("cannot revoke {} from \"{application}\"", arguments.secret);
        let name = ApplicationName::new(application.clone()).map_err(Failure::because(cannot()))?;
        let model = sandbox.engine.model_mut();
        model
            .revoke_secret(&id, &Grantee::Application(name))
            .map_err(Failure::because(cannot()))?;
    }
    sandbox.settle()
}

impl Sandbox {
    /// Adds a secret of the operator.
    pub(crate) fn add_secret(&mut self, name: &str, content: Content) -> Result<SecretId, Failure> {
        let cannot = format!("cannot add the secret \"{name}\"");
        self.engine.add_secret(name, content).map_err(Failure::because(cannot))
    }

    /// Lets an application read a secret, which is named by its URI or name.
    pub(crate) fn grant_secret(&mut self, secret: &str, application: &str) -> Result<(), Failure> {
        let cannot = || format!("cannot grant {secret} to \"{application}\"");
        self.model().application(application).map_err(Failure::because(cannot()))?;
        let id = find(self.model(), secret)?;
        self.engine.grant_secret(&id, application).map_err(Failure::because(cannot()))
    }
}

pub(super) fn list(place: &Place, arguments: &List) -> Result<(), Failure> {
    let view = View::of(place)?;
    let secrets = view.model().secrets.iter();
    let shown: Map<String, Value> =
        secrets.map(|(id, secret)| (id.bare().to_owned(), describe_secret(secret))).collect();
    arguments.format.print(&mut io::stdout(), &Value::Object(shown))
}

pub(super) fn show(place: &Place, arguments: &Show) -> Result<(), Failure> {
    let view = View::of(place)?;
    let id = find(view.model(), &arguments.secret)?;
    let secret = view.model().secrets.get(&id);
    let mut shown = secret.map(describe_secret).unwrap_or_default();
    let content = secret.and_then(Secret::latest_content).filter(|_| arguments.reveal);
    if let (Some(shown), Some(content)) = (shown.as_object_mut(), content) {
        shown.insert("content".to_owned(), json!(*content.0));
    }
    arguments.format.print(&mut io::stdout(), &json!({ id.bare(): shown }))
}

/// The secret with this URI, or of this name.
pub(super) fn find(model: &Model, secret: &str) -> Result<SecretId, Failure> {
    let named = |(id, found): (&SecretId, &Secret)| {
        (found.owner == Owner::Model && found.label == secret && !secret.is_empty())
            .then(|| id.clone())
    };
    let by_id = SecretId::parse(secret).ok().filter(|id| model.secrets.contains_key(id));
    by_id
        .or_else(|| model.secrets.iter().find_map(named))
        .ok_or_else(|| Failure::new(format!("secret \"{secret}\" not found")))
}

fn describe(sandbox: &mut Sandbox, id: &SecretId, info: &str) -> Result<(), Failure> {
    let secret = sandbox.engine.model_mut().secret_mut(id);
    info.clone_into(&mut secret.map_err(Failure::because("cannot describe it"))?.description);
    Ok(())
}

fn describe_secret(secret: &Secret) -> Value {
    let owner = match &secret.owner {
        Owner::Application(name) => name.to_string(),
        Owner::Unit(name) => name.to_string(),
        Owner::Model => "<model>".to_owned(),
    };
    let mut shown = json!({ "revision": secret.latest(), "owner": owner });
    let revisions = secret.revisions.values();
    let created = revisions.clone().next().map(|revision| revision.created.to_string());
    let updated = revisions.clone().next_back().map(|revision| revision.created.to_string());
    let label = if secret.owner == Owner::Model { "name" } else { "label" };
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let granted: Vec<String> = secret.grants.keys().cloned().map(String::from).collect();
    if let Some(shown) = shown.as_object_mut() {
        for (key, value) in [
            (label, text(&secret.label)),
            ("description", text(&secret.description)),
            ("created", created),
            ("updated", updated),
            ("granted-to", text(&granted.join(", "))),
        ] {
            if let Some(value) = value {
                shown.insert(key.to_owned(), value.into());
            }
        }
    }
    shown
}

impl Values {
    fn content(&self) -> Result<Content, Failure> {
        let mut content = BTreeMap::new();
        if let Some(path) = &self.file {
            let cannot = || format!("cannot read the secret's values from {}", path.display());
            let text = std::fs::read_to_string(path).map_err(Failure::because(cannot()))?;
            // What the parser complains of may quote a value.
            let values: BTreeMap<String, String> = serde_yaml::from_str(&text).map_err(|_| {
                Failure::new(format!("{}: it must be keys with texts as their values", cannot()))
            })?;
            content.extend(values);
        }
        for value in &self.values {
            let (key, value) = value
                .split_once('=')
                .ok_or_else(|| Failure::new("a value has no key: expected KEY=VALUE".to_owned()))?;
            let (key, value) = match key.strip_suffix("#file") {
                None => (key, value.to_owned()),
                Some(key) => {
                    let cannot = format!("cannot read the value of {key} from {value}");
                    (key, std::fs::read_to_string(value).map_err(Failure::because(cannot))?)
                }
            };
            check_key(key)?;
            content.insert(key.to_owned(), value);
        }
        Ok(Content::from_iter(content))
    }
}

/// Juju's own rule.
fn check_key(key: &str) -> Result<(), Failure> {
    let is_letter = |c: char| c.is_ascii_lowercase();
    let fits = key.len() >= 3
        && key.starts_with(is_letter)
        && key.ends_with(|c: char| is_letter(c) || c.is_ascii_digit())
        && key.chars().all(|c| is_letter(c) || c.is_ascii_digit() || c == '-');
    if fits { Ok(()) } else { Err(Failure::new(format!("key {key:?} not valid"))) }
}
