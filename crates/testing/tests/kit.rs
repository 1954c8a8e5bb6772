//! The kit fails a test in which the content of a secret stands where people can read it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use ops::{
    metadata::{Configuration, Metadata, NoActions, OptionKind, OptionSpec, Options, SecretOption},
    names::{ContainerName, SecretId},
    pebble::layer::Service,
    prelude::*,
};
use ops_testing::{Context, Output, Secret as StoredSecret, State, raw};
use serde::Serialize;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Config {
    key: SecretOption,
}

impl Configuration for Config {
    fn read(options: &mut Options<'_>) -> Self {
        Self { key: options.secret("key") }
    }
}

struct Meta;

impl Metadata for Meta {
    type Config = Config;
    type Action = NoActions;
    const NAME: &'static str = "careless";
    const CONTAINERS: &'static [&'static str] = &["web"];
    const OPTIONS: &'static [OptionSpec] = &[OptionSpec { name: "key", kind: OptionKind::Secret }];
}

const WEB: ContainerName = ContainerName::from_static("web");

/// Where the charm forgets that its secret is one.
#[derive(Clone, Copy, PartialEq)]
enum Careless {
    Nowhere,
    InSeen,
    InPlan,
    InStatus,
    InLog,
}

struct Charming(Careless);

#[derive(Debug, PartialEq, Serialize)]
struct Seen {
    key: Probe<Secret>,
    bare: String,
}

impl Charm for Charming {
    type Meta = Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.converge(self)
    }
}

impl Reconcile for Charming {
    type Seen = Seen;

    fn observe(&self, model: &Model) -> Result<Seen, Fault> {
        let config: Config = model.config()?;
        let key = model.secret_option_key(&config.key, "key");
        let bare = key.require("key")?.expose().clone();
        if self.0 == Careless::InLog {
            log::info!("the key is {bare}");
        }
        Ok(Seen { key, bare: if self.0 == Careless::InSeen { bare } else { String::new() } })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan, Fault> {
        let mut plan = Plan::new();
        plan.container(WEB, |container| {
            let key = seen.key.require("key")?;
            let service = Service::new("web");
            container.service(
                "web",
                match self.0 {
                    Careless::InPlan => service.env("KEY", key.expose().as_str()),
                    _ => service.env("KEY", key),
                },
            );
            Ok(())
        });
        Ok(plan)
    }

    fn collect_status(&self, seen: Observed<'_, Seen>, _: &ops::Report, status: &mut Statuses) {
        if let (Careless::InStatus, Observed::Seen(seen)) = (self.0, seen) {
            let key = seen.key.present().map(|key| key.expose().clone()).unwrap_or_default();
            status.unit(Status::waiting(key));
        }
        status.unit(Status::active());
    }
}

fn run(careless: Careless) -> Result<Output, String> {
    let ctx = Context::new(move || Charming(careless));
    let id = SecretId::parse("secret:d0erdgfmp25c762i8np0").unwrap();
    let state = State::default()
        .config(raw("key"), id.clone())
        .secret(&StoredSecret::granted(&id, &[("key", "a-sentinel-nobody-guesses")]))
        .container(WEB);
    catch_unwind(AssertUnwindSafe(|| ctx.run(ctx.on().config_changed(), &state)))
        .map_err(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_default())
}

#[test]
fn a_secret_that_stays_one_reaches_the_workload_and_nothing_else() {
    let out = run(Careless::Nowhere).unwrap();
    assert_eq!(out.state.unit_status, Status::active());
    let plan = out.state.containers[&WEB].pebble.plan().clone();
    assert_eq!(plan.services["web"].environment["KEY"].expose(), "a-sentinel-nobody-guesses");
}

#[test]
fn a_secret_in_what_the_charm_saw_fails_the_test() {
    let panic = run(Careless::InSeen).unwrap_err();
    assert!(panic.contains("shows up where what the charm saw is printed"), "{panic}");
    assert!(!panic.contains("a-sentinel"), "{panic}");
}

#[test]
fn a_secret_in_the_plan_fails_the_test() {
    let panic = run(Careless::InPlan).unwrap_err();
    assert!(panic.contains("shows up where what the charm plans is printed"), "{panic}");
}

#[test]
fn a_secret_in_a_status_fails_the_test() {
    let panic = run(Careless::InStatus).unwrap_err();
    assert!(panic.contains("shows up in the status of careless/0"), "{panic}");
}

#[test]
fn a_secret_in_the_log_fails_the_test() {
    let panic = run(Careless::InLog).unwrap_err();
    assert!(panic.contains("shows up in the log"), "{panic}");
}
