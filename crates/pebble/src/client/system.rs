//! The daemon itself: what it is, and whether it is there.

use super::{Client, Error};
use crate::{
    error::{ErrorKind, Failure},
    version::{Feature, PebbleVersion},
    wire::SystemInfo,
};

impl Client {
    /// The daemon itself.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn system_info(&self) -> Result<SystemInfo, Error> {
        self.get("/v1/system-info", "")
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
