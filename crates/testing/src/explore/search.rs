//! Which sequences are tried: all of them up to a length, or some by chance.
//!
//! A state that has been there is not looked at again: two worlds of one fingerprint have the same future
//! but for the ids and random texts in it.

use super::{
    Exploration, Explored,
    failure::{Counterexample, Failure},
    judge::needs_timer,
    moves::{Move, Trouble},
    normal::Depth,
    perform::{Ran, Stop, UPDATE_STATUS, named},
    random::Random,
};
use crate::{engine::Due, world::World};
use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

/// A search, and what it has seen.
pub(super) struct Search<'x> {
    of: &'x Exploration,
    explored: Explored,
    /// Fingerprints of all that was seen.
    states: HashSet<u64>,
    /// Hooks that were run twice in a state.
    doubled: HashSet<(u64, String, String)>,
    /// States that settled well, with the changes that led there.
    settled: HashSet<(u64, Vec<usize>, bool)>,
    /// Where changes lead without trouble.
    references: HashMap<Vec<usize>, Rc<World>>,
    /// States whose future was explored, with how far.
    visited: HashMap<(u64, Vec<usize>, usize, bool), usize>,
}

/// A world on its way.
#[derive(Clone)]
struct Way {
    world: World,
    moves: Vec<Move>,
    /// The changes that have happened, by their place among those given.
    made: Vec<usize>,
    timer: bool,
    fingerprint: u64,
}

/// Where a property did not hold.
type Found = (Vec<Move>, Failure);

impl<'x> Search<'x> {
    pub(super) fn of(exploration: &'x Exploration) -> Self {
        Self {
            of: exploration,
            explored: Explored::default(),
            states: HashSet::new(),
            doubled: HashSet::new(),
            settled: HashSet::new(),
            references: HashMap::new(),
            visited: HashMap::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<Explored, Counterexample> {
        let exploration = self.of;
        let start = Way {
            world: exploration.start.clone(),
            moves: Vec::new(),
            made: Vec::new(),
            timer: false,
            fingerprint: exploration.fingerprint(&exploration.start, Depth::Whole),
        };
        let shrunk = |seed| move |(moves, failure)| exploration.shrink(moves, failure, seed);
        if let Some(depth) = exploration.exhaustive {
            self.visit(&start, depth, exploration.troubles).map_err(shrunk(None))?;
        }
        if let Some((runs, seed)) = exploration.random {
            for run in 0..runs {
                let random = Random::new(seed, run as u64);
                self.wander(start.clone(), random).map_err(shrunk(Some(seed)))?;
            }
        }
        self.explored.states = self.states.len();
        Ok(self.explored)
    }

    /// Every sequence that goes on from here, up to so many moves.
    fn visit(&mut self, way: &Way, depth: usize, troubles: usize) -> Result<(), Found> {
        let mut made = way.made.clone();
        made.sort_unstable();
        let key = (way.fingerprint, made, troubles, way.timer);
        let explored = self.visited.get(&key).copied();
        if explored.is_some_and(|explored| explored >= depth) {
            return Ok(());
        }
        if explored.is_none() {
            self.end(way.clone())?;
        }
        self.visited.insert(key, depth);
        if depth == 0 {
            return Ok(());
        }
        for change in self.changes_left(way) {
            let mut next = way.clone();
            if self.change(&mut next, change)? {
                self.visit(&next, depth - 1, troubles)?;
            }
        }
        for (name, due) in named(&way.world, way.world.engine().due()) {
            let unit = due.unit.to_string();
            let hook = |trouble| Move::Hook { unit: unit.clone(), name: name.clone(), trouble };
            let mut next = way.clone();
            let Some(ran) = self.advance(&mut next, hook(None))? else { continue };
            self.visit(&next, depth - 1, troubles)?;
            for trouble in troubles_of(&way.world, &due, &ran).filter(|_| troubles > 0) {
                let mut next = way.clone();
                if self.advance(&mut next, hook(Some(trouble)))?.is_some() {
                    self.visit(&next, depth - 1, troubles - 1)?;
                }
            }
        }
        Ok(())
    }

    /// One sequence by chance.
    fn wander(&mut self, mut way: Way, mut random: Random) -> Result<(), Found> {
        for _ in 0..self.of.length {
            let mut hooks = named(&way.world, way.world.engine().due());
            let changes = self.changes_left(&way);
            let choice = random.below(hooks.len() + changes.len());
            if let Some(change) = choice.checked_sub(hooks.len()).and_then(|at| changes.get(at)) {
                self.change(&mut way, *change)?;
                continue;
            }
            let step = if hooks.is_empty() {
                // Nothing is left but the timer.
                let units: Vec<_> = way.world.engine().model().units.keys().collect();
                let Some(unit) = random.pick(&units) else { break };
                let (unit, name) = (unit.to_string(), UPDATE_STATUS.to_owned());
                Move::Hook { unit, name, trouble: None }
            } else {
                let (name, due) = hooks.swap_remove(choice);
                let trouble = self.trouble(&way.world, &due, &mut random);
                Move::Hook { unit: due.unit.to_string(), name, trouble }
            };
            self.advance(&mut way, step)?;
        }
        self.end(way)
    }

    /// Lets a change happen; whether it could.
    fn change(&mut self, way: &mut Way, change: usize) -> Result<bool, Found> {
        let Some(step) = self.of.changes.get(change) else { return Ok(false) };
        let has_happened = self.advance(way, Move::Change(step.clone()))?.is_some();
        if has_happened {
            way.made.push(change);
        }
        Ok(has_happened)
    }

    /// Makes one move. `None` if it cannot be made here, and nothing has happened then.
    fn advance(&mut self, way: &mut Way, step: Move) -> Result<Option<Ran>, Found> {
        if let Move::Hook { unit, name, trouble: None } = &step
            && self.doubled.insert((way.fingerprint, unit.clone(), name.clone()))
        {
            let trouble = Some(Trouble::Again);
            let twice = Move::Hook { unit: unit.clone(), name: name.clone(), trouble };
            match self.of.perform(&mut way.world.clone(), &twice) {
                Ok(ran) => self.explored.hooks += ran.hooks,
                Err(Stop::Failed(failure)) => return Err((with(&way.moves, twice), failure)),
                Err(Stop::Illegal(_)) => {}
            }
        }
        match self.of.perform(&mut way.world, &step) {
            Ok(ran) => {
                self.explored.hooks += ran.hooks;
                way.timer |= needs_timer(&step);
                way.moves.push(step);
                way.fingerprint = self.of.fingerprint(&way.world, Depth::Whole);
                self.states.insert(way.fingerprint);
                Ok(Some(ran))
            }
            Err(Stop::Failed(failure)) => Err((with(&way.moves, step), failure)),
            Err(Stop::Illegal(_)) => Ok(None),
        }
    }

    /// The end of a sequence: everything settles, and every property is looked at.
    fn end(&mut self, way: Way) -> Result<(), Found> {
        self.explored.sequences += 1;
        let Way { mut world, moves, made, timer, fingerprint } = way;
        if self.settled.contains(&(fingerprint, made.clone(), timer)) {
            return Ok(());
        }
        let wanted = match self.references.get(&made) {
            Some(wanted) => Rc::clone(wanted),
            None => {
                let calm = moves.iter().filter(|step| matches!(step, Move::Change(_)));
                let calm: Vec<Move> = calm.cloned().collect();
                match self.of.reference(&calm) {
                    Ok(wanted) => {
                        let wanted = Rc::new(wanted);
                        self.references.insert(made.clone(), Rc::clone(&wanted));
                        wanted
                    }
                    Err(failure) => return Err((calm, failure)),
                }
            }
        };
        let hooks = self
            .of
            .finish(&mut world, timer)
            .and_then(|hooks| Ok(hooks + self.of.check_end(&mut world, &wanted)?));
        match hooks {
            Ok(hooks) => self.explored.hooks += hooks,
            Err(failure) => return Err((moves, failure)),
        }
        self.settled.insert((fingerprint, made, timer));
        Ok(())
    }

    fn changes_left(&self, way: &Way) -> Vec<usize> {
        (0..self.of.changes.len()).filter(|change| !way.made.contains(change)).collect()
    }

    /// In one hook out of four something goes wrong.
    fn trouble(&mut self, world: &World, due: &Due, random: &mut Random) -> Option<Trouble> {
        if self.of.troubles == 0 || random.below(4) > 0 {
            return None;
        }
        match random.below(6) {
            0 => Some(Trouble::Fails),
            1 => Some(Trouble::FailsAfterSecrets),
            2 => Some(Trouble::KilledAfter(1 + random.below(4))),
            3 => Some(Trouble::Again),
            4 if world.model().is_leader(&due.unit) => Some(Trouble::Deposed),
            _ => {
                // Which commands it calls is asked of the hook itself: what was explored before must not
                // change the sequence. If it fails here, it does so again when it is looked at.
                let ran = self.of.run_hook(&mut world.clone(), due, None).ok()?;
                self.explored.hooks += ran.hooks;
                random.pick(&ran.commands).cloned().map(Trouble::CommandFails)
            }
        }
    }
}

/// Everything that may go wrong in a hook that has done this.
fn troubles_of(world: &World, due: &Due, ran: &Ran) -> impl Iterator<Item = Trouble> + use<> {
    let secrets = ran.changed_secrets.then_some(Trouble::FailsAfterSecrets);
    let deposed = world.model().is_leader(&due.unit).then_some(Trouble::Deposed);
    let killed = (1..=ran.effects).map(Trouble::KilledAfter);
    let commands = ran.commands.clone().into_iter().map(Trouble::CommandFails);
    let first = [Trouble::Again, Trouble::Fails].into_iter().chain(secrets);
    first.chain(killed).chain(deposed).chain(commands)
}

fn with(moves: &[Move], step: Move) -> Vec<Move> {
    moves.iter().cloned().chain([step]).collect()
}
