//! The compiled Hook Service charm, a process for every hook, in an emulated model.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bad_input;
mod bad_pebble;
mod crashes;
mod life;
mod metadata_compiled_in;
mod packed;
mod recording;

use ops_core::names::{ContainerName, UnitName};
use ops_testing::{
    emulator::{
        juju::{CharmMetadata, ConfigValue, Content, Model},
        pebble::{ExecHandler, Pebble},
    },
    engine::{ContainerHandle, Ended, Engine, Program, Stage},
    process::Binary,
};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
    sync::OnceLock,
};

const APPLICATION: &str = "hook-service";
const CONTAINER: &str = "hook-service";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The charm's executable, built if it is not there or not new.
fn charm() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| built(&["--bin", "hook-service"]))
}

/// Builds a program of the charm's package, and says where it is. `which` is for cargo.
fn built(which: &[&str]) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--package", "charm-example"])
        .args(which)
        .arg("--message-format=json-render-diagnostics")
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let mut built = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    built.next_back().expect("cargo names the executable")
}

fn metadata() -> CharmMetadata {
    let read = |name| std::fs::read_to_string(root().join(name)).unwrap();
    let (metadata, charmcraft) = (read("metadata.yaml"), read("charmcraft.yaml"));
    let files = [("metadata.yaml", metadata.as_str()), ("charmcraft.yaml", &charmcraft)];
    CharmMetadata::from_yaml(&files).unwrap()
}

/// A model in which the charm is deployed, configured, and has not run.
fn deployed(program: Rc<dyn Program>) -> (Engine, UnitName) {
    let mut engine = Engine::new(Model::default());
    let version = ExecHandler::new(["hook-service", "version"]).stdout("App Version: 1.10.0\n");
    engine.set_image(APPLICATION, CONTAINER, Pebble::new().exec_handler(version)).unwrap();
    let unit = engine.deploy(APPLICATION, metadata(), program, 1).unwrap().remove(0);
    let content =
        Content::from_iter([("consumer-key", "the-key"), ("consumer-secret", "the-secret")]);
    let secret = engine.add_secret("consumer", content).unwrap();
    engine.grant_secret(&secret, APPLICATION).unwrap();
    for (option, value) in [
        ("salesforce_domain", "https://example.my.salesforce.com"),
        ("salesforce_consumer_secret", secret.as_str()),
    ] {
        engine.set_config(APPLICATION, option, ConfigValue::from(value)).unwrap();
    }
    (engine, unit)
}

/// The charm as a process, in a model of its own.
fn world() -> (Engine, UnitName, Rc<Binary>) {
    let binary = Rc::new(Binary::new(charm()).charm_file(root().join("metadata.yaml")));
    let (engine, unit) = deployed(Rc::clone(&binary) as Rc<dyn Program>);
    (engine, unit, binary)
}

fn container() -> ContainerName {
    ContainerName::from_static(CONTAINER)
}

fn pebble(engine: &Engine, unit: &UnitName) -> Pebble {
    match engine.container(unit, CONTAINER) {
        Some(ContainerHandle::Emulated(daemon)) => daemon.state(),
        other => panic!("{other:?}"),
    }
}

fn status(engine: &Engine, unit: &UnitName) -> String {
    let status = &engine.model().unit(unit).unwrap().status.status;
    format!("{}: {}", status.name.as_str(), status.message)
}

/// Changes the stage of every run before the charm sees it.
struct Bent {
    binary: Rc<Binary>,
    bend: Box<dyn Fn(&mut Stage)>,
}

impl std::fmt::Debug for Bent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bent")
    }
}

impl Program for Bent {
    fn dispatch(&self, stage: &Stage) -> Ended {
        let mut stage = stage.clone();
        (self.bend)(&mut stage);
        self.binary.dispatch(&stage)
    }
}

/// A model whose charm finds something else than Juju gives.
fn bent(bend: impl Fn(&mut Stage) + 'static) -> (Engine, UnitName) {
    bent_charm(Rc::new(Binary::new(charm())), bend)
}

/// The same with a charm that somebody else holds too.
fn bent_charm(binary: Rc<Binary>, bend: impl Fn(&mut Stage) + 'static) -> (Engine, UnitName) {
    deployed(Rc::new(Bent { binary, bend: Box::new(bend) }))
}
