//! Looks for the contents of secrets where they must not be: arguments, logs, statuses, and what a
//! charm saw and planned as it would be printed.

use super::{base64, model::Model, record::Record};
use std::fmt;

/// A secret's content in a place that others can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The key of the value within its secret.
    pub key: String,
    /// Where it was found.
    pub place: LeakPlace,
}

/// Where a secret's content was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeakPlace {
    /// In an argument of this hook command, where any process on the machine sees it.
    Argument(String),
    /// In what a hook command complained of.
    Complaint(String),
    /// In the log.
    Log,
    /// In the status of a unit or an application.
    Status(String),
    /// In what the charm saw (`seen`) or planned (`plan`), as it would be printed.
    Printed(&'static str),
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the secret value {:?} shows up ", self.key)?;
        match &self.place {
            LeakPlace::Argument(program) => write!(f, "in an argument of {program}"),
            LeakPlace::Complaint(program) => write!(f, "in a complaint of {program}"),
            LeakPlace::Log => f.write_str("in the log"),
            LeakPlace::Status(name) => write!(f, "in the status of {name}"),
            LeakPlace::Printed("seen") => f.write_str("where what the charm saw is printed"),
            LeakPlace::Printed(_) => f.write_str("where what the charm plans is printed"),
        }
    }
}

/// Shorter values turn up by chance.
const SHORTEST: usize = 8;

impl Model {
    /// What stands in place of a secret in what [`redact`](Self::redact) gives.
    pub const REDACTED: &'static str = "<secret>";

    /// The text, with every value of every secret in the model hidden that has at least eight bytes.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let values = self.secret_values().map(|(.., value)| value);
        let mut values: Vec<&str> =
            values.filter(|value| value.len() >= SHORTEST && text.contains(value)).collect();
        // One value may be part of another.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.iter().fold(text.to_owned(), |text, value| text.replace(value, Self::REDACTED))
    }

    /// Every place in which a secret's content of at least eight bytes shows up, as it is or in
    /// base64: in the calls and logs of a run, or in a status. Contents that the run made and that
    /// were dropped count too.
    #[must_use]
    pub fn leaks(&self, record: &Record) -> Vec<Leak> {
        let stored = self.secret_values().map(|(_, key, value)| (key, value));
        let written = record.secrets.iter().flat_map(|content| {
            content.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
        });
        let mut leaks = Vec::new();
        let mut values =
            stored.chain(written).filter(|(_, value)| value.len() >= SHORTEST).peekable();
        if values.peek().is_none() {
            return leaks;
        }
        let short = self.short_texts(record);
        for (key, value) in values {
            let coded = base64::encode(value.as_bytes());
            let shows = |text: &str| text.contains(value) || text.contains(&coded);
            if !shows(&short) && !record.printed.iter().any(|(_, text)| shows(text)) {
                continue;
            }
            for place in self.places(record, &shows) {
                let leak = Leak { key: key.to_owned(), place };
                if !leaks.contains(&leak) {
                    leaks.push(leak);
                }
            }
        }
        leaks
    }

    /// All places but those that are long, in one text: nearly always there is nothing to find, and this
    /// says so at once.
    fn short_texts(&self, record: &Record) -> String {
        let calls = record.calls.iter().flat_map(|call| [call.line(), call.stderr.as_str()]);
        let logs = record.logs.iter().map(|line| line.message.as_str());
        let units = self.units.values().map(|unit| unit.status.status.message.as_str());
        let statuses = self.applications.values().filter_map(|a| a.status.as_ref());
        let applications = statuses.map(|record| record.status.message.as_str());
        let mut all = String::with_capacity(4096);
        for text in calls.chain(logs).chain(units).chain(applications) {
            all.push_str(text);
            all.push('\n');
        }
        all
    }

    fn places(&self, record: &Record, shows: &dyn Fn(&str) -> bool) -> Vec<LeakPlace> {
        let arguments = record
            .calls
            .iter()
            .filter(|call| call.arguments().any(shows))
            .map(|call| LeakPlace::Argument(call.program().to_owned()));
        let complaints = record
            .calls
            .iter()
            .filter(|call| shows(&call.stderr))
            .map(|call| LeakPlace::Complaint(call.program().to_owned()));
        let logs = record.logs.iter().filter(|l| shows(&l.message)).map(|_| LeakPlace::Log);
        let units = self
            .units
            .iter()
            .filter(|(_, unit)| shows(&unit.status.status.message))
            .map(|(name, _)| LeakPlace::Status(name.to_string()));
        let applications = self
            .applications
            .iter()
            .filter(|(_, a)| a.status.as_ref().is_some_and(|s| shows(&s.status.message)))
            .map(|(name, _)| LeakPlace::Status(name.to_string()));
        let printed = record.printed.iter().filter(|(_, text)| shows(text));
        let printed = printed.map(|(what, _)| LeakPlace::Printed(what));
        let told = arguments.chain(complaints).chain(logs);
        told.chain(units).chain(applications).chain(printed).collect()
    }
}
