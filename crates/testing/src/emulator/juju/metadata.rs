//! What Juju knows of a charm: what the emulator needs of `metadata.yaml`, `config.yaml`, `actions.yaml`, or
//! a `charmcraft.yaml` that holds all of them. `ops_metadata` reads them; nothing here knows YAML.

use super::storage::StorageDeclaration;
use ops_core::names::{ContainerName, EndpointName, SecretId};
use ops_metadata::{
    Charm, Problems, Rules, SourceFile,
    charm::{self, Scalar},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A charm, as its metadata describes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CharmMetadata {
    /// The charm's name.
    pub name: String,
    /// Configuration options by name.
    pub options: BTreeMap<String, ConfigOption>,
    /// Endpoints by name.
    pub endpoints: BTreeMap<EndpointName, Endpoint>,
    /// Names of extra bindings.
    pub extra_bindings: BTreeSet<String>,
    /// Workload containers.
    pub containers: BTreeSet<ContainerName>,
    /// Storage by name.
    #[serde(default)]
    pub storage: BTreeMap<String, StorageDeclaration>,
    /// Names of resources.
    #[serde(default)]
    pub resources: BTreeSet<String>,
    /// Actions by name, each with the JSON Schema of its parameters.
    pub actions: BTreeMap<String, ActionSchema>,
    /// Whether its units live beside units of another application.
    pub subordinate: bool,
}

/// A configuration option.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfigOption {
    /// What it accepts.
    #[serde(rename = "type")]
    pub kind: OptionType,
    /// Its value as long as the operator sets none; an option without one has no value.
    pub default: Option<ConfigValue>,
}

/// What a configuration option accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

/// The value of a configuration option.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ConfigValue {
    /// A boolean.
    Boolean(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Text, or the URI of a secret.
    Text(String),
}

impl From<&str> for ConfigValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for ConfigValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// The URI of a secret.
impl From<SecretId> for ConfigValue {
    fn from(id: SecretId) -> Self {
        Self::Text(id.as_str().to_owned())
    }
}

impl From<bool> for ConfigValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for ConfigValue {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for ConfigValue {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl OptionType {
    /// The word for it in `config.yaml`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Secret => "secret",
        }
    }

    /// Whether the value is of this type. A whole number is also a number.
    #[must_use]
    pub fn accepts(self, value: &ConfigValue) -> bool {
        match (self, value) {
            (Self::Secret, ConfigValue::Text(text)) => {
                text.is_empty() || text.starts_with("secret:")
            }
            (Self::String, ConfigValue::Text(_))
            | (Self::Int, ConfigValue::Int(_))
            | (Self::Float, ConfigValue::Float(_) | ConfigValue::Int(_))
            | (Self::Boolean, ConfigValue::Boolean(_)) => true,
            _ => false,
        }
    }

    /// The value that a text means, as `juju config name=text` reads it.
    #[must_use]
    pub fn parse(self, text: &str) -> Option<ConfigValue> {
        let value = match self {
            Self::String | Self::Secret => ConfigValue::Text(text.to_owned()),
            Self::Int => ConfigValue::Int(text.parse().ok()?),
            Self::Float => ConfigValue::Float(text.parse().ok()?),
            Self::Boolean => ConfigValue::Boolean(super::go::parse_bool(text)?),
        };
        self.accepts(&value).then_some(value)
    }
}

/// An endpoint of a charm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Which side of a relation it is.
    pub role: Role,
    /// The interface it speaks.
    pub interface: String,
    /// How many relations it takes; `None` is any number.
    pub limit: Option<u32>,
    /// Between which units its relations hold.
    pub scope: Scope,
}

/// Which side of a relation an endpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Under `provides`.
    Provider,
    /// Under `requires`.
    Requirer,
    /// Under `peers`.
    Peer,
}

/// Between which units a relation holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// All of both applications.
    #[default]
    Global,
    /// Those that share a machine.
    Container,
}

/// An action of a charm.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ActionSchema {
    /// JSON Schema of each parameter.
    pub params: BTreeMap<String, serde_json::Value>,
    /// Parameters without which Juju refuses the action.
    pub required: Vec<String>,
    /// Whether Juju takes parameters that are not declared. `None`: before version 4 it does.
    #[serde(default)]
    pub additional: Option<bool>,
    /// Whether it may run beside hooks.
    pub parallel: bool,
    /// Actions of one group do not run beside each other.
    pub execution_group: Option<String>,
}

/// Charm metadata that Juju would not accept: each mistake on a line of its own, with the file and line
/// where it is, such as `metadata.yaml:12: ...`.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct MetadataError(#[from] pub(crate) Problems);

impl CharmMetadata {
    /// Reads a charm's files, each a name and a text: `metadata.yaml`, `charmcraft.yaml`, `config.yaml`,
    /// `actions.yaml`, in any order; a file by another name is what its keys say. What a later one says
    /// of an option, endpoint, container or action wins.
    ///
    /// ```
    /// use ops_testing::emulator::juju::CharmMetadata;
    ///
    /// let charm = CharmMetadata::from_yaml(&[("metadata.yaml", "name: web\ncontainers: {web: {}}")])?;
    /// assert!(charm.containers.contains("web"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// One of them is not YAML, or breaks a rule of Juju's: file, line, what, and how to mend it.
    pub fn from_yaml(files: &[(&str, &str)]) -> Result<Self, MetadataError> {
        let files: Vec<_> =
            files.iter().map(|(name, text)| SourceFile::new(name, text.as_bytes())).collect();
        Self::read(&files)
    }

    /// Reads a charm's files, which need not be UTF-8.
    pub(crate) fn read(files: &[SourceFile<'_>]) -> Result<Self, MetadataError> {
        Ok(Charm::read(files, Rules::Juju)?.into())
    }

    /// The value of an option that the operator has not set.
    #[must_use]
    pub fn default_of(&self, option: &str) -> Option<&ConfigValue> {
        self.options.get(option)?.default.as_ref()
    }
}

impl From<Charm> for CharmMetadata {
    fn from(charm: Charm) -> Self {
        let endpoint = |(name, endpoint): (String, charm::Endpoint)| {
            Some((EndpointName::new(name).ok()?, endpoint.into()))
        };
        Self {
            name: charm.name,
            options: charm.options.into_iter().map(|(name, it)| (name, it.into())).collect(),
            endpoints: charm.endpoints.into_iter().filter_map(endpoint).collect(),
            extra_bindings: charm.extra_bindings,
            containers: charm
                .containers
                .into_keys()
                .filter_map(|name| ContainerName::new(name).ok())
                .collect(),
            storage: charm.storage.into_iter().map(|(name, it)| (name, it.into())).collect(),
            resources: charm.resources.into_keys().collect(),
            actions: charm.actions.into_iter().map(|(name, it)| (name, it.into())).collect(),
            subordinate: charm.subordinate,
        }
    }
}

impl From<charm::ConfigOption> for ConfigOption {
    fn from(option: charm::ConfigOption) -> Self {
        let kind = match option.kind {
            charm::OptionType::String => OptionType::String,
            charm::OptionType::Int => OptionType::Int,
            charm::OptionType::Float => OptionType::Float,
            charm::OptionType::Boolean => OptionType::Boolean,
            charm::OptionType::Secret => OptionType::Secret,
        };
        let default = option.default.map(|default| match default {
            Scalar::Boolean(value) => ConfigValue::Boolean(value),
            Scalar::Int(value) => ConfigValue::Int(value),
            Scalar::Float(value) => ConfigValue::Float(value),
            Scalar::Text(value) => ConfigValue::Text(value),
        });
        Self { kind, default }
    }
}

impl From<charm::Endpoint> for Endpoint {
    fn from(endpoint: charm::Endpoint) -> Self {
        let role = match endpoint.role {
            charm::Role::Provides => Role::Provider,
            charm::Role::Requires => Role::Requirer,
            charm::Role::Peers => Role::Peer,
        };
        let scope = match endpoint.scope {
            charm::Scope::Global => Scope::Global,
            charm::Scope::Container => Scope::Container,
        };
        Self { role, interface: endpoint.interface, limit: endpoint.limit, scope }
    }
}

impl From<charm::Action> for ActionSchema {
    fn from(action: charm::Action) -> Self {
        Self {
            params: action.params.into_iter().map(|(name, it)| (name, it.schema)).collect(),
            required: action.required.into_iter().collect(),
            additional: action.additional,
            parallel: action.parallel,
            execution_group: action.execution_group,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = "
name: web
summary: a server
provides:
  website: http
requires:
  database: {interface: postgresql, limit: 1, optional: yes}
peers:
  cluster:
    interface: web-cluster
containers:
  web: {resource: image}
subordinate: no
";

    const CHARMCRAFT: &str = "
type: charm
config:
  options:
    debug: {type: boolean, default: on}
    port: {type: int, default: 8080, description: the port}
    ratio: {type: float, default: 1}
    title: {default: 'no'}
    token: {type: secret}
actions:
  backup:
    description: back up
    parallel: yes
    required: [where]
    params:
      where: {type: string}
";

    #[test]
    fn metadata_and_charmcraft_make_one_charm() {
        let charm = CharmMetadata::from_yaml(&[
            ("metadata.yaml", METADATA),
            ("charmcraft.yaml", CHARMCRAFT),
        ])
        .unwrap();
        assert_eq!(charm.name, "web");
        assert_eq!(charm.endpoints["database"].limit, Some(1));
        assert_eq!(charm.endpoints["cluster"].role, Role::Peer);
        assert_eq!(charm.endpoints["website"].interface, "http");
        assert!(charm.containers.contains("web"));
        assert_eq!(charm.default_of("debug"), Some(&ConfigValue::Boolean(true)));
        assert_eq!(charm.default_of("port"), Some(&ConfigValue::Int(8080)));
        assert_eq!(charm.default_of("ratio"), Some(&ConfigValue::Float(1.0)));
        assert_eq!(charm.default_of("title"), Some(&ConfigValue::from("no")));
        assert_eq!(charm.options["token"].kind, OptionType::Secret);
        assert_eq!(charm.default_of("token"), None);
        assert!(charm.actions["backup"].parallel);
        assert!(!charm.subordinate);
    }

    #[test]
    fn the_files_of_a_packed_charm_are_read_too() {
        let charm = CharmMetadata::from_yaml(&[
            ("metadata.yaml", "name: web"),
            ("config.yaml", "options: {a: {type: string}}"),
            ("actions.yaml", "backup: {params: {where: {type: string}}}"),
        ])
        .unwrap();
        assert!(charm.options.contains_key("a"));
        assert!(charm.actions["backup"].params.contains_key("where"));
    }

    #[test]
    fn a_default_of_the_wrong_type_is_refused_in_jujus_words() {
        let error =
            CharmMetadata::from_yaml(&[("config.yaml", "options: {x: {type: int, default: y}}")]);
        let error = error.unwrap_err().to_string();
        let expected =
            "config.yaml:1: invalid config default: option \"x\" expected int, got \"y\"; ";
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn a_text_is_read_as_the_type_of_its_option() {
        for (kind, text, value) in [
            (OptionType::String, "8080", Some(ConfigValue::from("8080"))),
            (OptionType::Int, "8080", Some(ConfigValue::Int(8080))),
            (OptionType::Int, "1.5", None),
            (OptionType::Float, "1.5", Some(ConfigValue::Float(1.5))),
            (OptionType::Boolean, "true", Some(ConfigValue::Boolean(true))),
            (OptionType::Boolean, "on", None),
            (OptionType::Secret, "secret:x", Some(ConfigValue::from("secret:x"))),
            (OptionType::Secret, "hunter2", None),
        ] {
            assert_eq!(kind.parse(text), value, "{kind:?} {text}");
        }
    }
}
