//! Alert rules in Prometheus' rule format, which Loki shares, and how topology gets into them.

use super::Topology;
use ops_core::interface::SchemaError;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// Stands in a rule's expression for the labels that keep it to this application.
const PLACEHOLDER: &str = "%%juju_topology%%";

/// Groups of rules: the content of a rule file.
///
/// ```
/// use ops_interfaces::cos::{AlertRules, Topology};
///
/// let file = r#"{"groups": [{"name": "Down", "rules": [
///     {"alert": "AllDown", "expr": "sum(up{%%juju_topology%%}) == 0", "for": "1m", "labels": {"severity": "fatal"}}
/// ]}]}"#;
/// let topology = Topology {
///     model: "my-shop".into(),
///     model_uuid: "11111111-2222-4333-8444-555555555555".into(),
///     application: "web".into(),
///     ..Topology::default()
/// };
/// let rules = AlertRules::parse(file)?.for_prometheus(&topology);
/// assert_eq!(rules.groups[0].name, "my_shop_11111111_web_Down_alerts");
/// assert_eq!(rules.groups[0].rules[0].expr, "sum(up{}) == 0");
/// # Ok::<(), ops_core::interface::SchemaError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRules {
    /// The groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<AlertGroup>,
}

/// Rules that are evaluated together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertGroup {
    /// The name, unique among those that reach one Prometheus or Loki.
    pub name: String,
    /// The rules.
    pub rules: Vec<AlertRule>,
}

/// One rule. Durations are in Prometheus' notation, such as `5m`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRule {
    /// The name of the alert; `None` for a recording rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
    /// The metric that a recording rule records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The query, in PromQL or LogQL.
    pub expr: String,
    /// How long the query must give something before the alert fires. `None`: at once.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub for_: Option<String>,
    /// How long the alert goes on after the query gives nothing. `None`: not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_firing_for: Option<String>,
    /// Labels of the alert.
    #[serde(default)]
    pub labels: Labels,
    /// What people read.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub annotations: Labels,
}

impl AlertRules {
    /// Reads a rule file that is written in JSON, which every YAML reader takes too.
    ///
    /// # Errors
    /// It is not JSON, or not rules.
    pub fn parse(file: &str) -> Result<Self, SchemaError> {
        serde_json::from_str(file).map_err(|_| SchemaError::new("groups", "alert rules as JSON"))
    }

    /// Adds the groups of another file.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.groups.extend(other.groups);
        self
    }

    /// The two alerts that every charm with metrics has: a unit that is down, and metrics that do not
    /// come.
    ///
    /// Contract: `generic_alert_groups.application_rules` of canonical/cos-lib 1.3.
    #[must_use]
    pub fn host_health() -> Self {
        let rule = |alert: &str, expr: &str, summary: &str, description: &str| AlertRule {
            alert: Some(alert.to_owned()),
            expr: expr.to_owned(),
            for_: Some("5m".to_owned()),
            labels: Labels::from_iter([("severity", "critical")]),
            annotations: Labels::from_iter([("summary", summary), ("description", description)]),
            ..AlertRule::default()
        };
        let rules = vec![
            rule("HostDown", "up < 1", HOST_DOWN, HOST_DOWN_LONG),
            rule("HostMetricsMissing", "absent(up)", METRICS_MISSING, METRICS_MISSING_LONG),
        ];
        Self { groups: vec![AlertGroup { name: "HostHealth".to_owned(), rules }] }
    }

    /// The rules of this application for Prometheus: labelled, in groups with unique names of which every
    /// character that Prometheus has no use for is `_`, the placeholder taken out of the expressions.
    #[must_use]
    pub fn for_prometheus(self, topology: &Topology) -> Self {
        let sane = |c: char| if c.is_ascii_alphanumeric() || "_:".contains(c) { c } else { '_' };
        let name = |name: String| -> String {
            let name = if is_prefixed(&name) { name } else { unique(topology, &name) };
            name.chars().map(sane).collect()
        };
        self.of(topology, name, "")
    }

    /// The rules of this application for Loki: labelled, in groups with unique names, with `job=~".+"` for
    /// the placeholder, because LogQL wants a matcher.
    #[must_use]
    pub fn for_loki(self, topology: &Topology) -> Self {
        self.of(topology, |name| unique(topology, &name), "job=~\".+\"")
    }

    fn of(
        mut self,
        topology: &Topology,
        name: impl Fn(String) -> String,
        placeholder: &str,
    ) -> Self {
        for group in &mut self.groups {
            group.name = name(std::mem::take(&mut group.name));
            for rule in &mut group.rules {
                for (label, value) in topology.rule_labels() {
                    rule.labels.or_insert(label, value);
                }
                rule.expr = rule
                    .expr
                    .replace(&format!("{PLACEHOLDER},"), placeholder)
                    .replace(PLACEHOLDER, placeholder);
            }
        }
        self
    }
}

fn unique(topology: &Topology, group: &str) -> String {
    format!("{}_{group}_alerts", topology.identifier())
}

/// Whether a group has its prefix already: `..._<8 hexadecimal digits>_...alerts`.
fn is_prefixed(name: &str) -> bool {
    let is_hex = |part: &&str| {
        part.len() == 8 && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let first_line = name.strip_suffix("alerts").filter(|name| !name.contains('\n'));
    let mut parts = first_line.unwrap_or_default().split('_');
    parts.next();
    let mut parts = parts.skip_while(|part| !is_hex(part));
    parts.next().is_some() && parts.next().is_some()
}

/// Labels or annotations, in the order in which the file has them: it is their order on the wire, and makes
/// no difference otherwise.
#[derive(Debug, Clone, Default)]
pub struct Labels(Vec<(String, String)>);

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        self.sorted() == other.sorted()
    }
}

impl Eq for Labels {}

impl Labels {
    fn sorted(&self) -> BTreeMap<&str, &str> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
    }

    /// The value of a label. Of one that is there twice the last counts, as in Python.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn or_insert(&mut self, name: &str, value: &str) {
        if self.get(name).is_none() {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Labels {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(pairs: T) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Labels;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("labels")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
                let mut labels = Labels::default();
                while let Some((key, value)) = map.next_entry::<Cow<'_, str>, Cow<'_, str>>()? {
                    labels.0.push((key.into_owned(), value.into_owned()));
                }
                Ok(labels)
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

// The texts are part of the wire: a charm that says it in other words would rewrite every databag.
const HOST_DOWN: &str = "Host '{{ $labels.instance }}' is down.";
const HOST_DOWN_LONG: &str = "Juju application '{{ $labels.juju_application }}' in model '{{ $labels.juju_model }}' is down. Prometheus has been unable to scrape it during at least the past five minutes.";
const METRICS_MISSING: &str = "Metrics not received from application '{{ $labels.juju_application }}'. Remote writing of metrics has failed.";
const METRICS_MISSING_LONG: &str = "`Up` missing for application {{ $labels.juju_application }} in model {{ $labels.juju_model }}.  This can mean that the collector scraping metrics from this charm has been unable to remote write its collected metrics into Prometheus. Oftentimes, when the collector is failing to remote write the collected metrics, the HostMetricsMissing alert for it will also be triggered. Please check the collector's logs and ensure it is able to successfully hit the Prometheus remote write endpoint.";
