//! In which order things happened that are written down in different places, and when there is an end to it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Numbers what happens in one run, wherever it is written down. Clones count on together.
#[derive(Debug, Clone, Default)]
pub struct Order {
    next: Arc<AtomicU64>,
    last: Option<u64>,
}

impl Order {
    /// An order that is over once so much has happened: who made it happen is dead then.
    #[must_use]
    pub fn of_at_most(effects: usize) -> Self {
        Self { last: u64::try_from(effects).ok(), ..Self::default() }
    }

    /// The next number.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether all has happened that may.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.last.is_some_and(|last| self.next.load(Ordering::Relaxed) >= last)
    }
}
