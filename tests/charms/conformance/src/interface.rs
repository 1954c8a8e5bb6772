//! The interface `pair`: any keys, on all four sides.

use crate::meta::endpoints;
use ops::{
    Text,
    interface::{Databag, Interface, Schema, SchemaError, Typed},
};
use std::collections::BTreeMap;

/// The interface.
#[derive(Debug)]
pub(crate) enum Pair {}

impl Interface for Pair {
    const NAME: &'static str = "pair";
    type Provider = (Bag, Bag);
    type Requirer = (Bag, Bag);
}

/// Any keys.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct Bag(BTreeMap<String, Text>);

impl Schema for Bag {
    fn encode(&self) -> Result<Databag, SchemaError> {
        Ok(self.0.clone())
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        Ok(Some(Self(bag.iter().map(|(key, value)| (key.clone(), Text::from(value))).collect())))
    }
}

pub(crate) const DB: Typed<endpoints::Db, Pair> = Typed::new(endpoints::Db);
pub(crate) const SITE: Typed<endpoints::Site, Pair> = Typed::new(endpoints::Site);
pub(crate) const CLUSTER: Typed<endpoints::Cluster, Pair> = Typed::new(endpoints::Cluster);
