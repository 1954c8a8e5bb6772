//! Everything that the failing cases do wrong, done right.

use ops::{
    metadata::{ActionSet, Endpoint, NoOptions, Options},
    names::EndpointName,
    prelude::*,
};
use std::{collections::BTreeMap, process::ExitCode};

struct Meta;

impl Metadata for Meta {
    type Config = NoOptions;
    type Action = Action;
    const NAME: &'static str = "good";
    const ENDPOINTS: &'static [Endpoint] =
        &[Endpoint { name: "database", role: "requires", interface: "database" }];
}

#[derive(Debug)]
enum Action {
    Backup,
}

impl ActionSet for Action {
    const NAMES: &'static [&'static str] = &["backup"];

    fn parse(_: &str, _: Options<'_>) -> Result<Self, Fault> {
        Ok(Self::Backup)
    }
}

#[derive(Clone, Copy)]
struct Database;

impl ops::interface::EndpointSpec for Database {
    type Role = ops::interface::Requires;
    const NAME: &'static str = "database";
    const INTERFACE: &'static str = "database";
}

struct DatabaseInterface;

impl ops::interface::Interface for DatabaseInterface {
    const NAME: &'static str = "database";
    type Provider = ((), ());
    type Requirer = ((), ());
}

const DATABASE: ops::interface::Typed<Database, DatabaseInterface> =
    ops::interface::Typed::new(Database);

struct Good;

#[derive(Debug, PartialEq, serde::Serialize)]
struct Seen {
    units: usize,
    related: usize,
}

impl Charm for Good {
    type Meta = Meta;
    const DEFERS: bool = true;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.converge(self)
    }

    fn on(&self, _: &Event, _: &mut Live<'_>) -> Result<Outcome<Self>, Fault> {
        Ok(Outcome::defer("not now"))
    }

    fn action(&self, action: Action, _: &mut ActionContext<'_>) -> Result<ActionResults, Fault> {
        match action {
            Action::Backup => Ok(BTreeMap::new()),
        }
    }
}

impl Reconcile for Good {
    type Seen = Seen;

    fn observe(&self, model: &Model) -> Result<Seen, Fault> {
        Ok(Seen { units: model.planned_units()?, related: model.relations(DATABASE)?.len() })
    }

    fn plan(&self, _: &Seen) -> Result<Plan, Fault> {
        Ok(Plan::new())
    }
}

fn main() -> ExitCode {
    assert_eq!(EndpointName::from_static("database"), "database");
    let secret = Secret::new("hunter2".to_owned(), "secret:1/password@1");
    assert_eq!(format!("{secret:?}"), "Secret(secret:1/password@1)");
    // Nobody gave it Juju's environment: it says so and fails, which proves that it was linked.
    assert_eq!(ops::run(Good), ExitCode::FAILURE);
    ExitCode::SUCCESS
}
