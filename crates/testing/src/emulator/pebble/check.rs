//! Checks: how they stand. They run never and stand as they are told to.

use super::{Effect, News, Pebble, Response};
use ops_pebble::layer::{Check, Level, Startup};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How a check stands once it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CheckBehaviour {
    /// It has passed once.
    #[default]
    Passes,
    /// It has failed, but not often enough to be down.
    FailsOnce,
    /// It has failed as often as its threshold says.
    Fails,
}

/// A check of the plan.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CheckState {
    /// The configuration that it was last started with.
    pub config: Check,
    /// How often it passed since it was started.
    pub successes: u64,
    /// How often it failed in a row.
    pub failures: u64,
    /// The change that runs it; none when it does not run.
    pub change: Option<u64>,
    /// The change that ran it before it went down or came back.
    pub previous_change: Option<u64>,
}

impl CheckState {
    fn threshold(&self) -> u64 {
        u64::from(self.config.threshold.unwrap_or(3))
    }

    /// `up`, `down` or `inactive`.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self.change {
            None => "inactive",
            Some(_) if self.failures >= self.threshold() => "down",
            Some(_) => "up",
        }
    }
}

/// A check as `GET /v1/checks` shows it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Info<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    change_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_change_id: Option<String>,
    startup: &'static str,
    status: &'static str,
    successes: u64,
    threshold: u64,
}

impl<'a> Info<'a> {
    fn of(name: &'a str, state: &'a CheckState) -> Self {
        Self {
            change_id: state.change.map(|id| id.to_string()),
            failures: (state.failures > 0).then_some(state.failures),
            level: state.config.level.as_ref().map(Level::as_str),
            name,
            prev_change_id: state.previous_change.map(|id| id.to_string()),
            startup: state.config.startup.map_or("enabled", Startup::as_str),
            status: state.status(),
            successes: state.successes,
            threshold: state.threshold(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CheckAction {
    action: String,
    checks: Vec<String>,
}

impl Pebble {
    /// See [`check_behaviour`](Self::check_behaviour). A check that runs changes at once.
    pub fn set_check_behaviour(&mut self, check: impl Into<String>, behaviour: CheckBehaviour) {
        let check = check.into();
        self.check_behaviours.insert(check.clone(), behaviour);
        if self.checks.get(&check).is_some_and(|state| state.change.is_some()) {
            self.behave(&check);
        }
    }

    /// How checks stand once they run, as they were told to, by their names.
    pub(crate) fn check_behaviours(&self) -> impl Iterator<Item = (&str, CheckBehaviour)> {
        self.check_behaviours.iter().map(|(check, behaviour)| (check.as_str(), *behaviour))
    }

    /// The plan has changed: new and changed checks start.
    pub(super) fn update_checks(&mut self) {
        for (name, config) in self.plan.checks.clone() {
            let known = self.checks.get(&name);
            if known.is_some_and(|state| state.config == config) {
                continue;
            }
            let disabled = config.startup == Some(Startup::Disabled);
            // A check that runs goes on although the plan does not want it by itself any longer.
            let runs = known.is_some_and(|state| state.change.is_some());
            let state = CheckState {
                config,
                successes: 0,
                failures: 0,
                change: None,
                previous_change: None,
            };
            self.checks.insert(name.clone(), state);
            if !disabled || runs {
                self.start_check(&name);
            }
        }
    }

    pub(super) fn start_enabled_checks(&mut self) {
        let stopped = self.checks.iter().filter(|(_, state)| {
            state.change.is_none() && state.config.startup != Some(Startup::Disabled)
        });
        for name in stopped.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.start_check(&name);
        }
    }

    fn start_check(&mut self, name: &str) {
        let change = self.check_change("perform-check", "Perform", name);
        if let Some(state) = self.checks.get_mut(name) {
            state.change = Some(change);
            state.previous_change = None;
            (state.successes, state.failures) = (0, 0);
        }
        self.behave(name);
    }

    /// Brings a running check to where its behaviour has it.
    fn behave(&mut self, name: &str) {
        let behaviour = self.check_behaviours.get(name).copied().unwrap_or_default();
        let Some(state) = self.checks.get_mut(name) else { return };
        let was_down = state.failures >= state.threshold();
        match behaviour {
            CheckBehaviour::Passes => (state.successes, state.failures) = (1, 0),
            CheckBehaviour::FailsOnce => state.failures = 1,
            CheckBehaviour::Fails => state.failures = state.threshold(),
        }
        let (is_down, old) = (state.failures >= state.threshold(), state.change);
        if was_down == is_down {
            return;
        }
        if let Some(task) = old.and_then(|change| self.task_of(change)) {
            if is_down {
                task.fail("the check fails, as it was told to");
            } else {
                task.status = "Done";
            }
        }
        let (kind, verb) =
            if is_down { ("recover-check", "Recover") } else { ("perform-check", "Perform") };
        let check = name.to_owned();
        self.news.push(match is_down {
            true => News::CheckFailed { check },
            false => News::CheckRecovered { check },
        });
        let change = self.check_change(kind, verb, name);
        if let Some(state) = self.checks.get_mut(name) {
            state.change = Some(change);
            state.previous_change = old;
        }
    }

    fn check_change(&mut self, kind: &str, verb: &str, name: &str) -> u64 {
        let summary = format!("{verb} check {name:?}");
        let task = self.new_task(kind, summary.clone(), "Doing");
        self.add_change(kind, summary, vec![task])
    }

    /// A check as it is shown, if there is one.
    pub(super) fn check_info(&self, name: &str) -> Option<serde_json::Value> {
        let state = self.checks.get(name)?;
        serde_json::to_value(Info::of(name, state)).ok()
    }

    /// Whether a run of this check fails.
    pub(super) fn fails(&self, name: &str) -> bool {
        self.check_behaviours.get(name).is_some_and(|it| *it != CheckBehaviour::Passes)
    }

    pub(super) fn get_checks(&self, level: &str, names: &[&str]) -> Response {
        if !matches!(level, "" | "alive" | "ready") {
            return Response::refused(400, "", "level must be \"alive\" or \"ready\"");
        }
        let wanted = |name: &String, state: &CheckState| {
            (names.is_empty() || names.contains(&name.as_str()))
                && (level.is_empty()
                    || state.config.level.as_ref().map(Level::as_str) == Some(level))
        };
        let checks = self.checks.iter().filter(|(name, state)| wanted(name, state));
        Response::sync(&checks.map(|(name, state)| Info::of(name, state)).collect::<Vec<_>>())
    }

    pub(super) fn post_checks(&mut self, body: &[u8]) -> Response {
        let refuse = |message: String| Response::refused(400, "", message);
        let request: CheckAction = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return refuse(format!("cannot decode request body: {error}")),
        };
        let CheckAction { action, checks } = request;
        if checks.is_empty() {
            return refuse(format!("must specify checks for {action} action"));
        }
        if action != "start" && action != "stop" {
            return refuse(format!("invalid action {action:?}"));
        }
        let mut unknown: Vec<&str> =
            checks.iter().map(String::as_str).filter(|c| !self.checks.contains_key(*c)).collect();
        if !unknown.is_empty() {
            unknown.sort_unstable();
            let unknown = unknown.join(", ");
            return refuse(format!(
                "cannot {action} checks: cannot find checks in plan: {unknown}"
            ));
        }
        let mut changed = Vec::new();
        for name in &checks {
            let runs = self.checks.get(name).is_some_and(|state| state.change.is_some());
            if runs == (action == "start") {
                continue;
            }
            changed.push(name.clone());
            if action == "start" {
                self.start_check(name);
                continue;
            }
            let change = self.checks.get_mut(name).and_then(|state| state.change.take());
            if let Some(task) = change.and_then(|change| self.task_of(change)) {
                task.status = "Done";
            }
        }
        changed.sort();
        changed.dedup();
        self.effects.push(match action.as_str() {
            "start" => Effect::StartChecks(checks),
            _ => Effect::StopChecks(checks),
        });
        Response::sync(&json!({ "changed": changed }))
    }
}
