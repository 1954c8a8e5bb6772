//! What the cases share: how one is run, and how its findings are read.

pub(crate) use crate::{
    differences,
    doors::{Door, TALK},
};
pub(crate) use ops_core::{Fault, FaultKind, Secret};
pub(crate) use ops_pebble::{
    ChangeStatus, Combine, Error, ErrorKind, Exec, Feature, PushOptions, ServiceStatus,
    layer::{Action, Check, Layer, Level, LogTarget, Override, Service, Startup},
};
pub(crate) use std::time::Duration;

/// How a case ends: an error is what the daemon is too old for.
pub(crate) type Outcome = Result<(), Error>;

/// Runs a case. A daemon that is older than the feature must say so.
pub(crate) fn run(door: Option<Door>, case: fn(&Door) -> Outcome, since: &[Feature]) {
    let Some(door) = door else { return };
    let version = door.version();
    let lacking = since.iter().find(|feature| version < feature.since());
    match (case(&door), lacking) {
        (Ok(()), None) => {}
        (Ok(()), Some(feature)) => panic!("{version} is not known to have {}", feature.name()),
        (Err(error), None) => panic!("{version}: {}", chain(error)),
        (Err(error), Some(feature)) => {
            assert_eq!(error.unsupported(), Some(*feature), "{}", chain(error));
        }
    }
}

fn chain(error: Error) -> String {
    Fault::from(error).chain().collect::<Vec<_>>().join(": ")
}

pub(crate) fn add(door: &Door, layer: &Layer) {
    door.client.add_layer("test", layer, Combine::Yes).unwrap();
}

pub(crate) fn api_message(error: &Error) -> &str {
    match error.kind() {
        ErrorKind::Api { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn status_of(door: &Door, service: &str) -> ServiceStatus {
    door.client.services(&[service]).unwrap().remove(0).current
}
