//! Source: the operator's options, and what of them is missing.

use crate::meta::Config;

/// The options that must be set and are not, in the order in which they are reported.
#[must_use]
pub fn missing_keys(config: &Config) -> Vec<&'static str> {
    if !config.salesforce_enabled {
        return Vec::new();
    }
    let domain = config.salesforce_domain.as_deref().unwrap_or_default();
    let secret = config.salesforce_consumer_secret.id();
    let mut missing = Vec::new();
    if domain.is_empty() {
        missing.push("salesforce_domain");
    }
    if secret.is_none() {
        missing.push("salesforce_consumer_secret");
    }
    missing
}

/// `Missing required configuration: ['salesforce_domain']`, or `None` when nothing is missing.
#[must_use]
pub fn missing_message(config: &Config) -> Option<String> {
    let missing = missing_keys(config);
    let quoted: Vec<String> = missing.iter().map(|key| format!("'{key}'")).collect();
    (!missing.is_empty())
        .then(|| format!("Missing required configuration: [{}]", quoted.join(", ")))
}

/// What to say about limits, which are not set on the pod yet; `None` when none is asked for.
#[must_use]
pub fn unsupported_limits_message(config: &Config) -> Option<String> {
    let limits = [("cpu", &config.cpu), ("memory", &config.memory)];
    let set = limits.iter().filter(|(_, limit)| limit.as_deref().is_some_and(|l| !l.is_empty()));
    let names: Vec<&str> = set.map(|(name, _)| *name).collect();
    (!names.is_empty())
        .then(|| format!("Resource limits are not supported yet: {}", names.join(", ")))
}
