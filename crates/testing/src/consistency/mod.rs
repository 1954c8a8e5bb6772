//! Whether Juju can have a state at all: what a state, an event and a charm's metadata say together.
//!
//! [`check`] finds everything at once; [`Rule`] says what there is to find. `docs/consistency.md` lists it.
//! Nothing here runs a charm or changes anything, and nothing is allocated when nothing is found: the kit
//! checks before every run.

mod actions;
mod config;
mod containers;
mod events;
mod names;
mod networks;
mod relations;
mod rule;
mod secrets;
mod storages;
mod unit;

pub use rule::{Level, Rule};

use crate::{
    emulator::juju::{CharmMetadata, Hook},
    state::State,
};
use ops_core::{JujuVersion, names::UnitName};
use std::fmt;

/// What is checked.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "made by hand where it is checked")]
pub struct Case<'a> {
    /// The world before the event.
    pub state: &'a State,
    /// The event.
    pub hook: &'a Hook,
    /// What the charm declares.
    pub charm: &'a CharmMetadata,
    /// The unit that gets the event.
    pub unit: &'a UnitName,
    /// Under which Juju.
    pub version: JujuVersion,
}

/// A rule that is broken, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// What breaks it.
    pub message: String,
}

impl Finding {
    fn new(rule: Rule, message: impl Into<String>) -> Self {
        Self { rule, message: message.into() }
    }
}

/// One line: the id, what is wrong, how to mend it.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, message } = self;
        write!(f, "{rule} ({}): {message}; {}", rule.level(), rule.mend())
    }
}

/// Everything that is wrong. Nothing in it means that Juju can have this state.
///
/// ```
/// use ops_testing::{
///     State,
///     consistency::{Case, Rule, check},
///     emulator::juju::{CharmMetadata, Hook},
/// };
/// use ops::{JujuVersion, names::UnitName};
///
/// let case = Case {
///     state: &State::default(),
///     hook: &Hook::LeaderElected,
///     charm: &CharmMetadata::default(),
///     unit: &UnitName::from_static("web/0"),
///     version: JujuVersion::new(3, 6, 14),
/// };
/// let findings = check(&case);
/// assert_eq!(findings[0].rule, Rule::A4);
/// ```
#[must_use]
pub fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    containers::check(case, &mut found);
    config::check(case, &mut found);
    unit::check(case, &mut found);
    events::check(case, &mut found);
    actions::check(case, &mut found);
    secrets::check(case, &mut found);
    storages::check(case, &mut found);
    relations::check(case, &mut found);
    networks::check(case, &mut found);
    found
}

/// All findings as the text with which a test fails.
pub(crate) fn refusal(found: &[Finding]) -> String {
    let mut text = "Juju cannot have this state:".to_owned();
    for finding in found {
        text.push_str("\n  ");
        text.push_str(&finding.to_string());
    }
    let first = found.iter().find(|finding| finding.rule.level() == Level::Error);
    if let Some(Finding { rule, .. }) = first {
        text.push_str("\nA test that means it says so: `Context::allow(Rule::");
        text.push_str(rule.id());
        text.push_str(")`.");
    }
    text
}

/// What is wrong with the metadata by itself, as far as an implementation by hand can get it wrong.
#[must_use]
pub fn check_metadata<M: ops::Metadata>() -> Vec<Finding> {
    let twice = |(at, endpoint): (usize, &ops::metadata::Endpoint)| {
        let before = M::ENDPOINTS.iter().take(at).find(|other| other.name == endpoint.name)?;
        let message = format!(
            "the endpoint {} stands under `{}` and under `{}`",
            endpoint.name, before.role, endpoint.role
        );
        Some(Finding::new(Rule::R45, message))
    };
    M::ENDPOINTS.iter().enumerate().filter_map(twice).collect()
}
