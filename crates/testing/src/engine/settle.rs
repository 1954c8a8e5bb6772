//! Running hooks until nothing is left to do, or until it is clear that this will not happen.

use super::{
    Engine, Outcome,
    cycle::{Turn, cycle},
};
use ops_core::names::UnitName;
use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

/// Nothing is due any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settled {
    /// How many hooks ran.
    pub hooks: usize,
}

/// Why a model did not settle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsettled {
    /// Units stay in error: all retries are used up.
    Error(Vec<StuckUnit>),
    /// There was always another hook.
    Endless {
        /// How many hooks ran.
        hooks: usize,
        /// Those of the second half, with how often they ran, the most frequent first.
        repeated: Vec<(UnitName, String, usize)>,
        /// The shortest sequence that goes on and on; empty if it never was the same three times.
        cycle: Vec<Turn>,
    },
}

/// A unit that stays in error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StuckUnit {
    /// The unit.
    pub unit: UnitName,
    /// The hook that fails.
    pub hook: String,
    /// How often it has failed.
    pub attempts: u32,
    /// What came of it the last time.
    pub outcome: Outcome,
    /// What its charm printed on standard error, and what it logged as an error, the last time.
    pub complaints: Vec<String>,
}

impl std::error::Error for Unsettled {}

impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(units) => {
                for (at, stuck) in units.iter().enumerate() {
                    let StuckUnit { unit, hook, attempts, outcome, complaints } = stuck;
                    let line = if at == 0 { "" } else { "\n" };
                    write!(f, "{line}{unit} is in error: {hook} has failed ")?;
                    match attempts {
                        1 => write!(f, "once ({outcome})")?,
                        more => write!(f, "{more} times ({outcome})")?,
                    }
                    complaints.iter().try_for_each(|complaint| write!(f, "\n  {complaint}"))?;
                }
                Ok(())
            }
            Self::Endless { hooks, repeated, cycle } => {
                let mut text = String::new();
                for (unit, hook, count) in repeated {
                    let comma = if text.is_empty() { "" } else { ", " };
                    write!(text, "{comma}{hook} on {unit} ({count} times)")?;
                }
                write!(f, "there is always another hook: after {hooks} it is still {text}")?;
                if !cycle.is_empty() {
                    f.write_str("\nthis goes round and round:")?;
                }
                cycle
                    .iter()
                    .enumerate()
                    .try_for_each(|(at, turn)| write!(f, "\n  {}. {turn}", at + 1))
            }
        }
    }
}

impl Engine {
    /// Runs hooks until nothing is due.
    ///
    /// # Errors
    /// A unit stays in error, or hooks cause hooks beyond the bound of the settings.
    pub fn settle(&mut self) -> Result<Settled, Unsettled> {
        self.settle_watched(&mut |_| ())
    }

    /// Runs hooks until nothing is due, and shows the engine to `watch` after each.
    ///
    /// # Errors
    /// As [`settle`](Self::settle).
    pub fn settle_watched(&mut self, watch: &mut dyn FnMut(&Self)) -> Result<Settled, Unsettled> {
        let before = self.timeline.len();
        let bound = self.settings.bound;
        for hooks in 0..bound {
            if self.step().is_none() {
                let stuck = self.stuck();
                return if stuck.is_empty() {
                    Ok(Settled { hooks })
                } else {
                    Err(Unsettled::Error(stuck))
                };
            }
            watch(self);
        }
        if self.next().is_none() && self.stuck().is_empty() {
            return Ok(Settled { hooks: bound });
        }
        let mut counts: BTreeMap<(UnitName, String), usize> = BTreeMap::new();
        for entry in self.timeline.iter().skip(before + bound / 2) {
            *counts.entry((entry.unit.clone(), entry.name.clone())).or_default() += 1;
        }
        let mut repeated: Vec<_> =
            counts.into_iter().map(|((unit, hook), count)| (unit, hook, count)).collect();
        repeated.sort_by_key(|(.., count)| std::cmp::Reverse(*count));
        let ran = self.timeline.get(before..).unwrap_or_default();
        Err(Unsettled::Endless { hooks: bound, repeated, cycle: cycle(&self.model, ran) })
    }

    fn stuck(&self) -> Vec<StuckUnit> {
        let failed =
            self.agents.iter().filter_map(|(unit, agent)| Some((unit, agent.failed.as_ref()?)));
        failed
            .map(|(unit, failed)| {
                let entry =
                    self.timeline.iter().rev().find(|e| e.unit == *unit && e.hook == failed.hook);
                let complaints = entry.map(|entry| {
                    let printed = entry.ended.stderr.lines().map(str::to_owned);
                    let is_error = |level: &str| matches!(level, "ERROR" | "CRITICAL");
                    let logs = entry.record.logs.iter().filter(|line| is_error(&line.level));
                    printed.chain(logs.map(|line| line.message.clone())).collect()
                });
                StuckUnit {
                    unit: unit.clone(),
                    hook: failed.hook.name(&self.model, unit).into_owned(),
                    attempts: failed.attempts,
                    outcome: entry.map_or(Outcome::Skipped, |entry| entry.outcome.clone()),
                    complaints: complaints.unwrap_or_default(),
                }
            })
            .collect()
    }
}
