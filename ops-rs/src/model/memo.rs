//! Remembers the answer to each question for the length of a dispatch, failures included, but for those
//! that a second try may mend.

use ops_core::{Fault, FaultKind};
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
        // Apply tries a transient failure again, and must not be told of the first one again.
        let may_mend = matches!(&answer, Err(fault) if fault.kind() == FaultKind::Transient);
        if !may_mend {
            self.0.borrow_mut().insert(key, answer.clone());
        }
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

    /// Asks everything again next time.
    pub(super) fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    /// Asks again next time.
    pub(super) fn forget(&self, key: &K) {
        self.0.borrow_mut().remove(key);
    }

    /// Asks everything again.
    pub(super) fn forget_all(&self) {
        self.0.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ops_core::Error;

    fn failed(kind: FaultKind) -> Result<u8, Fault> {
        Err(Error::new(kind, "no").into())
    }

    #[test]
    fn a_failure_is_remembered_unless_a_second_try_may_mend_it() {
        let memo = Memo::default();
        assert!(memo.get("blocked", || failed(FaultKind::Blocked)).is_err());
        assert!(memo.get("blocked", || Ok(1)).is_err());
        assert!(memo.get("transient", || failed(FaultKind::Transient)).is_err());
        assert!(!memo.known(&"transient"));
        assert!(memo.get("transient", || Ok(1)).is_ok());
        assert!(memo.get("transient", || failed(FaultKind::Transient)).is_ok());
    }
}
