//! What clients did to a daemon, and when among everything else that was done in the same run.

use super::Effect;
use crate::emulator::Order;

/// What clients did, oldest first. How it is numbered is no part of the daemon's state.
#[derive(Debug, Clone, Default)]
pub(super) struct Effects {
    all: Vec<Effect>,
    numbers: Vec<u64>,
    order: Option<Order>,
}

impl PartialEq for Effects {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Effects {
    pub(super) fn push(&mut self, effect: Effect) {
        self.all.push(effect);
        self.numbers.extend(self.order.as_ref().map(Order::next));
    }

    pub(super) fn all(&self) -> &[Effect] {
        &self.all
    }

    /// Those since somebody began to number them.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u64, &Effect)> {
        let first = self.all.len() - self.numbers.len();
        self.numbers.iter().copied().zip(self.all.iter().skip(first))
    }

    pub(super) fn number(&mut self, order: Order) {
        self.numbers.clear();
        self.order = Some(order);
    }

    /// Counts no more.
    pub(super) fn leave_order(&mut self) {
        self.order = None;
    }

    /// Whether who causes them is dead.
    pub(super) fn are_over(&self) -> bool {
        self.order.as_ref().is_some_and(Order::is_over)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
