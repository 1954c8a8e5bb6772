//! Services: what starting, stopping and replanning them comes to.

use super::{Effect, Pebble, Response, Task, time::Event};
use ops_pebble::layer::{Action, Service, Started};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// What starting a service comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Behaviour {
    /// It runs.
    #[default]
    Runs,
    /// It exits within its first second.
    ExitsQuickly {
        /// The exit code.
        code: i64,
        /// What it printed.
        output: String,
    },
    /// Its program is not there.
    NoSuchProgram,
    /// Its start takes this long, and then it runs. The time is the daemon's: see
    /// [`advance_clock`](Pebble::advance_clock).
    StartsAfter(Duration),
    /// The start never comes to an end.
    Hangs,
}

/// What is left of a lane of services whose first one is starting: tasks, each with its service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Starting(Vec<(u64, String)>);

impl Starting {
    /// Whether this task waits for it, or is it.
    pub(super) fn has_task(&self, task: u64) -> bool {
        self.0.iter().any(|(known, _)| *known == task)
    }

    fn is_of(&self, service: &str) -> bool {
        self.0.first().is_some_and(|(_, first)| first == service)
    }
}

impl Behaviour {
    /// It exits within its first second with this code, and prints nothing.
    #[must_use]
    pub fn exits_quickly(code: i64) -> Self {
        Self::ExitsQuickly { code, output: String::new() }
    }
}

/// A service that was started since the daemon started.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ServiceState {
    /// The configuration that it was last started with.
    pub config: Service,
    /// `active`, `inactive`, `backoff` or `error`.
    pub current: &'static str,
}

impl ServiceState {
    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.current == "active"
    }
}

/// A service as `GET /v1/services` shows it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Info<'a> {
    current: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_since: Option<&'static str>,
    name: &'a str,
    startup: &'static str,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ServiceAction {
    action: String,
    services: Vec<String>,
}

impl Pebble {
    /// Ends a running service from outside, as a crash does. What follows is what its configuration
    /// says: `backoff` or `error`.
    pub fn crash(&mut self, service: &str, code: i64) {
        if let Some(state) = self.services.get_mut(service) {
            state.current = after_exit(&state.config, code).1;
        }
    }

    /// Starts services as if a client had done so, but leaves no effect.
    pub fn start(&mut self, services: &[&str]) {
        let order = self.plan.start_order(services).unwrap_or_default();
        self.start_lanes(&order);
    }

    pub(super) fn get_services(&self, names: &[&str]) -> Response {
        let wanted = |name: &String| names.is_empty() || names.contains(&name.as_str());
        let services = self.plan.services.iter().filter(|(name, _)| wanted(name));
        let infos = services.map(|(name, service)| {
            let state = self.services.get(name);
            Info {
                current: state.map_or("inactive", |state| state.current),
                current_since: state.map(|_| "2026-01-01T00:00:00Z"),
                name,
                startup: if service.is_enabled() { "enabled" } else { "disabled" },
            }
        });
        Response::sync(&infos.collect::<Vec<_>>())
    }

    pub(super) fn post_services(&mut self, body: &[u8]) -> Response {
        let refuse = |message: String| Response::refused(400, "", message);
        let request: ServiceAction = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => {
                return refuse(format!("cannot decode data from request body: {error}"));
            }
        };
        let (action, names) = (request.action.as_str(), request.services);
        let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        let planned = match (action, names.is_empty()) {
            ("autostart", true) => self.plan_autostart(),
            ("replan", true) => self.plan_replan(),
            ("replan" | "autostart", false) => {
                return refuse(format!("{action} accepts no service names"));
            }
            (_, true) => return refuse(self.wants_services_for(action)),
            ("start", _) => self.plan.start_order(&wanted).map(|start| (Vec::new(), start)),
            ("stop", _) => self.plan.stop_order(&wanted).map(|stop| (stop, Vec::new())),
            ("restart", _) => {
                // Only what is named stops, in its order; what requires it runs on.
                let stop = self.plan.stop_order(&wanted);
                let named = stop.map(|stop| stop.into_iter().filter(|s| names.contains(s)));
                named.and_then(|stop| Ok((stop.collect(), self.plan.start_order(&wanted)?)))
            }
            _ => return refuse(format!("invalid action {action:?}")),
        };
        let (stop, start) = match planned {
            Ok(planned) => planned,
            Err(error) => return refuse(format!("cannot {action} services: {error}")),
        };
        if action == "autostart" && start.is_empty() {
            return Response::refused(400, "no-default-services", "no default services");
        }
        let summary = summary(action, &names, &stop, &start);
        self.effects.push(match action {
            "start" => Effect::Start(names),
            "stop" => Effect::Stop(names),
            "restart" => Effect::Restart(names),
            "autostart" => Effect::Autostart,
            _ => Effect::Replan,
        });
        let mut tasks: Vec<Task> = stop.iter().map(|name| self.stop_one(name)).collect();
        tasks.extend(self.start_lanes(&start));
        if action == "replan" {
            self.start_enabled_checks();
        }
        let change = self.add_change(action, summary, tasks);
        Response::change(change, &Value::Null)
    }

    fn plan_autostart(&self) -> Result<(Vec<String>, Vec<String>), ops_pebble::layer::PlanError> {
        let enabled = self.plan.services.iter().filter(|(_, service)| service.is_enabled());
        let enabled: Vec<&str> = enabled.map(|(name, _)| name.as_str()).collect();
        Ok((Vec::new(), self.plan.start_order(&enabled)?))
    }

    fn plan_replan(&self) -> Result<(Vec<String>, Vec<String>), ops_pebble::layer::PlanError> {
        let started = |(name, state): (&String, &ServiceState)| {
            let (config, running) = (state.config.clone(), state.is_running());
            (name.clone(), Started { config, running })
        };
        let started: BTreeMap<String, Started> = self.services.iter().map(started).collect();
        let replan = self.plan.replan(&started)?;
        Ok((replan.stop, replan.start))
    }

    /// Starts services in their order. A failure holds what is left of its own lane.
    fn start_lanes(&mut self, order: &[String]) -> Vec<Task> {
        let mut tasks = Vec::new();
        for lane in self.plan.lanes(order) {
            let task =
                |name| (self.new_task("start", format!("Start service {name:?}"), "Do"), name);
            let mut lane: Vec<(Task, String)> = lane.into_iter().map(task).collect();
            self.start_lane(&mut lane);
            tasks.extend(lane.into_iter().map(|(task, _)| task));
        }
        tasks
    }

    /// Starts what is left of a lane, until one takes time.
    fn start_lane(&mut self, lane: &mut [(Task, String)]) {
        for place in 0..lane.len() {
            let Some((task, name)) = lane.get_mut(place) else { return };
            task.status = "Done";
            self.start_one(name, task);
            let failed = task.status == "Error";
            if task.status == "Doing" {
                if let Some(Behaviour::StartsAfter(time)) = self.behaviours.get(name).cloned() {
                    let left = lane.iter().skip(place).map(|(task, name)| (task.id, name.clone()));
                    let left = left.collect();
                    self.later(time, Event::Started(Starting(left)));
                }
                return;
            }
            if failed {
                lane.iter_mut().skip(place + 1).for_each(|(task, _)| task.status = "Hold");
                return;
            }
        }
    }

    /// Its first service runs: the next of its lane may start.
    pub(super) fn has_started(&mut self, starting: Starting) {
        let Starting(lane) = starting;
        let known = |pebble: &Self, id: u64| {
            pebble
                .changes
                .iter()
                .flat_map(|change| &change.tasks)
                .find(|task| task.id == id)
                .cloned()
        };
        let mut lane: Vec<(Task, String)> =
            lane.into_iter().filter_map(|(id, name)| Some((known(self, id)?, name))).collect();
        if let Some((first, _)) = lane.first_mut() {
            first.status = "Done";
        }
        self.start_lane(lane.get_mut(1..).unwrap_or_default());
        self.put_tasks(lane.into_iter().map(|(task, _)| task));
    }

    /// Ends a start before its time, and with it what was to follow.
    pub(super) fn abort_start(&mut self, starting: &Starting) {
        self.forget(starting);
        let mut tasks: Vec<Task> =
            self.changes.iter().flat_map(|change| &change.tasks).cloned().collect();
        tasks.retain(|task| starting.has_task(task.id));
        for (place, task) in tasks.iter_mut().enumerate() {
            match place {
                0 => task.fail("start aborted, sent SIGKILL to process"),
                _ => task.status = "Hold",
            }
        }
        self.put_tasks(tasks);
        if let Some((_, first)) = starting.0.first()
            && let Some(state) = self.services.get_mut(first)
        {
            state.current = "inactive";
        }
    }

    fn put_tasks(&mut self, tasks: impl IntoIterator<Item = Task>) {
        for task in tasks {
            let mut all = self.changes.iter_mut().flat_map(|change| &mut change.tasks);
            if let Some(known) = all.find(|known| known.id == task.id) {
                *known = task;
            }
        }
    }

    fn start_one(&mut self, name: &str, task: &mut Task) {
        if self.is_running(name) {
            return task.info(format!("Service {name:?} already started."));
        }
        let Some(config) = self.plan.services.get(name).cloned() else { return };
        let current = match self.behaviours.get(name).unwrap_or(&Behaviour::Runs) {
            Behaviour::Runs => "active",
            Behaviour::Hangs | Behaviour::StartsAfter(_) => {
                task.status = "Doing";
                "active"
            }
            Behaviour::NoSuchProgram => {
                let program = config.command.split_whitespace().next().unwrap_or_default();
                task.fail(format!(
                    "cannot start service: fork/exec {program}: no such file or directory"
                ));
                "inactive"
            }
            Behaviour::ExitsQuickly { code, output } => {
                if !output.is_empty() {
                    let lines = output.lines().map(|line| format!("\n    {line}"));
                    let text = "Most recent service output:".to_owned();
                    task.info(lines.fold(text, |text, line| text + &line));
                }
                if self.gives_up_after_a_quick_exit() {
                    task.fail(format!("cannot start service: exited quickly with code {code}"));
                    self.services
                        .insert(name.to_owned(), ServiceState { config, current: "inactive" });
                    return;
                }
                let (action, current) = after_exit(&config, *code);
                task.fail(format!(
                    "service start attempt: exited quickly with code {code}, will {action}"
                ));
                current
            }
        };
        self.services.insert(name.to_owned(), ServiceState { config, current });
    }

    fn stop_one(&mut self, name: &str) -> Task {
        if let Some(starting) = self.starting(|starting| starting.is_of(name)) {
            self.abort_start(&starting);
            if let Some(state) = self.services.get_mut(name) {
                state.current = "active";
            }
        }
        let mut task = self.new_task("stop", format!("Stop service {name:?}"), "Done");
        match self.services.get_mut(name) {
            None => task.info(format!("Service {name:?} has never been started.")),
            Some(state) => {
                match state.current {
                    "inactive" => task.info(format!("Service {name:?} already stopped.")),
                    "error" => task.info(format!("Service {name:?} had already exited.")),
                    _ => {}
                }
                state.current = "inactive";
            }
        }
        task
    }
}

/// The action that follows an exit, and the state that it leads to.
fn after_exit(config: &Service, code: i64) -> (&str, &'static str) {
    let action = if code == 0 { &config.on_success } else { &config.on_failure };
    match action {
        None | Some(Action::Restart) => ("restart", "backoff"),
        Some(action) => (action.as_str(), "error"),
    }
}

fn summary(action: &str, names: &[String], stop: &[String], start: &[String]) -> String {
    let mut title = action.to_owned();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let mut all: Vec<&String> = stop.iter().chain(start).collect();
    all.sort();
    all.dedup();
    match (names.first().or(all.first().copied()), all.len()) {
        (None, _) => format!("{title} - no services"),
        (Some(first), 0 | 1) => format!("{title} service {first:?}"),
        (Some(first), count) => format!("{title} service {first:?} and {} more", count - 1),
    }
}
