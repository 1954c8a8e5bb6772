//! A small scripted Juju: each command has one answer, and every call is remembered.
#![allow(dead_code, unreachable_pub)]

use ops::{
    Host,
    hook_command::{Invocation, Reply, Transport, TransportError},
    host::{Containers, Environment, Messages, SystemClock, SystemRandomness},
    metadata::{ActionSet, NoActions, NoOptions, Options},
    names::ContainerName,
    pebble::{Dial, UnixSocket},
    prelude::*,
};
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

/// A charm's metadata without anything in it.
pub struct Meta;

impl Metadata for Meta {
    type Config = NoOptions;
    type Action = NoActions;
    const NAME: &'static str = "web";
}

/// The same with one action.
pub struct MetaWithAction;

impl Metadata for MetaWithAction {
    type Config = NoOptions;
    type Action = Action;
    const NAME: &'static str = "web";
}

#[derive(Debug)]
pub enum Action {
    Backup,
}

impl ActionSet for Action {
    const NAMES: &'static [&'static str] = &["backup"];

    fn parse(_: &str, _: Options<'_>) -> Result<Self, Fault> {
        Ok(Self::Backup)
    }
}

/// The variables of this wake, of a unit `web/0` under Juju 3.6.14.
pub fn wake(path: &str) -> Vec<(&'static str, String)> {
    let always = [
        ("JUJU_UNIT_NAME", "web/0"),
        ("JUJU_MODEL_NAME", "production"),
        ("JUJU_MODEL_UUID", "1f7e6c3c-6b2c-4a3b-8f6d-0a4a3d8b9c11"),
        ("JUJU_VERSION", "3.6.14"),
        ("JUJU_CHARM_DIR", "/nowhere"),
        ("JUJU_ACTION_UUID", "7"),
    ];
    let mut variables: Vec<_> =
        always.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    variables.push(("JUJU_DISPATCH_PATH", path.to_owned()));
    variables
}

/// Juju, and what was asked of it.
#[derive(Debug, Clone)]
pub struct Juju(Rc<Script>);

#[derive(Debug, Default)]
struct Script {
    answers: RefCell<BTreeMap<String, Reply>>,
    calls: RefCell<Vec<Invocation>>,
    messages: RefCell<Vec<String>>,
}

impl Default for Juju {
    fn default() -> Self {
        let juju = Self(Rc::default());
        juju.answers("status-get", r#"{"status":"unknown","message":""}"#);
        juju.answers("state-get", "null");
        juju.answers("is-leader", "false");
        juju
    }
}

impl Juju {
    /// This command succeeds with this output, from now on.
    pub fn answers(&self, command: &str, output: &str) {
        self.replies(command, Reply::ok(output));
    }

    /// This command ends like this, from now on.
    pub fn replies(&self, command: &str, reply: Reply) {
        self.0.answers.borrow_mut().insert(command.to_owned(), reply);
    }

    /// The commands as a person would type them.
    pub fn calls(&self) -> Vec<String> {
        self.0.calls.borrow().iter().map(ToString::to_string).collect()
    }

    /// The commands by name, without the log.
    pub fn commands(&self) -> Vec<String> {
        let calls = self.0.calls.borrow();
        let names = calls.iter().map(|call| call.program.clone().into_owned());
        names.filter(|name| name != "juju-log").collect()
    }

    /// What the last call of this command got on standard input.
    pub fn input_of(&self, command: &str) -> Option<String> {
        let calls = self.0.calls.borrow();
        let call = calls.iter().rev().find(|call| call.program == command)?;
        Some(String::from_utf8_lossy(call.input.as_ref()?.expose()).into_owned())
    }

    /// What went to standard error.
    pub fn messages(&self) -> Vec<String> {
        self.0.messages.borrow().clone()
    }

    pub fn host(&self, variables: &[(&'static str, String)]) -> Host {
        let environment: Environment = variables.iter().cloned().collect();
        Host {
            environment: Rc::new(environment),
            juju: Rc::clone(&self.0) as Rc<dyn Transport>,
            containers: Rc::new(NoContainers),
            clock: Rc::new(SystemClock::new()),
            randomness: Rc::new(SystemRandomness),
            directory: "/nowhere".into(),
            messages: Rc::clone(&self.0) as Rc<dyn Messages>,
            witness: None,
        }
    }
}

impl Transport for Script {
    fn invoke(&self, call: &Invocation) -> Result<Reply, TransportError> {
        self.calls.borrow_mut().push(call.clone());
        let answers = self.answers.borrow();
        Ok(answers.get(&*call.program).cloned().unwrap_or_else(|| Reply::ok("")))
    }
}

impl Messages for Script {
    fn line(&self, text: &str) {
        self.messages.borrow_mut().push(text.to_owned());
    }
}

#[derive(Debug)]
struct NoContainers;

impl Containers for NoContainers {
    fn container(&self, _: &ContainerName) -> Rc<dyn Dial> {
        Rc::new(UnixSocket::new("/nowhere/pebble.socket"))
    }
}
