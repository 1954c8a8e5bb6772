//! Crashes on request: at which step the charm's process is killed.

/// Kills the charm with `SIGKILL` at a step of a dispatch.
///
/// Each hook command is a step, and so is each connection to a Pebble that answers; they are counted
/// from 0 in the order in which they come. A step may change something or not: killing before and
/// after every one of them leaves no gap between two effects untried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kill {
    /// Before the step has done anything.
    Before(usize),
    /// When the step is done, before the charm learns of it.
    After(usize),
}

/// Counts steps, and says when to kill.
#[derive(Debug, Default)]
pub(super) struct Steps {
    kill: Option<Kill>,
    begun: usize,
}

impl Steps {
    pub(super) fn new(kill: Option<Kill>) -> Self {
        Self { kill, begun: 0 }
    }

    /// Counts one more and gives its number, unless the charm is to be killed first.
    pub(super) fn begin(&mut self) -> Option<usize> {
        let step = self.begun;
        if self.kill == Some(Kill::Before(step)) {
            return None;
        }
        self.begun += 1;
        Some(step)
    }

    /// Whether the charm is to be killed before it learns that this step is done.
    pub(super) fn kills_after(&self, step: usize) -> bool {
        self.kill == Some(Kill::After(step))
    }

    pub(super) fn count(&self) -> usize {
        self.begun
    }
}
