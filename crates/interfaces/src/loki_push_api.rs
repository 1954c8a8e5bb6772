//! `loki_push_api`: where logs go, and the alert rules over them.
//!
//! The provider is Loki, or what forwards to it; the requirer is the charm whose logs go there.
//!
//! | side | databag | key | value | absent |
//! |---|---|---|---|---|
//! | provider | each unit | `endpoint` | `{"url": "http://.../loki/api/v1/push"}` | the unit takes no logs yet |
//! | provider | application | `event` | what it thinks of the rules, see [`Answer`] | it has not said |
//! | requirer | application | `metadata` | a [`Topology`] | nothing is sent yet |
//! | requirer | application | `alert_rules` | [`AlertRules`], all keys sorted | no rules |
//!
//! Contract: the charm library `loki_k8s.v1.loki_push_api` of canonical/loki-k8s-operator. What a charm
//! makes of the endpoints in its containers is that library's `LogForwarder`: [`forwarding_labels`].

use crate::cos::{AlertRules, Answer, Topology, json};
use ops_core::interface::{Databag, Interface, Schema, SchemaError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const ENDPOINT: &str = "endpoint";
const METADATA: &str = "metadata";
const ALERT_RULES: &str = "alert_rules";

/// The interface `loki_push_api`.
#[derive(Debug, Clone, Copy)]
pub enum LokiPushApi {}

impl Interface for LokiPushApi {
    const NAME: &'static str = "loki_push_api";
    type Provider = (Provider, ProviderUnit);
    type Requirer = (Requirer, ());
}

/// What Loki's leader writes: what it thinks of the alert rules.
pub type Provider = Answer;

/// What each unit of Loki writes.
///
/// ```
/// use ops_core::interface::Schema as _;
/// use ops_interfaces::loki_push_api::ProviderUnit;
///
/// let unit = ProviderUnit { url: "http://loki:3100/loki/api/v1/push".into() };
/// let bag = unit.encode()?;
/// assert_eq!(bag["endpoint"].expose(), r#"{"url": "http://loki:3100/loki/api/v1/push"}"#);
/// # Ok::<(), ops_core::interface::SchemaError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderUnit {
    /// Where logs are pushed to.
    pub url: String,
}

impl Schema for ProviderUnit {
    fn encode(&self) -> Result<Databag, SchemaError> {
        check_url(&self.url)?;
        Ok(Databag::from([(ENDPOINT.to_owned(), json::to_text(ENDPOINT, self)?.into())]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        let unit: Option<Self> = json::read(bag, ENDPOINT, "a URL as JSON")?;
        unit.map(|unit| check_url(&unit.url).map(|()| unit)).transpose()
    }
}

/// What the charm whose logs go to Loki writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requirer {
    /// Where in Juju the logs come from; the unit is the leader that wrote this.
    pub metadata: Topology,
    /// Rules over the logs.
    pub alert_rules: AlertRules,
}

impl Schema for Requirer {
    fn encode(&self) -> Result<Databag, SchemaError> {
        Ok(Databag::from([
            (METADATA.to_owned(), json::to_text(METADATA, &self.metadata)?.into()),
            (ALERT_RULES.to_owned(), json::to_sorted_text(ALERT_RULES, &self.alert_rules)?.into()),
        ]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        let rules = json::read(bag, ALERT_RULES, "alert rules as JSON")?;
        let Some(metadata) = json::read(bag, METADATA, "a Juju topology as JSON")? else {
            return Ok(None);
        };
        Ok(Some(Self { metadata, alert_rules: rules.unwrap_or_default() }))
    }
}

/// The labels that a unit's forwarded logs have, whatever Pebble's target is.
#[must_use]
pub fn forwarding_labels(topology: &Topology) -> [(&'static str, &str); 6] {
    [
        ("product", "Juju"),
        ("charm", &topology.charm_name),
        ("juju_model", &topology.model),
        ("juju_model_uuid", &topology.model_uuid),
        ("juju_application", &topology.application),
        ("juju_unit", &topology.unit),
    ]
}

fn check_url(url: &str) -> Result<(), SchemaError> {
    crate::check_http_url(ENDPOINT, url)
}
