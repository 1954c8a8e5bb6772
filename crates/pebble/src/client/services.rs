//! Services: how they stand, and what they are told to do.

use super::{Client, Error, Signal, change_of, changes::succeeded, names_query};
use crate::wire::{Change, ServiceInfo};
use serde::Serialize;
use serde_json::json;

/// What services are told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceAction {
    /// See [`Client::start`].
    Start,
    /// See [`Client::stop`].
    Stop,
    /// See [`Client::restart`].
    Restart,
    /// See [`Client::replan`]. It takes no names.
    Replan,
    /// See [`Client::autostart`]. It takes no names.
    Autostart,
}

impl ServiceAction {
    /// Pebble's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Replan => "replan",
            Self::Autostart => "autostart",
        }
    }
}

#[derive(Serialize)]
struct Act<'a> {
    action: &'a str,
    services: &'a [&'a str],
}

impl Client {
    /// These services, or all of them, by name. A name that nobody knows is left out.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn services(&self, names: &[&str]) -> Result<Vec<ServiceInfo>, Error> {
        self.get("/v1/services", &names_query(names))
    }

    /// Starts these services and all they require, and waits until each has run for a second.
    ///
    /// # Errors
    /// [`ErrorKind::Change`](crate::ErrorKind::Change) when one of them did not start.
    pub fn start(&self, names: &[&str]) -> Result<Change, Error> {
        self.act("start", names)
    }

    /// Stops these services and all that require them, and waits for it.
    ///
    /// # Errors
    /// [`ErrorKind::Change`](crate::ErrorKind::Change) when one of them did not stop.
    pub fn stop(&self, names: &[&str]) -> Result<Change, Error> {
        self.act("stop", names)
    }

    /// Stops these services, starts them and all they require, and waits for it.
    ///
    /// # Errors
    /// [`ErrorKind::Change`](crate::ErrorKind::Change) when one of them did not start.
    pub fn restart(&self, names: &[&str]) -> Result<Change, Error> {
        self.act("restart", names)
    }

    /// Brings services in line with the plan: restarts those whose configuration changed since their
    /// start, starts those that are enabled, and waits for it.
    ///
    /// # Errors
    /// [`ErrorKind::Change`](crate::ErrorKind::Change) when one of them did not start.
    pub fn replan(&self) -> Result<Change, Error> {
        self.act("replan", &[])
    }

    fn act(&self, action: &str, names: &[&str]) -> Result<Change, Error> {
        let body = Act { action, services: names };
        let attempt = match names {
            [] => action.to_owned(),
            names => format!("{action} of {}", names.join(", ")),
        };
        let id = change_of(&attempt, self.post("/v1/services", &body)?)?;
        let change = self.wait_until(&id, self.change_timeout, &attempt)?;
        succeeded(&attempt, change)
    }

    /// Starts every service that starts by itself, and all they require, and waits for it.
    ///
    /// # Errors
    /// No service starts by itself, or [`ErrorKind::Change`](crate::ErrorKind::Change) when one did not start.
    pub fn autostart(&self) -> Result<Change, Error> {
        self.act("autostart", &[])
    }

    /// Begins what is to be done, and gives the id of its change without waiting for it: see
    /// [`wait_change`](Self::wait_change).
    ///
    /// # Errors
    /// See [`Error`].
    pub fn begin(&self, action: ServiceAction, names: &[&str]) -> Result<String, Error> {
        let action = action.as_str();
        let body = Act { action, services: names };
        change_of(action, self.post("/v1/services", &body)?)
    }

    /// Sends a signal to the main process of each of these services.
    ///
    /// # Errors
    /// One of them does not run, or nobody knows the signal. The others have got it.
    pub fn send_signal(&self, signal: &Signal, names: &[&str]) -> Result<(), Error> {
        let body = json!({ "signal": signal, "services": names });
        self.post("/v1/signals", &body).map(|_| ())
    }
}
