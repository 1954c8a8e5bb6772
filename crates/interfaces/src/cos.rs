//! What the interfaces of Canonical's observability stack have in common: topology, alert rules, and JSON
//! as Python writes it.
//!
//! Nothing here knows a single interface.

#[cfg(any(feature = "loki_push_api", feature = "prometheus_scrape"))]
mod alert_rules;
pub(crate) mod json;
mod topology;
#[cfg(any(
    feature = "grafana_dashboard",
    feature = "loki_push_api",
    feature = "prometheus_scrape"
))]
mod verdict;

#[cfg(any(feature = "loki_push_api", feature = "prometheus_scrape"))]
pub use alert_rules::{AlertGroup, AlertRule, AlertRules, Labels};
pub use topology::Topology;
#[cfg(any(
    feature = "grafana_dashboard",
    feature = "loki_push_api",
    feature = "prometheus_scrape"
))]
pub use verdict::{Answer, Verdict};
