//! The table of faults: each kind against each place where it can arise.

use super::*;
use ops_core::Error;

const KINDS: [FaultKind; 7] = [
    FaultKind::Blocked,
    FaultKind::Denied,
    FaultKind::Exhausted,
    FaultKind::Waiting,
    FaultKind::Transient,
    FaultKind::AgentLost,
    FaultKind::Bug,
];

/// Exit code and whether the next stage must not run, for each of `KINDS`.
fn row(origin: &Origin) -> Vec<(u8, bool)> {
    let of_kind = |kind| {
        let mut faults = Faults::default();
        faults.push(origin.clone(), Fault::new(kind, "no"));
        (faults.exit_code(), faults.must_stop())
    };
    KINDS.into_iter().map(of_kind).collect()
}

const GOES_ON: (u8, bool) = (0, false);
const FAILS_LATER: (u8, bool) = (1, false);
const FAILS_AND_STOPS: (u8, bool) = (1, true);

/// Blocked, denied, exhausted and waiting never fail the hook here.
fn with_transient(transient: (u8, bool)) -> Vec<(u8, bool)> {
    vec![GOES_ON, GOES_ON, GOES_ON, GOES_ON, transient, FAILS_AND_STOPS, FAILS_AND_STOPS]
}

#[test]
fn in_the_reconciler_only_a_bug_and_a_lost_agent_fail_the_hook() {
    assert_eq!(row(&Origin::Reconciler(None)), with_transient(GOES_ON));
    assert_eq!(row(&Origin::Reconciler(Some(Scope::Ports))), with_transient(GOES_ON));
}

#[test]
fn in_an_ordinary_handler_only_a_bug_and_a_lost_agent_fail_the_hook() {
    assert_eq!(row(&Origin::Handler), with_transient(GOES_ON));
}

#[test]
fn in_a_handler_of_what_juju_tells_once_a_transient_fault_fails_the_hook_too() {
    assert_eq!(row(&Origin::NeedsRetry), with_transient(FAILS_LATER));
}

#[test]
fn in_a_deferred_event_a_transient_fault_is_kept_by_the_queue() {
    assert_eq!(row(&Origin::Deferred), with_transient(GOES_ON));
}

#[test]
fn in_a_refused_write_only_a_bug_and_a_lost_agent_fail_the_hook() {
    assert_eq!(row(&Origin::Commit), with_transient(GOES_ON));
}

#[test]
fn in_the_sdks_own_work_a_transient_fault_fails_the_hook_too() {
    assert_eq!(row(&Origin::Sdk), with_transient(FAILS_LATER));
}

#[test]
fn a_queue_that_cannot_be_kept_fails_the_hook_whatever_the_reason() {
    let mut expected = vec![FAILS_LATER; 5];
    expected.extend([FAILS_AND_STOPS; 2]);
    assert_eq!(row(&Origin::Queue), expected);
}

#[test]
fn a_dispatch_without_faults_succeeds() {
    let faults = Faults::default();
    assert_eq!((faults.exit_code(), faults.must_stop(), faults.fails_hook()), (0, false, false));
    assert_eq!(faults.iter().count(), 0);
}

#[test]
fn one_fault_that_fails_the_hook_is_enough() {
    let mut faults = Faults::default();
    faults.push(Origin::Handler, Fault::blocked("no"));
    faults.push(Origin::NeedsRetry, Fault::transient("refused"));
    faults.push(Origin::Reconciler(None), Fault::waiting("soon"));
    assert!(faults.fails_hook());
    assert!(!faults.must_stop());
    let messages: Vec<&str> = faults.iter().map(Fault::message).collect();
    assert_eq!(messages, ["no", "refused", "soon"]);
}

#[test]
fn a_fault_is_explained_with_its_causes_in_one_line() {
    let inner = Error::new(FaultKind::Transient, "connection refused");
    let outer = Error::new(FaultKind::Blocked, "cannot reach the database").because(inner);
    let fault = Fault::from(outer).restate(FaultKind::Waiting, "waiting for the database");
    assert_eq!(
        explain(&fault),
        "waiting for the database: cannot reach the database: connection refused"
    );
    assert_eq!(explain(&Fault::blocked("no")), "no");
}
