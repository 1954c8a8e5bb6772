//! A small model with two charms, and hook commands as a person types them.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ops::hook_command::Exit;
use ops_core::{
    JujuVersion,
    names::{RelationId, UnitName},
};
use ops_testing::emulator::juju::{
    Call, CharmMetadata, Content, FlushError, Grantee, Hook, Model, NoFiles, Session,
};
use std::borrow::Cow;

pub(crate) const WEB: &str = "
name: web
requires:
  database: {interface: sql}
  ingress: {interface: ingress, limit: 1}
provides:
  website: {interface: http}
peers:
  cluster: {interface: web-cluster}
extra-bindings: {admin: null}
containers: {web: {resource: image}}
config:
  options:
    title: {type: string, default: Hello}
    port: {type: int, default: 8080}
    ratio: {type: float, default: 1.5}
    debug: {type: boolean, default: no}
    token: {type: secret}
";

pub(crate) const DB: &str = "{name: db, provides: {database: {interface: sql}}}";

pub(crate) const CLUSTER: RelationId = RelationId::new(0);
pub(crate) const DATABASE: RelationId = RelationId::new(1);

pub(crate) fn unit(name: &str) -> UnitName {
    UnitName::new(name).unwrap()
}

pub(crate) fn application(name: &str) -> Grantee {
    Grantee::try_from(name.to_owned()).unwrap()
}

pub(crate) fn content(entries: &[(&str, &str)]) -> Content {
    entries.iter().map(|(key, value)| (*key, *value)).collect()
}

/// `web/0` (leader) and `web/1`, related to `db/0`; the peer relation is 0, the other 1.
pub(crate) fn model() -> Model {
    let mut model = Model::default();
    model
        .add_application("web", CharmMetadata::from_yaml(&[("charm.yaml", WEB)]).unwrap())
        .unwrap();
    model.add_application("db", CharmMetadata::from_yaml(&[("charm.yaml", DB)]).unwrap()).unwrap();
    for application in ["web", "web", "db"] {
        let unit = model.add_unit(application).unwrap();
        model.enter_scopes(&unit).unwrap();
    }
    model.set_leader(&unit("web/0")).unwrap();
    model.set_leader(&unit("db/0")).unwrap();
    assert_eq!(model.integrate("web:database", "db:database").unwrap(), DATABASE);
    model
}

/// A model and one run in it.
pub(crate) struct World {
    pub(crate) model: Model,
    pub(crate) session: Session,
}

/// Exit code, standard output, standard error.
pub(crate) type Outcome = (i32, String, String);

impl World {
    pub(crate) fn new(mut model: Model, name: &str, hook: Hook) -> Self {
        let session = Session::new(&mut model, unit(name), hook);
        Self { model, session }
    }

    pub(crate) fn leader() -> Self {
        Self::new(model(), "web/0", Hook::ConfigChanged)
    }

    pub(crate) fn follower() -> Self {
        Self::new(model(), "web/1", Hook::ConfigChanged)
    }

    pub(crate) fn of_version(version: (u32, u32, u32)) -> Self {
        let mut model = model();
        model.version = JujuVersion::new(version.0, version.1, version.2);
        Self::new(model, "web/0", Hook::ConfigChanged)
    }

    /// Ends this run well and begins the next.
    pub(crate) fn next(&mut self, name: &str, hook: Hook) -> Result<(), FlushError> {
        self.session.commit(&mut self.model)?;
        self.session = Session::new(&mut self.model, unit(name), hook);
        Ok(())
    }

    pub(crate) fn call(&mut self, words: &[&str], input: Option<&str>) -> Outcome {
        let (program, arguments) = words.split_first().unwrap();
        let call = Call {
            program,
            arguments: arguments.iter().map(|argument| Cow::Borrowed(*argument)).collect(),
            input: input.map(str::as_bytes),
            files: &NoFiles,
        };
        let reply = self.session.run(&mut self.model, &call);
        let Exit::Code(code) = reply.exit else { panic!("killed") };
        (code, String::from_utf8(reply.stdout).unwrap(), String::from_utf8(reply.stderr).unwrap())
    }

    /// Runs a command without quoted words.
    pub(crate) fn run(&mut self, line: &str) -> Outcome {
        self.call(&line.split(' ').collect::<Vec<_>>(), None)
    }

    /// What a command prints, which must succeed.
    pub(crate) fn print(&mut self, line: &str) -> String {
        let (code, out, err) = self.run(line);
        assert_eq!((code, err.as_str()), (0, ""), "{line}");
        out
    }

    /// The exit code and complaint of a command, which must fail and print nothing.
    pub(crate) fn fail(&mut self, line: &str) -> (i32, String) {
        let (code, out, err) = self.run(line);
        assert_eq!(out, "", "{line}");
        let message = err.strip_prefix("ERROR ").and_then(|e| e.strip_suffix('\n'));
        (code, message.unwrap_or_else(|| panic!("{line} said {err:?}")).to_owned())
    }
}
