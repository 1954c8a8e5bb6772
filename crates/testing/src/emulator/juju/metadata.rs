//! What Juju knows of a charm: `metadata.yaml`, `config.yaml`, `actions.yaml`, or a `charmcraft.yaml`
//! that holds all of them. Reads what the emulator needs and ignores the rest, as Juju does.

use super::storage::{RawStorage, StorageDeclaration};
use ops_core::names::{ContainerName, EndpointName};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
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

    fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Secret => "secret",
        }
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
    /// Whether it may run beside hooks.
    pub parallel: bool,
    /// Actions of one group do not run beside each other.
    pub execution_group: Option<String>,
}

/// Charm metadata that Juju would not accept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// It is not YAML, or not of the expected shape.
    #[error("the charm's metadata cannot be read: {0}")]
    Yaml(#[from] serde_yaml::Error),
    /// Juju's own words for a rule that is broken.
    #[error("{0}")]
    Rule(String),
}

impl CharmMetadata {
    /// Reads the charm's files, in any order: `metadata.yaml`, `charmcraft.yaml`, `config.yaml`,
    /// `actions.yaml`. What a later one says of an option, endpoint, container or action wins.
    ///
    /// # Errors
    /// One of them is not YAML, or breaks a rule of Juju's.
    pub fn from_yaml(files: &[&str]) -> Result<Self, MetadataError> {
        let mut charm = Self::default();
        for file in files {
            let document: Option<Document> = serde_yaml::from_str(file)?;
            charm.add(document.unwrap_or_default(), file)?;
        }
        Ok(charm)
    }

    fn add(&mut self, document: Document, text: &str) -> Result<(), MetadataError> {
        if let Some(name) = document.name {
            self.name = name;
        }
        for (name, option) in document.options.into_iter().chain(document.config.options) {
            let option = option.check(&name)?;
            self.options.insert(name, option);
        }
        for (role, endpoints) in [
            (Role::Provider, document.provides),
            (Role::Requirer, document.requires),
            (Role::Peer, document.peers),
        ] {
            for (name, endpoint) in endpoints {
                self.endpoints.insert(name, endpoint.with_role(role));
            }
        }
        self.containers.extend(document.containers.into_keys());
        for (name, storage) in document.storage {
            let storage = storage.check(&name).map_err(MetadataError::Rule)?;
            self.storage.insert(name, storage);
        }
        self.extra_bindings.extend(document.extra_bindings.into_keys());
        self.subordinate |= document.subordinate.unwrap_or_default();
        // `actions.yaml` has the actions at its top: it is the file with none of the usual keys.
        let actions = if document.is_actions_file {
            serde_yaml::from_str::<Option<BTreeMap<String, Action>>>(text)?.unwrap_or_default()
        } else {
            document.actions
        };
        for (name, action) in actions {
            self.actions.insert(name, action.into());
        }
        Ok(())
    }

    /// The value of an option that the operator has not set.
    #[must_use]
    pub fn default_of(&self, option: &str) -> Option<&ConfigValue> {
        self.options.get(option)?.default.as_ref()
    }
}

#[derive(Default)]
struct Document {
    name: Option<String>,
    options: BTreeMap<String, RawOption>,
    config: RawConfig,
    provides: BTreeMap<EndpointName, RawEndpoint>,
    requires: BTreeMap<EndpointName, RawEndpoint>,
    peers: BTreeMap<EndpointName, RawEndpoint>,
    containers: BTreeMap<ContainerName, serde::de::IgnoredAny>,
    extra_bindings: BTreeMap<String, serde::de::IgnoredAny>,
    storage: BTreeMap<String, RawStorage>,
    actions: BTreeMap<String, Action>,
    subordinate: Option<bool>,
    is_actions_file: bool,
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        struct Known {
            name: Option<serde_yaml::Value>,
            options: Option<BTreeMap<String, RawOption>>,
            config: Option<RawConfig>,
            provides: Option<BTreeMap<EndpointName, RawEndpoint>>,
            requires: Option<BTreeMap<EndpointName, RawEndpoint>>,
            peers: Option<BTreeMap<EndpointName, RawEndpoint>>,
            containers: Option<BTreeMap<ContainerName, serde::de::IgnoredAny>>,
            extra_bindings: Option<BTreeMap<String, serde::de::IgnoredAny>>,
            storage: Option<BTreeMap<String, RawStorage>>,
            actions: Option<BTreeMap<String, Action>>,
            #[serde(default, deserialize_with = "lenient_bool")]
            subordinate: Option<bool>,
            summary: Option<serde::de::IgnoredAny>,
            parts: Option<serde::de::IgnoredAny>,
            #[serde(rename = "type")]
            kind: Option<serde::de::IgnoredAny>,
        }
        let known = Known::deserialize(deserializer)?;
        let has_usual_key = known.name.as_ref().is_some_and(serde_yaml::Value::is_string)
            || known.options.is_some()
            || known.config.is_some()
            || known.provides.is_some()
            || known.requires.is_some()
            || known.peers.is_some()
            || known.containers.is_some()
            || known.extra_bindings.is_some()
            || known.storage.is_some()
            || known.actions.is_some()
            || known.summary.is_some()
            || known.parts.is_some()
            || known.kind.is_some();
        Ok(Self {
            name: known.name.and_then(|name| name.as_str().map(ToOwned::to_owned)),
            options: known.options.unwrap_or_default(),
            config: known.config.unwrap_or_default(),
            provides: known.provides.unwrap_or_default(),
            requires: known.requires.unwrap_or_default(),
            peers: known.peers.unwrap_or_default(),
            containers: known.containers.unwrap_or_default(),
            extra_bindings: known.extra_bindings.unwrap_or_default(),
            storage: known.storage.unwrap_or_default(),
            actions: known.actions.unwrap_or_default(),
            subordinate: known.subordinate,
            is_actions_file: !has_usual_key,
        })
    }
}

#[derive(Default, Deserialize)]
struct RawConfig {
    #[serde(default)]
    options: BTreeMap<String, RawOption>,
}

#[derive(Deserialize)]
struct RawOption {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    default: Option<serde_yaml::Value>,
}

impl RawOption {
    fn check(self, name: &str) -> Result<ConfigOption, MetadataError> {
        let kind = match self.kind.as_deref() {
            None | Some("string") => OptionType::String,
            Some("int") => OptionType::Int,
            Some("float") => OptionType::Float,
            Some("boolean") => OptionType::Boolean,
            Some("secret") => OptionType::Secret,
            Some(other) => {
                return Err(MetadataError::Rule(format!(
                    "invalid config: option {name:?} has unknown type {other:?}"
                )));
            }
        };
        let default = match self.default {
            None | Some(serde_yaml::Value::Null) => None,
            Some(value) => {
                let wrong = || {
                    let text = serde_yaml::to_string(&value).unwrap_or_default();
                    MetadataError::Rule(format!(
                        "invalid config default: option {name:?} expected {}, got {:?}",
                        kind.name(),
                        text.trim_end()
                    ))
                };
                let value = config_value(kind, &value).ok_or_else(wrong)?;
                Some(value)
            }
        };
        Ok(ConfigOption { kind, default })
    }
}

fn config_value(kind: OptionType, value: &serde_yaml::Value) -> Option<ConfigValue> {
    use serde_yaml::Value as Yaml;
    let value = match (kind, value) {
        (OptionType::Boolean, value) => ConfigValue::Boolean(yaml_bool(value)?),
        (OptionType::Float, Yaml::Number(number)) => ConfigValue::Float(number.as_f64()?),
        (_, Yaml::Number(number)) => ConfigValue::Int(number.as_i64()?),
        (_, Yaml::String(text)) => ConfigValue::Text(text.clone()),
        _ => return None,
    };
    kind.accepts(&value).then_some(value)
}

/// Go reads `yes` and `on` as booleans; the YAML library here does not.
fn yaml_bool(value: &serde_yaml::Value) -> Option<bool> {
    match value {
        serde_yaml::Value::Bool(value) => Some(*value),
        serde_yaml::Value::String(text) => match text.as_str() {
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn lenient_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match Option::<serde_yaml::Value>::deserialize(deserializer)? {
        None | Some(serde_yaml::Value::Null) => Ok(None),
        Some(value) => yaml_bool(&value)
            .map(Some)
            .ok_or_else(|| D::Error::custom("expected a boolean: true, false, yes, no, on or off")),
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawEndpoint {
    Interface(String),
    Full {
        interface: String,
        #[serde(default)]
        limit: Option<u32>,
        #[serde(default)]
        scope: Option<Scope>,
    },
}

impl RawEndpoint {
    fn with_role(self, role: Role) -> Endpoint {
        match self {
            Self::Interface(interface) => {
                Endpoint { role, interface, limit: None, scope: Scope::Global }
            }
            Self::Full { interface, limit, scope } => {
                Endpoint { role, interface, limit, scope: scope.unwrap_or_default() }
            }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Action {
    params: BTreeMap<String, serde_json::Value>,
    required: Vec<String>,
    #[serde(deserialize_with = "lenient_bool")]
    parallel: Option<bool>,
    execution_group: Option<String>,
}

impl From<Action> for ActionSchema {
    fn from(action: Action) -> Self {
        Self {
            params: action.params,
            required: action.required,
            parallel: action.parallel.unwrap_or_default(),
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
        let charm = CharmMetadata::from_yaml(&[METADATA, CHARMCRAFT]).unwrap();
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
            "name: web",
            "options: {a: {type: string}}",
            "backup: {description: back up, params: {where: {type: string}}}",
        ])
        .unwrap();
        assert!(charm.options.contains_key("a"));
        assert!(charm.actions["backup"].params.contains_key("where"));
    }

    #[test]
    fn a_default_of_the_wrong_type_is_refused_in_jujus_words() {
        let error = CharmMetadata::from_yaml(&["options: {x: {type: int, default: y}}"]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "invalid config default: option \"x\" expected int, got \"y\""
        );
    }
}
