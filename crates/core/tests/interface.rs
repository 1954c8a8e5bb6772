//! An endpoint and an interface make one type, and the role says who writes what.
#![allow(clippy::unwrap_used)]

use ops_core::{
    Text,
    interface::{
        Databag, EndpointSpec, Interface, OwnApplication, OwnUnit, Peers, Provides,
        RemoteApplication, RemoteUnit, Requires, Role, Schema, SchemaError, Typed,
    },
};
use std::{any::TypeId, collections::BTreeMap};

macro_rules! databag {
    ($name:ident) => {
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        struct $name {
            port: u16,
        }

        impl Schema for $name {
            fn encode(&self) -> Result<Databag, SchemaError> {
                Ok([("port".to_owned(), Text::from(self.port.to_string()))].into())
            }

            fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
                let port = bag.get("port").map(|port| port.parse());
                let port = port.transpose().map_err(|_| SchemaError::new("port", "a number"))?;
                Ok(port.map(|port| Self { port }))
            }
        }
    };
}

databag!(ProviderApplication);
databag!(ProviderUnit);
databag!(RequirerApplication);
databag!(RequirerUnit);

struct Web;

impl Interface for Web {
    const NAME: &'static str = "web";
    type Provider = (ProviderApplication, ProviderUnit);
    type Requirer = (RequirerApplication, RequirerUnit);
}

macro_rules! endpoint {
    ($name:ident, $role:ty, $text:literal) => {
        #[derive(Debug, Clone, Copy)]
        struct $name;

        impl EndpointSpec for $name {
            type Role = $role;
            const NAME: &'static str = $text;
            const INTERFACE: &'static str = "web";
        }
    };
}

endpoint!(Offer, Provides, "offer");
endpoint!(Upstream, Requires, "upstream");
endpoint!(Siblings, Peers, "siblings");

const OFFER: Typed<Offer, Web> = Typed::new(Offer);
const UPSTREAM: Typed<Upstream, Web> = Typed::new(Upstream);

fn same<A: 'static, B: 'static>() -> bool {
    TypeId::of::<A>() == TypeId::of::<B>()
}

#[test]
fn a_typed_endpoint_prints_its_endpoint_and_interface() {
    assert_eq!(format!("{OFFER:?}"), "Typed(offer: web)");
    let copied = UPSTREAM;
    assert_eq!(format!("{copied:?} {UPSTREAM:?}"), "Typed(upstream: web) Typed(upstream: web)");
}

#[test]
fn who_provides_writes_the_providers_side_and_reads_the_requirers() {
    assert!(same::<OwnApplication<Offer, Web>, ProviderApplication>());
    assert!(same::<OwnUnit<Offer, Web>, ProviderUnit>());
    assert!(same::<RemoteApplication<Offer, Web>, RequirerApplication>());
    assert!(same::<RemoteUnit<Offer, Web>, RequirerUnit>());
}

#[test]
fn who_requires_writes_the_requirers_side_and_reads_the_providers() {
    assert!(same::<OwnApplication<Upstream, Web>, RequirerApplication>());
    assert!(same::<OwnUnit<Upstream, Web>, RequirerUnit>());
    assert!(same::<RemoteApplication<Upstream, Web>, ProviderApplication>());
    assert!(same::<RemoteUnit<Upstream, Web>, ProviderUnit>());
}

#[test]
fn peers_write_and_read_the_same() {
    assert!(same::<OwnApplication<Siblings, Web>, RemoteApplication<Siblings, Web>>());
    assert!(same::<OwnUnit<Siblings, Web>, RemoteUnit<Siblings, Web>>());
}

#[test]
fn roles_are_named_as_the_sections_of_the_metadata() {
    assert_eq!([Provides::NAME, Requires::NAME, Peers::NAME], ["provides", "requires", "peers"]);
}

#[test]
fn a_databag_in_which_nothing_is_written_is_always_complete() {
    assert!(().encode().unwrap().is_empty());
    assert_eq!(<()>::decode(&[("stray".to_owned(), "key".to_owned())].into()), Ok(Some(())));
}

#[test]
fn a_databag_that_does_not_fit_is_named_by_its_key_and_never_quoted() {
    let bag = [("port".to_owned(), "hunter2".to_owned())].into();
    let error = ProviderUnit::decode(&bag).unwrap_err();
    assert_eq!(error.key(), "port");
    assert_eq!(error.to_string(), "key `port` does not hold a number");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn a_databag_reads_back_as_what_was_written() {
    let data = ProviderUnit { port: 80 };
    let written = data.encode().unwrap();
    let read = written.iter().map(|(k, v)| (k.clone(), v.expose().to_owned())).collect();
    assert_eq!(ProviderUnit::decode(&read), Ok(Some(data)));
    assert_eq!(ProviderUnit::decode(&BTreeMap::new()), Ok(None));
}
