//! A service of a layer: every field that Pebble has, with Pebble's merge rules.

use super::{
    Node, ShapeError,
    fields::{Fields, Show, Writer, replace, replace_entries, replace_text},
    words::{Action, Override, Startup},
};
use ops_core::Text;
use serde::{Serialize, Serializer};
use std::{collections::BTreeMap, time::Duration};

/// A service of a layer.
///
/// `Debug` and `Serialize` show secrets as their tags. An empty string, list or map and a `None` are
/// "not set": Pebble leaves them out, and a merge cannot bring them back to "not set".
///
/// ```
/// use ops_pebble::layer::{Service, Startup};
///
/// let service = Service::new("hook-service serve")
///     .summary("the web server")
///     .startup(Startup::Enabled)
///     .env("PORT", "8080");
/// assert_eq!(service.environment["PORT"].expose(), "8080");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Service {
    /// One line about it.
    pub summary: String,
    /// Some lines about it.
    pub description: String,
    /// Whether the daemon starts it by itself. Unset: disabled.
    pub startup: Option<Startup>,
    /// How this entry meets an earlier one. Pebble demands it in every layer.
    pub override_: Option<Override>,
    /// The command line, split into words as a shell does.
    pub command: String,
    /// Services that are started before this one.
    pub after: Vec<String>,
    /// Services that are started after this one.
    pub before: Vec<String>,
    /// Services that must run for this one.
    pub requires: Vec<String>,
    /// The workload whose environment and user it takes.
    pub workload: String,
    /// The environment, on top of the daemon's.
    pub environment: BTreeMap<String, Text>,
    /// The user id to run as.
    pub user_id: Option<u32>,
    /// The user to run as.
    pub user: String,
    /// The group id to run as.
    pub group_id: Option<u32>,
    /// The group to run as.
    pub group: String,
    /// The working directory. Unset: the daemon's.
    pub working_dir: String,
    /// What happens when it exits with code 0. Unset: restart.
    pub on_success: Option<Action>,
    /// What happens when it exits with another code. Unset: restart.
    pub on_failure: Option<Action>,
    /// What happens when a check fails, by the check's name.
    pub on_check_failure: BTreeMap<String, Action>,
    /// The first delay before a restart. Unset: 500 ms.
    pub backoff_delay: Option<Duration>,
    /// What the delay is multiplied with at each restart; at least 1. Unset: 2.
    pub backoff_factor: Option<f64>,
    /// The longest delay. Unset: 30 s.
    pub backoff_limit: Option<Duration>,
    /// The time between SIGTERM and SIGKILL. Unset: 5 s.
    pub kill_delay: Option<Duration>,
}

impl Service {
    /// A service that runs this command and replaces an earlier one of its name.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: command.into(), override_: Some(Override::Replace), ..Self::default() }
    }

    /// One line about it.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Some lines about it.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Whether the daemon starts it by itself.
    #[must_use]
    pub fn startup(mut self, startup: Startup) -> Self {
        self.startup = Some(startup);
        self
    }

    /// How this entry meets an earlier one of the same name.
    #[must_use]
    pub fn override_(mut self, override_: Override) -> Self {
        self.override_ = Some(override_);
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, key: impl Into<String>, value: impl Into<Text>) -> Self {
        self.environment.insert(key.into(), value.into());
        self
    }

    /// Adds environment variables.
    #[must_use]
    pub fn envs<K: Into<String>, V: Into<Text>>(
        mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.environment
            .extend(variables.into_iter().map(|(key, value)| (key.into(), value.into())));
        self
    }

    /// Adds a service that is started before this one.
    #[must_use]
    pub fn after(mut self, service: impl Into<String>) -> Self {
        self.after.push(service.into());
        self
    }

    /// Adds a service that is started after this one.
    #[must_use]
    pub fn before(mut self, service: impl Into<String>) -> Self {
        self.before.push(service.into());
        self
    }

    /// Adds a service that must run for this one.
    #[must_use]
    pub fn requires(mut self, service: impl Into<String>) -> Self {
        self.requires.push(service.into());
        self
    }

    /// The user to run as.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = user.into();
        self
    }

    /// The user id to run as.
    #[must_use]
    pub fn user_id(mut self, user_id: u32) -> Self {
        self.user_id = Some(user_id);
        self
    }

    /// The group to run as. Pebble wants a user beside it.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = group.into();
        self
    }

    /// The group id to run as. Pebble wants a user beside it.
    #[must_use]
    pub fn group_id(mut self, group_id: u32) -> Self {
        self.group_id = Some(group_id);
        self
    }

    /// The working directory.
    #[must_use]
    pub fn working_dir(mut self, path: impl Into<String>) -> Self {
        self.working_dir = path.into();
        self
    }

    /// What happens when it exits with code 0.
    #[must_use]
    pub fn on_success(mut self, action: Action) -> Self {
        self.on_success = Some(action);
        self
    }

    /// What happens when it exits with another code.
    #[must_use]
    pub fn on_failure(mut self, action: Action) -> Self {
        self.on_failure = Some(action);
        self
    }

    /// What happens when this check fails.
    #[must_use]
    pub fn on_check_failure(mut self, check: impl Into<String>, action: Action) -> Self {
        self.on_check_failure.insert(check.into(), action);
        self
    }

    /// The delays between restarts: the first, what it is multiplied with, and the longest.
    #[must_use]
    pub fn backoff(mut self, delay: Duration, factor: f64, limit: Duration) -> Self {
        self.backoff_delay = Some(delay);
        self.backoff_factor = Some(factor);
        self.backoff_limit = Some(limit);
        self
    }

    /// The time between SIGTERM and SIGKILL.
    #[must_use]
    pub fn kill_delay(mut self, delay: Duration) -> Self {
        self.kill_delay = Some(delay);
        self
    }

    /// Whether the daemon starts it by itself.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.startup == Some(Startup::Enabled)
    }

    /// Lays a later entry of the same name over this one, as `override: merge` does. Lists grow, and
    /// nothing can be unset.
    pub fn merge(&mut self, later: &Self) {
        replace_text(&mut self.summary, &later.summary);
        replace_text(&mut self.description, &later.description);
        replace(&mut self.startup, &later.startup);
        replace_text(&mut self.command, &later.command);
        self.after.extend_from_slice(&later.after);
        self.before.extend_from_slice(&later.before);
        self.requires.extend_from_slice(&later.requires);
        replace_text(&mut self.workload, &later.workload);
        replace_entries(&mut self.environment, &later.environment);
        replace(&mut self.user_id, &later.user_id);
        replace_text(&mut self.user, &later.user);
        replace(&mut self.group_id, &later.group_id);
        replace_text(&mut self.group, &later.group);
        replace_text(&mut self.working_dir, &later.working_dir);
        replace(&mut self.on_success, &later.on_success);
        replace(&mut self.on_failure, &later.on_failure);
        replace_entries(&mut self.on_check_failure, &later.on_check_failure);
        replace(&mut self.backoff_delay, &later.backoff_delay);
        replace(&mut self.backoff_factor, &later.backoff_factor);
        replace(&mut self.backoff_limit, &later.backoff_limit);
        replace(&mut self.kill_delay, &later.kill_delay);
    }

    /// The tree with every default written out and without `override`, for comparisons.
    pub(crate) fn comparable(&self) -> Node<'_> {
        let mut out = self.fields(Show::Exposed);
        out.leave_out("override");
        out.or("startup", Node::text(Startup::Disabled.as_str()));
        out.or("on-success", Node::text(Action::Restart.as_str()));
        out.or("on-failure", Node::text(Action::Restart.as_str()));
        out.or("backoff-delay", Node::Plain("500ms".into()));
        out.or("backoff-factor", Node::Plain("2".into()));
        out.or("backoff-limit", Node::Plain("30s".into()));
        out.or("kill-delay", Node::Plain("5s".into()));
        out.finish()
    }

    pub(crate) fn read(mut fields: Fields<'_>) -> Result<Self, ShapeError> {
        let service = Self {
            summary: fields.text("summary")?,
            description: fields.text("description")?,
            startup: Startup::read(fields.word("startup")?),
            override_: Override::read(&mut fields)?,
            command: fields.text("command")?,
            after: fields.texts("after")?,
            before: fields.texts("before")?,
            requires: fields.texts("requires")?,
            workload: fields.text("workload")?,
            environment: fields.values("environment")?,
            user_id: fields.number("user-id")?,
            user: fields.text("user")?,
            group_id: fields.number("group-id")?,
            group: fields.text("group")?,
            working_dir: fields.text("working-dir")?,
            on_success: Action::read(fields.word("on-success")?),
            on_failure: Action::read(fields.word("on-failure")?),
            on_check_failure: fields.map("on-check-failure", |word| Action::from(word))?,
            backoff_delay: fields.duration("backoff-delay")?,
            backoff_factor: fields.number("backoff-factor")?,
            backoff_limit: fields.duration("backoff-limit")?,
            kill_delay: fields.duration("kill-delay")?,
        };
        fields.finish()?;
        Ok(service)
    }

    /// The tree, in the order in which Pebble prints it.
    pub(crate) fn node(&self, show: Show) -> Node<'_> {
        self.fields(show).finish()
    }

    fn fields(&self, show: Show) -> Writer<'_> {
        let mut out = Writer::default();
        out.text("summary", &self.summary);
        out.text("description", &self.description);
        out.word("startup", self.startup.map(Startup::as_str));
        out.word("override", self.override_.map(Override::as_str));
        out.text("command", &self.command);
        out.texts("after", &self.after);
        out.texts("before", &self.before);
        out.texts("requires", &self.requires);
        out.text("workload", &self.workload);
        out.values("environment", &self.environment, show);
        out.number("user-id", self.user_id);
        out.text("user", &self.user);
        out.number("group-id", self.group_id);
        out.text("group", &self.group);
        out.text("working-dir", &self.working_dir);
        out.word("on-success", self.on_success.as_ref().map(Action::as_str));
        out.word("on-failure", self.on_failure.as_ref().map(Action::as_str));
        out.map("on-check-failure", &self.on_check_failure, |action| Node::text(action.as_str()));
        out.duration("backoff-delay", self.backoff_delay);
        out.number("backoff-factor", self.backoff_factor);
        out.duration("backoff-limit", self.backoff_limit);
        out.duration("kill-delay", self.kill_delay);
        out
    }
}

impl Serialize for Service {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.node(Show::Redacted).serialize(serializer)
    }
}
