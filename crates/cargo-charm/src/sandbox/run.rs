//! `run` and `exec`: an action, or commands, on units.

use super::{
    model::{Sandbox, Settling},
    output::Format,
    place::Place,
    units,
};
use crate::{
    failure::Failure,
    progress::note,
    redact::{redact, redact_all},
};
use clap::Args;
use ops_core::names::UnitName;
use ops_testing::{
    emulator::juju::Model,
    engine::{ActionOutcome, Ended, How},
};
use serde_json::{Map, Value, json};
use std::{
    io::{self, Write as _},
    path::PathBuf,
};

/// Run an action on units, and print its results
#[derive(Debug, Args)]
pub(super) struct Run {
    /// The units, then the action, then its parameters as `key=value` or `key.inner=value`
    #[arg(value_name = "UNIT... ACTION KEY=VALUE", required = true, num_args = 1..)]
    words: Vec<String>,
    /// Take the parameters from a YAML file; those on the command line win
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// Take values as texts, not as YAML
    #[arg(long)]
    string_args: bool,
    /// How to print the results
    #[arg(long, value_name = "FORMAT", default_value = "plain")]
    format: RunFormat,
    #[command(flatten)]
    settling: Settling,
}

/// Run commands on units, with the hook commands at hand, and print what they print
#[derive(Debug, Args)]
pub(super) struct Exec {
    /// The units, separated by commas
    #[arg(long, short, value_name = "UNIT", value_delimiter = ',')]
    unit: Vec<String>,
    /// All units of these applications
    #[arg(long, short, value_name = "APPLICATION", value_delimiter = ',')]
    application: Vec<String>,
    /// How to print what they print
    #[arg(long, value_name = "FORMAT", default_value = "plain")]
    format: RunFormat,
    /// What bash runs
    #[arg(value_name = "COMMANDS", required = true, trailing_var_arg = true)]
    #[arg(allow_hyphen_values = true)]
    commands: Vec<String>,
    #[command(flatten)]
    settling: Settling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum RunFormat {
    Plain,
    Yaml,
    Json,
}

pub(super) fn run(place: &Place, arguments: &Run) -> Result<(), Failure> {
    let (names, action, settings) = arguments.words()?;
    let params = arguments.parameters(settings)?;
    let mut sandbox = Sandbox::open(place, "run", &arguments.settling)?;
    let targets = targets(sandbox.model(), names)?;
    note(format_args!("Running operation with {} task{}", targets.len(), plural(targets.len())));
    let mut ran = Vec::new();
    for unit in targets {
        let cannot = format!("cannot run {action} on {unit}");
        let outcome = sandbox.engine.run_action(&unit, action, params.clone());
        let outcome = outcome.map_err(Failure::because(cannot))?;
        let id = sandbox.model().counters.actions;
        for message in &outcome.messages {
            note(format_args!("{unit}: {}", redact(sandbox.model(), message)));
        }
        ran.push((unit, id, outcome));
    }
    // An action may have made hooks due.
    let settled = sandbox.settle();
    let shown = ran.iter().map(|(unit, id, outcome)| {
        (unit.to_string(), action_json(sandbox.model(), unit, *id, outcome))
    });
    let shown = shown.collect();
    let plain = |out: &mut dyn io::Write| plain(out, sandbox.model(), &ran);
    print(arguments.format, &shown, plain)?;
    settled?;
    let failed: Vec<String> = ran
        .iter()
        .filter_map(|(unit, id, outcome)| {
            let why = redact(sandbox.model(), outcome.failed.as_ref()?);
            Some(format!("Action id {id} on {unit} failed: {why}"))
        })
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(Failure::new(failed.join("; "))) }
}

pub(super) fn exec(place: &Place, arguments: &Exec) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "exec", &arguments.settling)?;
    let mut targets = targets(sandbox.model(), &arguments.unit)?;
    for name in &arguments.application {
        sandbox.model().application(name).map_err(Failure::because("cannot run commands"))?;
        targets.extend(sandbox.model().units_of(name).map(|(unit, _)| unit.clone()));
    }
    if targets.is_empty() {
        return Err(Failure::new("name the units with --unit, or an application"));
    }
    let commands = arguments.commands.join(" ");
    let mut ran = Vec::new();
    for unit in targets {
        let cannot = format!("cannot run commands on {unit}");
        let ended = sandbox.engine.run_commands(&unit, &commands);
        ran.push((unit, ended.map_err(Failure::because(cannot))?));
    }
    let settled = sandbox.settle();
    let model = sandbox.model();
    let shown =
        ran.iter().map(|(unit, ended)| (unit.to_string(), exec_json(model, ended))).collect();
    print(arguments.format, &shown, |out| {
        for (unit, ended) in &ran {
            if ran.len() > 1 {
                writeln!(out, "{unit}:")?;
            }
            write!(out, "{}", redact(model, &ended.stdout))?;
            write!(io::stderr(), "{}", redact(model, &ended.stderr))?;
        }
        Ok(())
    })?;
    settled?;
    let failed: Vec<String> = ran
        .iter()
        .filter(|(_, ended)| !ended.is_success())
        .map(|(unit, ended)| format!("the commands failed on {unit}: {}", ended.how))
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(Failure::new(failed.join("; "))) }
}

fn targets(model: &Model, names: &[String]) -> Result<Vec<UnitName>, Failure> {
    names.iter().map(|name| units::find(model, name)).collect()
}

fn print(
    format: RunFormat,
    shown: &Map<String, Value>,
    plain: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut out = io::stdout();
    let shown = || Value::Object(shown.clone());
    match format {
        RunFormat::Plain => Ok(plain(&mut out)?),
        RunFormat::Yaml => Format::Yaml.print(&mut out, &shown()),
        RunFormat::Json => Format::Json.print(&mut out, &shown()),
    }
}

/// The results as YAML; what the charm printed as it stands.
fn plain(
    out: &mut dyn io::Write,
    model: &Model,
    ran: &[(UnitName, u64, ActionOutcome)],
) -> io::Result<()> {
    for (unit, _, outcome) in ran {
        if ran.len() > 1 {
            writeln!(out, "{unit}:")?;
        }
        let mut results = outcome.results.clone();
        results.remove("return-code");
        let printed: Vec<Value> =
            ["stdout", "stderr"].iter().filter_map(|key| results.remove(*key)).collect();
        for text in printed.iter().filter_map(Value::as_str) {
            write!(out, "{}", redact(model, text))?;
        }
        if !results.is_empty() {
            let text = serde_yaml::to_string(&results).map_err(io::Error::other)?;
            write!(out, "{}", redact(model, &text))?;
        }
    }
    Ok(())
}

fn action_json(model: &Model, unit: &UnitName, id: u64, outcome: &ActionOutcome) -> Value {
    let status = if outcome.failed.is_some() { "failed" } else { "completed" };
    let mut shown = json!({
        "id": id.to_string(),
        "results": redact_all(model, &Value::Object(outcome.results.clone())),
        "status": status,
        "unit": unit.as_str(),
    });
    if let Some(shown) = shown.as_object_mut() {
        if let Some(why) = &outcome.failed {
            shown.insert("message".to_owned(), redact(model, why).into());
        }
        let log: Vec<Value> =
            outcome.messages.iter().map(|text| redact(model, text).into()).collect();
        if !log.is_empty() {
            shown.insert("log".to_owned(), log.into());
        }
    }
    shown
}

fn exec_json(model: &Model, ended: &Ended) -> Value {
    let code = match ended.how {
        How::Exit(code) => code,
        _ => -1,
    };
    let status = if ended.is_success() { "completed" } else { "failed" };
    json!({
        "results": {
            "return-code": code,
            "stdout": redact(model, &ended.stdout),
            "stderr": redact(model, &ended.stderr),
        },
        "status": status,
    })
}

fn plural(number: usize) -> &'static str {
    if number == 1 { "" } else { "s" }
}

impl Run {
    /// Units, the action, and settings: units have a `/` and settings a `=`.
    fn words(&self) -> Result<(&[String], &str, &[String]), Failure> {
        let is_unit = |word: &&String| word.contains('/') && !word.contains('=');
        let units = self.words.iter().take_while(is_unit).count();
        let (units, rest) = self.words.split_at_checked(units).unwrap_or_default();
        match rest.split_first() {
            Some((action, settings)) if !units.is_empty() => Ok((units, action, settings)),
            _ => Err(Failure::new("expected UNIT ACTION, such as `run web/0 backup`")),
        }
    }

    fn parameters(&self, settings: &[String]) -> Result<Map<String, Value>, Failure> {
        let mut params = Map::new();
        if let Some(path) = &self.params {
            let cannot = || format!("cannot read parameters from {}", path.display());
            let text = std::fs::read_to_string(path).map_err(Failure::because(cannot()))?;
            params = serde_yaml::from_str(&text).map_err(Failure::because(cannot()))?;
        }
        for setting in settings {
            let (key, text) = setting
                .split_once('=')
                .filter(|(key, _)| !key.is_empty())
                .ok_or_else(|| Failure::new(format!("expected KEY=VALUE, got {setting:?}")))?;
            let value = match self.string_args {
                true => Value::from(text),
                false => serde_yaml::from_str(text)
                    .map_err(Failure::because(format!("cannot read the value of {key} as YAML")))?,
            };
            insert(&mut params, key, value);
        }
        Ok(params)
    }
}

/// A dot in a key makes a map.
fn insert(params: &mut Map<String, Value>, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            params.insert(key.to_owned(), value);
        }
        Some((outer, inner)) => {
            let map = params.entry(outer).or_insert_with(|| Value::Object(Map::new()));
            if !map.is_object() {
                *map = Value::Object(Map::new());
            }
            if let Some(map) = map.as_object_mut() {
                insert(map, inner, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_in_a_key_makes_a_map() {
        let mut params = Map::new();
        insert(&mut params, "to.host", "a".into());
        insert(&mut params, "to.port", 1.into());
        assert_eq!(Value::Object(params), json!({ "to": { "host": "a", "port": 1 } }));
    }
}
