//! `juju-log`: one message to the unit's log. When and at which level is decided elsewhere.

use super::{CommandError, Invocation, Juju, fit};
use ::log::Level;

/// Writes to the unit's log (Juju: `juju-log`). A text above [`TEXT_LIMIT`](super::TEXT_LIMIT) is cut,
/// between two characters.
///
/// # Errors
/// See [`CommandError`].
pub fn juju_log(juju: &Juju, level: Level, text: &str) -> Result<(), CommandError> {
    let level = match level {
        Level::Error => "ERROR",
        Level::Warn => "WARNING",
        Level::Info => "INFO",
        Level::Debug => "DEBUG",
        Level::Trace => "TRACE",
    };
    let call = Invocation::new("juju-log").args(["--log-level", level, "--"]);
    juju.run(&call.arg(fit(text).into_owned())).map(drop)
}
