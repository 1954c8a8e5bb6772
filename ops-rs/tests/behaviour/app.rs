//! A charm whose every step is a closure, and that takes note of what is called.

use ops::{
    JujuVersion,
    interface::{
        Databag, EndpointSpec, Interface, Peers, Provides, Requires, Schema, SchemaError, Typed,
    },
    metadata::{ActionSet, Endpoint, NoOptions, Options},
    names::{ContainerName, SecretId, UnitName},
    pebble::layer::{Service, Startup},
    prelude::*,
};
use ops_testing::{
    Context, Output, State,
    consistency::Rule,
    emulator::juju::{self, Hook},
};
use std::{
    collections::BTreeMap,
    marker::PhantomData,
    sync::{Arc, Mutex},
};

pub(crate) const WEB: ContainerName = ContainerName::from_static("web");
pub(crate) const DB: Typed<Db, Pair> = Typed::new(Db);
pub(crate) const PEERS: Typed<Cluster, Pair> = Typed::new(Cluster);

#[derive(Debug)]
pub(crate) struct Meta;

impl Metadata for Meta {
    type Config = NoOptions;
    type Action = Action;
    const NAME: &'static str = "web";
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint { name: "db", role: "requires", interface: "pair" },
        Endpoint { name: "site", role: "provides", interface: "pair" },
        Endpoint { name: "cluster", role: "peers", interface: "pair" },
    ];
    const CONTAINERS: &'static [&'static str] = &["web"];
    const STORAGES: &'static [&'static str] = &["data"];
}

/// `backup`, to a place that must be given.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) to: Option<String>,
    pub(crate) keep: i64,
}

impl ActionSet for Action {
    const NAMES: &'static [&'static str] = &["backup"];

    fn parse(_: &str, parameters: Options<'_>) -> Result<Self, Fault> {
        parameters.read_all(|read| Self {
            to: read.string("to"),
            keep: read.integer("keep").unwrap_or(7),
        })
    }
}

macro_rules! endpoints {
    ($($name:ident $role:ident $text:literal),+) => {
        $(
            #[derive(Debug, Clone, Copy)]
            pub(crate) struct $name;

            impl EndpointSpec for $name {
                type Role = $role;
                const NAME: &'static str = $text;
                const INTERFACE: &'static str = "pair";
            }
        )+
    };
}

endpoints!(Db Requires "db", Site Provides "site", Cluster Peers "cluster");

pub(crate) enum Pair {}

impl Interface for Pair {
    const NAME: &'static str = "pair";
    type Provider = (Bag, Bag);
    type Requirer = (Bag, Bag);
}

/// Any keys; none is as good as not written, and `broken` is not allowed.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub(crate) struct Bag(pub(crate) BTreeMap<String, Text>);

pub(crate) fn bag(keys: &[(&str, &str)]) -> Bag {
    Bag(keys.iter().map(|(key, value)| ((*key).to_owned(), Text::from(*value))).collect())
}

impl Schema for Bag {
    fn encode(&self) -> Result<Databag, SchemaError> {
        Ok(self.0.clone())
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        if bag.contains_key("broken") {
            return Err(SchemaError::new("broken", "nothing"));
        }
        let keys: BTreeMap<_, _> =
            bag.iter().map(|(key, value)| (key.clone(), Text::from(value))).collect();
        Ok((!keys.is_empty()).then_some(Self(keys)))
    }
}

/// What the charm sees: whatever a test wants it to.
pub(crate) type Seen = BTreeMap<String, Text>;

pub(crate) fn seen(key: &str, value: impl Into<Text>) -> Seen {
    Seen::from([(key.to_owned(), value.into())])
}

/// How a charm is compiled, as opposed to what it does.
pub(crate) trait Kind: Send + Sync + Sized + 'static {
    const DEFERS: bool = false;
    const RETRIES: bool = false;
    const STATE: ops::StateBackend = ops::StateBackend::Juju;
}

pub(crate) struct Plain;
pub(crate) struct Defers;
pub(crate) struct Retries;
pub(crate) struct InFile;

impl Kind for Plain {}
impl Kind for Defers {
    const DEFERS: bool = true;
}
impl Kind for Retries {
    const RETRIES: bool = true;
}
impl Kind for InFile {
    const DEFERS: bool = true;
    const STATE: ops::StateBackend = ops::StateBackend::File;
}

type On<K> = dyn Fn(&Event, &mut Live<'_>) -> Result<Outcome<App<K>>, Fault> + Send + Sync;
type Observe = dyn Fn(&Model, usize) -> Result<Seen, Fault> + Send + Sync;
type PlanIt = dyn Fn(&Seen, usize) -> Result<Plan, Fault> + Send + Sync;
type Collect = dyn Fn(Observed<'_, Seen>, &Report, &mut Statuses) + Send + Sync;
type Finalize = dyn Fn(&mut Teardown<'_>) -> Result<(), Fault> + Send + Sync;
type Act = dyn Fn(Action, &mut ActionContext<'_>) -> Result<ActionResults, Fault> + Send + Sync;
type ByHand = dyn Fn(&mut Live<'_>, &mut Statuses) -> Result<(), Fault> + Send + Sync;

pub(crate) struct App<K = Plain> {
    pub(crate) trace: Trace,
    on: Arc<On<K>>,
    observe: Arc<Observe>,
    plan: Arc<PlanIt>,
    collect: Arc<Collect>,
    finalize: Arc<Finalize>,
    act: Arc<Act>,
    by_hand: Option<Arc<ByHand>>,
    kind: PhantomData<fn() -> K>,
}

impl<K> Clone for App<K> {
    fn clone(&self) -> Self {
        Self {
            trace: self.trace.clone(),
            on: Arc::clone(&self.on),
            observe: Arc::clone(&self.observe),
            plan: Arc::clone(&self.plan),
            collect: Arc::clone(&self.collect),
            finalize: Arc::clone(&self.finalize),
            act: Arc::clone(&self.act),
            by_hand: self.by_hand.clone(),
            kind: PhantomData,
        }
    }
}

/// What was called, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<String>>>);

impl Trace {
    pub(crate) fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    /// What was called since the last time that somebody asked.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn count(&self, what: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|noted| *noted == what).count()
    }
}

/// A charm that plans nothing and is active.
pub(crate) fn app() -> App {
    App::of_kind()
}

impl<K: Kind> App<K> {
    pub(crate) fn of_kind() -> Self {
        Self {
            trace: Trace::default(),
            on: Arc::new(|_, _| Ok(Outcome::done())),
            observe: Arc::new(|_, _| Ok(Seen::new())),
            plan: Arc::new(|_, _| Ok(Plan::new())),
            collect: Arc::new(|_, _, statuses| {
                statuses.unit(Status::active());
            }),
            finalize: Arc::new(|_| Ok(())),
            act: Arc::new(|_, _| Ok(ActionResults::new())),
            by_hand: None,
            kind: PhantomData,
        }
    }

    pub(crate) fn on(
        mut self,
        on: impl Fn(&Event, &mut Live<'_>) -> Result<Outcome<Self>, Fault> + Send + Sync + 'static,
    ) -> Self {
        self.on = Arc::new(on);
        self
    }

    pub(crate) fn observe(
        mut self,
        observe: impl Fn(&Model) -> Result<Seen, Fault> + Send + Sync + 'static,
    ) -> Self {
        self.observe = Arc::new(move |model, _| observe(model));
        self
    }

    /// As [`observe`](Self::observe); the number says which observation of the dispatch it is, from 1.
    pub(crate) fn observe_each(
        mut self,
        observe: impl Fn(&Model, usize) -> Result<Seen, Fault> + Send + Sync + 'static,
    ) -> Self {
        self.observe = Arc::new(observe);
        self
    }

    pub(crate) fn plan(
        mut self,
        plan: impl Fn(&Seen, &mut Plan) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> Self {
        self.plan = Arc::new(move |seen, _| {
            let mut made = Plan::new();
            plan(seen, &mut made).map(|()| made)
        });
        self
    }

    /// As [`plan`](Self::plan); the number says which plan of the dispatch it is, from 1.
    pub(crate) fn plan_each(
        mut self,
        plan: impl Fn(usize, &mut Plan) + Send + Sync + 'static,
    ) -> Self {
        self.plan = Arc::new(move |_, round| {
            let mut made = Plan::new();
            plan(round, &mut made);
            Ok(made)
        });
        self
    }

    pub(crate) fn collect(
        mut self,
        collect: impl Fn(Observed<'_, Seen>, &Report, &mut Statuses) + Send + Sync + 'static,
    ) -> Self {
        self.collect = Arc::new(collect);
        self
    }

    pub(crate) fn finalize(
        mut self,
        finalize: impl Fn(&mut Teardown<'_>) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> Self {
        self.finalize = Arc::new(finalize);
        self
    }

    pub(crate) fn act(
        mut self,
        act: impl Fn(Action, &mut ActionContext<'_>) -> Result<ActionResults, Fault>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.act = Arc::new(act);
        self
    }

    pub(crate) fn by_hand(
        mut self,
        reconcile: impl Fn(&mut Live<'_>, &mut Statuses) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> Self {
        self.by_hand = Some(Arc::new(reconcile));
        self
    }

    /// A kit around it. These tests are about what a hook wakes, not about when Juju runs one, so hooks
    /// without the relation, container, check, storage or leadership that they are about are let through.
    pub(crate) fn context(&self) -> Context {
        let app = self.clone();
        let ctx = Context::new(move || app.clone());
        let allow = [Rule::R4, Rule::R17, Rule::R20, Rule::R35, Rule::A4];
        allow.into_iter().fold(ctx, Context::allow)
    }

    pub(crate) fn run(&self, hook: Hook, state: &State) -> Output {
        self.context().attempt(hook, state)
    }

    /// What is called for this hook, when nothing is written.
    pub(crate) fn called(&self, hook: Hook, state: &State) -> Vec<String> {
        let _ = self.trace.take();
        let output = self.run(hook, state);
        assert!(output.is_success(), "{:?}", output.logs);
        self.trace.take()
    }
}

impl<K: Kind> Charm for App<K> {
    type Meta = Meta;
    const DEFERS: bool = K::DEFERS;
    const JUJU_RETRIES: bool = K::RETRIES;
    const STATE: ops::StateBackend = K::STATE;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        self.trace.note("reconcile");
        match &self.by_hand {
            Some(reconcile) => cx.by_hand(|live, statuses| reconcile(live, statuses)),
            None => cx.converge(self),
        }
    }

    fn on(&self, event: &Event, cx: &mut Live<'_>) -> Result<Outcome<Self>, Fault> {
        self.trace.note(format!("on {}", event.name()));
        (self.on)(event, cx)
    }

    fn action(&self, action: Action, cx: &mut ActionContext<'_>) -> Result<ActionResults, Fault> {
        self.trace.note("action");
        (self.act)(action, cx)
    }
}

impl<K: Kind> Reconcile for App<K> {
    type Seen = Seen;

    fn observe(&self, model: &Model) -> Result<Seen, Fault> {
        self.trace.note("observe");
        (self.observe)(model, self.trace.count("observe"))
    }

    fn plan(&self, seen: &Seen) -> Result<Plan, Fault> {
        self.trace.note("plan");
        (self.plan)(seen, self.trace.count("plan"))
    }

    fn collect_status(&self, seen: Observed<'_, Seen>, report: &Report, status: &mut Statuses) {
        self.trace.note("status");
        (self.collect)(seen, report, status);
    }

    fn finalize(&self, teardown: &mut Teardown<'_>) -> Result<(), Fault> {
        self.trace.note("finalize");
        (self.finalize)(teardown)
    }
}

/// A session of the unit `web/0` for this hook, without a kit around it, and its environment.
pub(crate) fn session(hook: &Hook) -> (juju::Juju, ops::host::Environment) {
    let unit = UnitName::from_static("web/0");
    let mut model = juju::Model::new("testing", JujuVersion::new(3, 6, 14));
    let charm = juju::CharmMetadata { name: "web".to_owned(), ..juju::CharmMetadata::default() };
    model.add_application("web", charm).unwrap();
    model.insert_unit(&unit).unwrap();
    let session = juju::Juju::new(model, unit.clone(), hook.clone());
    let context = session.with_session(|session| session.context_id().to_owned());
    let places = juju::Places::of(&unit);
    let environment =
        session.with_model(|model| juju::environment(model, &unit, hook, &context, &places));
    (session, environment)
}

/// A service that runs `web` with this in its environment.
pub(crate) fn service(level: impl Into<Text>) -> Service {
    Service::new("web").startup(Startup::Enabled).env("LEVEL", level)
}

pub(crate) fn secret_id() -> SecretId {
    SecretId::parse("secret:d0erdgfmp25c762i8np0").unwrap()
}

pub(crate) fn juju_status(name: juju::StatusName, message: &str) -> juju::Status {
    juju::Status::new(name, message)
}

/// The lines of the log at this level.
pub(crate) fn logged<'o>(output: &'o Output, level: &str) -> Vec<&'o str> {
    let lines = output.logs.iter().filter(|line| line.level == level);
    lines.map(|line| line.message.as_str()).collect()
}

/// The commands but those for logging.
pub(crate) fn commands(output: &Output) -> Vec<&str> {
    output.commands().into_iter().filter(|command| *command != "juju-log").collect()
}

/// Which kinds of fault there are, each made by its constructor.
pub(crate) fn fault(kind: FaultKind) -> Fault {
    Fault::new(kind, format!("it is {kind:?}"))
}

pub(crate) use ops::FaultKind;
