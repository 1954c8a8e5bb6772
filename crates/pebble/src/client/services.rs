//! Services: how they stand, and what they are told to do.

use super::{Client, Error, change_of, changes::succeeded, names_query};
use crate::wire::{Change, ServiceInfo};
use serde_json::json;

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
        let body = json!({ "action": action, "services": names });
        let attempt = match names {
            [] => action.to_owned(),
            names => format!("{action} of {}", names.join(", ")),
        };
        let id = change_of(&attempt, self.post("/v1/services", &body)?)?;
        let change = self.wait_until(&id, self.change_timeout, &attempt)?;
        succeeded(&attempt, change)
    }
}
