//! Where in Juju something comes from.

use serde::{Deserialize, Serialize};

/// Where in Juju metrics, logs and rules come from.
///
/// Contract: `cosl.JujuTopology` of canonical/cos-lib. On the wire it is a JSON object with these keys in
/// this order.
///
/// ```
/// use ops_interfaces::cos::Topology;
///
/// let topology = Topology {
///     model: "shop".into(),
///     model_uuid: "00000000-0000-4000-8000-000000000000".into(),
///     application: "web".into(),
///     unit: "web/0".into(),
///     charm_name: "web-k8s".into(),
/// };
/// assert_eq!(topology.identifier(), "shop_00000000_web");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// The model's name.
    pub model: String,
    /// The model's UUID.
    pub model_uuid: String,
    /// The application's name.
    pub application: String,
    /// The unit that wrote it, the leader for what an application writes. Empty: unknown.
    #[serde(default)]
    pub unit: String,
    /// The charm's name, as its metadata has it. Empty: unknown.
    #[serde(default)]
    pub charm_name: String,
}

impl Topology {
    /// A short name: the model, the first eight characters of its UUID, and the application.
    #[must_use]
    pub fn identifier(&self) -> String {
        let short: String = self.model_uuid.chars().take(8).collect();
        format!("{}_{short}_{}", self.model, self.application).replace('/', "_")
    }

    /// The labels of rules: everything but the unit, because rules are written once for all units.
    pub fn rule_labels(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("juju_model", self.model.as_str()),
            ("juju_model_uuid", &self.model_uuid),
            ("juju_application", &self.application),
            ("juju_charm", &self.charm_name),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
    }
}
