//! `traefik_route`: routes that a charm asks Traefik for, in Traefik's own dynamic configuration.
//!
//! The provider is Traefik, the requirer is the charm that wants to be reached. Both write into their
//! application's databag:
//!
//! | side | key | value | absent |
//! |---|---|---|---|
//! | provider | `external_host` | the host that clients use | nothing is ready yet |
//! | provider | `scheme` | `http` or `https` | `http` |
//! | requirer | `config` | dynamic configuration, YAML | nothing is asked for yet |
//! | requirer | `raw` | `True`: Traefik takes the routes as they are; otherwise it adds TLS to them | not raw |
//! | requirer | `static` | static configuration, YAML; a change restarts Traefik | none |
//!
//! The YAML is byte for byte what PyYAML's `safe_dump` writes.
//!
//! Contract: the charm library `traefik_k8s.v0.traefik_route` of canonical/traefik-k8s-operator.

mod config;

pub use config::{Domain, DynamicConfig, Middleware, Router, RouterTls, Service, path_prefix};

use ops_core::interface::{Databag, Interface, Schema, SchemaError};
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

const EXTERNAL_HOST: &str = "external_host";
const SCHEME: &str = "scheme";
const CONFIG: &str = "config";
const RAW: &str = "raw";
const STATIC: &str = "static";

/// The interface `traefik_route`.
#[derive(Debug, Clone, Copy)]
pub enum TraefikRoute {}

impl Interface for TraefikRoute {
    const NAME: &'static str = "traefik_route";
    type Provider = (Provider, ());
    type Requirer = (Requirer, ());
}

/// What Traefik writes: how clients reach it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provider {
    /// A host name or address, in ASCII.
    pub external_host: String,
    /// What clients speak.
    pub scheme: Scheme,
}

/// What clients speak with Traefik.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Plain HTTP.
    #[default]
    Http,
    /// HTTP over TLS.
    Https,
}

/// What the charm that wants to be reached writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requirer {
    /// The dynamic configuration, as YAML. It is kept as text: what it says is for Traefik to judge.
    pub config: String,
    /// Whether Traefik takes the routes as they are.
    pub raw: bool,
    /// The static configuration, as YAML. `encode` leaves the key of an absent one out.
    #[serde(rename = "static")]
    pub static_config: Option<String>,
}

impl Provider {
    /// The URL of a path, which starts with `/` or is empty.
    ///
    /// ```
    /// use ops_interfaces::traefik_route::{Provider, Scheme};
    ///
    /// let traefik = Provider { external_host: "example.org".into(), scheme: Scheme::Https };
    /// assert_eq!(traefik.url("/shop-web"), "https://example.org/shop-web");
    /// ```
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.external_host)
    }
}

impl Schema for Provider {
    fn encode(&self) -> Result<Databag, SchemaError> {
        check_host(&self.external_host)?;
        Ok(Databag::from([
            (EXTERNAL_HOST.to_owned(), (&self.external_host).into()),
            (SCHEME.to_owned(), self.scheme.as_str().into()),
        ]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        let scheme = get(bag, SCHEME).map_or(Ok(Scheme::default()), Scheme::parse)?;
        let Some(host) = get(bag, EXTERNAL_HOST) else {
            return Ok(None);
        };
        check_host(host)?;
        Ok(Some(Self { external_host: host.to_owned(), scheme }))
    }
}

impl Requirer {
    /// Routes that Traefik takes as they are.
    #[must_use]
    pub fn raw(config: &DynamicConfig) -> Self {
        Self { raw: true, ..Self::managed(config) }
    }

    /// Routes that Traefik adds TLS to.
    #[must_use]
    pub fn managed(config: &DynamicConfig) -> Self {
        Self { config: config.to_yaml(), raw: false, static_config: None }
    }
}

impl Schema for Requirer {
    fn encode(&self) -> Result<Databag, SchemaError> {
        if self.config.is_empty() {
            return Err(SchemaError::new(CONFIG, "a YAML document"));
        }
        // `False` is written out: an absent key would leave an earlier `True` in the databag.
        let raw = if self.raw { "True" } else { "False" };
        let mut bag = Databag::from([
            (CONFIG.to_owned(), (&self.config).into()),
            (RAW.to_owned(), raw.into()),
        ]);
        if let Some(text) = self.static_config.as_ref().filter(|text| !text.is_empty()) {
            bag.insert(STATIC.to_owned(), text.into());
        }
        Ok(bag)
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        let raw = match get(bag, RAW) {
            Some("True") => true,
            Some("False") | None => false,
            Some(_) => return Err(SchemaError::new(RAW, "`True` or `False`")),
        };
        Ok(get(bag, CONFIG).map(|config| Self {
            config: config.to_owned(),
            raw,
            static_config: get(bag, STATIC).map(str::to_owned),
        }))
    }
}

impl Scheme {
    /// The text on the wire and in a URL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn parse(text: &str) -> Result<Self, SchemaError> {
        match text {
            "http" => Ok(Self::Http),
            "https" => Ok(Self::Https),
            _ => Err(SchemaError::new(SCHEME, "`http` or `https`")),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Juju stores no empty value: writing one removes the key.
fn get<'a>(bag: &'a BTreeMap<String, String>, key: &str) -> Option<&'a str> {
    bag.get(key).map(String::as_str).filter(|text| !text.is_empty())
}

// The host becomes part of URLs and of certificates' names. The longest DNS name has 253 characters;
// brackets and colons are those of an IPv6 address.
fn check_host(host: &str) -> Result<(), SchemaError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    if !host.is_empty() && host.len() <= 253 && host.chars().all(allowed) {
        Ok(())
    } else {
        Err(SchemaError::new(EXTERNAL_HOST, "a host name or address"))
    }
}
