//! In which order things happened that are written down in different places.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Numbers what happens in one run, wherever it is written down. Clones count on together.
#[derive(Debug, Clone, Default)]
pub struct Order(Arc<AtomicU64>);

impl Order {
    /// The next number.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
