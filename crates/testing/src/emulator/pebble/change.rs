//! Changes and their tasks: what the daemon did in the background.

use super::Pebble;
use serde::{Serialize, Serializer};

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

    pub(super) fn info(&self) -> ChangeInfo<'_> {
        let ready = self.is_ready();
        ChangeInfo {
            id: self.id,
            kind: &self.kind,
            summary: &self.summary,
            status: self.status(),
            tasks: self.tasks.iter().map(TaskInfo::of).collect(),
            ready,
            err: self.err(),
            spawn_time: TIME,
            ready_time: ready.then_some(TIME),
        }
    }
}

/// A change as `GET /v1/changes` shows it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ChangeInfo<'a> {
    #[serde(serialize_with = "as_text")]
    id: u64,
    kind: &'a str,
    summary: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tasks: Vec<TaskInfo<'a>>,
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    err: Option<String>,
    spawn_time: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ready_time: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct TaskInfo<'a> {
    #[serde(serialize_with = "as_text")]
    id: u64,
    kind: &'a str,
    summary: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    log: Vec<String>,
    progress: Progress,
    spawn_time: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ready_time: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data>,
}

#[derive(Serialize)]
struct Progress {
    label: &'static str,
    done: u64,
    total: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Data {
    exit_code: i64,
}

impl<'a> TaskInfo<'a> {
    fn of(task: &'a Task) -> Self {
        let line = |(is_error, text): &(bool, String)| {
            let level = if *is_error { "ERROR" } else { "INFO" };
            format!("{TIME} {level} {text}")
        };
        Self {
            id: task.id,
            kind: &task.kind,
            summary: &task.summary,
            status: task.status,
            log: task.log.iter().map(line).collect(),
            progress: Progress { label: "", done: 1, total: 1 },
            spawn_time: TIME,
            ready_time: (!matches!(task.status, "Do" | "Doing")).then_some(TIME),
            data: task.exit_code.map(|exit_code| Data { exit_code }),
        }
    }
}

/// Ids are numbers that Pebble writes as text.
fn as_text<S: Serializer>(id: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

impl Task {
    pub(super) fn info(&mut self, text: impl Into<String>) {
        self.log.push((false, text.into()));
    }

    pub(super) fn fail(&mut self, text: impl Into<String>) {
        self.log.push((true, text.into()));
        self.status = "Error";
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
