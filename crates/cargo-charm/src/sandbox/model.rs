//! A model that is kept on disk, opened: to look at it, or to change it and let it settle.
//!
//! Whoever changes it holds the lock, tells the engine what the operator wants, and ends with
//! [`Sandbox::settle`], which runs the hooks that this makes due and keeps what comes of it.

use super::{
    charm, containers,
    lock::Lock,
    place::{Deployed, Place, Saved},
    report,
};
use crate::{
    failure::Failure,
    progress::{Ticker, note},
};
use clap::Args;
use ops_core::{
    JujuVersion,
    names::{ApplicationName, ContainerName, UnitName},
};
use ops_testing::{
    emulator::{
        juju::{Hook, Model},
        pebble::Pebble,
    },
    engine::{Engine, TimelineEntry},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// The name of every model.
const MODEL: &str = "sandbox";
/// How many runs of charms the timeline keeps.
const RUNS: usize = 200;
/// How often a model that takes long to settle is kept on the way.
const KEEP_EVERY: Duration = Duration::from_secs(1);
/// How long one run of a charm may take, in seconds, unless somebody says otherwise.
const HOOK_TIMEOUT: u32 = 60;
/// The most hooks that one command runs.
const BOUND: usize = 5000;

/// How the hooks are run that a command makes due.
#[derive(Debug, Clone, Args)]
pub(crate) struct Settling {
    /// Change the model and run no hook: the next command does
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Leave a unit in error when its hook fails, instead of running the hook again
    #[arg(long)]
    pub(crate) no_retry: bool,
    /// How long one run of a charm may take
    #[arg(long, value_name = "SECONDS", default_value_t = HOOK_TIMEOUT)]
    pub(crate) hook_timeout: u32,
}

impl Settling {
    /// As without any option.
    pub(crate) fn usual() -> Self {
        Self { no_wait: false, no_retry: false, hook_timeout: HOOK_TIMEOUT }
    }
}

/// A model, to be looked at. It takes no lock: the file is only ever replaced as a whole.
#[derive(Debug)]
pub(crate) struct View {
    pub(super) engine: Engine,
    pub(super) charms: BTreeMap<ApplicationName, Deployed>,
}

/// A model, to be changed. Nobody else changes it as long as this lives.
#[derive(Debug)]
pub(crate) struct Sandbox {
    pub(super) engine: Engine,
    pub(super) charms: BTreeMap<ApplicationName, Deployed>,
    pub(super) place: Place,
    settling: Settling,
    /// How many runs were in the timeline when this was opened.
    before: usize,
    _lock: Lock,
}

impl View {
    pub(super) fn of(place: &Place) -> Result<Self, Failure> {
        let saved = place.read()?.ok_or_else(|| no_model(place))?;
        let engine = Engine::restore(saved.engine, BTreeMap::new(), BTreeMap::new())
            .map_err(Failure::because(format!("cannot use {}", place.model().display())))?;
        Ok(Self { engine, charms: saved.charms })
    }

    pub(super) fn model(&self) -> &Model {
        self.engine.model()
    }
}

impl Sandbox {
    /// Opens the model for a verb that changes it.
    pub(super) fn open(place: &Place, verb: &str, settling: &Settling) -> Result<Self, Failure> {
        if !place.model().exists() {
            return Err(no_model(place));
        }
        let lock = Lock::take(place, verb)?;
        let saved = place.read()?.ok_or_else(|| no_model(place))?;
        Self::restore(place, settling, saved, lock)
    }

    /// Opens the model for a verb that changes it, or begins one.
    pub(super) fn open_or_begin(
        place: &Place,
        verb: &str,
        settling: &Settling,
    ) -> Result<Self, Failure> {
        place.create()?;
        let lock = Lock::take(place, verb)?;
        let saved = place.read()?.unwrap_or_else(|| nothing(MODEL));
        Self::restore(place, settling, saved, lock)
    }

    /// Begins a model of this name, whatever was there.
    pub(crate) fn begin(place: &Place, name: &str, settling: &Settling) -> Result<Self, Failure> {
        place.create()?;
        let lock = Lock::take(place, "deploy")?;
        Self::restore(place, settling, nothing(name), lock)
    }

    fn restore(
        place: &Place,
        settling: &Settling,
        saved: Saved,
        lock: Lock,
    ) -> Result<Self, Failure> {
        let Saved { charms, engine, .. } = saved;
        let (mut programs, mut outgoing) = (BTreeMap::new(), BTreeMap::new());
        for (name, charm) in &charms {
            let program = |number, is_ours| {
                charm::program(&place.charm(name, number), &place.units(), is_ours)
            };
            programs.insert(name.clone(), program(charm.revision, charm.is_ours)?);
            for (unit, old) in &charm.outgoing {
                outgoing.insert(unit.clone(), program(old.number, old.is_ours)?);
            }
        }
        let mut engine = Engine::restore(engine, programs, outgoing)
            .map_err(Failure::because(format!("cannot use {}", place.model().display())))?;
        let (place, settling) = (place.clone(), settling.clone());
        let settings = engine.settings_mut();
        settings.retries = if settling.no_retry { 0 } else { settings.retries };
        settings.deadline = Duration::from_secs(settling.hook_timeout.into());
        settings.bound = BOUND;
        let before = engine.timeline().len();
        Ok(Self { engine, charms, place, settling, before, _lock: lock })
    }

    pub(crate) fn model(&self) -> &Model {
        self.engine.model()
    }

    /// Every run of a charm that is remembered, oldest first.
    pub(crate) fn timeline(&self) -> &[TimelineEntry] {
        self.engine.timeline()
    }

    /// Where secrets showed up that must not be there, since so many runs were in the timeline.
    pub(crate) fn leaks(&self, before: usize) -> Vec<String> {
        report::leaks(&self.engine, before)
    }

    /// What is in a container of the units that come from now on.
    pub(crate) fn set_image(
        &mut self,
        application: &str,
        container: &ContainerName,
        image: Pebble,
    ) -> Result<(), Failure> {
        let cannot = format!("cannot fill {container}");
        self.engine
            .set_image(application, container.as_str(), image)
            .map_err(Failure::because(cannot))
    }

    /// Keeps the model as it is now.
    pub(super) fn keep(&self) -> Result<(), Failure> {
        keep(&self.place, &self.charms, &self.engine)
    }

    /// Keeps what the operator did, runs the hooks that are due, keeps what comes of them, and says so
    /// on standard error.
    pub(super) fn settle(&mut self) -> Result<(), Failure> {
        let settled = self.settle_quietly();
        if !self.settling.no_wait {
            report::what_ran(&self.engine, self.before);
        }
        for leak in self.leaks(self.before) {
            note(format_args!("warning: {leak}"));
        }
        settled
    }

    /// As [`settle`](Self::settle), and says nothing.
    pub(crate) fn settle_quietly(&mut self) -> Result<(), Failure> {
        if !self.settling.no_retry {
            self.retry_failed()?;
        }
        self.tend_daemons()?;
        self.keep()?;
        if self.settling.no_wait {
            return Ok(());
        }
        let settled = self.run_hooks();
        self.tend_daemons()?;
        let model = self.engine.model();
        self.charms.retain(|name, _| model.applications.contains_key(name));
        let outgoing: BTreeSet<&UnitName> = self.engine.outgoing().collect();
        for charm in self.charms.values_mut() {
            charm.outgoing.retain(|unit, _| outgoing.contains(unit));
        }
        self.keep()?;
        self.place.tidy(&self.charms, self.engine.model().units.keys())?;
        settled
    }

    fn run_hooks(&mut self) -> Result<(), Failure> {
        let (place, charms) = (&self.place, &self.charms);
        let mut ticker = Ticker::new();
        let (mut last, mut refused) = (Instant::now(), None);
        let settled = self.engine.settle_watched(&mut |engine| {
            if let Some(entry) = engine.timeline().last() {
                ticker.show(format_args!("{}: {} {}", entry.unit, entry.name, entry.outcome));
            }
            if let Some(unit) = replaced(engine) {
                refused = refused.take().or(containers::replace_pod(place, unit).err());
            }
            if last.elapsed() >= KEEP_EVERY {
                refused = refused.take().or(keep(place, charms, engine).err());
                last = Instant::now();
            }
        });
        drop(ticker);
        match (refused, settled) {
            (Some(failure), _) => Err(failure),
            (None, Ok(_)) => Ok(()),
            (None, Err(unsettled)) => {
                let text = unsettled.to_string();
                Err(Failure::new(crate::redact::redact(self.engine.model(), &text)))
            }
        }
    }

    /// Juju never gives up on a failed hook: by the next command it has run it again.
    fn retry_failed(&mut self) -> Result<(), Failure> {
        let retries = ops_testing::engine::Settings::default().retries;
        let given_up = |unit: &&UnitName| {
            let failed = self.engine.agent(unit).and_then(|agent| agent.failed.as_ref());
            failed.is_some_and(|failed| failed.attempts > retries)
        };
        let units: Vec<UnitName> = self.model().units.keys().filter(given_up).cloned().collect();
        for unit in units {
            self.engine
                .resolved(&unit, true)
                .map_err(Failure::because(format!("cannot run the failed hook of {unit} again")))?;
        }
        Ok(())
    }
}

/// The unit whose pod has just been replaced: it has stopped, and lives.
fn replaced(engine: &Engine) -> Option<&UnitName> {
    let entry = engine.timeline().last().filter(|entry| entry.hook == Hook::Stop)?;
    let unit = engine.model().units.get(&entry.unit)?;
    (entry.outcome.is_ok() && !unit.dying).then_some(&entry.unit)
}

fn keep(
    place: &Place,
    charms: &BTreeMap<ApplicationName, Deployed>,
    engine: &Engine,
) -> Result<(), Failure> {
    place.write(&Saved::new(charms.clone(), engine.keep(RUNS)))
}

/// A model with nothing in it.
fn nothing(name: &str) -> Saved {
    let model = Model::new(name, JujuVersion::new(3, 6, 14));
    Saved::new(BTreeMap::new(), Engine::new(model).keep(0))
}

fn no_model(place: &Place) -> Failure {
    Failure::new(format!(
        "there is no model in {}: `cargo charm sandbox deploy` begins one",
        place.path().display()
    ))
}
