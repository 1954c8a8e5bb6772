//! Records a dispatch, to be looked at and run again: `OPS_RECORD=DIRECTORY`.
//!
//! The recorder stands around the seams of [`Host`] and knows bytes: which hook command went out, what came
//! back, what was said to Pebble. What any of it means it must not know, with one exception: `secret-get`
//! prints secrets. Secrets become tags before they are written ([`Redaction`]), and a recording that does not
//! work out is a warning, never a fault. `docs/recording.md` is for users, `docs/design/recording.md` says why.

#[doc(hidden)]
pub mod base64;
mod exchange;
mod format;
mod redaction;
mod seams;
mod tape;

pub use exchange::{BOUNDARY, request};
pub use format::{
    Begin, Call, Came, Data, Draw, End, Exchange, FORMAT, Given, Line, Message, Reading, Request,
    Response,
};
pub use redaction::{Redaction, tag, tag_at, tag_in_base64};
pub use seams::in_hexadecimal;

use crate::host::{Environment, Host};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    rc::Rc,
    time::SystemTime,
};
use tape::Tape;

/// Names the directory in which dispatches are recorded.
pub const VARIABLE: &str = "OPS_RECORD";

/// How the name of a recording ends. While it is written, and after a crash, it is `partial`.
pub const EXTENSION: &str = "recording";

/// What is kept of the environment: what the SDK reads in it, and where the charm lies. It must never be
/// one that may hold a password, as proxies may, or opens a door, as the context's id does.
const KEPT: &[&str] = &[
    "CHARM_DIR",
    "JUJU_ACTION_NAME",
    "JUJU_ACTION_TAG",
    "JUJU_ACTION_UUID",
    "JUJU_AVAILABILITY_ZONE",
    "JUJU_CHARM_DIR",
    "JUJU_DEPARTING_UNIT",
    "JUJU_DISPATCH_PATH",
    "JUJU_HOOK_NAME",
    "JUJU_MACHINE_ID",
    "JUJU_MODEL_NAME",
    "JUJU_MODEL_UUID",
    "JUJU_NOTICE_ID",
    "JUJU_NOTICE_KEY",
    "JUJU_NOTICE_TYPE",
    "JUJU_PEBBLE_CHECK_NAME",
    "JUJU_PRINCIPAL_UNIT",
    "JUJU_RELATION",
    "JUJU_RELATION_ID",
    "JUJU_REMOTE_APP",
    "JUJU_REMOTE_UNIT",
    "JUJU_SECRET_ID",
    "JUJU_SECRET_LABEL",
    "JUJU_SECRET_REVISION",
    "JUJU_STORAGE_ID",
    "JUJU_STORAGE_KIND",
    "JUJU_STORAGE_LOCATION",
    "JUJU_UNIT_NAME",
    "JUJU_VERSION",
    "JUJU_WORKLOAD_NAME",
];

/// A dispatch that is recorded, or is not.
#[derive(Debug)]
pub(crate) struct Recording(Option<Rc<Tape>>);

impl Recording {
    /// Records what happens on this host from now on, if its environment asks for that.
    pub(crate) fn begin(host: Host) -> (Host, Self) {
        let Some(directory) = asked(&host.environment) else { return (host, Self(None)) };
        let tape = Rc::new(Tape::begin(
            directory.join(name(&host)),
            Rc::clone(&host.messages),
            Line::Begin(Begin {
                recording: FORMAT,
                sdk: env!("CARGO_PKG_VERSION").to_owned(),
                began: since_1970(&host),
                environment: kept(&host.environment),
            }),
        ));
        (seams::overheard(host, &tape), Self(Some(tape)))
    }

    /// The dispatch has ended with this code.
    pub(crate) fn end(self, exit: u8) {
        if let Some(tape) = self.0 {
            tape.end(exit);
        }
    }
}

fn asked(environment: &Environment) -> Option<&Path> {
    environment.get(VARIABLE).filter(|path| !path.is_empty()).map(Path::new)
}

fn kept(environment: &Environment) -> BTreeMap<String, String> {
    let text = |name: &&str| {
        let value = environment.get(name)?.to_str()?;
        Some(((*name).to_owned(), value.to_owned()))
    };
    KEPT.iter().filter_map(text).collect()
}

fn since_1970(host: &Host) -> u64 {
    let now = host.clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
}

/// `web-0-config-changed-1732161234567890.recording`: sorted by their names, those of a unit are in order.
fn name(host: &Host) -> PathBuf {
    let text = |name: &str| host.environment.get(name).and_then(|text| text.to_str());
    let unit = text("JUJU_UNIT_NAME").unwrap_or("unit");
    let path = text("JUJU_DISPATCH_PATH").unwrap_or("dispatch");
    let what = path.rsplit('/').next().unwrap_or(path);
    let plain = |text: &str| -> String {
        let fit = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        text.chars().take(80).map(fit).collect()
    };
    let (unit, what, now) = (plain(unit), plain(what), since_1970(host));
    format!("{unit}-{what}-{now}.{EXTENSION}").into()
}
