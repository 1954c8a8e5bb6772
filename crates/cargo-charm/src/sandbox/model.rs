//! A model that is kept on disk, opened: to look at it, or to change it and let it settle.
//!
//! Whoever changes it holds the lock, tells the engine what the operator wants, and ends with
//! [`Sandbox::settle`], which runs the hooks that this makes due and keeps what comes of it.

use super::{
    charm,
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
    names::{ApplicationName, UnitName},
};
use ops_testing::{
    emulator::juju::Model,
    engine::{Engine, Program},
};
use std::{
    collections::BTreeMap,
    rc::Rc,
    time::{Duration, Instant},
};

/// The name of every model.
const MODEL: &str = "sandbox";
/// How many runs of charms the timeline keeps.
const RUNS: usize = 200;
/// How long another command is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a model that takes long to settle is kept on the way.
const KEEP_EVERY: Duration = Duration::from_secs(1);
/// The most hooks that one command runs.
const BOUND: usize = 5000;

/// How the hooks are run that a command makes due.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Settling {
    /// Change the model and run no hook: the next command does
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Leave a unit in error when its hook fails, instead of running the hook again
    #[arg(long)]
    pub(crate) no_retry: bool,
    /// How long one run of a charm may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) hook_timeout: u32,
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
    _lock: Lock,
}

impl View {
    pub(super) fn of(place: &Place) -> Result<Self, Failure> {
        let saved = place.read()?.ok_or_else(|| no_model(place))?;
        let engine = Engine::restore(saved.engine, BTreeMap::new())
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
        let lock = Lock::take(place, verb, PATIENCE)?;
        let saved = place.read()?.ok_or_else(|| no_model(place))?;
        Self::restore(place, settling, saved, lock)
    }

    /// Opens the model for a verb that changes it, or begins one.
    pub(crate) fn open_or_begin(
        place: &Place,
        verb: &str,
        settling: &Settling,
    ) -> Result<Self, Failure> {
        place.create()?;
        let lock = Lock::take(place, verb, PATIENCE)?;
        let saved = place.read()?.unwrap_or_else(|| {
            let model = Model::new(MODEL, JujuVersion::new(3, 6, 14));
            Saved::new(BTreeMap::new(), Engine::new(model).keep(RUNS))
        });
        Self::restore(place, settling, saved, lock)
    }

    fn restore(
        place: &Place,
        settling: &Settling,
        saved: Saved,
        lock: Lock,
    ) -> Result<Self, Failure> {
        let Saved { charms, engine, .. } = saved;
        let programs = charms.iter().map(|(name, charm)| {
            let directory = place.charm(name, charm.revision);
            (name.clone(), charm::program(&directory, &place.units()))
        });
        let programs: BTreeMap<ApplicationName, Rc<dyn Program>> = programs.collect();
        let engine = Engine::restore(engine, programs)
            .map_err(Failure::because(format!("cannot use {}", place.model().display())))?;
        let (place, settling) = (place.clone(), settling.clone());
        Ok(Self { engine, charms, place, settling, _lock: lock })
    }

    pub(super) fn model(&self) -> &Model {
        self.engine.model()
    }

    /// Keeps the model as it is now.
    pub(super) fn keep(&self) -> Result<(), Failure> {
        keep(&self.place, &self.charms, &self.engine)
    }

    /// Keeps what the operator did, runs the hooks that are due, keeps what comes of them, and says so
    /// on standard error.
    pub(crate) fn settle(&mut self) -> Result<(), Failure> {
        let before = self.engine.timeline().len();
        let settings = self.engine.settings_mut();
        settings.retries = if self.settling.no_retry { 0 } else { settings.retries };
        settings.deadline = Duration::from_secs(self.settling.hook_timeout.into());
        settings.bound = BOUND;
        if !self.settling.no_retry {
            self.retry_failed()?;
        }
        self.keep()?;
        if self.settling.no_wait {
            return Ok(());
        }
        let settled = self.run_hooks();
        self.keep()?;
        report::what_ran(&self.engine, before);
        settled?;
        let leaks = report::leaks(&self.engine, before);
        leaks.iter().for_each(note);
        Ok(())
    }

    fn run_hooks(&mut self) -> Result<(), Failure> {
        let (place, charms) = (&self.place, &self.charms);
        let mut ticker = Ticker::new();
        let (mut last, mut refused) = (Instant::now(), None);
        let settled = self.engine.settle_watched(&mut |engine| {
            if let Some(entry) = engine.timeline().last() {
                ticker.show(format_args!("{}: {} {}", entry.unit, entry.name, entry.outcome));
            }
            if last.elapsed() >= KEEP_EVERY {
                refused = keep(place, charms, engine).err();
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

fn keep(
    place: &Place,
    charms: &BTreeMap<ApplicationName, Deployed>,
    engine: &Engine,
) -> Result<(), Failure> {
    place.write(&Saved::new(charms.clone(), engine.keep(RUNS)))
}

fn no_model(place: &Place) -> Failure {
    Failure::new(format!(
        "there is no model in {}: `cargo charm sandbox deploy` begins one",
        place.path().display()
    ))
}
