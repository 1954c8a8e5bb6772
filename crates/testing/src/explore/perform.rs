//! One move, done in a world: the hook runs with its trouble, and what it did is looked at.
//!
//! Nothing here chooses a move.

use super::{
    Exploration,
    failure::{Failure, Property},
    moves::{Move, Trouble},
    normal::{self, Depth},
};
use crate::{
    emulator::juju::{Hook, Refusal, Script, Trouble as CommandTrouble},
    engine::{Due, How, Outcome, TimelineEntry},
    kit::PANIC,
    world::World,
};
use ops_core::names::UnitName;

/// Why a sequence goes no further.
#[derive(Debug)]
pub(super) enum Stop {
    /// The move cannot be made here, for this reason.
    Illegal(&'static str),
    /// A property does not hold.
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What a run of a hook did, for whoever looks for troubles that would fit it.
#[derive(Debug, Default)]
pub(super) struct Ran {
    pub(super) hooks: usize,
    pub(super) effects: usize,
    pub(super) changed_secrets: bool,
    pub(super) commands: Vec<String>,
}

impl Ran {
    /// What this run did in Juju.
    fn of(entry: &TimelineEntry) -> Self {
        use crate::emulator::juju::Effect;
        let secret = |effect: &Effect| {
            matches!(
                effect,
                Effect::SecretAdded(_)
                    | Effect::SecretSet(_)
                    | Effect::SecretGranted(..)
                    | Effect::SecretRevoked(..)
                    | Effect::SecretRemoved(..)
            )
        };
        let mut commands: Vec<String> =
            entry.record.calls.iter().map(|call| call.program().to_owned()).collect();
        commands.sort_unstable();
        commands.dedup();
        let effects = &entry.record.effects;
        let changed_secrets = effects.iter().any(secret);
        Self { hooks: 1, effects: effects.len(), changed_secrets, commands }
    }
}

impl Exploration {
    /// Makes a move.
    pub(super) fn perform(&self, world: &mut World, step: &Move) -> Result<Ran, Stop> {
        match step {
            Move::Change(step) => {
                world.apply(step).map_err(|_| Stop::Illegal("the world refuses it"))?;
                // An action has run. It may fail, but not panic.
                let ran = world.engine().timeline();
                ran.iter().try_for_each(|entry| judge(entry, true))?;
                let hooks = ran.len();
                world.forget();
                Ok(Ran { hooks, ..Ran::default() })
            }
            Move::Settle => Ok(Ran { hooks: self.settle(world)?, ..Ran::default() }),
            Move::Hook { unit, name, trouble } => {
                let due = due(world, unit, name).ok_or(Stop::Illegal("it is not due"))?;
                let goes_wrong = world.engine().goes_wrong_next(&due.unit).is_some();
                match trouble {
                    None => Ok(self.run_hook(world, &due, None)?),
                    // Only one of the two runs would meet it.
                    Some(Trouble::Again) if goes_wrong => {
                        Err(Stop::Illegal("something else goes wrong in it"))
                    }
                    Some(Trouble::Again) => Ok(self.run_again(world, &due)?),
                    // It would lead afterwards.
                    Some(Trouble::Deposed) if !world.model().is_leader(&due.unit) => {
                        Err(Stop::Illegal("the unit does not lead"))
                    }
                    Some(trouble) => Ok(self.run_in_trouble(world, &due, trouble)?),
                }
            }
        }
    }

    /// Runs a hook. It may fail if something goes wrong in it, by this trouble or by a change that asked for it.
    pub(super) fn run_hook(
        &self,
        world: &mut World,
        due: &Due,
        trouble: Option<&Trouble>,
    ) -> Result<Ran, Failure> {
        world.forget();
        let may_fail = trouble.is_some() || world.engine().goes_wrong_next(&due.unit).is_some();
        let Some(entry) = world.engine_mut().run(due) else { return Ok(Ran::default()) };
        judge(entry, may_fail)?;
        let mut ran = Ran::of(entry);
        ran.effects += world.engine().pebble_effects(&due.unit).len();
        self.check_invariants(world)?;
        Ok(ran)
    }

    fn run_in_trouble(
        &self,
        world: &mut World,
        due: &Due,
        trouble: &Trouble,
    ) -> Result<Ran, Failure> {
        const WHY: &str = "explored: the hook fails";
        let unit = &due.unit;
        match trouble {
            Trouble::Fails => {
                world.engine_mut().refuse_next(unit, Refusal::Before(WHY.to_owned()));
            }
            Trouble::FailsAfterSecrets => {
                world.engine_mut().refuse_next(unit, Refusal::AfterSecrets(WHY.to_owned()));
            }
            Trouble::KilledAfter(effects) => {
                world.engine_mut().script_next(unit, Script::default().kill_after(*effects));
            }
            Trouble::CommandFails(program) => {
                let stderr = format!("ERROR explored: {program} fails\n");
                let fails = CommandTrouble::Fails { code: 1, stderr };
                world.engine_mut().script_next(unit, Script::default().once(program, 0, fails));
            }
            Trouble::Deposed => {
                depose(world, unit);
                let ran = self.run_hook(world, due, Some(trouble));
                // It is a unit of the model, which is all that can be refused.
                let _ = world.engine_mut().elect(unit);
                return ran;
            }
            Trouble::Again => return self.run_again(world, due),
        }
        self.run_hook(world, due, Some(trouble))
    }

    /// Runs a hook twice, which must leave what running it once leaves.
    pub(super) fn run_again(&self, world: &mut World, due: &Due) -> Result<Ran, Failure> {
        let mut once = world.clone();
        let first = self.run_hook(&mut once, due, None)?;
        world.forget();
        if let Some(entry) = world.engine_mut().run_unnoted(due) {
            judge(entry, false)?;
        }
        self.check_invariants(world)?;
        let second = self.run_hook(world, due, None)?;
        let is_same = |depth| self.fingerprint(&once, depth) == self.fingerprint(world, depth);
        let depth = if makes_revision(&due.hook) { Depth::End } else { Depth::Whole };
        if is_same(depth) {
            return Ok(Ran { hooks: first.hooks + second.hooks + 1, ..first });
        }
        let depth = if is_same(Depth::End) { Depth::Whole } else { Depth::End };
        let what = format!("{} on {}, once (-) and twice (+):", name(world, due), due.unit);
        let difference = self.difference(&once, world, depth);
        Err(Failure::new(Property::Idempotence, [what].into_iter().chain(difference)))
    }

    /// Runs what is due, in the usual order, until nothing is. How many hooks ran.
    pub(super) fn settle(&self, world: &mut World) -> Result<usize, Failure> {
        let mut ran = Vec::new();
        while let Some(due) = world.engine().next() {
            ran.push(format!("{} on {}", name(world, &due), due.unit));
            if ran.len() > self.bound {
                return Err(endless(&ran));
            }
            self.run_hook(world, &due, None)?;
        }
        Ok(ran.len())
    }

    pub(super) fn fingerprint(&self, world: &World, depth: Depth) -> u64 {
        normal::fingerprint(world.engine(), depth, &self.ignored)
    }

    /// Where one world differs from what should be there.
    pub(super) fn difference(&self, wanted: &World, found: &World, depth: Depth) -> Vec<String> {
        let facts = |world: &World| normal::facts(world.engine(), depth, &self.ignored);
        let (wanted, found) = (facts(wanted), facts(found));
        let missing = wanted.difference(&found).map(|line| format!("- {line}"));
        let surplus = found.difference(&wanted).map(|line| format!("+ {line}"));
        let mut lines: Vec<String> = missing.chain(surplus).collect();
        // What belongs together stands together.
        lines.sort_by(|one, other| one.get(2..).cmp(&other.get(2..)));
        lines
    }

    pub(super) fn check_invariants(&self, world: &World) -> Result<(), Failure> {
        for (name, holds) in &self.invariants {
            if let Err(why) = holds(world) {
                return Err(Failure::new(Property::Invariant(name.clone()), [why]));
            }
        }
        Ok(())
    }
}

pub(super) const UPDATE_STATUS: &str = "update-status";

/// The hook that is due by this name. `update-status` comes whenever nothing else does.
fn due(world: &mut World, unit: &str, name: &str) -> Option<Due> {
    let unit = UnitName::new(unit).ok()?;
    let mut due = world.engine().due_on(&unit);
    if due.is_empty() && name == UPDATE_STATUS {
        world.engine_mut().update_status(&unit).ok()?;
        due = world.engine().due_on(&unit);
    }
    let named = named(world, due);
    named.into_iter().find(|(found, _)| found == name).map(|(_, due)| due)
}

/// The hooks that are due, by the names that moves call them.
pub(super) fn named(world: &World, due: Vec<Due>) -> Vec<(String, Due)> {
    let mut named: Vec<(String, Due)> = Vec::with_capacity(due.len());
    for due in due {
        let name = name(world, &due);
        let is_same = |(other, found): &&(String, Due)| {
            let other = other.split_once(':').map_or(&**other, |(name, _)| name);
            found.unit == due.unit && other == name
        };
        let count = named.iter().filter(is_same).count();
        let name = if count == 0 { name } else { format!("{name}:{}", count + 1) };
        named.push((name, due));
    }
    named
}

fn name(world: &World, due: &Due) -> String {
    due.hook.name(world.engine().model(), &due.unit).into_owned()
}

/// Another unit of the application leads, or none if there is no other.
fn depose(world: &mut World, unit: &UnitName) {
    let application = unit.application();
    let others = world.engine().model().units_of(application.as_str());
    let other = others.map(|(name, _)| name).find(|name| *name != unit).cloned();
    match other {
        Some(other) => drop(world.engine_mut().elect(&other)),
        None => drop(world.engine_mut().lose_leader(application.as_str())),
    }
}

/// Whether the charm has to answer with a new revision of a secret. Nothing in the hook tells it that it has done
/// so already: twice, there are two.
fn makes_revision(hook: &Hook) -> bool {
    matches!(hook, Hook::SecretRotate { .. } | Hook::SecretExpired { .. })
}

/// What one run shows: nothing may fail but by a trouble, and nothing may panic at all.
fn judge(entry: &TimelineEntry, may_fail: bool) -> Result<(), Failure> {
    if !entry.leaks.is_empty() {
        let leaks = entry.leaks.iter().map(ToString::to_string);
        return Err(Failure::new(Property::Secrecy, leaks));
    }
    let printed = entry.ended.stderr.lines().map(str::to_owned);
    let is_error = |level: &str| matches!(level, "ERROR" | "CRITICAL");
    let logs = entry.record.logs.iter().filter(|line| is_error(&line.level));
    let complaints: Vec<String> = printed.chain(logs.map(|line| line.message.clone())).collect();
    // The dispatcher says so and exits with 1; a program without it exits with 101. What a workload says of its
    // own panics is no panic of the charm.
    let has_panicked = match entry.outcome {
        Outcome::Failed(How::Exit(1)) => {
            complaints.iter().flat_map(|text| text.lines()).any(|line| line.starts_with(PANIC))
        }
        Outcome::Failed(How::Exit(code)) => code == 101,
        _ => false,
    };
    let has_hung = matches!(&entry.outcome, Outcome::Failed(How::Deadline | How::CannotStart(_)));
    if !has_panicked && !has_hung && (entry.outcome.is_ok() || may_fail) {
        return Ok(());
    }
    let what = format!("{} on {} {}", entry.name, entry.unit, entry.outcome);
    Err(Failure::new(Property::NoError, [what].into_iter().chain(complaints)))
}

/// The shortest run of hooks that is repeated at the end.
fn endless(ran: &[String]) -> Failure {
    let repeats = |length: &usize| {
        let tail = ran.iter().rev();
        tail.clone().zip(tail.skip(*length)).take(2 * length).all(|(one, other)| one == other)
    };
    let length = (1..=ran.len() / 3).find(repeats).unwrap_or(ran.len().min(8));
    let cycle = ran.iter().skip(ran.len() - length).map(|hook| format!("  {hook}"));
    let what = format!("after {} hooks it is still, again and again:", ran.len());
    Failure::new(Property::Settling, [what].into_iter().chain(cycle))
}
