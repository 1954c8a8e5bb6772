//! The daemon itself: what it is, and whether it is there.

use super::{Client, Error, attempt, envelope, typed};
use crate::{
    error::{ErrorKind, Failure},
    http::{Body, Deadline, percent_encoded},
    layer::Level,
    version::{Feature, PebbleVersion},
    wire::{Announcements, SystemInfo},
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Health {
    healthy: bool,
}

impl Client {
    /// The daemon itself.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn system_info(&self) -> Result<SystemInfo, Error> {
        self.get("/v1/system-info", "")
    }

    /// Whether there is a warning to look for, and whether the daemon is about to go away. It says so beside
    /// any answer, where every other method passes over it.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn announcements(&self) -> Result<Announcements, Error> {
        let deadline = Deadline::after(self.request_timeout);
        let info = self.exchange("GET", "/v1/system-info", "", "", Body::Empty, deadline)?;
        Ok(info.announcements())
    }

    /// Whether the daemon answers. Never a guarantee: it may go away before the next request.
    ///
    /// # Errors
    /// Something answers, and it is not Pebble. A daemon that cannot be reached, takes too long or
    /// refuses is `false`.
    pub fn can_connect(&self) -> Result<bool, Error> {
        match self.system_info() {
            Ok(_) => Ok(true),
            Err(error) if error.is_protocol() => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Whether no check of this level is down; of any level, for none. `ready` asks for `alive` too.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn is_healthy(&self, level: Option<&Level>, names: &[&str]) -> Result<bool, Error> {
        let level = level.map(|level| format!("level={}", percent_encoded(level.as_str())));
        let names = names.iter().map(|name| format!("names={}", percent_encoded(name)));
        let query: Vec<String> = level.into_iter().chain(names).collect();
        let (path, target) = ("/v1/health", format!("/v1/health?{}", query.join("&")));
        let deadline = Deadline::after(self.request_timeout);
        let (status, body) = self
            .answer("GET", &target, "", Body::Empty, deadline)
            .map_err(|failure| Error::of(attempt("GET", path), failure))?;
        // An unhealthy one answers 502, and means it.
        let status = if status == 502 { 200 } else { status };
        let answer = envelope(attempt("GET", path), status, &body)?;
        typed::<Health>("GET", path, answer.result()).map(|health| health.healthy)
    }

    /// What services and checks count, in OpenMetrics' words.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when the daemon is too old. Otherwise see [`Error`].
    pub fn metrics(&self) -> Result<String, Error> {
        let path = "/v1/metrics";
        let deadline = Deadline::after(self.request_timeout);
        let (status, body) = self
            .answer("GET", path, "", Body::Empty, deadline)
            .map_err(|failure| Error::of(attempt("GET", path), failure))?;
        if status == 200 {
            return Ok(String::from_utf8_lossy(&body).into_owned());
        }
        let refused = envelope(attempt("GET", path), status, &body).map(|_| String::new());
        self.known(refused, Feature::Metrics)
    }

    /// The daemon's version. It is asked once for all clones of this client.
    ///
    /// # Errors
    /// Protocol: what it tells is no version. Otherwise see [`Error`].
    pub fn version(&self) -> Result<PebbleVersion, Error> {
        if let Some(version) = self.version.get() {
            return Ok(*version);
        }
        let version = PebbleVersion::parse(&self.system_info()?.version).ok_or_else(|| {
            let failure = Failure::Protocol("its version cannot be read");
            Error::of("GET /v1/system-info", failure)
        })?;
        Ok(*self.version.get_or_init(|| version))
    }

    /// For what an old daemon would take and silently leave out.
    pub(super) fn needs(&self, feature: Feature, attempt: &str) -> Result<(), Error> {
        let version = self.version()?;
        if version >= feature.since() {
            return Ok(());
        }
        Err(unsupported(attempt, feature, Some(version)))
    }

    /// A whole endpoint that an old daemon does not know: it says so itself.
    pub(super) fn known<T>(&self, result: Result<T, Error>, feature: Feature) -> Result<T, Error> {
        result.map_err(|error| match error.kind() {
            ErrorKind::Api { status: 404, message, .. }
                if message == "invalid API endpoint requested" =>
            {
                unsupported(error.attempt(), feature, self.version.get().copied())
            }
            ErrorKind::Api { status: 405, .. } => {
                unsupported(error.attempt(), feature, self.version.get().copied())
            }
            _ => error,
        })
    }
}

pub(super) fn unsupported(
    attempt: &str,
    feature: Feature,
    version: Option<PebbleVersion>,
) -> Error {
    Error::new(attempt, ErrorKind::Unsupported { feature, version })
}
