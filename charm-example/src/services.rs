//! Sink: the workload. Its layer, its environment, and what it says of itself.

use crate::{
    integrations::PORT,
    meta::{Config, containers::HOOK_SERVICE},
    secrets::Consumer,
};
use ops::{
    pebble::{
        Exec,
        layer::{Check, Service, Startup},
    },
    prelude::*,
};
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};

/// The service and the container's layer.
pub const SERVICE: &str = "hook-service";
/// The check that says whether the service answers.
pub const CHECK: &str = "ready";

/// What Pebble says of the workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Nothing was planned yet.
    Unplanned,
    /// It runs, and its check is up.
    Healthy,
    /// It does not run, or its check is down or missing.
    Failed,
}

/// Looks at the workload. Failed: the container cannot be reached.
pub fn workload(model: &Model) -> Probe<Workload> {
    let container = model.container(&HOOK_SERVICE);
    let service = match container.service(SERVICE) {
        Probe::Present(service) => service,
        Probe::Absent => return Probe::Present(Workload::Unplanned),
        Probe::Failed(fault) => return Probe::Failed(fault),
    };
    let is_up = match container.check(CHECK) {
        Probe::Present(check) => check.is_up(),
        Probe::Absent => false,
        Probe::Failed(fault) => return Probe::Failed(fault),
    };
    let is_healthy = service.is_running() && is_up;
    Probe::Present(if is_healthy { Workload::Healthy } else { Workload::Failed })
}

/// Plans the container: what it should run with this configuration, token and consumer.
pub fn plan(container: &mut ops::ContainerPlan, environment: BTreeMap<&'static str, Text>) {
    let service = Service::new("hook-service serve")
        .summary("entrypoint of the hook-service-operator image")
        .startup(Startup::Disabled)
        .envs(environment);
    container
        .layer(
            SERVICE,
            "hook-service-operator layer",
            "pebble config layer for hook-service-operator",
        )
        .service(SERVICE, service)
        .check(CHECK, Check::http(format!("http://localhost:{PORT}/api/v0/status")));
}

/// The 13 variables of the workload, always all of them. `consumer` is `None` when Salesforce is disabled,
/// `traces`, the host and port that take them, when nobody does.
#[must_use]
pub fn environment(
    config: &Config,
    token: &Secret,
    consumer: Option<&Consumer>,
    traces: Option<&str>,
) -> BTreeMap<&'static str, Text> {
    let domain = config.salesforce_domain.as_deref().filter(|_| config.salesforce_enabled);
    let of =
        |pick: fn(&Consumer) -> &Secret| consumer.map_or_else(Text::default, |c| pick(c).into());
    BTreeMap::from([
        ("OTEL_HTTP_ENDPOINT", traces.unwrap_or_default().into()),
        ("OTEL_GRPC_ENDPOINT", Text::default()),
        ("TRACING_ENABLED", traces.is_some().to_string().into()),
        ("LOG_LEVEL", config.log_level.to_uppercase().into()),
        ("PORT", PORT.to_string().into()),
        ("API_TOKEN", token.into()),
        ("SALESFORCE_ENABLED", config.salesforce_enabled.to_string().into()),
        ("SALESFORCE_CONSUMER_KEY", of(|consumer| &consumer.key)),
        ("SALESFORCE_CONSUMER_SECRET", of(|consumer| &consumer.secret)),
        ("SALESFORCE_DOMAIN", domain.unwrap_or_default().into()),
        ("HTTP_PROXY", (&config.http_proxy).into()),
        ("HTTPS_PROXY", (&config.https_proxy).into()),
        ("NO_PROXY", (&config.no_proxy).into()),
    ])
}

/// The command that prints the workload's version.
pub fn version_command() -> Exec {
    Exec::new(["hook-service", "version"]).timeout(Duration::from_secs(20))
}

/// The version in what [`version_command`] printed: the word after `App Version:` in its last line.
#[must_use]
pub fn version_in(stdout: &str) -> Option<&str> {
    let (_, version) = stdout.trim_end().lines().next_back()?.rsplit_once("App Version:")?;
    version.split_whitespace().next()
}

/// Asks the workload for its version.
///
/// # Errors
/// The container cannot be reached, the command fails, or prints something else.
pub fn version(model: &Model) -> Result<String, Fault> {
    let output = model.container(&HOOK_SERVICE).exec(&version_command())?.succeeded()?;
    let stdout = output.stdout_text();
    version_in(&stdout)
        .map(str::to_owned)
        .ok_or_else(|| Fault::blocked("hook-service version printed no version"))
}
