//! Changes: what the daemon does in the background.

use super::{Client, Error, typed};
use crate::{
    error::{ErrorKind, Failure},
    http::{Body, Deadline, percent_encoded},
    layer::format_duration,
    wire::Change,
};
use serde_json::json;
use std::time::{Duration, Instant};

/// Which changes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SelectChanges {
    /// Those that are not at their end.
    #[default]
    InProgress,
    /// Those that are.
    Ready,
    /// All that the daemon remembers.
    All,
}

/// How long one request to wait for a change may stay open.
const WAIT_SLICE: Duration = Duration::from_secs(4);

impl Client {
    /// A change as it is now.
    ///
    /// # Errors
    /// Not found: the daemon forgets old changes. Otherwise see [`Error`].
    pub fn change(&self, id: &str) -> Result<Change, Error> {
        self.get(&format!("/v1/changes/{}", percent_encoded(id)), "")
    }

    /// The changes, the oldest first; of one service, if it is named.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn changes(
        &self,
        select: SelectChanges,
        service: Option<&str>,
    ) -> Result<Vec<Change>, Error> {
        let select = match select {
            SelectChanges::InProgress => "in-progress",
            SelectChanges::Ready => "ready",
            SelectChanges::All => "all",
        };
        let service = service.map(|name| format!("&for={}", percent_encoded(name)));
        let query = format!("?select={select}{}", service.unwrap_or_default());
        let mut changes: Vec<Change> = self.get("/v1/changes", &query)?;
        // The daemon lists them in no order.
        changes.sort_by_key(|change| {
            (change.spawn_time, change.id.parse::<u64>().unwrap_or_default())
        });
        Ok(changes)
    }

    /// Gives a change up. What it gives back is mostly not ready yet: see
    /// [`wait_change`](Self::wait_change).
    ///
    /// # Errors
    /// It is ready already, or not found. Otherwise see [`Error`].
    pub fn abort_change(&self, id: &str) -> Result<Change, Error> {
        let path = format!("/v1/changes/{}", percent_encoded(id));
        let answer = self.post(&path, &json!({ "action": "abort" }))?;
        typed("POST", &path, answer.result())
    }

    /// Waits until a change is ready, good or bad, and gives it back.
    ///
    /// # Errors
    /// Timeout: it is still not ready. Otherwise see [`Error`].
    pub fn wait_change(&self, id: &str, timeout: Duration) -> Result<Change, Error> {
        self.wait_until(id, timeout, &format!("waiting for change {id}"))
    }

    pub(super) fn wait_until(
        &self,
        id: &str,
        timeout: Duration,
        attempt: &str,
    ) -> Result<Change, Error> {
        let path = format!("/v1/changes/{}/wait", percent_encoded(id));
        let mut left = timeout;
        loop {
            let slice = left.min(WAIT_SLICE);
            let began = Instant::now();
            let query = format!("?timeout={}", format_duration(slice));
            let deadline = Deadline::after(slice + self.request_timeout);
            match self.exchange("GET", &path, &query, "", Body::Empty, deadline) {
                Ok(envelope) => return typed("GET", &path, envelope.result()),
                // The daemon says that the slice is over. An emulated one says so at once, so what
                // it says counts, not the clock alone.
                Err(error) if error.is_status(504) => {
                    left = left.saturating_sub(slice.max(began.elapsed()));
                }
                // A daemon too old to wait, or a change it forgot: the change itself tells.
                Err(error) if error.is_status(404) => {
                    let change = self.change(id)?;
                    if change.ready {
                        return Ok(change);
                    }
                    std::thread::sleep(left.min(Duration::from_millis(100)));
                    left = left.saturating_sub(Duration::from_millis(100));
                }
                Err(error) => return Err(error),
            }
            if left.is_zero() {
                return Err(Error::of(attempt, Failure::Timeout(timeout)));
            }
        }
    }
}

/// The change, unless it ended with an error.
pub(super) fn succeeded(attempt: &str, change: Change) -> Result<Change, Error> {
    match &change.err {
        Some(err) if !err.is_empty() => {
            let logs = change.tasks.iter().filter(|task| !task.log.is_empty());
            let logs = logs.map(|task| format!("{}: {}", task.summary, task.log.join("\n")));
            let kind =
                ErrorKind::Change { id: change.id.clone(), err: err.clone(), logs: logs.collect() };
            Err(Error::new(attempt, kind))
        }
        _ => Ok(change),
    }
}
