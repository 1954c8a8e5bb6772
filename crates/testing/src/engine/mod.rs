//! The engine: which hooks become due in a model, in which order, and what happens when they fail.
//!
//! ```text
//! operator ──▶ Model ──▶ due ──▶ step: environment ▸ Program ▸ commit or drop ──▶ Model, timeline
//!                         ▲                                                        │
//!                         └────────────────────────────────────────────────────────┘
//! ```
//!
//! An [`Engine`] is a model, the agents of its units, and a [`Program`] for each application that
//! has one. An application without a program is a scripted other side: its units exist and never run
//! anything. Everything is deterministic, and time is the model's own: it passes only when a failed
//! hook waits for its retry, or by [`Engine::advance`].
//!
//! Nothing here knows how a charm is written, or how a hook command answers.

mod agent;
mod container;
mod cycle;
mod due;
mod fork;
mod guard;
mod kept;
mod limit;
mod maintenance;
mod operator;
mod program;
mod settle;
mod step;
mod timeline;
mod workload;

pub use agent::{Agent, ConfigSeen, FailedHook, RelationSeen, SecretsSeen};
pub use container::ContainerHandle;
pub use cycle::Turn;
pub use due::Due;
pub use kept::Kept;
pub use operator::{ActionOutcome, EngineError};
pub use program::{Ended, How, InProcess, Program, Stage};
pub use settle::{Settled, StuckUnit, Unsettled};
pub use timeline::{Outcome, TimelineEntry};

use crate::emulator::{
    juju::{Model, Refusal, Script},
    pebble::Pebble,
};
use container::Container;
use ops_core::names::{ApplicationName, ContainerName, UnitName};
use std::{collections::BTreeMap, rc::Rc, time::Duration};

/// A model whose units run their charms. A clone goes its own way; only programs, and containers
/// behind a socket, are shared.
#[derive(Debug, Clone, Default)]
pub struct Engine {
    model: Model,
    settings: Settings,
    programs: BTreeMap<ApplicationName, Rc<dyn Program>>,
    /// The charm that a unit still runs, until its upgrade-charm.
    outgoing: BTreeMap<UnitName, Rc<dyn Program>>,
    images: BTreeMap<(ApplicationName, ContainerName), Pebble>,
    agents: BTreeMap<UnitName, Agent>,
    containers: BTreeMap<UnitName, BTreeMap<ContainerName, Container>>,
    mishaps: BTreeMap<UnitName, Mishap>,
    timeline: Vec<TimelineEntry>,
    /// How many runs the timeline has had that it forgot.
    forgotten: usize,
    /// The unit that ran last, also when the timeline has been forgotten.
    last: Option<UnitName>,
}

/// How far the engine goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How long one run of a charm may take, in real time.
    pub deadline: Duration,
    /// How often a failed hook is run again before its unit stays in error. One that is killed has not failed,
    /// and is run again at once.
    pub retries: u32,
    /// After how many hooks [`Engine::settle`] gives up.
    pub bound: usize,
    /// Every how many seconds of the model's time `update-status` becomes due. By default it never does by
    /// itself; Juju's default is 300.
    pub update_status_interval: Option<u32>,
}

impl Default for Settings {
    /// A minute, 3 retries, 500 hooks, no `update-status`.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(60),
            retries: 3,
            bound: 500,
            update_status_interval: None,
        }
    }
}

/// What will go wrong in the next run of a unit's charm.
#[derive(Debug, Clone, Default)]
struct Mishap {
    script: Script,
    refusal: Option<Refusal>,
}

impl Engine {
    /// An engine for this model. Units that are in it already have no agent.
    #[must_use]
    pub fn new(model: Model) -> Self {
        Self { model, ..Self::default() }
    }

    /// How far it goes.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The model, to be changed behind the operator's back: a lost lease, a changed address.
    pub fn model_mut(&mut self) -> &mut Model {
        &mut self.model
    }

    /// What the agent of a unit has seen and done; `None` for a unit without a program.
    #[must_use]
    pub fn agent(&self, unit: &UnitName) -> Option<&Agent> {
        self.agents.get(unit)
    }

    /// Every run so far that is not [forgotten](Self::forget_timeline), oldest first.
    #[must_use]
    pub fn timeline(&self) -> &[TimelineEntry] {
        &self.timeline
    }

    /// How many runs came before those of the [timeline](Self::timeline), and are forgotten.
    pub(crate) fn forgotten(&self) -> usize {
        self.forgotten
    }

    /// The Pebble of a unit's container, as its charm finds it now.
    #[must_use]
    pub fn container(&self, unit: &UnitName, container: &str) -> Option<ContainerHandle> {
        self.containers.get(unit)?.get(container).map(Container::found)
    }

    /// The names of a unit's containers.
    pub fn containers(&self, unit: &UnitName) -> impl Iterator<Item = &ContainerName> {
        self.containers.get(unit).into_iter().flat_map(BTreeMap::keys)
    }

    /// Lets hook commands go wrong in the next run of the unit's charm.
    pub fn script_next(&mut self, unit: &UnitName, script: Script) {
        self.mishaps.entry(unit.clone()).or_default().script = script;
    }

    /// Lets Juju refuse what the next run of the unit's charm writes.
    pub fn refuse_next(&mut self, unit: &UnitName, refusal: Refusal) {
        self.mishaps.entry(unit.clone()).or_default().refusal = Some(refusal);
    }
}
