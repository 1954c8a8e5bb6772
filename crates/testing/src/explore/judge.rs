//! A whole sequence, held against every property.

use super::{
    Exploration,
    failure::{Failure, Property},
    moves::{Move, Trouble},
    normal::Depth,
    perform::{Stop, UPDATE_STATUS},
};
use crate::{
    emulator::{juju::Effect, pebble},
    state::deferred,
    world::{Step, World},
};
use ops_core::names::UnitName;

impl Exploration {
    /// Makes the moves from the start, and holds the end against every property.
    pub(super) fn judge(&self, moves: &[Move]) -> Result<(), Stop> {
        let mut world = self.start.clone();
        for step in moves {
            self.perform(&mut world, step)?;
        }
        self.finish(&mut world, moves.iter().any(needs_timer))?;
        self.check_end(&mut world, &self.reference(moves)?)?;
        Ok(())
    }

    /// Lets everything settle. What a failed command left undone is made good by the next timer.
    pub(super) fn finish(&self, world: &mut World, timer: bool) -> Result<usize, Failure> {
        let mut hooks = self.settle(world)?;
        if timer {
            for unit in units(world) {
                // It has an agent.
                let _ = world.engine_mut().update_status(&unit);
            }
            hooks += self.settle(world)?;
        }
        self.check_invariants(world)?;
        Ok(hooks)
    }

    /// Holds an end against the one that the same changes come to without trouble. How many hooks ran.
    pub(super) fn check_end(&self, end: &mut World, wanted: &World) -> Result<usize, Failure> {
        if self.fingerprint(end, Depth::End) != self.fingerprint(wanted, Depth::End) {
            let difference = self.difference(wanted, end, Depth::End);
            return Err(Failure::new(Property::Confluence, difference));
        }
        self.check_quiescence(end)
    }

    fn check_quiescence(&self, world: &mut World) -> Result<usize, Failure> {
        let before = self.fingerprint(world, Depth::End);
        let mut copy: Option<World> = None;
        let mut hooks = 0;
        for unit in units(world) {
            world.forget();
            // It has an agent.
            let _ = world.engine_mut().update_status(&unit);
            let Some(due) = world.engine().due_on(&unit).into_iter().next() else { continue };
            let untouched = copy.get_or_insert_with(|| world.clone());
            self.run_hook(world, &due, None)?;
            hooks += 1;
            let writes = writes(world, &unit);
            if !writes.is_empty() {
                let what = format!("{UPDATE_STATUS} on {unit}, with nothing to do:");
                return Err(Failure::new(Property::Quiescence, [what].into_iter().chain(writes)));
            }
            if self.fingerprint(world, Depth::End) != before {
                let changed = self.difference(untouched, world, Depth::End);
                return Err(Failure::new(Property::Quiescence, changed));
            }
        }
        Ok(hooks)
    }

    /// The end that the changes of a sequence come to at once and without trouble.
    pub(super) fn reference(&self, moves: &[Move]) -> Result<World, Failure> {
        let mut world = self.at_once(moves);
        self.finish(&mut world, false)?;
        Ok(world)
    }

    /// The changes of a sequence, in the order in which they were given if that makes no difference.
    fn at_once(&self, moves: &[Move]) -> World {
        let place = |step: &Step| self.changes.iter().position(|change| change == step);
        let as_made: Vec<&Step> = changes(moves).collect();
        let mut as_given = as_made.clone();
        as_given.sort_by_key(|step| place(step).unwrap_or(usize::MAX));
        let made = self.applied(&as_made);
        match self.applied(&as_given) {
            (given, true) if as_given != as_made => {
                let same = self.fingerprint(&given, Depth::Whole)
                    == self.fingerprint(&made.0, Depth::Whole);
                if same { given } else { made.0 }
            }
            _ => made.0,
        }
    }

    /// A world in which this has happened, and whether all of it could.
    fn applied(&self, steps: &[&Step]) -> (World, bool) {
        let mut world = self.start.clone();
        let mut all = true;
        for step in steps {
            // A change that needs a hook before it, such as what an action is about, finds it done.
            if world.apply(step).is_err() {
                all = self.settle(&mut world).is_ok() && world.apply(step).is_ok() && all;
            }
            world.forget();
        }
        (world, all)
    }
}

/// What happened from outside, without the troubles among it.
fn changes(moves: &[Move]) -> impl Iterator<Item = &Step> {
    moves.iter().filter_map(|step| match step {
        Move::Change(Step::TroubleNext { .. } | Step::RefuseNextFlush { .. }) => None,
        Move::Change(step) => Some(step),
        _ => None,
    })
}

/// Whether the charm may have left something undone until the next event.
pub(super) fn needs_timer(step: &Move) -> bool {
    matches!(
        step,
        Move::Hook { trouble: Some(Trouble::CommandFails(_) | Trouble::Deposed), .. }
            | Move::Change(Step::TroubleNext { .. })
    )
}

fn units(world: &World) -> Vec<UnitName> {
    let engine = world.engine();
    let all = engine.model().units.keys();
    all.filter(|unit| engine.agent(unit).is_some()).cloned().collect()
}

/// What the last run of a unit wrote. Saying again what is so is no write where Juju takes it for none.
fn writes(world: &World, unit: &UnitName) -> Vec<String> {
    let is_write = |effect: &&Effect| match effect {
        Effect::UnitStatus(_) | Effect::ApplicationStatus(_) | Effect::WorkloadVersion(_) => false,
        // An event that still waits was tried once more.
        Effect::StateSet(key) => !deferred::is_queue(key),
        _ => true,
    };
    let entry = world.engine().timeline().last();
    let effects = entry.map(|entry| entry.record.effects.as_slice()).unwrap_or_default();
    let juju = effects.iter().filter(is_write).map(|effect| format!("{effect:?}"));
    let is_write =
        |(_, effect): &(String, pebble::Effect)| !matches!(effect, pebble::Effect::Exec(_));
    let pebble = world.engine().pebble_effects(unit).into_iter().filter(is_write);
    let pebble = pebble.map(|(container, effect)| format!("{container}: {effect:?}"));
    juju.chain(pebble).collect()
}
