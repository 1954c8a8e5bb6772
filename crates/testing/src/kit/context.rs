//! Runs a charm for one event in a state.
//!
//! Nothing here knows how a state becomes a model, or what an output is made of.

use super::{
    JujuRelease, On, Output,
    conversion::{self, Facts},
    metadata::charm_metadata,
    output::Ran,
};
use crate::{
    consistency::{self, Case, Finding, Level, Rule},
    emulator::{
        Order,
        juju::{
            CharmMetadata, Hook, Juju, Model, ModelError, Places, Refusal, Script, environment,
        },
        pebble::Daemon,
    },
    engine::{ContainerHandle, How, InProcess, Program, Stage},
    replay::{Recording, RecordingError, Replayed},
    state::State,
};
use ops::{
    Event,
    hook_context::{ContextError, Declared, HookContext, Wake},
    host::Environment,
};
use ops_core::{
    JujuVersion,
    names::{ApplicationName, ContainerName, UnitName},
};
use std::{borrow::Cow, collections::BTreeMap, path::Path, rc::Rc, sync::Arc, time::Duration};

/// Runs a charm for one event: `ctx.run(ctx.on().config_changed(), &state)`.
///
/// It holds what Juju tells a charm beside the model: who it is, and under which version and on which
/// machine it runs. Nothing of a run stays in it, and none of it is global: tests run in parallel, and
/// two runs of the same event in the same state are equal to the byte.
///
/// Options a test seldom needs:
///
/// | what | without it |
/// |---|---|
/// | [`application`](Self::application), [`unit_number`](Self::unit_number) | the charm's name, 0 |
/// | [`juju_version`](Self::juju_version) | 3.6.14 |
/// | [`machine`](Self::machine), [`availability_zone`](Self::availability_zone) | none |
/// | [`principal`](Self::principal) | none: the unit is no subordinate |
/// | [`trusted`](Self::trusted) | the application may not see the cloud |
/// | [`seed`](Self::seed) | 0 |
/// | [`allow`](Self::allow) | every rule of the checker holds |
/// | [`allow_leak`](Self::allow_leak) | nothing of a secret may show |
#[derive(Debug)]
pub struct Context {
    program: Box<dyn Program>,
    charm: Arc<CharmMetadata>,
    unit: UnitName,
    release: JujuRelease,
    machine: String,
    availability_zone: Option<String>,
    principal: Option<UnitName>,
    trusted: bool,
    seed: u64,
    deadline: Duration,
    script: Option<Script>,
    refusal: Option<Refusal>,
    allowed: Vec<Rule>,
    /// Keys of secrets whose values are in public places by chance.
    public: Vec<String>,
    /// What is wrong with the metadata by itself.
    declared: Vec<Finding>,
}

impl Context {
    /// Runs the charm that `make` makes, in this process. Every run gets a new one, as it is in production.
    pub fn new<C: ops::Charm>(make: impl Fn() -> C + 'static) -> Self {
        let declared = consistency::check_metadata::<C::Meta>();
        Self { declared, ..Self::of(InProcess::new(make), charm_metadata::<C::Meta>()) }
    }

    /// Runs any program that stands for a charm with this metadata.
    pub fn of(program: impl Program + 'static, charm: impl Into<Arc<CharmMetadata>>) -> Self {
        let charm = charm.into();
        let unit = UnitName::new(format!("{}/0", charm.name));
        Self {
            program: Box::new(program),
            unit: unit.unwrap_or(UnitName::from_static("charm/0")),
            charm,
            release: JujuVersion::new(3, 6, 14).into(),
            machine: String::new(),
            availability_zone: None,
            principal: None,
            trusted: false,
            seed: 0,
            deadline: Duration::from_secs(60),
            script: None,
            refusal: None,
            allowed: Vec::new(),
            public: Vec::new(),
            declared: Vec::new(),
        }
    }

    /// The application has this name, instead of the charm's.
    #[must_use]
    pub fn application(mut self, name: &ApplicationName) -> Self {
        self.unit = numbered(name, self.unit.number());
        self
    }

    /// The unit has this number.
    #[must_use]
    pub fn unit_number(mut self, number: u32) -> Self {
        self.unit = numbered(&self.unit.application(), number);
        self
    }

    /// The same under another version of Juju; `"3.6-beta1".parse::<JujuRelease>()?` for a pre-release.
    #[must_use]
    pub fn juju_version(mut self, release: impl Into<JujuRelease>) -> Self {
        self.release = release.into();
        self
    }

    /// The unit is on this machine, such as `0` or `0/lxd/1`.
    #[must_use]
    pub fn machine(mut self, id: impl Into<String>) -> Self {
        self.machine = id.into();
        self
    }

    /// The machine is in this availability zone.
    #[must_use]
    pub fn availability_zone(mut self, zone: impl Into<String>) -> Self {
        self.availability_zone = Some(zone.into());
        self
    }

    /// The unit is a subordinate of this one.
    #[must_use]
    pub fn principal(mut self, unit: UnitName) -> Self {
        self.principal = Some(unit);
        self
    }

    /// The operator trusts the application with the cloud's credentials.
    #[must_use]
    pub fn trusted(mut self) -> Self {
        self.trusted = true;
        self
    }

    /// Ids of secrets and random bytes follow from this number, and from the secrets that there are.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How long a run may take, in real time. A minute, without it.
    ///
    /// A process is killed then. A charm in this process ends with one of the next questions that it asks
    /// Juju or a container. One that asks nobody ends after twice the time (five seconds more, at least), and with
    /// it the whole test program, which names the test on standard error. Whoever steps through a charm in a debugger wants a longer one.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
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

    /// The same without this rule of the [checker](crate::consistency): for a test that means what the rule
    /// refuses.
    #[must_use]
    pub fn allow(mut self, rule: Rule) -> Self {
        self.allowed.push(rule);
        self
    }

    /// What secrets have under this key is no secret, and may stand in a status or a log line: a user's name, which
    /// is a word of its own.
    #[must_use]
    pub fn allow_leak(mut self, key: impl Into<String>) -> Self {
        self.public.push(key.into());
        self
    }

    /// Makes events.
    #[must_use]
    pub fn on(&self) -> On {
        On::new(self.unit.clone())
    }

    /// Which unit's charm runs.
    #[must_use]
    pub fn unit(&self) -> &UnitName {
        &self.unit
    }

    /// What Juju knows of the charm.
    #[must_use]
    pub fn charm(&self) -> &CharmMetadata {
        &self.charm
    }

    /// Runs the charm once. The hook must succeed: [`attempt`](Self::attempt) is for those that may not.
    ///
    /// # Panics
    /// The hook failed: the reason is said, with what Juju dropped. Or the state is one that Juju cannot
    /// have, or the content of a secret stands in an argument, a log line or a status afterwards.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "a test kit fails the test")]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "`ctx.run(ctx.on().start(), &state)` reads best"
    )]
    pub fn run(&self, hook: Hook, state: &State) -> Output {
        let output = self.dispatch(&hook, state);
        if let Some(failure) = &output.failure {
            panic!("{}\nA test of this failure calls `Context::attempt`.", failure.about(&hook));
        }
        output
    }

    /// Runs the charm once, whether its hook succeeds or fails: [`Output::failure`] says.
    ///
    /// # Panics
    /// The state is one that Juju cannot have, or the content of a secret stands in an argument, a log
    /// line or a status afterwards.
    #[must_use]
    #[track_caller]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "`ctx.attempt(ctx.on().start(), &state)` reads best"
    )]
    pub fn attempt(&self, hook: Hook, state: &State) -> Output {
        self.dispatch(&hook, state)
    }

    /// What is wrong with the event in this state, errors and warnings, without the rules that are
    /// [allowed](Self::allow).
    #[must_use]
    pub fn check(&self, hook: &Hook, state: &State) -> Vec<Finding> {
        let Self { charm, unit, .. } = self;
        let version = self.release.version;
        let mut found = consistency::check(&Case { state, hook, charm, unit, version });
        found.extend(self.declared.iter().cloned());
        found.retain(|finding| !self.allowed.contains(&finding.rule));
        found
    }

    /// The event as a charm is given it: for [`Deferred::new`](crate::Deferred::new).
    ///
    /// # Errors
    /// The hook is an action, or names what the state does not have.
    pub fn event(&self, hook: &Hook, state: &State) -> Result<Event, EventError> {
        let model = self.model(hook, state)?;
        let environment = self.environment(&model, hook, "");
        let anything = |_: &str| true;
        let declared = Declared { endpoint: anything, container: anything, storage: anything };
        match HookContext::read(&environment, declared)?.wake {
            Wake::Hook(event) => Ok(event),
            Wake::Action { name, .. } => Err(EventError::Action(name)),
        }
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a test kit fails the test")]
    fn dispatch(&self, hook: &Hook, state: &State) -> Output {
        let found = self.check(hook, state);
        if found.iter().any(|finding| finding.rule.level() == Level::Error) {
            panic!("{}", consistency::refusal(&found));
        }
        match self.try_run(hook, state, found) {
            Ok(output) => {
                let leaks = output.leaks.iter().filter(|leak| !self.public.contains(&leak.key));
                let leaks: Vec<String> = leaks.map(ToString::to_string).collect();
                if !leaks.is_empty() {
                    panic!(
                        "a secret leaked: {}. If that value is no secret, `Context::allow_leak` says so",
                        leaks.join("; ")
                    );
                }
                output
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Runs a recorded dispatch again on this charm, whatever state it was recorded in: see
    /// [`replay`](crate::replay). Of this value only the charm counts.
    ///
    /// # Errors
    /// The file cannot be read, is of another format, is not whole, or is something else.
    pub fn replay(&self, file: impl AsRef<Path>) -> Result<Replayed, RecordingError> {
        Ok(Recording::read(file)?.replay(&*self.program))
    }

    fn model(&self, hook: &Hook, state: &State) -> Result<Model, ModelError> {
        let facts = Facts {
            charm: &self.charm,
            unit: &self.unit,
            version: self.release.version,
            seed: self.seed,
            machine: &self.machine,
            principal: self.principal.as_ref(),
            trusted: self.trusted,
        };
        conversion::model(state, hook, &facts)
    }

    fn environment(&self, model: &Model, hook: &Hook, context_id: &str) -> Environment {
        let places = Places::of(&self.unit);
        let mut environment = environment(model, &self.unit, hook, context_id, &places);
        environment.set("JUJU_VERSION", &*self.release.text);
        if let Some(zone) = &self.availability_zone {
            environment.set("JUJU_AVAILABILITY_ZONE", zone);
        }
        environment
    }

    /// An action with the defaults that Juju gives its parameters. What is wrong with them the checker has said.
    fn with_defaults<'h>(&self, hook: &'h Hook) -> Cow<'h, Hook> {
        let Hook::Action { name, id, params } = hook else { return Cow::Borrowed(hook) };
        let Some(schema) = self.charm.actions.get(name) else { return Cow::Borrowed(hook) };
        let params = schema.with_defaults(params.clone());
        Cow::Owned(Hook::Action { name: name.clone(), id: id.clone(), params })
    }

    fn try_run(
        &self,
        hook: &Hook,
        state: &State,
        warnings: Vec<Finding>,
    ) -> Result<Output, EventError> {
        let hook = &*self.with_defaults(hook);
        let juju = Juju::new(self.model(hook, state)?, self.unit.clone(), hook.clone());
        if let Some(script) = &self.script {
            juju.set_script(script.clone());
        }
        if let Some(refusal) = &self.refusal {
            juju.refuse_flush(refusal.clone());
        }
        let killed = self.script.as_ref().and_then(Script::killed_after);
        let order = killed.map_or_else(Order::default, Order::of_at_most);
        juju.number_effects(order.clone());
        let context_id = juju.with_session(|session| session.context_id().to_owned());
        let daemons: BTreeMap<ContainerName, Daemon> = state
            .containers
            .iter()
            .map(|(name, container)| {
                let mut pebble = container.pebble.clone();
                pebble.set_reachable(container.reachable);
                pebble.clear_effects();
                pebble.number_effects(order.clone());
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
                juju.with_model(|model| self.environment(model, hook, &context_id)),
            ),
            juju: Rc::new(juju.clone()),
            containers: daemons.iter().map(handle).collect(),
            commands: None,
            deadline: self.deadline,
        };
        let mut ended = self.program.dispatch(&stage);
        drop(stage);
        if juju.is_killed() {
            // What the charm went on to do in this process, a dead one would not have done.
            ended.how = How::Signal(9);
        }
        Ok(Output::new(Ran {
            before: state,
            unit: &self.unit,
            hook,
            juju,
            ended,
            daemons,
            warnings,
        }))
    }
}

fn numbered(application: &ApplicationName, number: u32) -> UnitName {
    let name = UnitName::new(format!("{application}/{number}"));
    name.unwrap_or(UnitName::from_static("charm/0"))
}

/// Juju would not give this event to a charm, or not in this state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// An action is no event.
    #[error("the action {0} is no event: it cannot be deferred")]
    Action(String),
    /// Juju cannot have the state.
    #[error("Juju cannot have this state: {0}")]
    State(#[from] ModelError),
    /// The hook names what the state does not have.
    #[error("the event is about something that the state does not have: {0}")]
    Environment(#[from] ContextError),
}
