//! A panic of the charm is a failed hook with a log line; the rest of the process notices nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Juju, Meta, wake};
use ops::prelude::*;
use std::{
    panic,
    sync::{Arc, Mutex, Once},
    thread,
};

struct Panics;

impl Charm for Panics {
    type Meta = Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|_, _| panic!("no water"))
    }
}

/// The panics that reached the hook of the process, of which there is one for all tests of this file.
static REACHED: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|info| {
            let text = info.payload_as_str().unwrap_or_default().to_owned();
            REACHED.lock().unwrap().push(text);
        }));
    });
}

fn reached(text: &str) -> bool {
    REACHED.lock().unwrap().iter().any(|reached| reached == text)
}

#[test]
fn a_panic_fails_the_hook_and_is_logged_with_its_place() {
    listen();
    let juju = Juju::default();
    assert_eq!(ops::dispatch(&Panics, juju.host(&wake("hooks/config-changed"))), 1);
    let calls = juju.calls();
    let logged = calls.iter().find(|call| call.contains("the charm panicked")).expect("a log line");
    assert!(logged.starts_with("juju-log"), "{logged}");
    assert!(logged.contains("no water (at "), "{logged}");
    assert!(logged.contains("panics.rs:"), "{logged}");
    assert!(!reached("no water"), "Juju has it in its log, not on standard error");
}

#[test]
fn a_panic_writes_nothing_and_sets_no_status() {
    listen();
    let juju = Juju::default();
    assert_eq!(ops::dispatch(&Panics, juju.host(&wake("hooks/config-changed"))), 1);
    for call in juju.calls() {
        assert!(call.starts_with("juju-log"), "{call}");
    }
}

#[test]
fn a_panic_in_an_action_is_told_to_whoever_ran_it() {
    struct Acts;

    impl Charm for Acts {
        type Meta = common::MetaWithAction;

        fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
            cx.by_hand(|_, _| Ok(()))
        }

        fn action(
            &self,
            _: common::Action,
            _: &mut ActionContext<'_>,
        ) -> Result<ActionResults, Fault> {
            panic!("in an action")
        }
    }

    listen();
    let juju = Juju::default();
    juju.answers("action-get", "{}");
    assert_eq!(ops::dispatch(&Acts, juju.host(&wake("actions/backup"))), 1);
    let messages = juju.messages().join("\n");
    assert!(messages.contains("the charm panicked: in an action (at "), "{messages}");
}

#[test]
fn other_threads_keep_the_hook_that_was_there() {
    listen();
    let host = || Juju::default().host(&wake("hooks/config-changed"));
    assert_eq!(ops::dispatch(&Panics, host()), 1);
    let outcome = thread::spawn(|| panic!("in another thread")).join();
    assert!(outcome.is_err());
    assert!(reached("in another thread"));
    // This thread has it back too, now that no dispatch runs on it.
    let outcome = panic::catch_unwind(|| panic!("after the dispatch"));
    assert!(outcome.is_err());
    assert!(reached("after the dispatch"));
}

#[test]
fn a_thread_of_the_charm_keeps_the_hook_while_a_dispatch_runs() {
    struct Spawns(Arc<Mutex<bool>>);

    impl Charm for Spawns {
        type Meta = Meta;

        fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
            let outcome = thread::spawn(|| panic!("in a thread of the charm")).join();
            *self.0.lock().unwrap() = outcome.is_err();
            cx.by_hand(|_, _| Ok(()))
        }
    }

    listen();
    let failed = Arc::new(Mutex::new(false));
    let juju = Juju::default();
    let charm = Spawns(Arc::clone(&failed));
    assert_eq!(ops::dispatch(&charm, juju.host(&wake("hooks/config-changed"))), 0);
    assert!(*failed.lock().unwrap());
    assert!(reached("in a thread of the charm"));
}
