//! `grafana_dashboard`: dashboards that a charm brings along.
//!
//! The provider is the charm with dashboards, the requirer is Grafana, or what forwards to it.
//!
//! | side | databag | key | value | absent |
//! |---|---|---|---|---|
//! | provider | application | `dashboards` | `{"templates": {<id>: <a dashboard>}, "uuid": <changes when they do>}` | none yet |
//! | requirer | application | `event` | what it thinks of them, see [`Answer`] | it has not said |
//!
//! A dashboard's content is base64 of an `.xz` file of the JSON that Grafana takes. It is written without
//! being compressed, which every reader of `.xz` takes: see `docs/design/dashboards.md`.
//!
//! Contract: the charm library `grafana_k8s.v0.grafana_dashboard` of canonical/grafana-k8s-operator.

mod base64;
mod shake;
mod xz;

use crate::cos::{Answer, Topology, json};
use ops_core::interface::{Databag, Interface, Schema, SchemaError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const DASHBOARDS: &str = "dashboards";
const EXPECTED: &str = "dashboards as JSON";

/// The interface `grafana_dashboard`.
#[derive(Debug, Clone, Copy)]
pub enum GrafanaDashboard {}

impl Interface for GrafanaDashboard {
    const NAME: &'static str = "grafana_dashboard";
    type Provider = (Provider, ());
    type Requirer = (Requirer, ());
}

/// What the charm with dashboards writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// The dashboards, by id: `file:` and the name of its file without the last extension.
    pub templates: BTreeMap<String, Dashboard>,
    /// Text that changes when the dashboards do.
    ///
    /// The Python library makes a random one for each write. Here it is made of the content, so that what is
    /// there already is not written again.
    #[serde(default)]
    pub uuid: String,
}

/// One dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dashboard {
    /// The charm's name.
    pub charm: String,
    /// The dashboard, as it stands in the databag.
    pub content: Content,
    /// Where it comes from.
    #[serde(default)]
    pub juju_topology: Option<DashboardTopology>,
    /// Whether Grafana adds its drop-downs for Juju's topology.
    #[serde(default = "yes")]
    pub inject_dropdowns: bool,
    /// A name that is the same for all instances of the charm.
    #[serde(default)]
    pub dashboard_alt_uid: Option<String>,
}

/// A [`Topology`] without the charm's name, which a dashboard has beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DashboardTopology {
    /// The model's name.
    pub model: String,
    /// The model's UUID.
    pub model_uuid: String,
    /// The application's name.
    pub application: String,
    /// The unit that wrote it, the leader.
    #[serde(default)]
    pub unit: String,
}

/// A dashboard in base64 of an `.xz` file. It is not unpacked here: Grafana does that.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Content(String);

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}

impl Content {
    /// Packs a dashboard.
    #[must_use]
    pub fn pack(dashboard: &str) -> Self {
        Self(base64::encode(&xz::store(dashboard.as_bytes())))
    }

    /// As it stands in the databag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it begins as an `.xz` file does, in base64's alphabet.
    fn is_packed(&self) -> bool {
        self.0.starts_with(MAGIC) && base64::is_valid(&self.0)
    }
}

/// `fd 37 7a 58 5a 00`, eight characters in base64.
const MAGIC: &str = "/Td6WFoA";

impl Provider {
    /// The dashboards of a charm: pairs of an id, such as `file:web.json`, and Grafana's JSON.
    ///
    /// The library gives each file a `uid` by [`dashboard_uid`] and a tag `charm: <name>`. Let the files
    /// have them: they never change.
    ///
    /// ```
    /// use ops_interfaces::{cos::Topology, grafana_dashboard::Provider};
    ///
    /// let here = Topology { charm_name: "web-k8s".into(), ..Topology::default() };
    /// let provider = Provider::new(&here, [("file:web.json", r#"{"title": "Web"}"#)]);
    /// assert!(provider.templates["file:web.json"].content.as_str().starts_with("/Td6WFoA"));
    /// ```
    pub fn new<'a>(
        topology: &Topology,
        dashboards: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let dashboard = |id: &str, json: &str| Dashboard {
            charm: topology.charm_name.clone(),
            content: Content::pack(json),
            juju_topology: Some(DashboardTopology {
                model: topology.model.clone(),
                model_uuid: topology.model_uuid.clone(),
                application: topology.application.clone(),
                unit: topology.unit.clone(),
            }),
            inject_dropdowns: true,
            dashboard_alt_uid: Some(alternative_uid(&topology.charm_name, id)),
        };
        let templates: BTreeMap<String, Dashboard> =
            dashboards.into_iter().map(|(id, json)| (id.to_owned(), dashboard(id, json))).collect();
        let uuid = fingerprint(&templates);
        Self { templates, uuid }
    }
}

/// The `uid` of a dashboard that has none of 40 hexadecimal digits: made of the charm's name and the
/// file's path in the charm.
///
/// ```
/// use ops_interfaces::grafana_dashboard::dashboard_uid;
///
/// let uid = dashboard_uid("hook-service", "src/grafana_dashboards/hook_service.json.tmpl");
/// assert_eq!(uid, "6f596a63330ef06786cd443f9ce7f866ff24394d");
/// ```
#[must_use]
pub fn dashboard_uid(charm: &str, path: &str) -> String {
    shake::hex(format!("{charm}-{path}").as_bytes(), 20)
}

fn alternative_uid(charm: &str, id: &str) -> String {
    shake::hex(format!("{charm}-{id}").as_bytes(), 8)
}

/// A UUID of version 8, made of what the dashboards are.
fn fingerprint(templates: &BTreeMap<String, Dashboard>) -> String {
    let mut all = Vec::new();
    for (id, dashboard) in templates {
        for part in [id, dashboard.content.as_str()] {
            all.extend_from_slice(&part.len().to_le_bytes());
            all.extend_from_slice(part.as_bytes());
        }
    }
    let hex: Vec<char> = shake::hex(&all, 16).chars().collect();
    let mut uuid = String::new();
    for (at, digit) in hex.into_iter().enumerate() {
        if [8, 12, 16, 20].contains(&at) {
            uuid.push('-');
        }
        uuid.push(match at {
            12 => '8',
            16 => 'a',
            _ => digit,
        });
    }
    uuid
}

impl Schema for Provider {
    fn encode(&self) -> Result<Databag, SchemaError> {
        self.check()?;
        let text = json::to_text(DASHBOARDS, self)?;
        Ok(Databag::from([(DASHBOARDS.to_owned(), text.into())]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        let provider: Option<Self> = json::read(bag, DASHBOARDS, EXPECTED)?;
        provider.map(|provider| provider.check().map(|()| provider)).transpose()
    }
}

impl Provider {
    fn check(&self) -> Result<(), SchemaError> {
        if self.templates.values().all(|dashboard| dashboard.content.is_packed()) {
            Ok(())
        } else {
            Err(SchemaError::new(DASHBOARDS, "dashboards packed with xz, in base64"))
        }
    }
}

/// What Grafana's leader writes: what it thinks of the dashboards.
pub type Requirer = Answer;

fn yes() -> bool {
    true
}
