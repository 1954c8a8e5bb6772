//! Remembers the answer to each question for the length of a dispatch, failures included.

use ops_core::Fault;
use std::{cell::RefCell, collections::BTreeMap};

/// Answers by question. Answers are cheap to clone.
#[derive(Debug)]
pub(super) struct Memo<K, V>(RefCell<BTreeMap<K, Result<V, Fault>>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: Ord, V: Clone> Memo<K, V> {
    /// The remembered answer, or the one that `ask` finds.
    pub(super) fn get(&self, key: K, ask: impl FnOnce() -> Result<V, Fault>) -> Result<V, Fault> {
        if let Some(answer) = self.0.borrow().get(&key) {
            return answer.clone();
        }
        // Not under the borrow: asking may ask for other things.
        let answer = ask();
        self.0.borrow_mut().insert(key, answer.clone());
        answer
    }

    /// The answer from now on, after a write of our own.
    pub(super) fn put(&self, key: K, answer: V) {
        self.0.borrow_mut().insert(key, Ok(answer));
    }

    /// Whether the question was asked, and answered without failure.
    pub(super) fn known(&self, key: &K) -> bool {
        matches!(self.0.borrow().get(key), Some(Ok(_)))
    }

    /// Asks again next time what could not be answered.
    pub(super) fn forget_failures(&self) {
        self.0.borrow_mut().retain(|_, answer| answer.is_ok());
    }

    /// Asks again next time.
    pub(super) fn forget(&self, key: &K) {
        self.0.borrow_mut().remove(key);
    }
}
