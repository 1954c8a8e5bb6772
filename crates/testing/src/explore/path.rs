//! A sequence as a test says it: a world to which things happen, and its hooks one by one.

use super::{
    Exploration,
    moves::{Move, Trouble},
    perform::Stop,
};
use crate::world::World;
use std::ops::{Deref, DerefMut};

/// A [`World`] that goes through a sequence. What happens from outside is said as in any world.
#[derive(Debug)]
pub struct Path<'x> {
    exploration: &'x Exploration,
    world: World,
    moves: Vec<Move>,
}

impl<'x> Path<'x> {
    pub(super) fn new(exploration: &'x Exploration) -> Self {
        Self { exploration, world: exploration.start.clone(), moves: Vec::new() }
    }

    pub(super) fn into_moves(mut self) -> Vec<Move> {
        self.take_changes();
        self.moves
    }

    /// Runs a hook that is due, such as `config-changed` on `web/0`; of several that are due by one name,
    /// the second is `secret-changed:2`.
    #[track_caller]
    pub fn run(&mut self, unit: &str, hook: &str) {
        self.hook(unit, hook, None);
    }

    /// The same, with something that goes wrong.
    #[track_caller]
    pub fn run_with(&mut self, unit: &str, hook: &str, trouble: Trouble) {
        self.hook(unit, hook, Some(trouble));
    }

    /// Runs everything that is due, in the usual order.
    pub fn settle(&mut self) {
        self.take_changes();
        // What fails here fails again when the whole is judged.
        let _ = self.exploration.settle(&mut self.world);
        self.moves.push(Move::Settle);
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a test kit fails the test")]
    fn hook(&mut self, unit: &str, name: &str, trouble: Option<Trouble>) {
        self.take_changes();
        let step = Move::Hook { unit: unit.to_owned(), name: name.to_owned(), trouble };
        if let Err(Stop::Illegal(why)) = self.exploration.perform(&mut self.world, &step) {
            panic!("{name} cannot run so on {unit}: {why}");
        }
        self.moves.push(step);
    }

    fn take_changes(&mut self) {
        self.moves.extend(self.world.steps().cloned().map(Move::Change));
        self.world.forget();
    }
}

impl Deref for Path<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Path<'_> {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}
