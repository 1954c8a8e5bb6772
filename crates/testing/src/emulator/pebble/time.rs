//! What comes with time: services that start slowly, and lines that are printed later. It must not know whose time it is:
//! within the process it passes while a client waits, behind a socket as it does outside.

use super::{Pebble, service::Starting};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Something that will happen when the daemon's clock says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Later {
    at: Duration,
    what: Event,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Event {
    /// The first of these services has started, and the others of its lane are next.
    Started(Starting),
    Printed {
        service: String,
        message: String,
    },
}

impl Pebble {
    /// Lets the daemon's clock go on, and happen what happens by then. It stands still otherwise, unless something is
    /// to happen and a client waits.
    pub fn advance_clock(&mut self, by: Duration) {
        let until = self.clock + by;
        while let Some(at) = self.next_moment().filter(|at| *at <= until) {
            self.clock = self.clock.max(at);
            self.happen();
        }
        self.clock = until;
    }

    /// Lets a service print a line after this long.
    pub fn print_after(&mut self, after: Duration, service: &str, message: &str) {
        let (service, message) = (service.to_owned(), message.to_owned());
        self.later(after, Event::Printed { service, message });
    }

    pub(super) fn later(&mut self, after: Duration, what: Event) {
        let at = self.clock + after;
        self.to_come.push(Later { at, what });
    }

    /// How long it is until something happens.
    pub(super) fn next_event(&self) -> Option<Duration> {
        self.next_moment().map(|at| at.saturating_sub(self.clock))
    }

    fn next_moment(&self) -> Option<Duration> {
        self.to_come.iter().map(|later| later.at).min()
    }

    /// Lets time pass until something happens, at most this long; whether anything did.
    pub(super) fn pass_time(&mut self, limit: Duration) -> bool {
        let ended = self.pass_exec_time(limit);
        let Some(next) = self.next_event() else { return ended };
        self.advance_clock(next.min(limit));
        ended || next <= limit
    }

    /// What was to come of a service that does not start any more.
    pub(super) fn starting(&self, is_it: impl Fn(&Starting) -> bool) -> Option<Starting> {
        self.to_come.iter().find_map(|later| match &later.what {
            Event::Started(starting) if is_it(starting) => Some(starting.clone()),
            _ => None,
        })
    }

    pub(super) fn forget(&mut self, starting: &Starting) {
        self.to_come.retain(|later| later.what != Event::Started(starting.clone()));
    }

    fn happen(&mut self) {
        let now = self.clock;
        let (due, to_come) = self.to_come.iter().cloned().partition(|later| later.at <= now);
        self.to_come = Vec::into(to_come);
        let due: Vec<Later> = due;
        for Later { what, .. } in due {
            match what {
                Event::Started(starting) => self.has_started(starting),
                Event::Printed { service, message } => self.print(&service, &message),
            }
        }
    }
}
