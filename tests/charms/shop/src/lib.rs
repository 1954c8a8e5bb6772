//! The charm of `docs/testing.md`: a shop that needs a database and a key, and makes backups. Nothing here knows how it
//! is tested.

use ops::{
    interface::{Databag, Interface, Schema, SchemaError, Typed},
    pebble::{
        Exec,
        layer::{Check, Service},
    },
    prelude::*,
};
use serde::Serialize;
use std::collections::BTreeMap;

ops::charm_metadata!(pub mod meta, "charmcraft.yaml");

use meta::containers::SHOP;

/// The interface of the database: who provides it says where it is.
#[derive(Debug)]
pub enum ShopDatabase {}

impl Interface for ShopDatabase {
    const NAME: &'static str = "shop_database";
    type Provider = (Address, ());
    type Requirer = ((), ());
}

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Address {
    /// Its URL.
    pub url: String,
}

impl Schema for Address {
    fn encode(&self) -> Result<Databag, SchemaError> {
        Ok(Databag::from([("url".to_owned(), (&self.url).into())]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        Ok(bag.get("url").map(|url| Self { url: url.clone() }))
    }
}

/// The endpoint `database`, seen through the interface.
pub const DATABASE: Typed<meta::endpoints::Database, ShopDatabase> =
    Typed::new(meta::endpoints::Database);

/// What the charm looks at.
#[derive(Debug, PartialEq, Serialize)]
pub struct Seen {
    /// The operator's options.
    pub config: meta::Config,
    /// The key to the payments.
    pub key: Probe<Secret>,
    /// Where the database is.
    pub database: Probe<Address>,
}

/// The shop.
#[derive(Debug)]
pub struct Shop;

impl Charm for Shop {
    type Meta = meta::Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.converge(self)
    }

    fn action(
        &self,
        meta::Action::Backup(backup): meta::Action,
        cx: &mut ActionContext<'_>,
    ) -> Result<ActionResults, Fault> {
        let command = Exec::new(["shop", "backup", "--keep", &backup.keep.to_string()]);
        let shop = cx.model().container(&SHOP);
        let output = shop.exec(&command)?.succeeded()?;
        Ok(ActionResults::from([("path".to_owned(), output.stdout_text().trim().to_owned())]))
    }
}

impl Reconcile for Shop {
    type Seen = Seen;

    fn observe(&self, model: &Model) -> Result<Seen, Fault> {
        let config: meta::Config = model.config()?;
        let key = model.secret_option_key(&config.key, "key");
        let database = model.remote(DATABASE).map(|remote| remote.data);
        Ok(Seen { config, key, database })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan, Fault> {
        let port = u16::try_from(seen.config.port).or_blocked("option port is no port number")?;
        let mut plan = Plan::new();
        plan.port(port);
        plan.container(SHOP, |container| {
            let database = seen.database.require("database")?;
            let domain = format!("domain = {}\n", seen.config.domain);
            container.file("/etc/shop.conf", domain);
            let service = Service::new(format!("shop serve --port {port}"))
                .env("DATABASE", &database.url)
                .env("KEY", seen.key.require("key")?);
            container.service("shop", service);
            container.check("up", Check::tcp(port));
            Ok(())
        });
        Ok(plan)
    }
}
