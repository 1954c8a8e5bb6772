//! A program in the place of a charm that calls hook commands as a person types them.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use ops::hook_command::Exit;
use ops_core::{
    interface::EndpointSpec,
    names::{ContainerName, SecretId},
};
use ops_pebble::Client;
use ops_testing::{
    Context,
    emulator::juju::{Call, CharmMetadata, NoFiles},
    engine::{Ended, Program, Stage},
};
use std::{borrow::Cow, fmt};

pub(crate) const WEB: ContainerName = ContainerName::from_static("web");

pub(crate) const METADATA: &str = "
name: web
requires:
  database: {interface: sql}
  logs: {interface: logs, scope: container}
peers:
  cluster: {interface: web-cluster}
containers: {web: {}}
resources: {page: {type: file, filename: page.html}}
storage: {data: {type: filesystem, multiple: {range: 0-}}}
config:
  options:
    port: {type: int, default: 8080}
actions:
  backup:
    params:
      keep: {type: integer, default: 7}
      where: {type: string}
";

macro_rules! endpoint {
    ($name:ident, $text:literal, $interface:literal, $role:ident) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name;
        impl EndpointSpec for $name {
            type Role = ops_core::interface::$role;
            const NAME: &'static str = $text;
            const INTERFACE: &'static str = $interface;
        }
    };
}

endpoint!(Database, "database", "sql", Requires);
endpoint!(Logs, "logs", "logs", Requires);
endpoint!(Cluster, "cluster", "web-cluster", Peers);

/// What a charm does, as calls on its stage.
pub(crate) struct Acts<F>(F);

impl<F> fmt::Debug for Acts<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acts")
    }
}

impl<F: Fn(&Tools<'_>) -> u8> Program for Acts<F> {
    fn dispatch(&self, stage: &Stage) -> Ended {
        Ended::exit(i32::from((self.0)(&Tools(stage))))
    }
}

pub(crate) struct Tools<'a>(pub(crate) &'a Stage);

impl Tools<'_> {
    /// Exit code, standard output and complaint of a hook command, without quoted words.
    pub(crate) fn call(&self, line: &str) -> (i32, String, String) {
        let mut words = line.split(' ');
        let program = words.next().unwrap();
        let arguments = words.map(|word| Cow::Owned(word.replace('_', " "))).collect();
        let call = Call { program, arguments, input: None, files: &NoFiles };
        let Ok(reply) = self.0.juju.serve(&call) else { return (-1, String::new(), String::new()) };
        let Exit::Code(code) = reply.exit else { panic!("killed") };
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (code, text(reply.stdout), text(reply.stderr))
    }

    /// What a hook command prints, which must succeed.
    pub(crate) fn run(&self, line: &str) -> String {
        let (code, out, err) = self.call(line);
        assert_eq!((code, err.as_str()), (0, ""), "{line}");
        out.trim_end().to_owned()
    }

    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let value = self.0.environment.get(name);
        value.map(|value| value.to_string_lossy().into_owned())
    }

    pub(crate) fn pebble(&self) -> Client {
        Client::new(self.0.containers[&WEB].dial())
    }
}

pub(crate) fn acts(acts: impl Fn(&Tools<'_>) -> u8 + 'static) -> Context {
    Context::of(Acts(acts), CharmMetadata::from_yaml(&[("charm.yaml", METADATA)]).unwrap())
}

/// Does nothing.
pub(crate) fn idle() -> Context {
    acts(|_| 0)
}

/// Runs these commands and logs what they print.
pub(crate) fn printed(lines: &'static [&'static str]) -> Context {
    acts(move |tools| {
        for line in lines {
            let (code, out, err) = tools.call(line);
            let said = format!("{line}: {code} {}{}", out.trim_end(), err.trim_end());
            let arguments = vec![Cow::Owned(said)];
            let log = Call { program: "juju-log", arguments, input: None, files: &NoFiles };
            tools.0.juju.serve(&log).unwrap();
        }
        0
    })
}

pub(crate) fn id(last: char) -> SecretId {
    SecretId::parse(&format!("secret:d0erdgfmp25c762i8np{last}")).unwrap()
}
