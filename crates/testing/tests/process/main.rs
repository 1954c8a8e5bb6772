//! Binary mode, with charms that are shell scripts: what a process finds, and how it may end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod containers;
mod ends;
mod environment;
mod hook_commands;
mod kills;
mod strangers;

use ops::host::Environment;
use ops_core::names::{ContainerName, RelationId, UnitName};
use ops_testing::{
    emulator::juju::{
        CharmMetadata, Hook, Juju, Model, Places, Record, Script, environment as variables,
    },
    engine::{ContainerHandle, Ended, Program, Stage},
    process::Binary,
};
use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, rc::Rc, time::Duration};
use tempfile::TempDir;

const METADATA: &str = "
name: web
containers:
  web: {}
peers:
  peers: {interface: web-peers}
config:
  options:
    title: {type: string, default: Hello}
";

/// Long enough for anything that is to succeed.
const LONG: Duration = Duration::from_secs(60);

/// A model with one unit, and the charm that runs on it.
struct World {
    model: Model,
    unit: UnitName,
    binary: Binary,
    containers: BTreeMap<ContainerName, ContainerHandle>,
    deadline: Duration,
    environment: fn(&mut Environment),
    script: Script,
    _charm: TempDir,
}

/// What one dispatch left behind.
struct Run {
    ended: Ended,
    record: Record,
    environment: Environment,
}

impl Run {
    fn calls(&self) -> Vec<String> {
        self.record.calls.iter().map(ToString::to_string).collect()
    }

    fn stdout(&self) -> &str {
        assert!(self.ended.is_success(), "{:?}", self.ended);
        &self.ended.stdout
    }
}

impl World {
    /// A leader whose charm is this shell script.
    fn new(script: &str) -> Self {
        let charm = tempfile::tempdir().unwrap();
        let path = charm.path().join("charm");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let mut model = Model::default();
        model
            .add_application("web", CharmMetadata::from_yaml(&[("charm.yaml", METADATA)]).unwrap())
            .unwrap();
        let unit = model.add_unit("web").unwrap();
        model.enter_scopes(&unit).unwrap();
        model.set_leader(&unit).unwrap();
        Self {
            model,
            unit,
            binary: Binary::new(path),
            containers: BTreeMap::new(),
            deadline: LONG,
            environment: |_| (),
            script: Script::default(),
            _charm: charm,
        }
    }

    fn juju(&self, hook: Hook) -> Juju {
        let juju = Juju::new(self.model.clone(), self.unit.clone(), hook);
        juju.set_script(self.script.clone());
        juju
    }

    /// Runs the charm, and commits what it wrote if it succeeded.
    fn dispatch(&mut self, hook: &Hook) -> Run {
        let juju = self.juju(hook.clone());
        let id = juju.with_session(|session| session.context_id().to_owned());
        let places = Places::of(&self.unit);
        let mut environment =
            juju.with_model(|model| variables(model, &self.unit, hook, &id, &places));
        (self.environment)(&mut environment);
        let juju = Rc::new(juju);
        let stage = Stage {
            unit: self.unit.clone(),
            pod: 0,
            environment: environment.into(),
            juju: Rc::clone(&juju),
            containers: self.containers.clone(),
            commands: None,
            deadline: self.deadline,
        };
        let ended = self.binary.dispatch(&stage);
        if ended.is_success() {
            juju.commit().unwrap();
        } else {
            juju.drop_writes();
        }
        let environment = (*stage.environment).clone();
        drop(stage);
        let (model, record) = Rc::try_unwrap(juju).unwrap().finish();
        self.model = model;
        Run { ended, record, environment }
    }

    fn run(&mut self) -> Run {
        self.dispatch(&Hook::ConfigChanged)
    }

    fn settings(&self) -> &BTreeMap<String, String> {
        let relation = &self.model.relations[&RelationId::new(0)];
        &relation.member(&self.unit).unwrap().settings
    }
}
