//! `tracing`: which protocols a charm wants to send traces with, and where Tempo takes them.
//!
//! The provider is Tempo, the requirer is the charm with traces. Both write one key into their
//! application's databag:
//!
//! | side | key | value | absent |
//! |---|---|---|---|
//! | requirer | `receivers` | the protocols that it asks for, such as `["otlp_http"]` | nothing is asked for yet |
//! | provider | `receivers` | protocol and URL of each that is there | nothing is ready yet; so is an empty list |
//!
//! Contract: the charm library `tempo_coordinator_k8s.v0.tracing` of canonical/tempo-coordinator-k8s-operator
//! (version 2 of the interface).

use crate::cos::json;
use ops_core::interface::{Databag, Interface, Schema, SchemaError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const RECEIVERS: &str = "receivers";

/// The interface `tracing`.
#[derive(Debug, Clone, Copy)]
pub enum Tracing {}

impl Interface for Tracing {
    const NAME: &'static str = "tracing";
    type Provider = (Provider, ());
    type Requirer = (Requirer, ());
}

/// A protocol that traces are sent with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Zipkin over HTTP.
    Zipkin,
    /// OpenTelemetry over gRPC.
    OtlpGrpc,
    /// OpenTelemetry over HTTP.
    OtlpHttp,
    /// Jaeger over gRPC.
    JaegerGrpc,
    /// Jaeger's Thrift over HTTP.
    JaegerThriftHttp,
}

/// What carries a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// The URL has a scheme.
    Http,
    /// The URL has none.
    Grpc,
}

/// What the charm with traces writes.
///
/// ```
/// use ops_core::interface::Schema as _;
/// use ops_interfaces::tracing::{Protocol, Requirer};
///
/// let bag = Requirer { receivers: vec![Protocol::OtlpHttp] }.encode()?;
/// assert_eq!(bag["receivers"].expose(), r#"["otlp_http"]"#);
/// # Ok::<(), ops_core::interface::SchemaError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requirer {
    /// The protocols that it asks for.
    pub receivers: Vec<Protocol>,
}

/// What Tempo writes: at least one receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provider {
    /// The receivers that are there. They may be more than this charm asked for: others ask too.
    pub receivers: Vec<Receiver>,
}

/// Where Tempo takes traces of one protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// The protocol.
    pub protocol: ReceiverProtocol,
    /// Where; without a scheme when the transport is gRPC.
    pub url: String,
}

/// The protocol of a receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiverProtocol {
    /// Its name. Tempo may have more of them than [`Protocol`] has.
    pub name: String,
    /// What carries it.
    #[serde(rename = "type")]
    pub transport: Transport,
}

impl Protocol {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zipkin => "zipkin",
            Self::OtlpGrpc => "otlp_grpc",
            Self::OtlpHttp => "otlp_http",
            Self::JaegerGrpc => "jaeger_grpc",
            Self::JaegerThriftHttp => "jaeger_thrift_http",
        }
    }

    /// What carries it.
    #[must_use]
    pub fn transport(self) -> Transport {
        match self {
            Self::OtlpGrpc | Self::JaegerGrpc => Transport::Grpc,
            Self::Zipkin | Self::OtlpHttp | Self::JaegerThriftHttp => Transport::Http,
        }
    }
}

impl Receiver {
    /// A receiver of a protocol that the library knows.
    pub fn new(protocol: Protocol, url: impl Into<String>) -> Self {
        let name = protocol.as_str().to_owned();
        let protocol = ReceiverProtocol { name, transport: protocol.transport() };
        Self { protocol, url: url.into() }
    }
}

impl Provider {
    /// Where Tempo takes traces of a protocol, the first if there are several.
    #[must_use]
    pub fn url(&self, protocol: Protocol) -> Option<&str> {
        let of = |receiver: &&Receiver| receiver.protocol.name == protocol.as_str();
        self.receivers.iter().find(of).map(|receiver| receiver.url.as_str())
    }
}

impl Schema for Requirer {
    fn encode(&self) -> Result<Databag, SchemaError> {
        let text = json::to_text(RECEIVERS, &self.receivers)?;
        Ok(Databag::from([(RECEIVERS.to_owned(), text.into())]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        let receivers = json::read(bag, RECEIVERS, "a list of protocols as JSON")?;
        Ok(receivers.map(|receivers| Self { receivers }))
    }
}

impl Schema for Provider {
    fn encode(&self) -> Result<Databag, SchemaError> {
        check(&self.receivers)?;
        if self.receivers.is_empty() {
            return Err(SchemaError::new(RECEIVERS, "at least one receiver"));
        }
        let text = json::to_text(RECEIVERS, &self.receivers)?;
        Ok(Databag::from([(RECEIVERS.to_owned(), text.into())]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        let read: Option<Vec<Receiver>> =
            json::read(bag, RECEIVERS, "a list of receivers as JSON")?;
        let receivers = read.unwrap_or_default();
        check(&receivers)?;
        Ok((!receivers.is_empty()).then_some(Self { receivers }))
    }
}

// A URL becomes an environment variable of the workload: one line, and nothing else in it.
fn check(receivers: &[Receiver]) -> Result<(), SchemaError> {
    let fits = |url: &str| !url.is_empty() && !url.contains(|c: char| c.is_control() || c == ' ');
    if receivers.iter().all(|receiver| fits(&receiver.url)) {
        Ok(())
    } else {
        Err(SchemaError::new(RECEIVERS, "receivers with a URL each"))
    }
}
