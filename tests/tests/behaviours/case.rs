//! A case: read from the file, and run both ways.

use crate::{alike, charm, folder, metadata_file, outcome::outcome, world};
use conformance::{Conformance, meta::options::DO};
use ops_testing::{Context, JujuRelease, Output};
use serde::Deserialize;
use serde_json::Value;
use std::{cell::RefCell, collections::BTreeMap, fs};

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Case {
    pub(crate) what: String,
    juju: Option<String>,
    #[serde(default)]
    state: world::World,
    #[serde(default)]
    runs: Vec<Run>,
    #[serde(default)]
    show: Vec<String>,
    /// By pointer into the outcome, why it is not what ops.testing answers.
    #[serde(default)]
    pub(crate) differs: BTreeMap<String, String>,
    /// What ops has and this SDK has not, so that the case is the nearest to it.
    pub(crate) nearest: Option<String>,
    /// Why ops.testing is not asked.
    pub(crate) apart: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    event: Value,
    leader: Option<bool>,
    #[serde(default)]
    r#do: Vec<Value>,
}

impl Case {
    /// All of them.
    pub(crate) fn all() -> BTreeMap<String, Self> {
        let text = fs::read_to_string(folder().join("cases.yaml")).unwrap();
        serde_yaml::from_str(&text).unwrap()
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::all().remove(name).unwrap_or_else(|| panic!("cases.yaml has no {name}"))
    }

    /// One that no file holds.
    pub(crate) fn of(mut case: Value) -> Self {
        case["what"] = "in the test itself".into();
        serde_json::from_value(case).unwrap()
    }

    pub(crate) fn in_process(&self) -> Vec<Value> {
        self.run(&self.under(Context::new(|| Conformance)), &RefCell::default())
    }

    /// What came of it as a program, after its outputs were held against those of a run in this process.
    pub(crate) fn as_program(&self) -> Vec<Value> {
        let outputs = [RefCell::default(), RefCell::default()];
        self.run(&self.under(Context::new(|| Conformance)), &outputs[0]);
        let binary = Context::binary(charm()).metadata_files([metadata_file()]).unwrap();
        let outcomes = self.run(&self.under(binary), &outputs[1]);
        let [in_process, as_program] = outputs.map(RefCell::into_inner);
        for (one, other) in in_process.iter().zip(&as_program) {
            alike::check(one, other);
        }
        outcomes
    }

    /// Under the Juju of the case.
    fn under(&self, ctx: Context) -> Context {
        match self.juju.as_deref() {
            None => ctx,
            Some(version) => ctx.juju_version(version.parse::<JujuRelease>().unwrap()),
        }
    }

    fn run(&self, ctx: &Context, outputs: &RefCell<Vec<Output>>) -> Vec<Value> {
        let files = tempfile::tempdir().unwrap();
        let mut state = self.state.state(files.path());
        let mut outcomes = Vec::new();
        for run in &self.runs {
            let steps = serde_json::to_string(&run.r#do).unwrap();
            state = state.config(DO, steps);
            state.leader = run.leader.unwrap_or(state.leader);
            let (before, hook) = (state.clone(), world::hook(ctx, &run.event, &state));
            let output = ctx.attempt(hook, &state);
            outcomes.push(outcome(&self.show, &before, &state, &output, files.path()));
            state = output.state.clone();
            outputs.borrow_mut().push(output);
        }
        outcomes
    }
}
