//! Running what is due: one hook, a chosen one, or all until the model is idle.

use super::{World, must, timeline::Timeline};
use crate::{
    emulator::juju::Leak,
    engine::{Due, Settings, Settled, TimelineEntry, Unsettled},
};
use ops_core::names::UnitName;
use std::fmt;

/// Why a world did not come to rest, or came to rest with a secret where people can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unrest {
    /// Units stay in error, or hooks cause hooks for ever.
    Unsettled(Unsettled),
    /// The content of a secret stands in an argument, a log line, a status, or in what is printed of a plan.
    Leaked {
        /// The unit.
        unit: UnitName,
        /// The hook.
        hook: String,
        /// Where, and of which key.
        leaks: Vec<Leak>,
    },
}

impl std::error::Error for Unrest {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unsettled(why) => Some(why),
            Self::Leaked { .. } => None,
        }
    }
}

impl fmt::Display for Unrest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsettled(why) => why.fmt(f),
            Self::Leaked { unit, hook, leaks } => {
                write!(f, "a secret leaked in {hook} on {unit}:")?;
                leaks.iter().try_for_each(|leak| write!(f, "\n  {leak}"))
            }
        }
    }
}

impl World {
    /// How far it goes: retries, deadline, how many hooks may follow each other, `update-status` by the clock.
    pub fn settings_mut(&mut self) -> &mut Settings {
        self.engine.settings_mut()
    }

    /// Every hook that Juju may run next, on any unit. The first of each unit is the usual one.
    #[must_use]
    pub fn due(&self) -> Vec<Due> {
        self.engine.due()
    }

    /// Runs one of the hooks that are [`due`](Self::due). `None` if the unit is not there any more.
    pub fn run(&mut self, due: &Due) -> Option<&TimelineEntry> {
        self.engine.run(due)
    }

    /// Runs the next hook: of each unit the usual one, the units in turn. `None` if nothing is due.
    pub fn run_next(&mut self) -> Option<&TimelineEntry> {
        self.engine.step()
    }

    /// Runs a hook that is due on a unit now, ahead of others that are: `world.run_hook("web/0",
    /// "config-changed")`. Fails the test if it is not due.
    #[track_caller]
    pub fn run_hook(&mut self, unit: impl AsRef<str>, hook: &str) -> &TimelineEntry {
        let unit = must(UnitName::new(unit.as_ref()));
        let due = self.engine.due_on(&unit);
        let names: Vec<_> =
            due.iter().map(|due| due.hook.name(self.model(), &unit).into_owned()).collect();
        let chosen = names.iter().position(|name| name == hook);
        let chosen = chosen.and_then(|at| due.get(at)).ok_or_else(|| match names.as_slice() {
            [] => format!("{hook} is not due on {unit}: nothing is"),
            names => format!("{hook} is not due on {unit}: {} is", names.join(", ")),
        });
        let due = must(chosen).clone();
        must(self.engine.run(&due).ok_or("the unit is gone"))
    }

    /// Runs hooks until nothing is due. Fails the test, with the timeline, if units stay in error (with what
    /// their charms complained of), if hooks cause hooks for ever (with the sequence that goes round), and
    /// if the content of a secret shows up where people can read it.
    #[track_caller]
    pub fn settle(&mut self) -> Settled {
        let settled = self.try_settle();
        must(settled.map_err(|why| {
            let why = self.model().redact(&why.to_string());
            format!("{why}\n\n{}", self.timeline().last(LINES))
        }))
    }

    /// As [`settle`](Self::settle).
    ///
    /// # Errors
    /// Why it did not come to rest.
    pub fn try_settle(&mut self) -> Result<Settled, Unrest> {
        let settled = self.engine.settle();
        // Those of actions and of hooks that ran one by one too.
        let ran = self.ran();
        let searched = std::mem::replace(&mut self.searched, ran);
        let old = searched.saturating_sub(self.engine.forgotten());
        for TimelineEntry { unit, name, leaks, .. } in self.engine.timeline().iter().skip(old) {
            if !leaks.is_empty() {
                let (unit, hook, leaks) = (unit.clone(), name.clone(), leaks.clone());
                return Err(Unrest::Leaked { unit, hook, leaks });
            }
        }
        settled.map_err(Unrest::Unsettled)
    }

    /// What happened: steps from outside, and hooks.
    #[must_use]
    pub fn timeline(&self) -> Timeline<'_> {
        Timeline::of(self)
    }
}

/// How much of the timeline the message of a failed test holds.
pub(super) const LINES: usize = 40;
