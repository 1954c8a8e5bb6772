//! Every order of events: what a charm does when things happen otherwise than in the author's mind.
//!
//! An [`Exploration`] takes a [`World`] and what may happen to it from outside, and tries sequences: every
//! legal order of due hooks and changes; hooks that run twice, fail and are run again, lose their leadership;
//! charms that are killed between two effects; hook commands that fail. After each sequence everything
//! settles, and these must hold:
//!
//! | property | what it says |
//! |---|---|
//! | [confluence](Property::Confluence) | the same changes come to the same end, in every order, with every trouble |
//! | [idempotence](Property::Idempotence) | a hook that runs twice leaves what it leaves when it runs once |
//! | [quiescence](Property::Quiescence) | once nothing is due, a run writes and restarts nothing |
//! | [settling](Property::Settling) | hooks do not cause hooks for ever |
//! | [no error](Property::NoError), [secrecy](Property::Secrecy) | nothing panics or fails by itself, nothing shows a secret |
//! | [the author's own](Property::Invariant) | whatever must hold after every hook |
//!
//! Ends are compared without ids, histories, times and counters, and without contents that charms made at
//! random. What was found is shrunk, and printed as a test.
//!
//! ```
//! use ops::{metadata::{Metadata, NoActions, NoOptions}, prelude::*};
//! use ops_testing::{explore::Exploration, world::{Application, World}};
//!
//! struct Meta;
//! impl Metadata for Meta {
//!     type Config = NoOptions;
//!     type Action = NoActions;
//!     const NAME: &'static str = "web";
//! }
//!
//! struct Web;
//! impl Charm for Web {
//!     type Meta = Meta;
//!     fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
//!         cx.by_hand(|live, status| {
//!             live.open_port(ops::hook_command::PortRange::tcp(80))?;
//!             status.unit(Status::active());
//!             Ok(())
//!         })
//!     }
//! }
//!
//! let mut world = World::new();
//! world.deploy(Application::of(|| Web));
//! let explored = Exploration::of(world)
//!     .change(|world| world.replace_pod("web/0"))
//!     .change(|world| drop(world.add_unit("web")))
//!     .invariant("a port is open once the charm has started", |world| {
//!         for (name, unit) in &world.model().units {
//!             let has_started = world.engine().agent(name).is_some_and(|agent| agent.started);
//!             if has_started && unit.ports.is_empty() {
//!                 return Err(format!("{name} has none"));
//!             }
//!         }
//!         Ok(())
//!     })
//!     .exhaustive(3)
//!     .random(20, 1)
//!     .run()
//!     .unwrap();
//! assert!(explored.sequences > 20);
//! ```
//!
//! Nothing here knows how a hook becomes due, or how a charm is run: that is the engine's.

mod failure;
mod judge;
mod moves;
mod normal;
mod path;
mod perform;
mod random;
mod search;
mod shrink;

pub use failure::{Counterexample, Property};
pub use moves::{Move, Trouble};
pub use path::Path;

use crate::world::{Step, World};
use perform::Stop;
use search::Search;
use std::{fmt, rc::Rc};

type Invariant = dyn Fn(&World) -> Result<(), String>;

/// What is to be explored, and how far.
#[derive(Clone)]
#[must_use = "nothing is explored before `run`"]
pub struct Exploration {
    start: World,
    changes: Vec<Step>,
    invariants: Vec<(String, Rc<Invariant>)>,
    ignored: Vec<String>,
    exhaustive: Option<usize>,
    random: Option<(usize, u64)>,
    length: usize,
    troubles: usize,
    bound: usize,
}

impl fmt::Debug for Exploration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { changes, ignored, exhaustive, random, length, troubles, bound, .. } = self;
        f.debug_struct("Exploration")
            .field("changes", changes)
            .field("invariants", &self.invariants.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("ignored", ignored)
            .field("exhaustive", exhaustive)
            .field("random", random)
            .field("length", length)
            .field("troubles", troubles)
            .field("bound", bound)
            .finish_non_exhaustive()
    }
}

/// What was explored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explored {
    /// How many sequences were taken to their end.
    pub sequences: usize,
    /// How many runs of hooks that took.
    pub hooks: usize,
    /// How many different states were met on the way.
    pub states: usize,
}

impl Exploration {
    /// Explores what may happen to this world. It need not have settled.
    ///
    /// # Panics
    /// A charm keeps files between its runs ([`Program::keeps_files`](crate::engine::Program::keeps_files)):
    /// what one sequence writes, another would read.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test kit fails the test")]
    pub fn of(mut start: World) -> Self {
        if let Some(application) = start.keeps_files() {
            panic!(
                "{application} cannot be explored: its charm keeps files between its runs, and what one sequence \
                 writes, another would read. Explore it in this process, by Application::of, with its state in Juju"
            );
        }
        start.forget();
        // Trouble may come more often than Juju would try.
        start.engine_mut().settings_mut().retries = u32::MAX;
        Self {
            start,
            changes: Vec::new(),
            invariants: Vec::new(),
            ignored: Vec::new(),
            exhaustive: None,
            random: None,
            length: 8,
            troubles: 1,
            bound: 200,
        }
    }

    /// Something that happens from outside once, at any moment. Every step that `act` takes is one; those
    /// that need an order are in one order only where the world refuses the other.
    ///
    /// # Panics
    /// The world refuses it, even after the changes that were given before and their hooks.
    pub fn change(mut self, act: impl FnOnce(&mut World)) -> Self {
        let mut world = self.start.clone();
        for step in &self.changes {
            // It could happen when it was given.
            let _ = world.apply(step);
            let _ = self.settle(&mut world);
        }
        world.forget();
        act(&mut world);
        self.changes.extend(world.steps().cloned());
        self
    }

    /// These steps, as [`change`](Self::change) would note them.
    pub fn changes(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.changes.extend(steps);
        self
    }

    /// What must hold after every hook and in the end, or why it does not.
    pub fn invariant(
        mut self,
        name: impl Into<String>,
        holds: impl Fn(&World) -> Result<(), String> + 'static,
    ) -> Self {
        self.invariants.push((name.into(), Rc::new(holds)));
        self
    }

    /// Leaves facts out of every comparison: those whose line in a difference begins like this, such as
    /// `web/0, state: charm.since`. For what a charm writes by the clock or by chance, beside its secrets.
    pub fn ignoring(mut self, start: impl Into<String>) -> Self {
        self.ignored.push(start.into());
        self
    }

    /// Tries every sequence of so many moves. Beyond four or five there are very many.
    pub fn exhaustive(mut self, moves: usize) -> Self {
        self.exhaustive = Some(moves);
        self
    }

    /// Tries so many sequences by chance; the same ones for the same seed.
    pub fn random(mut self, sequences: usize, seed: u64) -> Self {
        self.random = Some((sequences, seed));
        self
    }

    /// How many moves a sequence by chance has. By default 8.
    pub fn length(mut self, moves: usize) -> Self {
        self.length = moves;
        self
    }

    /// How many hooks of one sequence may go wrong when every sequence is tried. By default 1; with 0 nothing
    /// goes wrong, by chance neither.
    pub fn troubles(mut self, hooks: usize) -> Self {
        self.troubles = hooks;
        self
    }

    /// After how many hooks a world counts as one that never settles. By default 200.
    pub fn bound(mut self, hooks: usize) -> Self {
        self.bound = hooks;
        self
    }

    /// Explores.
    ///
    /// # Errors
    /// A property does not hold after some sequence: the shortest one that was found.
    pub fn run(&self) -> Result<Explored, Counterexample> {
        Search::of(self).run()
    }

    /// Holds one sequence against every property: what a test pasted from a [`Counterexample`] does.
    ///
    /// # Errors
    /// A property does not hold after it.
    ///
    /// # Panics
    /// A hook is not due where the sequence wants it to run, or its trouble cannot come there.
    pub fn replay(&self, sequence: impl FnOnce(&mut Path<'_>)) -> Result<(), Counterexample> {
        let mut path = Path::new(self);
        sequence(&mut path);
        let sequence = path.into_moves();
        match self.judge(&sequence) {
            Err(Stop::Failed(failure)) => {
                let failure::Failure { property, evidence } = failure;
                Err(Counterexample { property, evidence, seed: None, sequence })
            }
            Ok(()) | Err(Stop::Illegal(_)) => Ok(()),
        }
    }
}
