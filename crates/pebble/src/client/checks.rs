//! Checks: how they stand.

use super::{Client, Error, names_query, typed};
use crate::{http::percent_encoded, layer::Level, version::Feature, wire::CheckInfo};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Changed {
    #[serde(default)]
    changed: Option<Vec<String>>,
}

/// What came of running a check.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CheckRun {
    /// How it stands now.
    pub info: CheckInfo,
    /// Why it failed, if it did.
    #[serde(default)]
    pub error: Option<String>,
}

impl Client {
    /// These checks, or all of them, by name. A name that nobody knows is left out.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn checks(&self, names: &[&str]) -> Result<Vec<CheckInfo>, Error> {
        self.get("/v1/checks", &names_query(names))
    }

    /// The checks of this level, by name.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn checks_of_level(&self, level: &Level) -> Result<Vec<CheckInfo>, Error> {
        let query = format!("?level={}", percent_encoded(level.as_str()));
        self.get("/v1/checks", &query)
    }

    /// Starts these checks, and gives those that did not run.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when the daemon is too old. Otherwise see [`Error`].
    pub fn start_checks(&self, names: &[&str]) -> Result<Vec<String>, Error> {
        self.act_on_checks("start", names)
    }

    /// Stops these checks, and gives those that ran.
    ///
    /// # Errors
    /// As [`start_checks`](Self::start_checks).
    pub fn stop_checks(&self, names: &[&str]) -> Result<Vec<String>, Error> {
        self.act_on_checks("stop", names)
    }

    fn act_on_checks(&self, action: &str, names: &[&str]) -> Result<Vec<String>, Error> {
        let path = "/v1/checks";
        let body = json!({ "action": action, "checks": names });
        let answer = self.known(self.post(path, &body), Feature::StartChecks)?;
        // The first daemons that could do it said null for none.
        typed::<Changed>("POST", path, answer.result()).map(|it| it.changed.unwrap_or_default())
    }

    /// Runs a check now, whether it is started or not, and tells what came of it.
    ///
    /// # Errors
    /// Not found: nobody knows it. Otherwise as [`start_checks`](Self::start_checks). That the check fails
    /// is no error.
    pub fn refresh_check(&self, name: &str) -> Result<CheckRun, Error> {
        let path = "/v1/checks/refresh";
        let answer = self.post(path, &json!({ "name": name }));
        typed("POST", path, self.known(answer, Feature::RefreshChecks)?.result())
    }
}
