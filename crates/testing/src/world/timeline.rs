//! What happened in a world, to be read: steps from outside and hooks, in order.

use super::{Step, World};
use crate::{
    emulator::juju::Model,
    engine::{Outcome, TimelineEntry},
};
use std::fmt;

/// What happened in a world. Prints as a line for each step and each hook, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Timeline<'w> {
    model: &'w Model,
    entries: &'w [TimelineEntry],
    steps: &'w [(usize, Step)],
    forgotten: usize,
    most: usize,
}

/// A step, or a hook.
enum Line<'w> {
    Step(&'w Step),
    Hook(&'w TimelineEntry),
}

impl<'w> Timeline<'w> {
    pub(super) fn of(world: &'w World) -> Self {
        let (model, entries) = (world.engine.model(), world.engine.timeline());
        let forgotten = world.engine.forgotten();
        Self { model, entries, steps: &world.steps, forgotten, most: usize::MAX }
    }

    /// Prints no more than so many steps and hooks: the newest.
    #[must_use]
    pub fn last(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Every run of a charm.
    #[must_use]
    pub fn runs(&self) -> &'w [TimelineEntry] {
        self.entries
    }

    /// The names of the hooks and actions that ran on a unit, or on all units of an application.
    #[must_use]
    pub fn hooks_of(&self, name: &str) -> Vec<&'w str> {
        let is = |e: &&TimelineEntry| e.unit.as_str() == name || e.unit.application() == *name;
        self.entries.iter().filter(is).map(|entry| entry.name.as_str()).collect()
    }

    fn lines(&self) -> Vec<Line<'w>> {
        let mut lines = Vec::with_capacity(self.entries.len() + self.steps.len());
        let mut steps = self.steps.iter().peekable();
        for (at, entry) in self.entries.iter().enumerate() {
            while let Some((_, step)) = steps.next_if(|(ran, _)| *ran <= self.forgotten + at) {
                lines.push(Line::Step(step));
            }
            lines.push(Line::Hook(entry));
        }
        lines.extend(steps.map(|(_, step)| Line::Step(step)));
        lines
    }
}

impl fmt::Display for Timeline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines();
        let skipped = lines.len().saturating_sub(self.most);
        if skipped > 0 {
            writeln!(f, "... {skipped} before")?;
        }
        for line in lines.iter().skip(skipped) {
            match line {
                Line::Step(step) => writeln!(f, "{}", self.model.redact(&hidden(step).as_code()))?,
                Line::Hook(entry) => self.hook(f, entry)?,
            }
        }
        Ok(())
    }
}

impl Timeline<'_> {
    fn hook(&self, f: &mut fmt::Formatter<'_>, entry: &TimelineEntry) -> fmt::Result {
        let TimelineEntry { at, unit, name, attempt, outcome, status, .. } = entry;
        write!(f, "  {at} {unit} {name}")?;
        if *attempt > 1 {
            write!(f, " (attempt {attempt})")?;
        }
        match outcome {
            Outcome::Done => writeln!(f, " -> {}", self.model.redact(&status.to_string()))?,
            outcome => writeln!(f, ": {}", self.model.redact(&outcome.to_string()))?,
        }
        if let Outcome::Failed(_) = outcome {
            for line in entry.ended.stderr.lines() {
                writeln!(f, "      {}", self.model.redact(line))?;
            }
        }
        Ok(())
    }
}

/// The step with nothing of what its secret holds, which the model may know no more.
fn hidden(step: &Step) -> Step {
    let mut step = step.clone();
    if let Step::AddSecret { content, .. } | Step::UpdateSecret { content, .. } = &mut step {
        *content = content.0.keys().map(|key| (key.as_str(), Model::REDACTED)).collect();
    }
    step
}
