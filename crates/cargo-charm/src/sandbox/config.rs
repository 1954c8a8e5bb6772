//! `config` and `trust`: an application's options, as `juju config` reads and sets them.

use super::{
    model::{Sandbox, Settling, View},
    output::Format,
    place::Place,
};
use crate::{failure::Failure, redact::redact};
use clap::Args;
use ops_testing::emulator::juju::{Application, ConfigValue, Model, OptionType};
use serde_json::{Map, Value, json};
use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Show, set or reset an application's options
///
/// `config APP` shows all of them, `config APP KEY` one, `config APP KEY=VALUE ...` sets. A value of
/// `@FILE` is read from the file.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The application
    #[arg(value_name = "APPLICATION")]
    application: String,
    /// What to show (KEY) or to set (KEY=VALUE)
    #[arg(value_name = "KEY[=VALUE]")]
    settings: Vec<String>,
    /// Set what a YAML file says: options with their values, below the application's name
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Give these options their defaults again, separated by commas
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    reset: Vec<String>,
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    format: Format,
    #[command(flatten)]
    settling: Settling,
}

/// Trust an application with the cloud's credentials, or end the trust
#[derive(Debug, Args)]
pub(super) struct TrustArguments {
    /// The application
    #[arg(value_name = "APPLICATION")]
    application: String,
    /// End the trust
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    settling: Settling,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Failure> {
    let (sets, gets): (Vec<&String>, Vec<&String>) =
        arguments.settings.iter().partition(|setting| setting.contains('='));
    let name = &arguments.application;
    let file = arguments.file.as_deref();
    match (sets.as_slice(), gets.as_slice(), arguments.reset.as_slice()) {
        ([], keys, []) if keys.len() <= 1 && file.is_none() => {
            show(place, name, keys.first().copied(), arguments.format)
        }
        (_, [], _) => {
            let mut sandbox = Sandbox::open(place, "config", &arguments.settling)?;
            let cannot = || format!("cannot configure \"{name}\"");
            for key in &arguments.reset {
                known(sandbox.model(), name, key)?;
                sandbox
                    .engine
                    .model_mut()
                    .reset_config(name, key)
                    .map_err(Failure::because(cannot()))?;
            }
            if let Some(file) = file {
                set_file(&mut sandbox, name, file)?;
            }
            sets.iter().try_for_each(|setting| set(&mut sandbox, name, setting))?;
            sandbox.settle()
        }
        _ => Err(Failure::new(
            "an option is either shown (KEY, one at a time) or set (KEY=VALUE), not both",
        )),
    }
}

pub(super) fn run_trust(place: &Place, arguments: &TrustArguments) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "trust", &arguments.settling)?;
    trust(&mut sandbox, &arguments.application, !arguments.remove)?;
    sandbox.settle()
}

impl Sandbox {
    /// Sets an option from `KEY=VALUE`.
    pub(crate) fn set_config(&mut self, application: &str, setting: &str) -> Result<(), Failure> {
        set(self, application, setting)
    }
}

/// Sets an option from `KEY=VALUE`, `KEY=@FILE`.
pub(super) fn set(sandbox: &mut Sandbox, name: &str, setting: &str) -> Result<(), Failure> {
    let (key, text) = setting
        .split_once('=')
        .ok_or_else(|| Failure::new(format!("expected KEY=VALUE, got {setting:?}")))?;
    let text = match text.strip_prefix('@') {
        None => text.to_owned(),
        Some(path) => std::fs::read_to_string(path)
            .map_err(Failure::because(format!("cannot read the value of {key} from {path}")))?,
    };
    set_text(sandbox, name, key, &text)
}

/// Sets the options that a file has for an application.
pub(super) fn set_file(sandbox: &mut Sandbox, name: &str, file: &Path) -> Result<(), Failure> {
    let settings = super::config_file::read(file, name)?;
    settings.iter().try_for_each(|(key, text)| set_text(sandbox, name, key, text))
}

fn set_text(sandbox: &mut Sandbox, name: &str, key: &str, text: &str) -> Result<(), Failure> {
    let kind = known(sandbox.model(), name, key)?;
    let text = text_of_secret(sandbox.model(), kind, text);
    let value = kind.parse(&text).ok_or_else(|| {
        let kind = kind_name(kind);
        Failure::new(format!("option \"{key}\" of \"{name}\" expects {kind}, got {text:?}"))
    })?;
    let cannot = format!("cannot configure \"{name}\"");
    sandbox.engine.set_config(name, key, value).map_err(Failure::because(cannot))
}

pub(super) fn trust(sandbox: &mut Sandbox, name: &str, trusted: bool) -> Result<(), Failure> {
    let found = sandbox.engine.model_mut().application_mut(name);
    found.map_err(Failure::because("cannot trust it"))?.trusted = trusted;
    Ok(())
}

/// An option that names a secret takes the secret's name too.
fn text_of_secret(model: &Model, kind: OptionType, text: &str) -> String {
    match super::secrets::find(model, text) {
        Ok(id) if kind == OptionType::Secret && !text.is_empty() => id.to_string(),
        _ => text.to_owned(),
    }
}

fn known(model: &Model, name: &str, key: &str) -> Result<OptionType, Failure> {
    let application = model.application(name).map_err(Failure::because("cannot configure it"))?;
    application.charm.options.get(key).map(|option| option.kind).ok_or_else(|| {
        let known: Vec<&str> = application.charm.options.keys().map(String::as_str).collect();
        let hint = if known.is_empty() { "it has none".to_owned() } else { known.join(", ") };
        Failure::new(format!("unknown option \"{key}\" of \"{name}\" (known: {hint})"))
    })
}

fn show(place: &Place, name: &str, key: Option<&String>, format: Format) -> Result<(), Failure> {
    let view = View::of(place)?;
    let model = view.model();
    let found = model.application(name).map_err(Failure::because("cannot show its options"))?;
    let mut out = io::stdout();
    if let Some(key) = key {
        known(model, name, key)?;
        let value = found.config_value(key).map(text).unwrap_or_default();
        return Ok(writeln!(out, "{}", redact(model, &value))?);
    }
    let settings: Map<String, Value> =
        found.charm.options.keys().map(|key| (key.clone(), setting(model, found, key))).collect();
    format.print(
        &mut out,
        &json!({ "application": name, "charm": found.charm.name, "settings": settings }),
    )
}

fn setting(model: &Model, application: &Application, key: &str) -> Value {
    let (default, value) = (application.charm.default_of(key), application.config_value(key));
    let source = match (application.config.contains_key(key), value) {
        (true, _) => "user",
        (false, Some(_)) => "default",
        (false, None) => "unset",
    };
    let kind = application.charm.options.get(key).map_or("string", |option| kind_name(option.kind));
    let mut shown = json!({ "source": source, "type": kind });
    if let Some(shown) = shown.as_object_mut() {
        for (name, value) in [("default", default), ("value", value)] {
            if let Some(value) = value {
                let value = match value {
                    ConfigValue::Text(text) => redact(model, text).into(),
                    value => serde_json::to_value(value).unwrap_or_default(),
                };
                shown.insert(name.to_owned(), value);
            }
        }
    }
    shown
}

fn text(value: &ConfigValue) -> String {
    match value {
        ConfigValue::Boolean(value) => value.to_string(),
        ConfigValue::Int(value) => value.to_string(),
        ConfigValue::Float(value) => value.to_string(),
        ConfigValue::Text(value) => value.clone(),
    }
}

fn kind_name(kind: OptionType) -> &'static str {
    match kind {
        OptionType::String => "string",
        OptionType::Int => "int",
        OptionType::Float => "float",
        OptionType::Boolean => "boolean",
        OptionType::Secret => "secret",
    }
}
