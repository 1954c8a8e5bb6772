//! Changes and their tasks: what the daemon did in the background.

use super::Pebble;
use serde_json::{Map, Value, json};

/// Something that the daemon did, or has begun to do.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// Its id.
    pub id: u64,
    /// What it is: `start`, `exec`, ...
    pub kind: String,
    /// What it is, for people.
    pub summary: String,
    /// Its parts.
    pub tasks: Vec<Task>,
}

/// A part of a change.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Task {
    /// Its id.
    pub id: u64,
    /// What it is.
    pub kind: String,
    /// What it is, for people.
    pub summary: String,
    /// `Do`, `Doing`, `Done`, `Error` or `Hold`.
    pub status: &'static str,
    /// Whether each message is an error, and its text.
    pub log: Vec<(bool, String)>,
    /// The exit code of a command.
    pub exit_code: Option<i64>,
}

/// Nothing takes time here, so there is only one.
const TIME: &str = "2026-01-01T00:00:00Z";

impl Change {
    /// `Done`, `Error` or `Doing`.
    #[must_use]
    pub fn status(&self) -> &'static str {
        let any = |status| self.tasks.iter().any(|task| task.status == status);
        match () {
            () if any("Doing") || any("Do") => "Doing",
            () if any("Error") => "Error",
            () => "Done",
        }
    }

    /// Whether it has come to its end.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status() != "Doing"
    }

    /// What failed, in Pebble's words.
    #[must_use]
    pub fn err(&self) -> Option<String> {
        if self.status() != "Error" {
            return None;
        }
        let failed = self.tasks.iter().filter(|task| task.status == "Error");
        let lines = failed.flat_map(|task| {
            let errors = task.log.iter().filter(|(is_error, _)| *is_error);
            errors.map(|(_, text)| format!("\n- {} ({text})", task.summary))
        });
        Some(lines.fold("cannot perform the following tasks:".to_owned(), |err, line| err + &line))
    }

    pub(super) fn json(&self) -> Value {
        let mut change = Map::new();
        let mut put = |key: &str, value: Value| change.insert(key.to_owned(), value);
        put("id", self.id.to_string().into());
        put("kind", self.kind.clone().into());
        put("summary", self.summary.clone().into());
        put("status", self.status().into());
        if !self.tasks.is_empty() {
            put("tasks", self.tasks.iter().map(Task::json).collect());
        }
        put("ready", self.is_ready().into());
        if let Some(err) = self.err() {
            put("err", err.into());
        }
        put("spawn-time", TIME.into());
        if self.is_ready() {
            put("ready-time", TIME.into());
        }
        Value::Object(change)
    }
}

impl Task {
    pub(super) fn info(&mut self, text: impl Into<String>) {
        self.log.push((false, text.into()));
    }

    pub(super) fn fail(&mut self, text: impl Into<String>) {
        self.log.push((true, text.into()));
        self.status = "Error";
    }

    fn json(&self) -> Value {
        let mut task = json!({
            "id": self.id.to_string(),
            "kind": self.kind,
            "summary": self.summary,
            "status": self.status,
            "progress": { "label": "", "done": 1, "total": 1 },
            "spawn-time": TIME,
        });
        if let Some(task) = task.as_object_mut() {
            if !self.log.is_empty() {
                let line = |(is_error, text): &(bool, String)| {
                    let level = if *is_error { "ERROR" } else { "INFO" };
                    Value::from(format!("{TIME} {level} {text}"))
                };
                task.insert("log".to_owned(), self.log.iter().map(line).collect());
            }
            if let Some(exit_code) = self.exit_code {
                task.insert("data".to_owned(), json!({ "exit-code": exit_code }));
            }
            if !matches!(self.status, "Do" | "Doing") {
                task.insert("ready-time".to_owned(), TIME.into());
            }
        }
        task
    }
}

impl Pebble {
    pub(super) fn new_task(&mut self, kind: &str, summary: String, status: &'static str) -> Task {
        self.last_task += 1;
        let (id, kind) = (self.last_task, kind.to_owned());
        Task { id, kind, summary, status, log: Vec::new(), exit_code: None }
    }

    pub(super) fn add_change(&mut self, kind: &str, summary: String, tasks: Vec<Task>) -> u64 {
        let id = u64::try_from(self.changes.len()).unwrap_or_default() + 1;
        self.changes.push(Change { id, kind: kind.to_owned(), summary, tasks });
        id
    }

    pub(super) fn find_change(&self, id: &str) -> Option<&Change> {
        let id: u64 = id.parse().ok()?;
        self.changes.iter().find(|change| change.id == id)
    }

    /// The task of a change that has only one.
    pub(super) fn task_of(&mut self, change: u64) -> Option<&mut Task> {
        self.changes.iter_mut().find(|known| known.id == change)?.tasks.first_mut()
    }
}
