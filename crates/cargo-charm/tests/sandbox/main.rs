//! `cargo charm sandbox`, driven as a person drives it: one process for each command, a model on disk
//! between them, and a charm that is a shell script.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

#[path = "../charm/mod.rs"]
mod charm;
mod containers;
mod deploy;
mod keeping;
mod operations;
mod recording;
mod relations;
mod session;
mod storage;
mod units;
mod verbs;

use serde_json::Value;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// A charm in the shell: it needs a token, serves a site, and says what its upstream told it.
const DISPATCH: &str = r#"#!/bin/sh
event=$(basename "$JUJU_DISPATCH_PATH")
juju-log "dispatched $event"
case "$JUJU_DISPATCH_PATH" in
actions/greet)
    action-log "greeting"
    action-set greeting="hello $(action-get name)" depth.inner=1
    exit 0 ;;
actions/refuse)
    action-fail "it refuses"
    exit 0 ;;
esac
if [ "$(config-get fail)" = "$event" ]; then
    echo "told to fail" >&2
    exit 1
fi
if [ "$(config-get hang)" = "$event" ]; then
    # For ever, but not longer than somebody waits for it.
    while kill -0 "$PPID" 2>/dev/null; do sleep 0.1; done
    exit 1
fi
if [ "$(config-get flood)" = True ] && [ "$event" = update-status ]; then
    head -c 4000000 /dev/zero | tr '\0' 'x'
fi
case "$event" in
site-relation-joined)
    if [ "$(is-leader)" = True ]; then
        relation-set -r "$JUJU_RELATION_ID" --app url="http://$(echo "$JUJU_UNIT_NAME" | tr / -)"
    fi ;;
esac
for id in $(relation-ids upstream); do
    upstream=$(relation-get -r "$id" --app url "$(relation-list -r "$id" --app)" || true)
done
token=$(config-get token)
echo "$event" >> events
if [ -n "$upstream" ]; then
    status-set active "upstream $upstream"
elif [ -z "$token" ]; then
    status-set blocked "no token"
elif secret-get "$token" value >/dev/null 2>&1; then
    status-set active "$(config-get title)"
else
    status-set blocked "token is not granted"
fi
"#;

const METADATA: &str = "
name: web
summary: a charm in the shell
provides:
  site: {interface: http}
requires:
  upstream: {interface: http}
containers:
  web: {}
storage:
  data: {type: filesystem, location: /data, multiple: {range: 0-2}}
";

const CONFIG: &str = "
options:
  token: {type: secret}
  title: {type: string, default: a web site}
  fail: {type: string, default: ''}
  hang: {type: string, default: ''}
  flood: {type: boolean, default: false}
  workers: {type: int, default: 2}
";

const ACTIONS: &str = "
greet:
  params: {name: {type: string, default: world}}
refuse:
  params: {}
";

/// The charm as Juju unpacks it.
fn charm_in(directory: &Path) -> PathBuf {
    let charm = directory.join("charm");
    fs::create_dir_all(&charm).unwrap();
    for (name, text) in [
        ("metadata.yaml", METADATA),
        ("config.yaml", CONFIG),
        ("actions.yaml", ACTIONS),
        ("dispatch", DISPATCH),
    ] {
        fs::write(charm.join(name), text).unwrap();
    }
    fs::set_permissions(charm.join("dispatch"), fs::Permissions::from_mode(0o755)).unwrap();
    charm
}

/// A model in a directory of its own, with the charm beside it.
struct Model {
    directory: TempDir,
    charm: PathBuf,
}

/// What a command came to.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Ran {
    /// It must have failed with this code, and said this on standard error.
    #[track_caller]
    fn fails(&self, code: i32, saying: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.stderr.contains(saying), "expected {saying:?}: {self:?}");
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Model {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let charm = charm_in(directory.path());
        Self { directory, charm }
    }

    /// One in which the application is deployed and settled.
    fn deployed(application: &str) -> Self {
        let model = Self::new();
        model.deploy(&[application]);
        model
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("model")
    }

    /// A file beside the model.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-charm"));
        command.arg("sandbox").args(arguments).env("CARGO_CHARM_MODEL_DIR", self.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Whatever it comes to.
    fn try_run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// It must succeed.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Ran {
        let ran = self.try_run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains('\u{1b}'), "colours outside a terminal: {text}");
        }
        ran
    }

    #[track_caller]
    fn deploy(&self, more: &[&str]) -> Ran {
        self.run(&[&["deploy", self.charm.to_str().unwrap()], more].concat())
    }

    /// The status, as JSON.
    #[track_caller]
    fn status(&self) -> Value {
        self.run(&["status", "--format", "json"]).json()
    }

    /// The status of a unit's workload, with its message.
    #[track_caller]
    fn workload(&self, unit: &str) -> (String, String) {
        let (application, _) = unit.split_once('/').unwrap();
        let status = self.status();
        let found = &status["applications"][application]["units"][unit]["workload-status"];
        let text = |key: &str| found[key].as_str().unwrap_or("none").to_owned();
        (text("current"), text("message"))
    }

    /// The names of an application's units, and which of them lead.
    #[track_caller]
    fn units(&self, application: &str) -> (Vec<String>, Vec<String>) {
        let status = self.status();
        let units = status["applications"][application]["units"].as_object().unwrap();
        let leads = units.iter().filter(|(_, unit)| unit["leader"] == true);
        (units.keys().cloned().collect(), leads.map(|(name, _)| name.clone()).collect())
    }

    /// What the charm of a unit was dispatched for, oldest first.
    fn events(&self, unit: &str) -> Vec<String> {
        let log = self.run(&["debug-log", "--include", unit, "--level", "INFO"]);
        let dispatched = |line: &str| line.split_once("dispatched ").map(|(_, e)| e.to_owned());
        log.stdout.lines().filter_map(dispatched).collect()
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        let daemons = fs::read_dir(self.path().join("daemons"));
        if daemons.is_ok_and(|mut daemons| daemons.next().is_some()) {
            let _ = self.command(&["destroy", "--force"]).output();
        }
    }
}

/// A status as [`Model::workload`] gives it.
fn is(status: &str, message: &str) -> (String, String) {
    (status.to_owned(), message.to_owned())
}
