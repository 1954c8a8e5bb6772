//! A deferred event is handled again, and is never lost: if it cannot be kept, the hook fails.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Juju, Meta, wake};
use ops::{hook_command::Reply, prelude::*};
use std::sync::Mutex;

/// Defers everything but `update-status`, and remembers what it was called with.
#[derive(Default)]
struct Defers(Mutex<Vec<String>>);

impl Charm for Defers {
    type Meta = Meta;
    const DEFERS: bool = true;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|_, statuses| {
            statuses.unit(Status::active());
            Ok(())
        })
    }

    fn on(&self, event: &Event, _: &mut Live<'_>) -> Result<Outcome<Self>, Fault> {
        self.0.lock().unwrap().push(event.name());
        Ok(match event {
            Event::UpdateStatus => Outcome::done(),
            _ => Outcome::defer("not yet"),
        })
    }
}

impl Defers {
    fn handled(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

const QUEUE: &str = r#"{"ops.deferred":"{\"version\":1,\"data\":[{\"event\":\"start\",\"why\":\"not yet\",\"tries\":1}]}"}"#;

#[test]
fn a_deferred_event_is_kept_in_the_units_state() {
    let juju = Juju::default();
    assert_eq!(ops::dispatch(&Defers::default(), juju.host(&wake("hooks/start"))), 0);
    let stored = juju.input_of("state-set").unwrap();
    assert!(stored.contains("ops.deferred") && stored.contains("start"), "{stored}");
}

#[test]
fn deferred_events_are_handled_before_the_new_one_and_keep_their_place() {
    let juju = Juju::default();
    juju.answers("state-get", QUEUE);
    let charm = Defers::default();
    assert_eq!(ops::dispatch(&charm, juju.host(&wake("hooks/install"))), 0);
    assert_eq!(charm.handled(), ["start", "install"]);
    let stored = juju.input_of("state-set").unwrap();
    let (start, install) = (stored.find("start").unwrap(), stored.find("install").unwrap());
    assert!(start < install, "{stored}");
}

#[test]
fn an_event_of_which_the_queue_cannot_be_kept_fails_the_hook() {
    // Of every kind that another fault of the dispatch would turn into a mere status.
    for refusal in ["ERROR permission denied", "ERROR quota exceeded", "ERROR boom"] {
        let juju = Juju::default();
        juju.replies("state-set", Reply::failed(1, refusal));
        assert_eq!(ops::dispatch(&Defers::default(), juju.host(&wake("hooks/start"))), 1);
        assert!(!juju.commands().contains(&"status-set".to_owned()), "Juju shows the error");
    }
}

#[test]
fn a_queue_that_cannot_be_read_fails_the_hook() {
    for refusal in ["ERROR permission denied", "ERROR boom"] {
        let juju = Juju::default();
        juju.replies("state-get", Reply::failed(1, refusal));
        assert_eq!(ops::dispatch(&Defers::default(), juju.host(&wake("hooks/start"))), 1);
        assert!(!juju.commands().contains(&"state-set".to_owned()));
    }
}

#[test]
fn a_deferral_where_no_queue_is_kept_fails_the_hook() {
    let juju = Juju::default();
    let charm = Defers::default();
    assert_eq!(ops::dispatch(&charm, juju.host(&wake("hooks/collect-metrics"))), 1);
    assert_eq!(charm.handled(), ["collect-metrics"]);
    let log = juju.calls().join("\n");
    assert!(log.contains("collect-metrics cannot be deferred: not yet"), "{log}");
}

#[test]
fn a_charm_that_does_not_defer_never_reads_the_queue() {
    struct Plain;

    impl Charm for Plain {
        type Meta = Meta;

        fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
            cx.by_hand(|_, _| Ok(()))
        }
    }

    let juju = Juju::default();
    juju.answers("state-get", QUEUE);
    assert_eq!(ops::dispatch(&Plain, juju.host(&wake("hooks/config-changed"))), 0);
    assert_eq!(juju.commands(), [""; 0]);
}
