//! Charms that are a function of the hook's name, which calls hook commands.

use ops::{
    hook_command::{Exit, Invocation, Transport as _},
    prelude::Secret,
};
use ops_testing::{
    emulator::juju::CharmMetadata,
    engine::{Ended, Program, Stage},
    world::{Application, Build, World},
};
use std::{fmt, rc::Rc};

struct Acts<F>(F);

impl<F> fmt::Debug for Acts<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acts")
    }
}

impl<F: Fn(&str, &Stage)> Program for Acts<F> {
    fn dispatch(&self, stage: &Stage) -> Ended {
        let path = stage.environment.iter().find(|(name, _)| *name == "JUJU_DISPATCH_PATH");
        let path = path.unwrap().1.to_str().unwrap().to_owned();
        (self.0)(path.split_once('/').unwrap().1, stage);
        Ended::exit(0)
    }
}

/// Calls a hook command; its words are separated by spaces. What it printed, unless it failed.
pub(crate) fn ask(stage: &Stage, line: &str) -> Option<String> {
    call(stage, &command(line))
}

/// The same, with a secret that has this content.
pub(crate) fn ask_with(stage: &Stage, line: &str, content: &str) -> Option<String> {
    call(stage, &command(line).file("key#file=", Secret::new(content.to_owned(), "test")))
}

fn command(line: &str) -> Invocation {
    let mut words = line.split(' ').map(str::to_owned);
    Invocation::new(words.next().unwrap()).args(words)
}

fn call(stage: &Stage, command: &Invocation) -> Option<String> {
    let reply = stage.juju.invoke(command).ok()?;
    let has_worked = reply.exit == Exit::Code(0);
    has_worked.then(|| String::from_utf8(reply.stdout).unwrap().trim().to_owned())
}

const METADATA: &str = "
name: web
containers: {web: {}}
requires: {database: {interface: pair}}
config: {options: {port: {type: int, default: 80}}}
";

/// One unit of such a charm, to which nothing has happened yet.
pub(crate) fn deployed(act: impl Fn(&str, &Stage) + 'static) -> World {
    let metadata = CharmMetadata::from_yaml(&[("charm.yaml", METADATA)]).unwrap();
    let mut world = World::new();
    world.deploy(Application::new(Build::program(metadata, Rc::new(Acts(act)))));
    world
}

/// The same, settled.
pub(crate) fn settled(act: impl Fn(&str, &Stage) + 'static) -> World {
    let mut world = deployed(act);
    world.settle();
    world
}
