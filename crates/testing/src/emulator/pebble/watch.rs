//! What is asked to know how the workload does: health, changes in a list, logs, metrics; and signals.

use super::{Pebble, Request, Response, Task, service::Starting};
use ops_pebble::layer::Level;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A line that a service printed: when, which service, what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogLine {
    /// Which service.
    pub service: String,
    /// What it printed.
    pub message: String,
    time: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Signals {
    signal: String,
    services: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Named {
    action: String,
    name: String,
}

impl Pebble {
    /// Lets a service print a line.
    pub fn print(&mut self, service: &str, message: &str) {
        let time = self.time().to_string();
        let (service, message) = (service.to_owned(), message.to_owned());
        self.logs.push(LogLine { service, message, time });
    }

    pub(super) fn get_health(&self, request: &Request) -> Response {
        let level = request.parameter("level");
        if !matches!(level, "" | "alive" | "ready") {
            return Response::refused(400, "", "level must be \"alive\" or \"ready\"");
        }
        let names = request.list("names");
        let down = self.checks.iter().any(|(name, state)| {
            let own = state.config.level.as_ref().map_or("", Level::as_str);
            let asked = level.is_empty() || own == level || (level == "ready" && own == "alive");
            asked
                && (names.is_empty() || names.contains(&name.as_str()))
                && state.status() == "down"
        });
        let mut response = Response::sync(&json!({ "healthy": !down }));
        if down {
            response.status = 502;
        }
        response
    }

    pub(super) fn get_changes(&self, request: &Request) -> Response {
        let ready = match request.parameter("select") {
            "" | "in-progress" => Some(false),
            "ready" => Some(true),
            "all" => None,
            _ => {
                let message = "select should be one of: all,in-progress,ready";
                return Response::refused(400, "", message);
            }
        };
        let service = format!("service {:?}", request.parameter("for"));
        let names_it = |change: &&super::Change| {
            request.parameter("for").is_empty()
                || change.tasks.iter().any(|task| task.summary.ends_with(&service))
        };
        let changes =
            self.changes.iter().filter(|c| ready.is_none_or(|ready| c.is_ready() == ready));
        Response::sync(&changes.filter(names_it).map(super::Change::info).collect::<Vec<_>>())
    }

    pub(super) fn post_change(&mut self, id: &str, body: &[u8]) -> Response {
        let request: Named = serde_json::from_slice(body).unwrap_or_default();
        let found = self.find_change(id).map(|change| (change.id, change.is_ready()));
        let Some((number, is_ready)) = found else {
            return Response::refused(404, "", format!("cannot find change with id {id:?}"));
        };
        if request.action != "abort" {
            let message = format!("change action {:?} is unsupported", request.action);
            return Response::refused(400, "", message);
        }
        if is_ready {
            let message = format!("cannot abort change {id} with nothing pending");
            return Response::refused(400, "", message);
        }
        let tasks = self.find_change(id).map(|change| change.tasks.clone()).unwrap_or_default();
        let starting = |task: &Task| self.starting(|starting| starting.has_task(task.id));
        let mut starting: Vec<Starting> = tasks.iter().filter_map(starting).collect();
        starting.dedup();
        for starting in &starting {
            self.abort_start(starting);
        }
        if let (true, Some(task)) = (starting.is_empty(), self.task_of(number)) {
            task.fail("start aborted, sent SIGKILL to process");
        }
        self.find_change(id)
            .map_or_else(|| Response::sync(&Value::Null), |c| Response::sync(&c.info()))
    }

    pub(super) fn get_logs(&self, request: &Request) -> Response {
        let services = request.list("services");
        let follow = match request.parameter("follow") {
            "" | "false" => false,
            "true" => true,
            _ => {
                let message = "follow parameter must be \"true\" or \"false\"";
                return Response::refused(400, "", message);
            }
        };
        let last = match request.parameter("n") {
            "" => Ok(if follow { 0 } else { 30 }),
            text => text.parse::<i64>(),
        };
        let Some(last) = last.ok().filter(|last| *last >= -1) else {
            return Response::refused(400, "", "n must be -1, 0, or a positive integer");
        };
        let lines = self.log_lines(&services, 0);
        let skipped = usize::try_from(last).map_or(0, |last| lines.len().saturating_sub(last));
        let body = lines.into_iter().skip(skipped).flatten().collect();
        Response { status: 200, content_type: "application/x-ndjson".into(), body }
    }

    /// What was printed after so many lines of all services, each as it is sent.
    pub(super) fn log_lines(&self, services: &[&str], after: usize) -> Vec<Vec<u8>> {
        let wanted =
            |line: &&LogLine| services.is_empty() || services.contains(&line.service.as_str());
        let lines = self.logs.iter().skip(after).filter(wanted);
        let sent = |LogLine { service, message, time }: &LogLine| {
            let line = json!({ "time": time, "service": service, "message": message });
            format!("{line}\n").into_bytes()
        };
        lines.map(sent).collect()
    }

    /// How many lines were printed so far.
    pub(super) fn printed(&self) -> usize {
        self.logs.len()
    }

    pub(super) fn get_metrics(&self) -> Response {
        let mut text = String::new();
        for name in self.plan.services.keys() {
            let active = u8::from(self.is_running(name));
            text += &format!("pebble_service_active{{service=\"{name}\"}} {active}\n");
        }
        for (name, state) in self.checks.iter() {
            let (successes, failures) = (state.successes, state.failures);
            if state.status() != "inactive" {
                let up = u8::from(state.status() == "up");
                text += &format!("pebble_check_up{{check=\"{name}\"}} {up}\n");
            }
            text += &format!("pebble_check_success_count{{check=\"{name}\"}} {successes}\n");
            text += &format!("pebble_check_failure_count{{check=\"{name}\"}} {failures}\n");
        }
        let content_type = "text/plain; version=0.0.4; charset=utf-8".into();
        Response { status: 200, content_type, body: text.into_bytes() }
    }

    pub(super) fn post_signals(&mut self, body: &[u8]) -> Response {
        let request: Signals = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => {
                return Response::refused(400, "", format!("cannot decode request body: {error}"));
            }
        };
        let Signals { signal, services } = request;
        if services.is_empty() {
            return Response::refused(400, "", "must specify one or more services");
        }
        const KNOWN: [&str; 9] = [
            "SIGHUP", "SIGINT", "SIGQUIT", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGCONT",
            "SIGSTOP",
        ];
        let refusals = services.iter().filter_map(|name| {
            let why = if !self.is_running(name) {
                "service is not running".to_owned()
            } else if !KNOWN.contains(&signal.as_str()) {
                format!("invalid signal name {signal:?}")
            } else {
                return None;
            };
            Some(format!("cannot send signal to {name:?}: {why}"))
        });
        let refusals: Vec<String> = refusals.collect();
        if refusals.is_empty() {
            self.effects.push(super::Effect::Signal { signal, services });
            return Response::sync(&json!(true));
        }
        Response::refused(500, "", refusals.join("; "))
    }

    pub(super) fn post_refresh(&mut self, body: &[u8]) -> Response {
        let request: Named = serde_json::from_slice(body).unwrap_or_default();
        if request.name.is_empty() {
            return Response::refused(400, "", "must specify check name");
        }
        let Some(info) = self.check_info(&request.name) else {
            let message = format!("cannot find check with name {:?}", request.name);
            return Response::refused(404, "", message);
        };
        let mut result = json!({ "info": info });
        if let (true, Some(result)) = (self.fails(&request.name), result.as_object_mut()) {
            result.insert("error".to_owned(), "the check fails, as it was told to".into());
        }
        Response::sync(&result)
    }
}
