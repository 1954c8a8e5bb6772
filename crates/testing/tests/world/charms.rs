//! Two charms on ops-rs: a store that offers an address, and notes that need one.

use ops::{
    interface::{Databag, Interface, Schema, SchemaError, Typed},
    pebble::layer::Service,
    prelude::*,
};
use ops_testing::world::{Application, World};
use serde::Serialize;
use std::collections::BTreeMap;

ops::charm_metadata!(pub(crate) mod store, "tests/world/store/charmcraft.yaml");
ops::charm_metadata!(pub(crate) mod notes, "../../docs/notes/charmcraft.yaml");

#[derive(Debug)]
pub(crate) enum NotesStore {}

impl Interface for NotesStore {
    const NAME: &'static str = "notes_store";
    type Provider = (Address, ());
    type Requirer = ((), ());
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Address {
    pub(crate) url: String,
}

impl Schema for Address {
    fn encode(&self) -> Result<Databag, SchemaError> {
        Ok(Databag::from([("url".to_owned(), (&self.url).into())]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        Ok(bag.get("url").map(|url| Self { url: url.clone() }))
    }
}

pub(crate) const OFFER: Typed<store::endpoints::Notes, NotesStore> =
    Typed::new(store::endpoints::Notes);
pub(crate) const NEED: Typed<notes::endpoints::Store, NotesStore> =
    Typed::new(notes::endpoints::Store);

/// Offers its address to whoever is related.
pub(crate) struct Store;

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Offer {
    config: store::Config,
    application: String,
}

impl Charm for Store {
    type Meta = store::Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.converge(self)
    }
}

impl Reconcile for Store {
    type Seen = Offer;

    fn observe(&self, model: &Model) -> Result<Offer, Fault> {
        Ok(Offer { config: model.config()?, application: model.application().to_string() })
    }

    fn plan(&self, seen: &Offer) -> Result<Plan, Fault> {
        let mut plan = Plan::new();
        let url = format!("http://{}:{}", seen.application, seen.config.port);
        plan.application_data(OFFER, || Ok(Address { url }));
        Ok(plan)
    }
}

/// Runs a server once it knows a store.
pub(crate) struct Notes;

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Need {
    config: notes::Config,
    store: Probe<Address>,
}

impl Charm for Notes {
    type Meta = notes::Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.converge(self)
    }

    fn action(
        &self,
        action: notes::Action,
        cx: &mut ActionContext<'_>,
    ) -> Result<ActionResults, Fault> {
        let notes::Action::AddNote(note) = action;
        cx.pebble(&notes::containers::NOTES, |pebble| {
            pebble.push("/note", note.title.as_bytes(), &ops::pebble::PushOptions::new())
        })?;
        Ok(ActionResults::from([("title".to_owned(), note.title)]))
    }
}

impl Reconcile for Notes {
    type Seen = Need;

    fn observe(&self, model: &Model) -> Result<Need, Fault> {
        let store = model.remote(NEED).map(|remote| remote.data);
        Ok(Need { config: model.config()?, store })
    }

    fn plan(&self, seen: &Need) -> Result<Plan, Fault> {
        let mut plan = Plan::new();
        plan.container(notes::containers::NOTES, |container| {
            let store = seen.store.require("store")?;
            let server = Service::new("notes").env("STORE", &store.url);
            container.service("notes", server.env("BANNER", &seen.config.banner));
            Ok(())
        });
        Ok(plan)
    }
}

/// One of each, related and settled.
pub(crate) fn related() -> World {
    let mut world = World::new();
    world.deploy(Application::of(|| Store));
    world.deploy(Application::of(|| Notes));
    world.integrate(("notes", notes::endpoints::Store), ("store", store::endpoints::Notes));
    world.settle();
    world
}
