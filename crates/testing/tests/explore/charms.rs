//! Charms of a few lines: one that is right, and some that are wrong as charms are wrong.

use ops::{
    hook_command::PortRange,
    interface::{Databag, EndpointSpec, Interface, Peers, Requires, Schema, SchemaError, Typed},
    metadata::{Configuration, Endpoint, Metadata, NoActions, OptionKind, OptionSpec, Options},
    names::ContainerName,
    pebble::{
        Combine, PushOptions,
        layer::{Layer, Service},
    },
    prelude::*,
};
use serde::Serialize;
use std::collections::BTreeMap;

pub(crate) const WEB: ContainerName = ContainerName::from_static("web");
const DATABASE: Typed<Database, Pair> = Typed::new(Database);
const CLUSTER: Typed<Cluster, Pair> = Typed::new(Cluster);

pub(crate) struct Meta;

impl Metadata for Meta {
    type Config = Config;
    type Action = NoActions;
    const NAME: &'static str = "web";
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint { name: "database", role: "requires", interface: "pair" },
        Endpoint { name: "cluster", role: "peers", interface: "pair" },
    ];
    const CONTAINERS: &'static [&'static str] = &["web"];
    const OPTIONS: &'static [OptionSpec] =
        &[OptionSpec { name: "port", kind: OptionKind::Int(Some(80)) }];
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Config {
    port: i64,
}

impl Configuration for Config {
    fn read(options: &mut Options<'_>) -> Self {
        Self { port: options.integer("port").unwrap_or(80) }
    }
}

#[derive(Debug, Clone, Copy)]
struct Database;

impl EndpointSpec for Database {
    type Role = Requires;
    const NAME: &'static str = "database";
    const INTERFACE: &'static str = "pair";
}

#[derive(Debug, Clone, Copy)]
struct Cluster;

impl EndpointSpec for Cluster {
    type Role = Peers;
    const NAME: &'static str = "cluster";
    const INTERFACE: &'static str = "pair";
}

enum Pair {}

impl Interface for Pair {
    const NAME: &'static str = "pair";
    type Provider = (Value, Value);
    type Requirer = (Value, Value);
}

/// One key.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Value {
    value: String,
}

impl Value {
    fn of(value: &impl ToString) -> Self {
        Self { value: value.to_string() }
    }
}

impl Schema for Value {
    fn encode(&self) -> Result<Databag, SchemaError> {
        Ok(Databag::from([("value".to_owned(), Text::from(self.value.as_str()))]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        Ok(bag.get("value").map(|value| Self { value: value.clone() }))
    }
}

/// Does what it should: its service has the port and the database, its database is told the port.
pub(crate) struct Right;

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Seen {
    config: Config,
    database: Option<String>,
}

impl Charm for Right {
    type Meta = Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.converge(self)
    }
}

impl Reconcile for Right {
    type Seen = Seen;

    fn observe(&self, model: &Model) -> Result<Seen, Fault> {
        let database = model.remote(DATABASE);
        let database = database.present().map(|remote| remote.data.value.clone());
        Ok(Seen { config: model.config()?, database })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan, Fault> {
        let mut plan = Plan::new();
        let port = seen.config.port;
        plan.port(u16::try_from(port).unwrap_or(80));
        plan.unit_data(DATABASE, || Ok(Value::of(&port)));
        if let Some(database) = &seen.database {
            plan.container(WEB, |container| {
                let service = Service::new(format!("web --port {port} {database}"));
                container.service("web", service);
                Ok(())
            });
        }
        Ok(plan)
    }

    fn collect_status(&self, seen: Observed<'_, Seen>, _: &ops::Report, status: &mut Statuses) {
        let Observed::Seen(seen) = seen else { return };
        status.unit_if(seen.database.is_none(), || Status::blocked("there is no database"));
        status.unit(Status::active());
    }
}

/// Opens its port when its container has come and there is a database: what came first waits for the other.
pub(crate) struct Defers;

impl Charm for Defers {
    type Meta = Meta;
    const DEFERS: bool = true;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|_, status| {
            status.unit(Status::active());
            Ok(())
        })
    }

    fn on(&self, event: &Event, cx: &mut Live<'_>) -> Result<Outcome<Self>, Fault> {
        if !matches!(event, Event::PebbleReady { .. }) {
            return Ok(Outcome::done());
        }
        if cx.model().remote(DATABASE).present().is_none() {
            return Ok(Outcome::defer("there is no database"));
        }
        cx.open_port(PortRange::tcp(8080))?;
        Ok(Outcome::done())
    }
}

/// A charm that only handles events, as one without a reconciler does.
macro_rules! wrong {
    ($(#[$doc:meta])* $name:ident, $event:ident, $cx:ident, $handle:block) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl Charm for $name {
            type Meta = Meta;

            fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
                cx.by_hand(|_, status| {
                    status.unit(Status::active());
                    Ok(())
                })
            }

            fn on(&self, $event: &Event, $cx: &mut Live<'_>) -> Result<Outcome<Self>, Fault> {
                $handle
                Ok(Outcome::done())
            }
        }
    };
}

wrong! {
    /// Tells the database its port only when the option changes: a database that comes later hears nothing.
    OrderDependent, event, cx, {
        if matches!(event, Event::ConfigChanged) {
            let config: Config = cx.model().config()?;
            cx.set_unit_data(DATABASE, &Value::of(&config.port))?;
        }
    }
}

wrong! {
    /// Counts its configurations.
    NotIdempotent, event, cx, {
        if matches!(event, Event::ConfigChanged) {
            let count: Probe<u32> = cx.model().stored("count", 1);
            cx.store("count", 1, &(count.present().copied().unwrap_or_default() + 1))?;
        }
    }
}

wrong! {
    /// Answers every word of a peer with a new word.
    HotLoop, event, cx, {
        let peers = cx.model().relations(CLUSTER)?;
        let mut highest = 0;
        for relation in &peers {
            for unit in relation.units()?.iter() {
                let said = relation.remote_unit(unit);
                let said = said.present().and_then(|said| said.value.parse::<u32>().ok());
                highest = highest.max(said.unwrap_or_default());
            }
        }
        if matches!(event, Event::ConfigChanged | Event::RelationChanged { .. }) {
            cx.set_unit_data(CLUSTER, &Value::of(&(highest + 1)))?;
        }
    }
}

wrong! {
    /// Marks its set-up as done in the container before Juju has taken what the set-up wrote.
    CrashUnsafe, event, cx, {
        const MARK: &str = "/set-up-done";
        if matches!(event, Event::PebbleReady { .. })
            && cx.model().container(&WEB).file(MARK).present().is_none()
        {
            cx.pebble(&WEB, |pebble| pebble.push(MARK, "", &PushOptions::new()))?;
            cx.open_port(PortRange::tcp(8080))?;
        }
    }
}

wrong! {
    /// Starts its service only in the hook that plans it.
    StartsOnce, event, cx, {
        if matches!(event, Event::PebbleReady { .. })
            && !cx.model().container(&WEB).plan()?.services.contains_key("web")
        {
            let layer = Layer::new().service("web", Service::new("web"));
            cx.pebble(&WEB, |pebble| pebble.add_layer("web", &layer, Combine::Yes))?;
            cx.pebble(&WEB, |pebble| pebble.start(&["web"]))?;
        }
    }
}

wrong! {
    /// Cannot be without a port below 8000.
    Panics, event, cx, {
        if matches!(event, Event::ConfigChanged) {
            let config: Config = cx.model().config()?;
            assert!(config.port < 8000, "no such port");
        }
    }
}

/// Remembers the last thing that its container said: the order is what it is about.
pub(crate) struct Remembers;

impl Charm for Remembers {
    type Meta = Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|_, status| {
            status.unit(Status::active());
            Ok(())
        })
    }

    fn on(&self, event: &Event, cx: &mut Live<'_>) -> Result<Outcome<Self>, Fault> {
        if let Event::PebbleCustomNotice { key, .. } = event {
            cx.store("said", 1, key)?;
        }
        Ok(Outcome::done())
    }
}

/// Puts off for ever what comes while it has its first port.
pub(crate) struct PutsOff;

impl Charm for PutsOff {
    type Meta = Meta;
    const DEFERS: bool = true;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|_, status| {
            status.unit(Status::active());
            Ok(())
        })
    }

    fn on(&self, event: &Event, cx: &mut Live<'_>) -> Result<Outcome<Self>, Fault> {
        if !matches!(event, Event::RelationCreated(relation) if relation.endpoint == "database") {
            return Ok(Outcome::done());
        }
        let config: Config = cx.model().config()?;
        if config.port != 80 && cx.model().stored::<bool>("early", 1).present().is_none() {
            return Ok(Outcome::done());
        }
        cx.store("early", 1, &true)?;
        Ok(Outcome::defer("it is too early"))
    }
}
