//! `prometheus_scrape`: which units have metrics, where, and the alert rules over them.
//!
//! The provider is the charm with metrics, the requirer is Prometheus, or what scrapes for it.
//!
//! | side | databag | key | value | absent |
//! |---|---|---|---|---|
//! | provider | application | `scrape_metadata` | a [`Topology`] | nothing is ready yet |
//! | provider | application | `scrape_jobs` | a list of [`ScrapeJob`] | one job with defaults |
//! | provider | application | `alert_rules` | [`AlertRules`] | no rules |
//! | provider | each unit | `prometheus_scrape_unit_address` | what stands for `*` in targets | the unit is not scraped yet |
//! | provider | each unit | `prometheus_scrape_unit_name` | the unit's name | |
//! | provider | each unit | `prometheus_scrape_unit_path` | put before the job's path | nothing is |
//! | requirer | application | `event` | what it thinks of rules and jobs, see [`Answer`] | it has not said |
//!
//! Contract: the charm library `prometheus_k8s.v0.prometheus_scrape` of canonical/prometheus-k8s-operator.

use crate::cos::{AlertRules, Answer, Topology, json};
use ops_core::interface::{Databag, Interface, Schema, SchemaError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const METADATA: &str = "scrape_metadata";
const JOBS: &str = "scrape_jobs";
const ALERT_RULES: &str = "alert_rules";
const UNIT_ADDRESS: &str = "prometheus_scrape_unit_address";
const UNIT_NAME: &str = "prometheus_scrape_unit_name";
const UNIT_PATH: &str = "prometheus_scrape_unit_path";

/// The interface `prometheus_scrape`.
#[derive(Debug, Clone, Copy)]
pub enum PrometheusScrape {}

impl Interface for PrometheusScrape {
    const NAME: &'static str = "prometheus_scrape";
    type Provider = (Provider, ProviderUnit);
    type Requirer = (Requirer, ());
}

/// What the charm with metrics writes for the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provider {
    /// Where in Juju the metrics come from; the unit is the leader that wrote this.
    pub metadata: Topology,
    /// What to scrape.
    pub jobs: Vec<ScrapeJob>,
    /// Rules over the metrics. None at all: the key is not written, and what it held stays.
    pub alert_rules: AlertRules,
}

/// What to scrape, and how. Durations are in Prometheus' notation, such as `30s`.
///
/// A target whose host is `*` stands for every unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScrapeJob {
    /// Where the metrics are; `/metrics` otherwise.
    pub metrics_path: String,
    /// The targets; `*:80` otherwise.
    pub static_configs: Vec<StaticConfig>,
    /// The job's name. Prometheus puts the topology before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    /// How often. `None`: as Prometheus is set up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scrape_interval: Option<String>,
    /// How long a scrape may take. `None`: as Prometheus is set up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scrape_timeout: Option<String>,
    /// `http` or `https`. `None`: `http`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
}

/// Targets with labels in common.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticConfig {
    /// `host:port`, or `*:port` for every unit.
    pub targets: Vec<String>,
    /// Labels for what is scraped there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl Default for ScrapeJob {
    fn default() -> Self {
        Self {
            metrics_path: "/metrics".to_owned(),
            static_configs: vec![StaticConfig::port(80)],
            job_name: None,
            scrape_interval: None,
            scrape_timeout: None,
            scheme: None,
        }
    }
}

impl StaticConfig {
    /// This port of every unit.
    #[must_use]
    pub fn port(port: u16) -> Self {
        Self { targets: vec![format!("*:{port}")], labels: BTreeMap::new() }
    }
}

impl ScrapeJob {
    /// A job that scrapes this port and path of every unit.
    ///
    /// ```
    /// use ops_interfaces::prometheus_scrape::ScrapeJob;
    ///
    /// let job = ScrapeJob::of_units("web", 8080, "/metrics");
    /// assert_eq!(job.static_configs[0].targets, ["*:8080"]);
    /// ```
    pub fn of_units(name: impl Into<String>, port: u16, path: impl Into<String>) -> Self {
        Self {
            metrics_path: path.into(),
            static_configs: vec![StaticConfig::port(port)],
            job_name: Some(name.into()),
            ..Self::default()
        }
    }
}

impl Schema for Provider {
    fn encode(&self) -> Result<Databag, SchemaError> {
        let mut bag = Databag::from([
            (METADATA.to_owned(), json::to_text(METADATA, &self.metadata)?.into()),
            (JOBS.to_owned(), json::to_text(JOBS, &self.jobs)?.into()),
        ]);
        if !self.alert_rules.groups.is_empty() {
            let rules = json::to_text(ALERT_RULES, &self.alert_rules)?;
            bag.insert(ALERT_RULES.to_owned(), rules.into());
        }
        Ok(bag)
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        let jobs = json::read(bag, JOBS, "a list of scrape jobs as JSON")?;
        let rules = json::read(bag, ALERT_RULES, "alert rules as JSON")?;
        let Some(metadata) = json::read(bag, METADATA, "a Juju topology as JSON")? else {
            return Ok(None);
        };
        Ok(Some(Self {
            metadata,
            jobs: jobs.unwrap_or_else(|| vec![ScrapeJob::default()]),
            alert_rules: rules.unwrap_or_default(),
        }))
    }
}

/// What each unit of the charm with metrics writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderUnit {
    /// An address or host name, without a port.
    pub address: String,
    /// The unit's name.
    pub name: String,
    /// Put before the path of each job, for a unit behind a proxy; empty: nothing is.
    pub path: String,
}

impl Schema for ProviderUnit {
    fn encode(&self) -> Result<Databag, SchemaError> {
        check_address(&self.address)?;
        Ok(Databag::from([
            (UNIT_ADDRESS.to_owned(), (&self.address).into()),
            (UNIT_NAME.to_owned(), (&self.name).into()),
            (UNIT_PATH.to_owned(), (&self.path).into()),
        ]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        let get = |key| bag.get(key).map_or("", String::as_str);
        let address = get(UNIT_ADDRESS);
        if address.is_empty() {
            return Ok(None);
        }
        check_address(address)?;
        Ok(Some(Self {
            address: address.to_owned(),
            name: get(UNIT_NAME).to_owned(),
            path: get(UNIT_PATH).to_owned(),
        }))
    }
}

/// What Prometheus' leader writes: what it thinks of the rules and jobs.
pub type Requirer = Answer;

fn check_address(address: &str) -> Result<(), SchemaError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-:_[]%".contains(c);
    if !address.is_empty() && address.len() <= 253 && address.chars().all(fits) {
        Ok(())
    } else {
        Err(SchemaError::new(UNIT_ADDRESS, "a host name or address"))
    }
}
