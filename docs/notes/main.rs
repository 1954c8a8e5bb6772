//! The charm of `docs/first-charm.md`.

use ops::{
    interface::{Databag, Interface, Schema, SchemaError, Typed},
    pebble::{PushOptions, layer::Service},
    prelude::*,
};
use serde::Serialize;
use std::{collections::BTreeMap, process::ExitCode};

ops::charm_metadata!(mod meta, "../docs/notes/charmcraft.yaml");

/// The interface `notes_store`: who provides it writes an address, who requires it a name.
#[derive(Debug)]
enum NotesStore {}

impl Interface for NotesStore {
    const NAME: &'static str = "notes_store";
    type Provider = (Address, ()); // the application's databag, and that of each unit
    type Requirer = (Wish, ());
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Address {
    url: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Wish {
    name: String,
}

impl Schema for Address {
    fn encode(&self) -> Result<Databag, SchemaError> {
        Ok(Databag::from([("url".to_owned(), (&self.url).into())]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        match bag.get("url") {
            None => Ok(None), // not written yet
            Some(url) if url.starts_with("http://") => Ok(Some(Self { url: url.clone() })),
            Some(_) => Err(SchemaError::new("url", "an http URL")),
        }
    }
}

impl Schema for Wish {
    fn encode(&self) -> Result<Databag, SchemaError> {
        Ok(Databag::from([("name".to_owned(), (&self.name).into())]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        Ok(bag.get("name").map(|name| Self { name: name.clone() }))
    }
}

/// The endpoint `store`, seen through the interface.
const STORE: Typed<meta::endpoints::Store, NotesStore> = Typed::new(meta::endpoints::Store);

struct Notes;

impl Charm for Notes {
    type Meta = meta::Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.converge(self)
    }

    fn action(
        &self,
        action: meta::Action,
        cx: &mut ActionContext<'_>,
    ) -> Result<ActionResults, Fault> {
        match action {
            meta::Action::AddNote(note) => {
                let path = format!("/notes/{}", note.title);
                let options = PushOptions::new().make_dirs();
                cx.pebble(&meta::containers::NOTES, |pebble| pebble.push(&path, "", &options))?;
                cx.log(&format!("{} has priority {}", note.title, note.priority))?;
                Ok(ActionResults::from([("path".to_owned(), path)]))
            }
        }
    }
}

/// What the charm looks at.
#[derive(Debug, PartialEq, Serialize)]
struct Seen {
    config: meta::Config,
    store: Probe<Address>,
}

impl Reconcile for Notes {
    type Seen = Seen;

    fn observe(&self, model: &Model) -> Result<Seen, Fault> {
        let store = model.remote(STORE).map(|remote| remote.data);
        Ok(Seen { config: model.config()?, store })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan, Fault> {
        let port = u16::try_from(seen.config.port).or_blocked("option port is no port number")?;
        let mut plan = Plan::new();
        plan.container(meta::containers::NOTES, |container| {
            let store = seen.store.require("store")?; // not there yet: the container waits
            let service = Service::new(format!("notes --port {port}"))
                .env("BANNER", &seen.config.banner)
                .env("STORE", &store.url);
            container.service("notes", service);
            Ok(())
        });
        plan.application_data(STORE, || Ok(Wish { name: "notes".to_owned() }));
        plan.port(port);
        Ok(plan)
    }
}

fn main() -> ExitCode {
    ops::run(Notes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ops_testing::{Context, OpenPort, Relation, State};

    fn state() -> State {
        State::default().leader().container(meta::containers::NOTES)
    }

    #[test]
    fn without_a_store_it_waits() {
        let ctx = Context::new(|| Notes);
        let out = ctx.run(ctx.on().config_changed(), &state());
        assert_eq!(out.state.unit_status, Status::waiting("waiting for store"));
        assert_eq!(out.state.ports, [OpenPort::tcp(8080)].into());
    }

    #[test]
    fn with_a_store_the_server_runs() {
        let address = Address { url: "http://store:1234".to_owned() };
        let store = Relation::new(meta::endpoints::Store, 1).remote_data(STORE, &address);
        let ctx = Context::new(|| Notes);
        let out = ctx.run(ctx.on().relation_changed(&store), &state().relation(&store));
        assert_eq!(out.state.unit_status, Status::active());
        let plan = out.state.containers[&meta::containers::NOTES].pebble.plan();
        assert_eq!(plan.services["notes"].environment["STORE"], "http://store:1234");
        let store = out.state.relation_of(&store).expect("it is still there");
        assert_eq!(store.local_application["name"], "notes");
    }

    #[test]
    fn what_the_store_may_not_say_blocks() {
        let store = Relation::new(meta::endpoints::Store, 1).remote_key("url", "door");
        let ctx = Context::new(|| Notes);
        let out = ctx.run(ctx.on().relation_changed(&store), &state().relation(&store));
        let expected = "store:1 databag of remote: key `url` does not hold an http URL";
        assert_eq!(out.state.unit_status, Status::blocked(expected));
    }

    #[test]
    fn a_note_becomes_a_file() {
        let ctx = Context::new(|| Notes);
        let out = ctx.run(ctx.on().action("add-note").param("title", "milk"), &state());
        let action = out.action.expect("it was an action");
        assert_eq!(action.results["path"], "/notes/milk");
        assert_eq!(action.messages, ["milk has priority 1"]);
    }
}
