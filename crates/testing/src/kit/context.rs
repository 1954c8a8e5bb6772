//! Runs a charm for one event in a state.

use super::{
    On, State,
    conversion::{self, Facts},
    metadata::charm_metadata,
};
use crate::{
    emulator::{
        juju::{
            ActionRun, CharmMetadata, Effect, FlushError, Hook, Juju, Leak, LogLine, Places,
            Refusal, Script, Status, environment,
        },
        pebble::{self, Daemon},
    },
    engine::{ContainerHandle, Ended, How, InProcess, Program, Stage},
};
use ops_core::{
    JujuVersion,
    names::{ContainerName, UnitName},
};
use std::{collections::BTreeMap, rc::Rc, sync::Arc, time::Duration};

/// Runs a charm for one event: `ctx.run(ctx.on().config_changed(), &state)`.
#[derive(Debug)]
pub struct Context {
    program: Box<dyn Program>,
    charm: Arc<CharmMetadata>,
    unit: UnitName,
    version: JujuVersion,
    script: Option<Script>,
    refusal: Option<Refusal>,
    deadline: Duration,
}

/// What a run left behind.
#[derive(Debug)]
#[non_exhaustive]
pub struct Output {
    /// The world after it. If the hook failed: with what Juju does at once, and without what it drops.
    pub state: State,
    /// How the charm ended, and what it printed.
    pub ended: Ended,
    /// Why Juju refused what the charm wrote, although the charm ended well.
    pub refused: Option<FlushError>,
    /// The hook commands, in order, as a person would type them.
    pub calls: Vec<String>,
    /// What changed in Juju, in order, or would have if the hook had not failed.
    pub effects: Vec<Effect>,
    /// What changed in each container.
    pub pebble_effects: BTreeMap<ContainerName, Vec<pebble::Effect>>,
    /// The log.
    pub logs: Vec<LogLine>,
    /// The statuses that the unit had on the way, the last one included.
    pub unit_statuses: Vec<Status>,
    /// What the action said, if it was one.
    pub action: Option<ActionRun>,
    /// Places where the content of a secret stands and must not. [`Context::run`] panics if there are any.
    pub leaks: Vec<Leak>,
}

/// How much of what a failed charm printed is shown.
const PRINTED_LINES: usize = 10;
const PRINTED_COLUMNS: usize = 300;

impl Output {
    /// Whether the hook succeeded in Juju's eyes.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.ended.is_success() && self.refused.is_none()
    }

    /// Why the hook failed in Juju's eyes, with what tells the reason: how the charm ended, what Juju refused,
    /// what was logged as an error, the last lines that the charm printed. `None` if it succeeded.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        if self.is_success() {
            return None;
        }
        let mut text = format!("the charm failed: {}", self.ended.how);
        if let Some(refused) = &self.refused {
            text = format!("Juju refused what the charm wrote: {refused}");
        }
        for line in self.logs.iter().filter(|line| line.level == "ERROR") {
            text.push_str("\n  log: ");
            text.push_str(&line.message);
        }
        let printed: Vec<&str> = self.ended.stderr.lines().collect();
        for line in printed.iter().skip(printed.len().saturating_sub(PRINTED_LINES)) {
            text.push_str("\n  stderr: ");
            text.extend(line.chars().take(PRINTED_COLUMNS));
        }
        Some(text)
    }

    /// Fails the test if the hook failed, with the reason.
    ///
    /// # Panics
    /// The hook failed: see [`failure`](Self::failure).
    #[track_caller]
    #[expect(clippy::panic, reason = "a test kit fails the test")]
    pub fn assert_success(&self) {
        if let Some(why) = self.failure() {
            panic!("{why}");
        }
    }

    /// The names of the hook commands, in order.
    #[must_use]
    pub fn commands(&self) -> Vec<&str> {
        self.calls.iter().map(|call| call.split(' ').next().unwrap_or_default()).collect()
    }
}

impl Context {
    /// Runs the charm that `make` makes, in this process. Every run gets a new one, as it is in production.
    pub fn new<C: ops::Charm>(make: impl Fn() -> C + 'static) -> Self {
        Self::of(Box::new(InProcess::new(make)), charm_metadata::<C::Meta>())
    }

    /// Runs this program, which is a charm with this metadata.
    pub(super) fn of(program: Box<dyn Program>, charm: CharmMetadata) -> Self {
        Self {
            program,
            unit: unit_of(&charm.name),
            charm: Arc::new(charm),
            version: JujuVersion::new(3, 6, 14),
            script: None,
            refusal: None,
            deadline: Duration::from_secs(60),
        }
    }

    /// How long a compiled charm may take, in real time: a minute, if nothing else is said. A charm in this
    /// process cannot be stopped, and has no deadline.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same under another version of Juju. 3.6.14 is the default.
    #[must_use]
    pub fn juju_version(mut self, version: JujuVersion) -> Self {
        self.version = version;
        self
    }

    /// The same with hook commands that go wrong.
    #[must_use]
    pub fn script(mut self, script: Script) -> Self {
        self.script = Some(script);
        self
    }

    /// The same with a Juju that refuses what the charm wrote.
    #[must_use]
    pub fn refuse_flush(mut self, refusal: Refusal) -> Self {
        self.refusal = Some(refusal);
        self
    }

    /// Makes events.
    #[must_use]
    pub fn on(&self) -> On {
        On { unit: self.unit.clone() }
    }

    /// Runs the charm once.
    ///
    /// # Panics
    /// The state is one that Juju cannot have, the content of a secret stands in an argument, a log line or a
    /// status afterwards, or a compiled charm could not be started or did not end in time.
    #[must_use]
    #[expect(clippy::panic, reason = "a test kit fails the test")]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "`ctx.run(ctx.on().start(), &state)` reads best"
    )]
    pub fn run(&self, hook: Hook, state: &State) -> Output {
        match self.try_run(&hook, state) {
            Ok(output) if matches!(output.ended.how, How::CannotStart(_) | How::Deadline) => {
                panic!("{}", output.failure().unwrap_or_default())
            }
            Ok(output) if output.leaks.is_empty() => output,
            Ok(output) => panic!("a secret leaked: {:?}", output.leaks),
            Err(error) => panic!("Juju cannot have this state: {error}"),
        }
    }

    fn try_run(
        &self,
        hook: &Hook,
        state: &State,
    ) -> Result<Output, crate::emulator::juju::ModelError> {
        let facts = Facts {
            charm: &self.charm,
            unit: &self.unit,
            version: self.version,
            seed: 0,
            machine: "",
            principal: None,
            trusted: false,
        };
        let model = conversion::model(state, hook, &facts)?;
        let juju = Juju::new(model, self.unit.clone(), hook.clone());
        if let Some(script) = &self.script {
            juju.set_script(script.clone());
        }
        if let Some(refusal) = &self.refusal {
            juju.refuse_flush(refusal.clone());
        }
        let context_id = juju.with_session(|session| session.context_id().to_owned());
        let places = Places::of(&self.unit);
        let daemons: BTreeMap<ContainerName, Daemon> = state
            .containers
            .iter()
            .map(|(name, container)| {
                let mut pebble = container.pebble.clone();
                pebble.set_reachable(container.reachable);
                pebble.clear_effects();
                (name.clone(), Daemon::new(pebble))
            })
            .collect();
        let handle = |(name, daemon): (&ContainerName, &Daemon)| {
            (name.clone(), ContainerHandle::Emulated(daemon.clone()))
        };
        let stage = Stage {
            unit: self.unit.clone(),
            pod: 0,
            environment: Rc::new(
                juju.with_model(|model| environment(model, &self.unit, hook, &context_id, &places)),
            ),
            juju: Rc::new(juju.clone()),
            containers: daemons.iter().map(handle).collect(),
            commands: None,
            deadline: self.deadline,
        };
        let ended = self.program.dispatch(&stage);
        drop(stage);
        Ok(self.output(state, hook, juju, ended, &daemons))
    }

    fn output(
        &self,
        before: &State,
        hook: &Hook,
        juju: Juju,
        mut ended: Ended,
        daemons: &BTreeMap<ContainerName, Daemon>,
    ) -> Output {
        if juju.is_killed() {
            // What the charm went on to do in this process, a dead one would not have done.
            ended.how = How::Signal(9);
        }
        let refused = if ended.is_success() {
            juju.commit().err()
        } else {
            juju.drop_writes();
            None
        };
        let action = juju.action();
        let (model, record) = juju.finish();
        let leaks = model.leaks(&record);
        let history = model.units.get(&self.unit).map(|unit| {
            let past = unit.history.iter().skip(1).map(|record| record.status.clone());
            past.chain([unit.status.status.clone()]).collect()
        });
        let ended_well = (ended.is_success() && refused.is_none()).then_some(hook);
        let mut state = conversion::after(before, model, &self.unit, ended_well);
        let mut pebble_effects = BTreeMap::new();
        for (name, daemon) in daemons {
            let pebble = daemon.state();
            pebble_effects.insert(name.clone(), pebble.effects().to_vec());
            if let Some(container) = state.containers.get_mut(name) {
                container.pebble = pebble;
                container.pebble.clear_effects();
                container.pebble.forget_commands();
                container.pebble.set_reachable(container.reachable);
            }
        }
        Output {
            state,
            ended,
            refused,
            calls: record.calls.iter().map(ToString::to_string).collect(),
            effects: record.effects,
            pebble_effects,
            logs: record.logs,
            unit_statuses: history.unwrap_or_default(),
            action,
            leaks,
        }
    }
}

fn unit_of(charm: &str) -> UnitName {
    UnitName::new(format!("{charm}/0")).unwrap_or(UnitName::from_static("charm/0"))
}
