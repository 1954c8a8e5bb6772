//! A Python charm on Canonical's `ops`, deployed unpacked: the emulators are held by a peer that this
//! project did not write.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod life;
mod pebble;
mod sandbox;
mod trouble;
mod units;

use ops_core::names::UnitName;
use ops_testing::{
    emulator::{
        juju::{CharmMetadata, Model},
        pebble::{ExecHandler, Pebble},
    },
    engine::{ActionOutcome, ContainerHandle, Engine, Outcome},
    process::Unpacked,
};
use serde_json::{Map, Value, json};
use std::{fs, os::unix::fs::symlink, path::Path, rc::Rc};
use tempfile::TempDir;

const APPLICATION: &str = "python-charm";

const DATABASE: &str = "
name: database
provides:
  db: {interface: postgresql_client}
";

const PROXY: &str = "
name: proxy
requires:
  backend: {interface: http}
";

/// The charm as charmcraft would have unpacked it, with a virtual environment that can import ops.
/// `None` without one, and the test is skipped.
fn charm(version: &str) -> Option<TempDir> {
    let python = ops_tests::PYTHON_OPS.find()?;
    let directory = tempfile::tempdir().unwrap();
    copy(&ops_tests::root().join("tests/peers/python-charm"), directory.path());
    let environment = python.parent().and_then(Path::parent).expect("bin/python is in one");
    symlink(environment, directory.path().join("venv")).unwrap();
    fs::write(directory.path().join("version"), version).unwrap();
    Some(directory)
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A model in which the charm is deployed.
struct World {
    engine: Engine,
    unit: UnitName,
    program: Rc<Unpacked>,
    _charm: TempDir,
}

impl World {
    fn of(model: Model, units: u32) -> Option<Self> {
        let charm = charm("1")?;
        let program = Rc::new(Unpacked::open(charm.path()).unwrap());
        let mut engine = Engine::new(model);
        engine.settings_mut().retries = 0;
        let version = ExecHandler::new(["web", "--version"]).stdout("1.2.3\n");
        engine.set_image(APPLICATION, "web", Pebble::new().exec_handler(version)).unwrap();
        let metadata = program.metadata().clone();
        let unit = UnitName::new(format!("{APPLICATION}/0")).unwrap();
        engine.deploy(APPLICATION, metadata, Rc::clone(&program) as _, units).unwrap();
        Some(Self { engine, unit, program, _charm: charm })
    }

    fn new() -> Option<Self> {
        Self::of(Model::default(), 1)
    }

    /// Deployed, with a database, settled and active.
    fn active() -> Option<Self> {
        let mut world = Self::new()?;
        world.add_database();
        world.settle();
        assert_eq!(world.status(), "active: ");
        Some(world)
    }

    fn add_database(&mut self) -> ops_core::names::RelationId {
        let charm = CharmMetadata::from_yaml(&[("metadata.yaml", DATABASE)]).unwrap();
        self.engine.deploy_scripted("database", charm, 1).unwrap();
        let id = self.engine.integrate("python-charm:database", "database:db").unwrap();
        self.engine.write(id, "database", [("url", "postgresql://one")]).unwrap();
        id
    }

    fn add_proxy(&mut self) -> ops_core::names::RelationId {
        let charm = CharmMetadata::from_yaml(&[("metadata.yaml", PROXY)]).unwrap();
        self.engine.deploy_scripted("proxy", charm, 1).unwrap();
        self.engine.integrate("python-charm:site", "proxy:backend").unwrap()
    }

    /// Runs all hooks; the names of those that ran on the first unit.
    fn settle(&mut self) -> Vec<String> {
        let before = self.engine.timeline().len();
        self.engine.settle().unwrap_or_else(|why| panic!("{why}"));
        let entries = &self.engine.timeline()[before..];
        for entry in entries {
            assert_eq!(entry.outcome, Outcome::Done, "{}: {}", entry.name, entry.ended.stderr);
            assert_eq!(entry.ended.stderr, "", "{}", entry.name);
            // ops says what it could not make sense of.
            let odd = |level: &str| matches!(level, "WARNING" | "ERROR" | "CRITICAL");
            let odd: Vec<_> = entry.record.logs.iter().filter(|line| odd(&line.level)).collect();
            assert!(odd.is_empty(), "{}: {odd:?}", entry.name);
        }
        let own = entries.iter().filter(|entry| entry.unit == self.unit);
        own.map(|entry| entry.name.clone()).collect()
    }

    fn status(&self) -> String {
        self.status_of(&self.unit)
    }

    fn status_of(&self, unit: &UnitName) -> String {
        let status = &self.engine.model().unit(unit).unwrap().status.status;
        format!("{}: {}", status.name.as_str(), status.message)
    }

    fn pebble(&self) -> Pebble {
        match self.engine.container(&self.unit, "web") {
            Some(ContainerHandle::Emulated(daemon)) => daemon.state(),
            other => panic!("{other:?}"),
        }
    }

    fn with_pebble(&self, act: impl FnOnce(&mut Pebble)) {
        match self.engine.container(&self.unit, "web") {
            Some(ContainerHandle::Emulated(daemon)) => daemon.with(act),
            other => panic!("{other:?}"),
        }
    }

    /// The environment of the service.
    fn environment(&self, variable: &str) -> Option<String> {
        let pebble = self.pebble();
        let service = pebble.plan().services.get("web")?;
        service.environment.get(variable).map(|value| value.expose().to_owned())
    }

    fn act(&mut self, action: &str, params: Value) -> ActionOutcome {
        let Value::Object(params) = params else { panic!("{params}") };
        self.engine.run_action(&self.unit, action, params).unwrap()
    }

    /// What the charm knows.
    fn report(&mut self) -> Map<String, Value> {
        let outcome = self.act("report", json!({"wanted": 1}));
        assert_eq!(outcome.failed, None, "{:?}", outcome.results);
        outcome.results
    }

    /// A list that the charm reports.
    fn reported(&mut self, key: &str) -> Vec<Value> {
        serde_json::from_str(self.report()[key].as_str().unwrap()).unwrap()
    }
}
