//! A daemon's state as it is kept on disk, and back.
//!
//! A mirror of [`Pebble`] that can be written as JSON: layers as their own text, words as text. What
//! lives no longer than a connection (commands that run, what clients did) is not kept. Nothing here
//! knows files.

use super::{
    Behaviour, Change, CheckBehaviour, CheckState, ExecHandler, LogLine, News, Pebble,
    ServiceState, Task, files::Files, layers, notice::Notice, shared::Printed, time::Later,
    users::Users,
};
use ops_pebble::layer::{Layer, Plan};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, time::Duration};

/// The state of a daemon, to be written to a file that nobody else may read: values of environments
/// are in clear.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    reachable: bool,
    version: String,
    boot_id: String,
    layers: Vec<(String, String)>,
    services: BTreeMap<String, KeptService>,
    behaviours: BTreeMap<String, Behaviour>,
    checks: BTreeMap<String, KeptCheck>,
    check_behaviours: BTreeMap<String, CheckBehaviour>,
    files: Files,
    users: Users,
    exec_handlers: Vec<ExecHandler>,
    changes: Vec<KeptChange>,
    notices: Vec<Notice>,
    news: Vec<News>,
    identities: serde_json::Map<String, serde_json::Value>,
    logs: Vec<LogLine>,
    clock: Duration,
    #[serde(default)]
    to_come: Vec<Later>,
    last_task: u64,
}

/// It holds secrets in clear.
impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

/// A kept state that is none: somebody has changed it, or it is from another version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the kept state of a Pebble does not make sense: {0}")]
pub struct KeptError(String);

#[derive(Clone, Serialize, Deserialize)]
struct KeptService {
    config: String,
    current: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct KeptCheck {
    config: String,
    successes: u64,
    failures: u64,
    change: Option<u64>,
    previous_change: Option<u64>,
}

#[derive(Clone, Serialize, Deserialize)]
struct KeptChange {
    id: u64,
    kind: String,
    summary: String,
    tasks: Vec<KeptTask>,
}

#[derive(Clone, Serialize, Deserialize)]
struct KeptTask {
    id: u64,
    kind: String,
    summary: String,
    status: String,
    log: Vec<(bool, String)>,
    exit_code: Option<i64>,
}

impl Pebble {
    /// The state as it is to be kept.
    #[must_use]
    pub fn keep(&self) -> Kept {
        let service = |(name, state): (&String, &ServiceState)| {
            let config = Layer::new().service(name, state.config.clone()).to_wire();
            (name.clone(), KeptService { config, current: state.current.to_owned() })
        };
        let check = |(name, state): (&String, &CheckState)| {
            let kept = KeptCheck {
                config: Layer::new().check(name, state.config.clone()).to_wire(),
                successes: state.successes,
                failures: state.failures,
                change: state.change,
                previous_change: state.previous_change,
            };
            (name.clone(), kept)
        };
        let layers = self.layers.iter().map(|(label, layer)| (label.clone(), layer.to_wire()));
        Kept {
            reachable: self.reachable,
            version: (*self.version).clone(),
            boot_id: (*self.boot_id).clone(),
            layers: layers.collect(),
            services: self.services.iter().map(service).collect(),
            behaviours: (*self.behaviours).clone(),
            checks: self.checks.iter().map(check).collect(),
            check_behaviours: (*self.check_behaviours).clone(),
            files: (*self.files).clone(),
            users: (*self.users).clone(),
            exec_handlers: (*self.exec_handlers).clone(),
            changes: self.changes.iter().map(KeptChange::of).collect(),
            notices: (*self.notices).clone(),
            news: (*self.news).clone(),
            identities: (*self.identities).clone(),
            logs: (*self.logs).clone(),
            clock: self.clock,
            to_come: (*self.to_come).clone(),
            last_task: self.last_task,
        }
    }

    /// The daemon that was kept.
    ///
    /// # Errors
    /// What was kept does not make sense.
    pub fn restore(kept: Kept) -> Result<Self, KeptError> {
        let read = |label: &str, text: &str| layers::read(label, text).map_err(KeptError);
        let mut layers = Vec::with_capacity(kept.layers.len());
        for (label, text) in kept.layers {
            let layer = read(&label, &text)?;
            layers.push((label, layer));
        }
        let labelled = layers.iter().map(|(label, layer)| (label.as_str(), layer));
        let plan = Plan::combine(labelled).map_err(|error| KeptError(error.to_string()))?;
        let mut services = BTreeMap::new();
        for (name, KeptService { config, current }) in kept.services {
            let config = read("service", &config)?.services.remove(&name);
            let config = config.ok_or_else(|| KeptError(format!("no configuration of {name}")))?;
            let current = word(&["active", "inactive", "backoff", "error"], &current)?;
            services.insert(name, ServiceState { config, current });
        }
        let mut checks = BTreeMap::new();
        for (name, check) in kept.checks {
            let config = read("check", &check.config)?.checks.remove(&name);
            let config = config.ok_or_else(|| KeptError(format!("no configuration of {name}")))?;
            let KeptCheck { successes, failures, change, previous_change, .. } = check;
            let state = CheckState { config, successes, failures, change, previous_change };
            checks.insert(name, state);
        }
        let changes: Result<Vec<Change>, _> =
            kept.changes.into_iter().map(KeptChange::restore).collect();
        let mut pebble = Self::new();
        pebble.reachable = kept.reachable;
        pebble.version = kept.version.into();
        pebble.boot_id = kept.boot_id.into();
        pebble.layers = layers.into();
        pebble.plan = Printed::from(plan).into();
        pebble.services = services.into();
        pebble.behaviours = kept.behaviours.into();
        pebble.checks = checks.into();
        pebble.check_behaviours = kept.check_behaviours.into();
        pebble.files = kept.files.into();
        pebble.users = kept.users.into();
        pebble.exec_handlers = kept.exec_handlers.into();
        pebble.changes = changes?.into();
        pebble.notices = kept.notices.into();
        pebble.news = kept.news.into();
        pebble.identities = kept.identities.into();
        pebble.logs = kept.logs.into();
        pebble.clock = kept.clock;
        pebble.to_come = kept.to_come.into();
        pebble.last_task = kept.last_task;
        Ok(pebble)
    }
}

impl KeptChange {
    fn of(change: &Change) -> Self {
        let task = |task: &Task| KeptTask {
            id: task.id,
            kind: task.kind.clone(),
            summary: task.summary.clone(),
            status: task.status.to_owned(),
            log: task.log.clone(),
            exit_code: task.exit_code,
        };
        Self {
            id: change.id,
            kind: change.kind.clone(),
            summary: change.summary.clone(),
            tasks: change.tasks.iter().map(task).collect(),
        }
    }

    fn restore(self) -> Result<Change, KeptError> {
        let Self { id, kind, summary, tasks } = self;
        let task = |task: KeptTask| {
            let KeptTask { id, kind, summary, status, log, exit_code } = task;
            let status = word(&["Do", "Doing", "Done", "Error", "Hold"], &status)?;
            Ok(Task { id, kind, summary, status, log, exit_code })
        };
        let tasks: Result<Vec<Task>, KeptError> = tasks.into_iter().map(task).collect();
        Ok(Change { id, kind, summary, tasks: tasks? })
    }
}

fn word(known: &[&'static str], text: &str) -> Result<&'static str, KeptError> {
    let found = known.iter().find(|word| **word == text);
    found.copied().ok_or_else(|| KeptError(format!("{text:?} is none of {known:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ops_pebble::layer::{Check, Service};

    fn round_trip(pebble: &Pebble) -> Pebble {
        let text = serde_json::to_string(&pebble.keep()).unwrap();
        Pebble::restore(serde_json::from_str(&text).unwrap()).unwrap()
    }

    #[test]
    fn what_is_kept_comes_back_with_everything_but_connections() {
        let mut pebble = Pebble::new()
            .behaviour("worker", Behaviour::exits_quickly(3))
            .check_behaviour("ready", CheckBehaviour::Fails)
            .exec_handler(ExecHandler::new(["web", "version"]).stdout(vec![0xff, 0x00]))
            .file("/etc/web.conf", "port = 8080")
            .file("/etc/raw", vec![0xfe, 0x01]);
        let layer = Layer::new()
            .service("web", Service::new("web --port 8080").env("TOKEN", "with \"quotes\"\n"))
            .service("worker", Service::new("worker"))
            .check("ready", Check::http("http://localhost:8080/"));
        pebble.add_layer("web", &layer, false).unwrap();
        pebble.start(&["web", "worker"]);
        assert!(pebble.is_running("web"));
        assert_eq!(pebble.checks()["ready"].status(), "down");
        pebble.notify("example.com/done", [("n", "1")]);
        assert_eq!(round_trip(&pebble), pebble);
    }

    #[test]
    fn a_word_that_pebble_does_not_know_is_named() {
        let mut kept = Pebble::new().keep();
        let config = Layer::new().service("web", Service::new("web")).to_wire();
        kept.services
            .insert("web".to_owned(), KeptService { config, current: "dancing".to_owned() });
        let error = Pebble::restore(kept).unwrap_err();
        assert!(error.to_string().contains("\"dancing\""), "{error}");
    }
}
