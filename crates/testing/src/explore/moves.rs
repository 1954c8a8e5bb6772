//! What a sequence is made of: changes from outside, hooks with what goes wrong in them, and calm.
//!
//! Plain data that prints as the Rust line that says it again. Nothing here does anything.

use crate::world::Step;
use std::fmt;

/// One move of a sequence.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Move {
    /// Something happens outside.
    Change(Step),
    /// A hook that is due runs.
    Hook {
        /// On which unit.
        unit: String,
        /// Its name, such as `config-changed`; of several that are due by one name, the second is
        /// `secret-changed:2`.
        name: String,
        /// What goes wrong.
        trouble: Option<Trouble>,
    },
    /// Everything that is due runs, in the usual order, until nothing is.
    Settle,
}

/// What goes wrong in one run of a hook.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trouble {
    /// The hook fails at its end, as if the charm exited with 1: what it wrote is dropped, and Juju runs it
    /// again.
    Fails,
    /// The same, but changes to secrets are not dropped: Juju applies them before the rest, which it
    /// refuses.
    FailsAfterSecrets,
    /// The charm is killed after so many effects, in Juju and in containers; Juju runs the hook again.
    KilledAfter(usize),
    /// The first call of this hook command fails.
    CommandFails(String),
    /// Juju's agent dies after the hook, before it has noted that it is over: it runs once more.
    Again,
    /// While the hook runs, another unit leads, or none; afterwards this one is elected again.
    Deposed,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fails => f.write_str("fails"),
            Self::FailsAfterSecrets => f.write_str("fails after its secrets were changed"),
            Self::KilledAfter(1) => f.write_str("is killed after 1 effect"),
            Self::KilledAfter(effects) => write!(f, "is killed after {effects} effects"),
            Self::CommandFails(program) => write!(f, "finds that {program} fails"),
            Self::Again => f.write_str("runs twice"),
            Self::Deposed => f.write_str("runs while the unit does not lead"),
        }
    }
}

/// The line of a test that makes this move.
impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = |trouble: &Trouble| match trouble {
            Trouble::CommandFails(program) => {
                format!("Trouble::CommandFails({program:?}.to_owned())")
            }
            trouble => format!("Trouble::{trouble:?}"),
        };
        match self {
            Self::Change(step) => f.write_str(&step.as_code()),
            Self::Hook { unit, name, trouble: None } => write!(f, "world.run({unit:?}, {name:?});"),
            Self::Hook { unit, name, trouble: Some(trouble) } => {
                write!(f, "world.run_with({unit:?}, {name:?}, {});", code(trouble))
            }
            Self::Settle => f.write_str("world.settle();"),
        }
    }
}
