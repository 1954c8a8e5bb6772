//! What related charms write to each other, as types: one module and one cargo feature for each
//! relation interface.
//!
//! | interface | module | provider writes | requirer writes |
//! |---|---|---|---|
//! | `grafana_dashboard` | `grafana_dashboard` | dashboards | what it thinks of them |
//! | `hydra_token_hook` | `hydra_token_hook` | the hook's URL and how to authenticate | nothing |
//! | `loki_push_api` | `loki_push_api` | where each unit takes logs | topology and alert rules |
//! | `prometheus_scrape` | `prometheus_scrape` | scrape jobs, alert rules, each unit's address | what it thinks of them |
//! | `tracing` | `tracing` | where it takes traces | the protocols that it asks for |
//! | `traefik_route` | `traefik_route` | external host and scheme | routes for Traefik, as YAML |
//!
//! Each module has a marker type that implements [`Interface`](ops_core::interface::Interface), and
//! one [`Schema`](ops_core::interface::Schema) for each databag in which something is written. No
//! feature is on by default; `all` switches every interface on.
//!
//! Every module keeps to the same rules:
//!
//! - `decode` gives `None` while a mandatory key is missing or empty, and an error for a value that
//!   the interface does not allow. Keys that it does not know are ignored: the other charm may be newer.
//! - What the other charm wrote is never part of an error message.
//! - `encode` refuses what `decode` would not accept.
//! - Nothing here reads or writes a databag, a file or the environment.
//!
//! # Writing one of your own
//!
//! An interface needs no support from this crate: a type for each databag, [`Schema`] for that type,
//! and a marker that names them. Put the keys into one place, and let a test send a value through
//! `encode` and `decode`.
//!
//! ```
//! use ops_core::interface::{Databag, Interface, Schema, SchemaError};
//! use serde::Serialize;
//! use std::collections::BTreeMap;
//!
//! /// The marker: `interface: cake_shop` in metadata.
//! #[derive(Debug)]
//! enum CakeShop {}
//!
//! impl Interface for CakeShop {
//!     const NAME: &'static str = "cake_shop";
//!     type Provider = (Counter, ()); // the application's databag, and that of each unit
//!     type Requirer = ((), ()); // writes nothing
//! }
//!
//! /// What the shop says.
//! #[derive(Debug, Clone, PartialEq, Serialize)]
//! struct Counter {
//!     port: u16,
//! }
//!
//! impl Schema for Counter {
//!     fn encode(&self) -> Result<Databag, SchemaError> {
//!         Ok(Databag::from([("port".to_owned(), self.port.to_string().into())]))
//!     }
//!
//!     fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
//!         let Some(port) = bag.get("port") else {
//!             return Ok(None); // not written yet
//!         };
//!         // The error names the key and the rule, never the value.
//!         let port = port.parse().map_err(|_| SchemaError::new("port", "a port number"))?;
//!         Ok(Some(Self { port }))
//!     }
//! }
//!
//! let there = BTreeMap::from([("port".to_owned(), "8080".to_owned())]);
//! assert_eq!(Counter::decode(&there), Ok(Some(Counter { port: 8080 })));
//! assert_eq!(Counter::decode(&BTreeMap::new()), Ok(None));
//! let broken = BTreeMap::from([("port".to_owned(), "door".to_owned())]);
//! assert_eq!(
//!     Counter::decode(&broken).unwrap_err().to_string(),
//!     "key `port` does not hold a port number"
//! );
//! ```
//!
//! Where the interface has JSON in its values, derive `Serialize` and `Deserialize` for what is inside and
//! read it with `serde_json::from_str(text).map_err(|_| SchemaError::new(key, "..."))`: serde's own message
//! quotes the value. If a Python charm is on the other side, or was here before, write the JSON as
//! `json.dumps` does, with its spaces and its order: a databag that differs in a space is written again,
//! and wakes every unit over there. Let a script make golden files with the Python library, and test
//! three things: the golden bytes, there and back, and hostile text of every kind (garbage, wrong types,
//! missing keys, a megabyte of `[`). The module `tracing` and
//! `tests/observability.rs` of this crate show it at its shortest.
//!
//! A value that must not be printed is a [`Secret`](ops_core::Secret) in the type, and goes into the
//! databag as one: `("password".to_owned(), (&self.password).into())`. On the way in, wrap it at once.
//!
//! [`Schema`]: ops_core::interface::Schema

#[cfg(any(
    feature = "grafana_dashboard",
    feature = "loki_push_api",
    feature = "prometheus_scrape",
    feature = "tracing"
))]
pub mod cos;
#[cfg(feature = "grafana_dashboard")]
pub mod grafana_dashboard;
#[cfg(feature = "hydra_token_hook")]
pub mod hydra_token_hook;
#[cfg(feature = "loki_push_api")]
pub mod loki_push_api;
#[cfg(feature = "prometheus_scrape")]
pub mod prometheus_scrape;
#[cfg(feature = "tracing")]
pub mod tracing;
#[cfg(feature = "traefik_route")]
pub mod traefik_route;

#[cfg(feature = "traefik_route")]
mod yaml;

/// A URL goes into requests and settings of a workload: a line break in it would add a line to them.
#[cfg(any(feature = "hydra_token_hook", feature = "loki_push_api"))]
fn check_http_url(key: &str, url: &str) -> Result<(), ops_core::interface::SchemaError> {
    let http = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let breaks_a_line = |c: char| c.is_control() || c.is_whitespace();
    match http {
        Some(rest) if !rest.is_empty() && !rest.contains(breaks_a_line) => Ok(()),
        _ => Err(ops_core::interface::SchemaError::new(key, "an http or https URL")),
    }
}
