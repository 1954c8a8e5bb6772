//! A small charm as most are: one option, one database, one service, one key for the other side.
//!
//! `tests/peers/scenario-charm` is the same in Python.

use ops::{
    interface::{Databag, EndpointSpec, Interface, Requires, Schema, SchemaError, Typed},
    metadata::{Configuration, Endpoint, Metadata, NoActions, OptionKind, OptionSpec, Options},
    names::ContainerName,
    pebble::layer::Service,
    prelude::*,
};
use serde::Serialize;
use std::collections::BTreeMap;

pub(crate) const WEB: ContainerName = ContainerName::from_static("web");
const DATABASE: Typed<Database, Sql> = Typed::new(Database);

pub(crate) struct Meta;

impl Metadata for Meta {
    type Config = Config;
    type Action = NoActions;
    const NAME: &'static str = "web";
    const ENDPOINTS: &'static [Endpoint] =
        &[Endpoint { name: "database", role: "requires", interface: "sql" }];
    const CONTAINERS: &'static [&'static str] = &["web"];
    const OPTIONS: &'static [OptionSpec] =
        &[OptionSpec { name: "port", kind: OptionKind::Int(Some(8000)) }];
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Config {
    port: i64,
}

impl Configuration for Config {
    fn read(options: &mut Options<'_>) -> Self {
        Self { port: options.integer("port").unwrap_or_default() }
    }
}

/// The endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Database;

impl EndpointSpec for Database {
    type Role = Requires;
    const NAME: &'static str = "database";
    const INTERFACE: &'static str = "sql";
}

enum Sql {}

impl Interface for Sql {
    const NAME: &'static str = "sql";
    type Provider = (Url, ());
    type Requirer = ((), Port);
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Url {
    url: String,
}

impl Schema for Url {
    fn encode(&self) -> Result<Databag, SchemaError> {
        Ok(Databag::from([("url".to_owned(), Text::from(self.url.as_str()))]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        Ok(bag.get("url").map(|url| Self { url: url.clone() }))
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Port {
    port: i64,
}

impl Schema for Port {
    fn encode(&self) -> Result<Databag, SchemaError> {
        Ok(Databag::from([("port".to_owned(), Text::from(self.port.to_string()))]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        Ok(bag.get("port").and_then(|port| Some(Self { port: port.parse().ok()? })))
    }
}

/// The charm.
#[derive(Debug)]
pub(crate) struct Web;

/// What it sees.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Seen {
    config: Config,
    url: Option<String>,
}

impl Charm for Web {
    type Meta = Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.converge(self)
    }
}

impl Reconcile for Web {
    type Seen = Seen;

    fn observe(&self, model: &Model) -> Result<Seen, Fault> {
        let database = model.remote(DATABASE);
        let url = database.present().map(|database| database.data.url.clone());
        Ok(Seen { config: model.config()?, url })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan, Fault> {
        let mut plan = Plan::new();
        let port = seen.config.port;
        plan.unit_data(DATABASE, || Ok(Port { port }));
        if let Some(url) = &seen.url {
            plan.container(WEB, |container| {
                container.service("web", Service::new(format!("web --port {port} --url {url}")));
                Ok(())
            });
        }
        Ok(plan)
    }

    fn collect_status(&self, seen: Observed<'_, Seen>, _: &ops::Report, status: &mut Statuses) {
        let Observed::Seen(seen) = seen else { return };
        status.unit_if(seen.url.is_none(), || Status::waiting("there is no database"));
        status.unit(Status::active());
    }
}
