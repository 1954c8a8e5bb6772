//! Parts of a state that its copies share until one of them changes.

use super::Response;
use ops_pebble::layer::Plan;
use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{Arc, OnceLock},
};

/// A value whose clones are one and the same until one of them is changed.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Shared<T>(Arc<T>);

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A plan, and how it is printed once somebody has asked for it. It is replaced, never changed.
#[derive(Clone, Default)]
pub(super) struct Printed {
    plan: Plan,
    text: OnceLock<String>,
    answer: OnceLock<Response>,
}

impl Printed {
    /// What `GET /v1/plan` answers.
    pub(super) fn answer(&self) -> Response {
        let print = || Response::sync(&self.text());
        self.answer.get_or_init(print).clone()
    }

    pub(super) fn text(&self) -> &str {
        self.text.get_or_init(|| self.plan.to_text())
    }
}

impl From<Plan> for Printed {
    fn from(plan: Plan) -> Self {
        Self { plan, text: OnceLock::new(), answer: OnceLock::new() }
    }
}

impl Deref for Printed {
    type Target = Plan;

    fn deref(&self) -> &Plan {
        &self.plan
    }
}

impl PartialEq for Printed {
    fn eq(&self, other: &Self) -> bool {
        self.plan == other.plan
    }
}

impl fmt::Debug for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.fmt(f)
    }
}
