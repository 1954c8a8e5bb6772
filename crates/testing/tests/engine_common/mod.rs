//! A charm of a few hook commands, and the questions that tests of the engine ask.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc)]

use ops::hook_command::{Exit, Invocation, Reply, Transport as _};
use ops_core::names::UnitName;
use ops_testing::{
    emulator::juju::{CharmMetadata, Hook},
    engine::{Ended, Engine, Program, Stage},
};
use std::{cell::RefCell, fmt, rc::Rc};

/// What a test lets a charm do: it is given the hook's name, and gives the exit code.
type Act = dyn Fn(&str, &Stage) -> i32;

/// A charm that does what a test says.
pub(crate) struct Charm {
    act: RefCell<Rc<Act>>,
}

impl fmt::Debug for Charm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Charm")
    }
}

impl Charm {
    pub(crate) fn new(act: impl Fn(&str, &Stage) -> i32 + 'static) -> Rc<Self> {
        Rc::new(Self { act: RefCell::new(Rc::new(act)) })
    }

    /// It sets nothing and succeeds.
    pub(crate) fn idle() -> Rc<Self> {
        Self::new(|_, _| 0)
    }

    /// From now on it does something else.
    pub(crate) fn becomes(&self, act: impl Fn(&str, &Stage) -> i32 + 'static) {
        *self.act.borrow_mut() = Rc::new(act);
    }
}

impl Program for Charm {
    fn dispatch(&self, stage: &Stage) -> Ended {
        let path =
            stage.environment.iter().find(|(name, _)| *name == "JUJU_DISPATCH_PATH").unwrap();
        let path = path.1.to_str().unwrap().to_owned();
        let act = Rc::clone(&self.act.borrow());
        Ended::exit(act(path.split_once('/').unwrap().1, stage))
    }
}

/// Runs a hook command; its words are separated by spaces.
pub(crate) fn call(stage: &Stage, line: &str) -> Reply {
    let mut words = line.split(' ').map(str::to_owned);
    let command = Invocation::new(words.next().unwrap()).args(words);
    stage.juju.invoke(&command).unwrap()
}

/// Runs a hook command that must succeed, and gives what it printed.
pub(crate) fn ask(stage: &Stage, line: &str) -> String {
    let reply = call(stage, line);
    assert_eq!(reply.exit, Exit::Code(0), "{line}: {}", String::from_utf8_lossy(&reply.stderr));
    String::from_utf8(reply.stdout).unwrap().trim().to_owned()
}

pub(crate) fn metadata(text: &str) -> CharmMetadata {
    CharmMetadata::from_yaml(&[("charm.yaml", text)]).unwrap()
}

pub(crate) fn web() -> CharmMetadata {
    metadata(
        "
name: web
containers: {web: {}}
requires: {database: {interface: sql}}
peers: {cluster: {interface: cluster}}
config: {options: {colour: {type: string, default: red}}}
actions: {hello: {params: {name: {type: string, default: you}}}}
",
    )
}

pub(crate) fn database() -> CharmMetadata {
    metadata("{name: database, provides: {database: {interface: sql}}}")
}

pub(crate) fn unit(name: &str) -> UnitName {
    UnitName::new(name.to_owned()).unwrap()
}

/// An engine in which one unit of `web` runs this charm and has settled.
pub(crate) fn settled(charm: &Rc<Charm>) -> Engine {
    let mut engine = Engine::default();
    engine.deploy("web", web(), Rc::clone(charm) as Rc<dyn Program>, 1).unwrap();
    engine.settle().unwrap();
    engine
}

/// The hooks that `act` and settling bring about, on one unit: names, with the remote unit.
pub(crate) fn hooks_of(
    engine: &mut Engine,
    unit: &UnitName,
    act: impl FnOnce(&mut Engine),
) -> Vec<String> {
    let before = engine.timeline().len();
    act(engine);
    let _ = engine.settle();
    let new = engine.timeline().iter().skip(before).filter(|entry| entry.unit == *unit);
    new.map(|entry| match (&entry.hook, entry.hook.remote_unit()) {
        (Hook::RelationChanged { unit: None, .. }, _) => format!("{} app", entry.name),
        (_, Some(remote)) => format!("{} {remote}", entry.name),
        (_, None) => entry.name.clone(),
    })
    .collect()
}
