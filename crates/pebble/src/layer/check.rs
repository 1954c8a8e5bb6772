//! A health check of a layer, with Pebble's merge rules.

use super::{
    Node, ShapeError,
    fields::{Fields, Show, Writer, duration, number, replace, replace_entries, replace_text},
    words::{Level, Override, Startup},
};
use ops_core::Text;
use serde::{Serialize, Serializer};
use std::{collections::BTreeMap, time::Duration};

/// A health check of a layer. The combined plan must have exactly one of `http`, `tcp` and `exec`.
///
/// ```
/// use ops_pebble::layer::{Check, Level};
///
/// let check = Check::http("http://localhost:8080/status").level(Level::Ready);
/// assert_eq!(check.http.unwrap().url, "http://localhost:8080/status");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Check {
    /// How this entry meets an earlier one. Pebble demands it in every layer.
    pub override_: Option<Override>,
    /// Which health question it answers.
    pub level: Option<Level>,
    /// Whether it runs by itself. Unset: enabled.
    pub startup: Option<Startup>,
    /// The time between two runs. Unset: 10 s.
    pub period: Option<Duration>,
    /// The time one run may take, never more than the period. Unset: 3 s.
    pub timeout: Option<Duration>,
    /// How many failures in a row count as down. Unset, or 0: 3.
    pub threshold: Option<u32>,
    /// A GET request must give a 2xx status.
    pub http: Option<HttpCheck>,
    /// A port must accept a connection.
    pub tcp: Option<TcpCheck>,
    /// A command must exit with code 0.
    pub exec: Option<ExecCheck>,
}

/// A GET request that must give a 2xx status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct HttpCheck {
    /// The URL.
    pub url: String,
    /// Headers of the request.
    pub headers: BTreeMap<String, Text>,
}

/// A port that must accept a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TcpCheck {
    /// The port.
    pub port: u32,
    /// The host. Unset: `localhost`.
    pub host: String,
}

/// A command that must exit with code 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ExecCheck {
    /// The command line, split into words as a shell does.
    pub command: String,
    /// The service whose environment, user and directory it takes.
    pub service_context: String,
    /// The environment, on top of the daemon's.
    pub environment: BTreeMap<String, Text>,
    /// The user id to run as.
    pub user_id: Option<u32>,
    /// The user to run as. Pebble looks it up when the layer is added.
    pub user: String,
    /// The group id to run as.
    pub group_id: Option<u32>,
    /// The group to run as.
    pub group: String,
    /// The working directory.
    pub working_dir: String,
}

const DEFAULT_PERIOD: Duration = Duration::from_secs(10);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);
/// How many failures in a row count as down, unless a check says otherwise.
const DEFAULT_THRESHOLD: u32 = 3;

impl Check {
    /// A check that asks this URL, and that replaces an earlier check of its name.
    pub fn http(url: impl Into<String>) -> Self {
        Self { http: Some(HttpCheck { url: url.into(), ..HttpCheck::default() }), ..Self::new() }
    }

    /// A check that connects to this port on localhost, and that replaces an earlier one.
    #[must_use]
    pub fn tcp(port: u16) -> Self {
        let tcp = TcpCheck { port: u32::from(port), host: String::new() };
        Self { tcp: Some(tcp), ..Self::new() }
    }

    /// A check that runs this command, and that replaces an earlier check of its name.
    pub fn exec(command: impl Into<String>) -> Self {
        let exec = ExecCheck { command: command.into(), ..ExecCheck::default() };
        Self { exec: Some(exec), ..Self::new() }
    }

    fn new() -> Self {
        Self { override_: Some(Override::Replace), ..Self::default() }
    }

    /// Which health question it answers.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Whether it runs by itself.
    #[must_use]
    pub fn startup(mut self, startup: Startup) -> Self {
        self.startup = Some(startup);
        self
    }

    /// The time between two runs.
    #[must_use]
    pub fn period(mut self, period: Duration) -> Self {
        self.period = Some(period);
        self
    }

    /// The time one run may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How many failures in a row count as down. Set it when several layers touch this check:
    /// combining a layer writes the default of 3 into it.
    #[must_use]
    pub fn threshold(mut self, failures: u32) -> Self {
        self.threshold = Some(failures);
        self
    }

    /// How this entry meets an earlier one of the same name.
    #[must_use]
    pub fn override_(mut self, override_: Override) -> Self {
        self.override_ = Some(override_);
        self
    }

    /// Lays a later entry of the same name over this one, as `override: merge` does.
    pub fn merge(&mut self, later: &Self) {
        replace(&mut self.level, &later.level);
        replace(&mut self.startup, &later.startup);
        replace(&mut self.period, &later.period);
        replace(&mut self.timeout, &later.timeout);
        replace(&mut self.threshold, &later.threshold.filter(|threshold| *threshold > 0));
        if let Some(later) = &later.http {
            let http = self.http.get_or_insert_default();
            replace_text(&mut http.url, &later.url);
            replace_entries(&mut http.headers, &later.headers);
        }
        if let Some(later) = &later.tcp {
            let tcp = self.tcp.get_or_insert_default();
            if later.port > 0 {
                tcp.port = later.port;
            }
            replace_text(&mut tcp.host, &later.host);
        }
        if let Some(later) = &later.exec {
            let exec = self.exec.get_or_insert_default();
            replace_text(&mut exec.command, &later.command);
            replace_text(&mut exec.service_context, &later.service_context);
            replace_entries(&mut exec.environment, &later.environment);
            replace(&mut exec.user_id, &later.user_id);
            replace_text(&mut exec.user, &later.user);
            replace(&mut exec.group_id, &later.group_id);
            replace_text(&mut exec.group, &later.group);
            replace_text(&mut exec.working_dir, &later.working_dir);
        }
    }

    /// What combining writes into every check: a threshold, and no timeout beyond the period.
    pub(crate) fn fill_defaults(&mut self) {
        if self.threshold.unwrap_or_default() == 0 {
            self.threshold = Some(DEFAULT_THRESHOLD);
        }
        let period = self.period.unwrap_or(DEFAULT_PERIOD);
        self.timeout = self.timeout.map(|timeout| timeout.min(period));
    }

    /// The tree with every default written out and without `override`, for comparisons.
    pub(crate) fn comparable(&self) -> Node<'_> {
        let period = self.period.unwrap_or(DEFAULT_PERIOD);
        let timeout = self.timeout.unwrap_or(DEFAULT_TIMEOUT).min(period);
        let threshold = self.threshold.filter(|threshold| *threshold > 0);
        let mut out = self.fields(Show::Exposed);
        for key in ["override", "timeout", "threshold"] {
            out.leave_out(key);
        }
        out.or("startup", Node::text(Startup::Enabled.as_str()));
        out.or("period", Node::Plain("10s".into()));
        out.put("timeout", duration(timeout));
        out.put("threshold", number(&threshold.unwrap_or(DEFAULT_THRESHOLD)));
        out.finish()
    }

    pub(crate) fn read(mut fields: Fields<'_>) -> Result<Self, ShapeError> {
        let level = fields.word("level")?;
        let check = Self {
            override_: Override::read(&mut fields)?,
            level: (!level.is_empty()).then(|| Level::from(level)),
            startup: Startup::read(fields.word("startup")?),
            period: fields.duration("period")?,
            timeout: fields.duration("timeout")?,
            threshold: fields.number("threshold")?,
            http: fields.inner("http")?.map(HttpCheck::read).transpose()?,
            tcp: fields.inner("tcp")?.map(TcpCheck::read).transpose()?,
            exec: fields.inner("exec")?.map(ExecCheck::read).transpose()?,
        };
        fields.finish()?;
        Ok(check)
    }

    /// The tree, in the order in which Pebble prints it.
    pub(crate) fn node(&self, show: Show) -> Node<'_> {
        self.fields(show).finish()
    }

    fn fields(&self, show: Show) -> Writer<'_> {
        let mut out = Writer::default();
        out.word("override", self.override_.map(Override::as_str));
        out.word("level", self.level.as_ref().map(Level::as_str));
        out.word("startup", self.startup.map(Startup::as_str));
        out.duration("period", self.period);
        out.duration("timeout", self.timeout);
        out.number("threshold", self.threshold);
        if let Some(http) = &self.http {
            out.put("http", http.node(show));
        }
        if let Some(tcp) = &self.tcp {
            out.put("tcp", tcp.node());
        }
        if let Some(exec) = &self.exec {
            out.put("exec", exec.node(show));
        }
        out
    }
}

impl HttpCheck {
    fn read(mut fields: Fields<'_>) -> Result<Self, ShapeError> {
        let http = Self { url: fields.text("url")?, headers: fields.values("headers")? };
        fields.finish()?;
        Ok(http)
    }

    fn node(&self, show: Show) -> Node<'_> {
        let mut out = Writer::default();
        out.text("url", &self.url);
        out.values("headers", &self.headers, show);
        out.finish()
    }
}

impl TcpCheck {
    fn read(mut fields: Fields<'_>) -> Result<Self, ShapeError> {
        let tcp =
            Self { port: fields.number("port")?.unwrap_or_default(), host: fields.text("host")? };
        fields.finish()?;
        Ok(tcp)
    }

    fn node(&self) -> Node<'_> {
        let mut out = Writer::default();
        out.number("port", (self.port > 0).then_some(self.port));
        out.text("host", &self.host);
        out.finish()
    }
}

impl ExecCheck {
    fn read(mut fields: Fields<'_>) -> Result<Self, ShapeError> {
        let exec = Self {
            command: fields.text("command")?,
            service_context: fields.text("service-context")?,
            environment: fields.values("environment")?,
            user_id: fields.number("user-id")?,
            user: fields.text("user")?,
            group_id: fields.number("group-id")?,
            group: fields.text("group")?,
            working_dir: fields.text("working-dir")?,
        };
        fields.finish()?;
        Ok(exec)
    }

    fn node(&self, show: Show) -> Node<'_> {
        let mut out = Writer::default();
        out.text("command", &self.command);
        out.text("service-context", &self.service_context);
        out.values("environment", &self.environment, show);
        out.number("user-id", self.user_id);
        out.text("user", &self.user);
        out.number("group-id", self.group_id);
        out.text("group", &self.group);
        out.text("working-dir", &self.working_dir);
        out.finish()
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.node(Show::Redacted).serialize(serializer)
    }
}
