//! What an exploration can find: which property does not hold, and what shows it.

use super::moves::Move;
use std::fmt;

/// What must hold, whatever the order and whatever goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Property {
    /// The same changes come to the same end, in every order, with every trouble.
    Confluence,
    /// A hook that runs twice leaves what it leaves when it runs once.
    Idempotence,
    /// Once nothing is due, another run writes nothing, restarts nothing, and makes no revision of a secret.
    Quiescence,
    /// There is an end: hooks do not cause hooks for ever.
    Settling,
    /// No hook panics, and none fails by itself.
    NoError,
    /// No content of a secret stands in an argument, a log line, a status, or what the charm prints.
    Secrecy,
    /// What the author says, by its name.
    Invariant(String),
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confluence => f.write_str("the same changes must come to the same end"),
            Self::Idempotence => {
                f.write_str("a hook that runs twice must leave what it leaves once")
            }
            Self::Quiescence => f.write_str("a run with nothing to do must change nothing"),
            Self::Settling => f.write_str("hooks must not cause hooks for ever"),
            Self::NoError => f.write_str("no hook may fail by itself"),
            Self::Secrecy => f.write_str("no content of a secret may show"),
            Self::Invariant(name) => f.write_str(name),
        }
    }
}

/// A property that does not hold, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) property: Property,
    /// A line each.
    pub(super) evidence: Vec<String>,
}

impl Failure {
    pub(super) fn new(property: Property, evidence: impl IntoIterator<Item = String>) -> Self {
        Self { property, evidence: evidence.into_iter().collect() }
    }
}

/// A sequence after which a property does not hold: as short as it could be made.
///
/// Prints the property, what shows it, the seed, and the sequence as a test. `Debug` prints the same, so
/// that `unwrap` says it.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Counterexample {
    /// What does not hold.
    pub property: Property,
    /// What shows it, a line each. Where two worlds differ, `+` is what this sequence leaves, and `-` what
    /// should be there.
    pub evidence: Vec<String>,
    /// The seed, if the sequence was found by chance.
    pub seed: Option<u64>,
    /// The sequence. Everything settles after it.
    pub sequence: Vec<Move>,
}

impl std::error::Error for Counterexample {}

impl fmt::Debug for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:", self.property)?;
        self.evidence.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        if let Some(seed) = self.seed {
            write!(f, "found with the seed {seed}; ")?;
        }
        writeln!(f, "the shortest sequence, as a test:")?;
        write!(f, "\n{}", self.test())
    }
}

impl Counterexample {
    /// The sequence as a test, ready to paste beside a function `exploration()` that gives the
    /// [`Exploration`](super::Exploration).
    #[must_use]
    pub fn test(&self) -> String {
        let mut test = format!("#[test]\nfn {}() {{\n", self.test_name());
        test.push_str("    let found = exploration().replay(|world| {\n");
        for step in &self.sequence {
            test.push_str(&format!("        {step}\n"));
        }
        test.push_str("    });\n    found.unwrap();\n}\n");
        test
    }

    fn test_name(&self) -> String {
        let Property::Invariant(name) = &self.property else {
            return match self.property {
                Property::Confluence => "the_same_changes_come_to_the_same_end",
                Property::Idempotence => "a_hook_that_runs_twice_leaves_what_it_leaves_once",
                Property::Quiescence => "a_run_with_nothing_to_do_changes_nothing",
                Property::Settling => "hooks_do_not_cause_hooks_for_ever",
                Property::NoError => "no_hook_fails_by_itself",
                Property::Secrecy | Property::Invariant(_) => "no_content_of_a_secret_shows",
            }
            .to_owned();
        };
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        format!("holds_{}", name.chars().map(letter).collect::<String>())
    }
}
