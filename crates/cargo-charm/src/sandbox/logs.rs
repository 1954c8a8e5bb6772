//! `debug-log`: what charms logged and what their agents say of them, as `juju debug-log` prints it.

use super::{model::View, place::Place};
use crate::{failure::Failure, redact::redact};
use clap::Args;
use ops_testing::{
    emulator::juju::Timestamp,
    engine::{Outcome, TimelineEntry},
};
use std::io::{self, Write as _};

/// Show what charms logged, oldest first
///
/// Of the newest runs, with what the charms printed: standard output as DEBUG, standard error as
/// WARNING. The contents of secrets are hidden.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only these units and applications
    #[arg(long, short, value_name = "NAME")]
    include: Vec<String>,
    /// Nothing below TRACE, DEBUG, INFO, WARNING or ERROR
    #[arg(long, short, value_name = "LEVEL", default_value = "DEBUG", ignore_case = true)]
    #[arg(value_parser = ["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"])]
    level: String,
    /// Only so many lines, the newest; 0 is all
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 0)]
    lines: usize,
    /// Print every hook command too
    #[arg(long)]
    hook_commands: bool,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Failure> {
    let view = View::of(place)?;
    let wanted = |entry: &&TimelineEntry| {
        let (unit, application) = (entry.unit.as_str(), entry.unit.application());
        let is = |name: &String| name == unit || name == application.as_str();
        arguments.include.is_empty() || arguments.include.iter().any(is)
    };
    let least = severity(&arguments.level);
    let lines: Vec<String> = view
        .engine
        .timeline()
        .iter()
        .filter(wanted)
        .flat_map(|entry| lines(entry, arguments.hook_commands))
        .filter(|line| severity(&line.level) >= least)
        .map(|line| redact(view.model(), &line.text()))
        .collect();
    let skipped = match arguments.lines {
        0 => 0,
        lines_wanted => lines.len().saturating_sub(lines_wanted),
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in lines.iter().skip(skipped) {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

struct Line {
    unit: String,
    at: Timestamp,
    level: String,
    module: String,
    message: String,
}

impl Line {
    /// `unit-web-0: 03:04:05 INFO unit.web/0.juju-log started`
    fn text(&self) -> String {
        let spaced = self.at.spaced();
        let time = spaced.split(' ').nth(1).unwrap_or_default().trim_end_matches('Z');
        let Self { unit, level, module, message, .. } = self;
        format!("unit-{}: {time} {level} {module} {message}", unit.replace('/', "-"))
    }
}

fn lines(entry: &TimelineEntry, hook_commands: bool) -> Vec<Line> {
    let unit = entry.unit.to_string();
    let line = |level: &str, module: String, message: String| Line {
        unit: unit.clone(),
        at: entry.at,
        level: level.to_owned(),
        module,
        message,
    };
    let hook = format!("unit.{unit}.{}", entry.name);
    let mut lines = Vec::new();
    if hook_commands {
        let calls = entry.record.calls.iter();
        lines.extend(calls.map(|call| line("TRACE", hook.clone(), call.to_string())));
        // Asked for, whatever the level.
        lines.iter_mut().for_each(|line| line.level = "INFO".to_owned());
    }
    for logged in &entry.record.logs {
        lines.push(line(&logged.level, format!("unit.{unit}.juju-log"), logged.message.clone()));
    }
    for (level, text) in [("DEBUG", &entry.ended.stdout), ("WARNING", &entry.ended.stderr)] {
        lines.extend(text.lines().map(|text| line(level, hook.clone(), text.to_owned())));
    }
    let agent = || "juju.worker.uniter.operation".to_owned();
    let (kind, via) = match (entry.hook.is_action(), entry.hook.commands()) {
        (true, _) => ("action", "(via hook dispatching script: dispatch)"),
        (false, Some(_)) => ("operation", "(by bash)"),
        (false, None) => ("hook", "(via hook dispatching script: dispatch)"),
    };
    let name = &entry.name;
    lines.push(match &entry.outcome {
        Outcome::Done => line("INFO", agent(), format!("ran \"{name}\" {kind} {via}")),
        Outcome::Skipped => line("INFO", agent(), format!("skipped \"{name}\" {kind}")),
        Outcome::Failed(how) => {
            line("ERROR", agent(), format!("{kind} \"{name}\" {via} failed: {how}"))
        }
        Outcome::Refused(why) => {
            line("ERROR", agent(), format!("{kind} \"{name}\" {via} failed: {why}"))
        }
    });
    lines
}

fn severity(level: &str) -> u8 {
    match level.to_ascii_uppercase().as_str() {
        "TRACE" => 0,
        "DEBUG" => 1,
        "INFO" => 2,
        "WARNING" => 3,
        _ => 4,
    }
}
