//! The model of a charm: what its files declare, checked. It must not know YAML.
//!
//! Everything is sorted by name, so that two ways to write the same charm are equal.

use serde::Serialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A charm, as its files declare it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Charm {
    /// Its name.
    pub name: String,
    /// Its name for people: `display-name`, or `title` in `charmcraft.yaml`.
    pub display_name: Option<String>,
    /// One line.
    pub summary: String,
    /// Some paragraphs.
    pub description: String,
    /// What a model must offer.
    pub assumes: Vec<Assumption>,
    /// As whom the charm runs on Kubernetes; `None` is Juju's default, root.
    pub charm_user: Option<CharmUser>,
    /// Whether its units live beside units of another application.
    pub subordinate: bool,
    /// The endpoints of `provides`, `requires` and `peers`.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Names that can be bound to a space and are no endpoints.
    pub extra_bindings: BTreeSet<String>,
    /// The workload containers.
    pub containers: BTreeMap<String, Container>,
    /// Files and images that are attached to the charm.
    pub resources: BTreeMap<String, Resource>,
    /// The storages.
    pub storage: BTreeMap<String, Storage>,
    /// Devices, such as GPUs.
    pub devices: BTreeMap<String, Device>,
    /// The options of the configuration.
    pub options: BTreeMap<String, ConfigOption>,
    /// The actions.
    pub actions: BTreeMap<String, Action>,
}

/// What a model must offer, under `assumes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assumption {
    /// A feature, with its version if there is one: `k8s-api`, `juju >= 3.6`.
    Feature(String),
    /// At least one of them.
    AnyOf(Vec<Assumption>),
    /// Each of them.
    AllOf(Vec<Assumption>),
}

/// As whom the charm runs on Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CharmUser {
    /// `root`
    Root,
    /// `sudoer`: not root, but may become it.
    Sudoer,
    /// `non-root`
    NonRoot,
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// In which section it stands.
    pub role: Role,
    /// The interface it speaks.
    pub interface: String,
    /// How many relations it takes; `None` is any number.
    pub limit: Option<u32>,
    /// Whether the charm works without a relation. Juju only shows it.
    pub optional: bool,
    /// Between which units its relations hold.
    pub scope: Scope,
    /// What it is for; of charmcraft, Juju ignores it.
    pub description: Option<String>,
}

/// The section in which an endpoint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// `provides`
    Provides,
    /// `requires`
    Requires,
    /// `peers`
    Peers,
}

impl Role {
    /// The section's name.
    #[must_use]
    pub fn section(self) -> &'static str {
        match self {
            Self::Provides => "provides",
            Self::Requires => "requires",
            Self::Peers => "peers",
        }
    }
}

/// Between which units a relation holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All of both applications.
    #[default]
    Global,
    /// Those that share a machine.
    Container,
}

/// A workload container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Container {
    /// The resource with its image. Without one, `bases` says what it runs on.
    pub resource: Option<String>,
    /// Operating systems, as an alternative to an image.
    pub bases: Vec<Json>,
    /// Which storages it sees, and where.
    pub mounts: Vec<Mount>,
    /// The user that Pebble runs as.
    pub uid: Option<u32>,
    /// The group that Pebble runs as.
    pub gid: Option<u32>,
}

/// A storage in a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// Its name.
    pub storage: String,
    /// Where the container sees it.
    pub location: String,
}

/// A resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// What it is for.
    pub description: Option<String>,
    /// Where the image comes from; of charmcraft, Juju ignores it.
    pub upstream_source: Option<String>,
}

/// What a resource is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceKind {
    /// A file, which the unit sees under this name.
    File(String),
    /// An image of a container.
    OciImage,
}

/// A storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Storage {
    /// Whether it is a block device rather than a file system.
    pub block: bool,
    /// What it is for.
    pub description: Option<String>,
    /// Where the charm sees it.
    pub location: Option<String>,
    /// Whether all units see the same.
    pub shared: bool,
    /// Whether it can only be read.
    pub read_only: bool,
    /// How many of it: at least, and at most; no upper bound is `None`.
    pub count: (u32, Option<u32>),
    /// Its least size, such as `1G`.
    pub minimum_size: Option<String>,
    /// Properties; Juju knows `transient`.
    pub properties: Vec<String>,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Device {
    /// What it is, such as `nvidia.com/gpu`.
    pub kind: String,
    /// What it is for.
    pub description: Option<String>,
    /// How many are needed.
    pub count_min: u32,
    /// How many are of use.
    pub count_max: u32,
}

/// An option of the configuration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfigOption {
    /// What it accepts.
    pub kind: OptionType,
    /// Its value as long as the operator sets none.
    pub default: Option<Scalar>,
    /// What it is for.
    pub description: Option<String>,
}

/// What an option of the configuration accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptionType {
    /// Any text.
    String,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// True or false.
    Boolean,
    /// The URI of a secret, or nothing.
    Secret,
}

impl OptionType {
    /// The word for it in `config.yaml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Secret => "secret",
        }
    }
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A boolean.
    Boolean(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text, or the URI of a secret.
    Text(String),
}

/// An action.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Action {
    /// What it does.
    pub description: Option<String>,
    /// Its parameters.
    pub params: BTreeMap<String, Parameter>,
    /// Parameters without which Juju refuses the action.
    pub required: BTreeSet<String>,
    /// Whether Juju takes parameters that are not declared; `None` is the agent's default, which changed.
    pub additional: Option<bool>,
    /// Whether it may run beside hooks.
    pub parallel: bool,
    /// Actions of one group do not run beside each other.
    pub execution_group: Option<String>,
    /// The other keys of its JSON Schema.
    pub schema: BTreeMap<String, Json>,
}

/// A parameter of an action.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameter {
    /// Its JSON Schema, draft 4, with everything below in it.
    pub schema: Json,
    /// What it accepts.
    #[serde(skip)]
    pub kind: ParameterType,
    /// Its value when the caller gives none.
    #[serde(skip)]
    pub default: Option<Json>,
    /// What it is for.
    #[serde(skip)]
    pub description: Option<String>,
}

/// What a parameter of an action accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterType {
    /// A text.
    String,
    /// One of these texts: `enum`.
    Choice(Vec<String>),
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A mapping.
    Object,
    /// A list of what `items` says.
    Array(Box<ParameterType>),
    /// Anything: no `type`, or several.
    Any,
}
