//! Relations with the observability stack: Loki, Prometheus, Grafana and Tempo.
//!
//! What Loki and Tempo say goes into the workload's plan, so it is observed. What they and the others are
//! told is compiled in and never changes: it is told in the hooks in which there is somebody new to tell
//! ([`tell`]), and not asked about in any other. See `docs/design/relation-questions.md`.

use crate::{
    integrations::PORT,
    meta::{Meta, containers::HOOK_SERVICE, endpoints},
};
use ops::{interface::Typed, names::EndpointName, pebble::layer::LogTarget, prelude::*};
use ops_interfaces::{
    cos::{AlertRules, Topology},
    grafana_dashboard::{GrafanaDashboard, Provider as Dashboards},
    loki_push_api::{LokiPushApi, Requirer as LogSource, forwarding_labels},
    prometheus_scrape::{PrometheusScrape, Provider as Metrics, ProviderUnit, ScrapeJob},
    tracing::{Protocol, Requirer as TraceSource, Tracing},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Loki, which takes the workload's logs.
pub const LOGGING: Typed<endpoints::Logging, LokiPushApi> = Typed::new(endpoints::Logging);
/// Prometheus, which scrapes the workload's metrics.
pub const METRICS: Typed<endpoints::MetricsEndpoint, PrometheusScrape> =
    Typed::new(endpoints::MetricsEndpoint);
/// Grafana, which shows the dashboard.
pub const DASHBOARD: Typed<endpoints::GrafanaDashboard, GrafanaDashboard> =
    Typed::new(endpoints::GrafanaDashboard);
/// Tempo, which takes the workload's traces.
pub const TRACING: Typed<endpoints::Tracing, Tracing> = Typed::new(endpoints::Tracing);

const PROMETHEUS_RULES: &str = include_str!("prometheus_alert_rules/hook_service_unavailable.rule");
const LOKI_RULES: &str = include_str!("loki_alert_rules/hook_service_high_severity_log.rule");
const DASHBOARD_ID: &str = "file:hook_service.json";
const DASHBOARD_JSON: &str = include_str!("grafana_dashboards/hook_service.json.tmpl");

/// Where logs go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Logging {
    /// What is told to the other side, once one of its units takes logs.
    pub source: Topology,
    /// Where each unit of the other side takes them.
    pub endpoints: BTreeMap<String, String>,
    /// Targets in the container's plan that get logs and are none of these any more.
    pub stale: Vec<String>,
}

impl Logging {
    /// Whether anybody takes logs.
    #[must_use]
    pub fn has_endpoints(&self) -> bool {
        !self.endpoints.is_empty()
    }
}

/// Where in Juju this unit is.
#[must_use]
pub fn topology(model: &Model) -> Topology {
    Topology {
        model: model.name().to_owned(),
        model_uuid: model.uuid().to_owned(),
        application: model.application().to_string(),
        unit: model.unit().to_string(),
        charm_name: <Meta as ops::Metadata>::NAME.to_owned(),
    }
}

/// Looks where logs go. Only for a container that can be reached: nobody else has a use for it. Failed: a
/// unit of the other side writes what its interface does not allow, or Juju or Pebble cannot be asked.
pub fn logging(model: &Model) -> Probe<Logging> {
    look(model).map(Some).into()
}

fn look(model: &Model) -> Result<Logging, Fault> {
    let mut endpoints = BTreeMap::new();
    for relation in model.relations(LOGGING)? {
        for unit in relation.units()?.iter() {
            match relation.remote_unit(unit) {
                Probe::Present(loki) => {
                    endpoints.insert(unit.to_string(), loki.url);
                }
                Probe::Absent => {}
                Probe::Failed(fault) => return Err(fault),
            }
        }
    }
    let plan = model.container(&HOOK_SERVICE).plan()?;
    let gets_logs = |target: &LogTarget| !target.services.iter().any(|name| name == "-all");
    let stale = plan
        .log_targets
        .iter()
        .filter(|(name, target)| gets_logs(target) && !endpoints.contains_key(name.as_str()));
    let stale = stale.map(|(name, _)| name.clone()).collect();
    Ok(Logging { source: topology(model), endpoints, stale })
}

/// Plans where the container's logs go. A target that is gone stays in Pebble's plan and gets nothing.
pub fn plan_logging(container: &mut ops::ContainerPlan, logging: &Logging) {
    for (unit, url) in &logging.endpoints {
        let labels = forwarding_labels(&logging.source);
        let target = LogTarget::new("loki", url).service("all");
        let target =
            labels.iter().fold(target, |target, (name, value)| target.label(*name, *value));
        container.log_target(unit, target);
    }
    for unit in &logging.stale {
        container.log_target(unit, LogTarget::new("loki", "(removed)").service("-all"));
    }
}

/// What Loki is told.
///
/// # Errors
/// The rules are not rules.
pub fn log_source(topology: &Topology) -> Result<LogSource, Fault> {
    let alert_rules = AlertRules::parse(LOKI_RULES)?.for_loki(topology);
    Ok(LogSource { metadata: topology.clone(), alert_rules })
}

/// What Prometheus is told for the application.
///
/// # Errors
/// The rules are not rules.
pub fn metrics(topology: &Topology) -> Result<Metrics, Fault> {
    let rules = AlertRules::parse(PROMETHEUS_RULES)?.and(AlertRules::host_health());
    Ok(Metrics {
        metadata: topology.clone(),
        jobs: vec![ScrapeJob::of_units("hook_service_metrics", PORT, "/api/v0/metrics")],
        alert_rules: rules.for_prometheus(topology),
    })
}

/// What Grafana is told.
#[must_use]
pub fn dashboards(topology: &Topology) -> Dashboards {
    Dashboards::new(topology, [(DASHBOARD_ID, DASHBOARD_JSON)])
}

/// What Tempo is asked for.
#[must_use]
pub fn trace_source() -> TraceSource {
    TraceSource { receivers: vec![Protocol::OtlpHttp] }
}

/// Where Tempo takes traces over HTTP: host and port, as the workload wants it. Absent: nowhere yet.
pub fn traces(model: &Model) -> Probe<String> {
    match model.remote(TRACING) {
        Probe::Present(tempo) => match tempo.data.url(Protocol::OtlpHttp) {
            Some(url) => {
                Probe::Present(url.split_once("://").map_or(url, |(_, rest)| rest).to_owned())
            }
            None => Probe::Absent,
        },
        Probe::Absent => Probe::Absent,
        Probe::Failed(fault) => Probe::Failed(fault),
    }
}

/// Tells Prometheus, Grafana and Tempo what they need, if this hook is one in which that can be news.
///
/// # Errors
/// Juju cannot be asked, or the charm has files that are none.
pub fn tell(event: &Event, cx: &mut Live<'_>) -> Result<(), Fault> {
    let about = match event {
        // Another build may tell something else, and a pod that was replaced has another address.
        Event::UpgradeCharm | Event::UpdateStatus => None,
        Event::RelationCreated(relation)
        | Event::RelationJoined(relation)
        | Event::RelationChanged(relation) => Some(&relation.endpoint),
        _ => return Ok(()),
    };
    let concerns = |name: &'static str| {
        about.is_none_or(|endpoint| *endpoint == EndpointName::from_static(name))
    };
    let topology = topology(cx.model());
    if concerns("metrics-endpoint") {
        cx.set_application_data(METRICS, &metrics(&topology)?)?;
        tell_address(cx)?;
    }
    if concerns("grafana-dashboard") {
        cx.set_application_data(DASHBOARD, &dashboards(&topology))?;
    }
    if concerns("tracing") {
        cx.set_application_data(TRACING, &trace_source())?;
    }
    Ok(())
}

/// Tells Prometheus where this unit is found.
fn tell_address(cx: &mut Live<'_>) -> Result<(), Fault> {
    let model = cx.model();
    let Some(relation) = model.relations(METRICS)?.into_iter().next() else { return Ok(()) };
    let network =
        model.network(&EndpointName::from_static("metrics-endpoint"), Some(relation.id()))?;
    let Some(address) = network.bind_address() else { return Ok(()) };
    let unit = ProviderUnit {
        address: address.to_owned(),
        name: model.unit().to_string(),
        path: String::new(),
    };
    cx.set_unit_data(METRICS, &unit)
}
