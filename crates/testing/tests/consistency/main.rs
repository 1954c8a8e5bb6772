//! Every rule of the checker, broken and mended: `r13_...` is about `Rule::R13`.
//!
//! Rules that our types leave no way to break have tests that show so.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod actions;
mod complete;
mod config;
mod containers;
mod events;
mod kit;
mod networks;
mod relations;
mod secrets;
mod storages;
mod unit;

use ops::{
    JujuVersion, Metadata as _,
    names::{ContainerName, UnitName},
};
use ops_testing::{
    Relation, Secret, State,
    consistency::{Case, Finding, Rule, check},
    emulator::juju::{CharmMetadata, Hook},
};
use serde_json::Value;

ops::charm_metadata!(mod meta, "tests/consistency/charmcraft.yaml");

use meta::endpoints::{Cluster, Database, Logs, Website};

const WEB: ContainerName = meta::containers::WEB;
const UNIT: UnitName = UnitName::from_static("web/0");

/// A state is checked as it is for unit 0 of a charm with everything, under a recent Juju.
struct Checked {
    charm: CharmMetadata,
    version: JujuVersion,
}

fn web() -> Checked {
    let charm = CharmMetadata::from_yaml(meta::Meta::FILES).unwrap();
    Checked { charm, version: JujuVersion::new(3, 6, 14) }
}

impl Checked {
    fn juju(mut self, major: u32, minor: u32, patch: u32) -> Self {
        self.version = JujuVersion::new(major, minor, patch);
        self
    }

    fn charm(mut self, change: impl FnOnce(&mut CharmMetadata)) -> Self {
        change(&mut self.charm);
        self
    }

    fn found(&self, hook: &Hook, state: &State) -> Vec<Finding> {
        let Self { charm, version, .. } = self;
        check(&Case { state, hook, charm, unit: &UNIT, version: *version })
    }

    /// Exactly this rule is broken, perhaps in several places, and says so with its name.
    #[track_caller]
    fn breaks_at(&self, rule: Rule, hook: &Hook, state: &State) -> Vec<Finding> {
        let found = self.found(hook, state);
        assert!(found.iter().any(|finding| finding.rule == rule), "{rule} among {found:#?}");
        assert!(found.iter().all(|finding| finding.rule == rule), "only {rule}: {found:#?}");
        assert!(found[0].to_string().starts_with(&format!("{rule} ({})", rule.level())));
        found
    }

    #[track_caller]
    fn breaks(&self, rule: Rule, state: &State) -> Vec<Finding> {
        self.breaks_at(rule, &Hook::UpdateStatus, state)
    }

    /// This rule is broken, and so are others, as cannot be avoided.
    #[track_caller]
    fn breaks_among(&self, rule: Rule, hook: &Hook, state: &State) {
        let found = self.found(hook, state);
        assert!(found.iter().any(|finding| finding.rule == rule), "{rule} among {found:#?}");
    }

    /// Nothing is broken.
    #[track_caller]
    fn holds_at(&self, hook: &Hook, state: &State) {
        assert_eq!(self.found(hook, state), []);
    }

    #[track_caller]
    fn holds(&self, state: &State) {
        self.holds_at(&Hook::UpdateStatus, state);
    }
}

fn state() -> State {
    State::default()
}

fn database() -> Relation {
    Relation::new(Database, 1)
}

fn id(last: char) -> ops::names::SecretId {
    ops::names::SecretId::parse(&format!("secret:d0erdgfmp25c762i8np{last}")).unwrap()
}

fn granted() -> Secret {
    Secret::granted(&id('0'), &[("key", "value")])
}

fn owned() -> Secret {
    Secret::owned(&id('1'), "mine", &[("key", "value")])
}

/// A state that stood in a file, after somebody changed the file.
fn edited(state: &State, change: impl FnOnce(&mut Value)) -> Result<State, serde_json::Error> {
    let mut file = serde_json::to_value(state).unwrap();
    change(&mut file);
    serde_json::from_value(file)
}

/// The event as the charm is told it, in words.
fn told(hook: &Hook, state: &State) -> String {
    let ctx = kit::context();
    format!("{:?}", ctx.event(hook, state).unwrap())
}
