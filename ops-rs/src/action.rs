//! Actions: what a person asks the charm to do, and what it answers.

use crate::{hook_command, reconcile::Live};
use ops_core::Fault;
use std::{
    collections::BTreeMap,
    ops::{Deref, DerefMut},
};

/// What an action answers: keys in lower case, `.` nests.
pub type ActionResults = BTreeMap<String, String>;

/// What an action gets: reads and writes as a handler has them, progress, and the right to ask for more.
#[derive(Debug)]
pub struct ActionContext<'a> {
    live: Live<'a>,
    id: String,
    pub(crate) wants: Wants,
}

/// What should follow the action in this dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wants {
    Nothing,
    Status,
    Reconcile,
}

impl<'a> ActionContext<'a> {
    pub(crate) fn new(live: Live<'a>, id: String) -> Self {
        Self { live, id, wants: Wants::Nothing }
    }

    /// Juju's id of this run.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Tells the person who waits how it goes. At once.
    ///
    /// # Errors
    /// What `action-log` said.
    pub fn log(&mut self, message: &str) -> Result<(), Fault> {
        Ok(hook_command::action_log(self.live.model().juju(), message)?)
    }

    /// Collects the status after the action. It is collected anyway if the action wrote something.
    pub fn collect_status(&mut self) {
        self.wants = self.wants.max(Wants::Status);
    }

    /// Reconciles after the action.
    pub fn reconcile(&mut self) {
        self.wants = self.wants.max(Wants::Reconcile);
    }

    pub(crate) fn has_written(&self) -> bool {
        self.live.has_written()
    }
}

impl<'a> Deref for ActionContext<'a> {
    type Target = Live<'a>;

    fn deref(&self) -> &Live<'a> {
        &self.live
    }
}

impl DerefMut for ActionContext<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.live
    }
}
