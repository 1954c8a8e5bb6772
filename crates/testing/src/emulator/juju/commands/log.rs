//! `juju-log`.

use super::super::record::LogLine;
use super::{FORMAT, Failure, Flag, Run, usage};

const LEVELS: &[&str] = &["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

pub(super) fn log(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments =
        run.arguments(&[Flag::value(&["log-level", "l"]), Flag::switch(&["debug"]), FORMAT])?;
    if arguments.positionals.is_empty() {
        return Err(usage("no message specified"));
    }
    let asked = if arguments.switch("debug")? {
        "DEBUG".to_owned()
    } else {
        arguments.value("log-level").unwrap_or("INFO").to_ascii_uppercase()
    };
    let level = if LEVELS.contains(&asked.as_str()) {
        asked
    } else {
        let message = format!("Specified log level of {asked:?} is invalid");
        write(run, "WARNING".to_owned(), message);
        "INFO".to_owned()
    };
    let mut message = arguments.positionals.join(" ");
    if let Some(id) = run.session.hook.relation()
        && let Some(side) =
            run.model.relations.get(&id).and_then(|r| r.side(run.session.application()))
    {
        message = format!("{}:{id}: {message}", side.endpoint);
    }
    write(run, level, message);
    Ok(())
}

fn write(run: &mut Run<'_>, level: String, message: String) {
    let at = run.model.now;
    run.session.record.logs.push(LogLine { at, level, message });
}
