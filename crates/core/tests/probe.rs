//! "Nothing there" and "could not look" stay apart.
#![allow(clippy::unwrap_used)]

use ops_core::{Fault, FaultKind, Probe};

fn failed<T>() -> Probe<T> {
    Probe::Failed(Fault::denied("not granted"))
}

#[test]
fn what_is_required_and_absent_is_waited_for_by_name() {
    let fault = Probe::<u8>::Absent.require("ingress").unwrap_err();
    assert_eq!((fault.kind(), fault.message()), (FaultKind::Waiting, "waiting for ingress"));
}

#[test]
fn what_is_required_and_unreadable_says_why() {
    assert_eq!(failed::<u8>().require("token").unwrap_err(), Fault::denied("not granted"));
    assert_eq!(Probe::Present(7).require("token").unwrap(), &7);
}

#[test]
fn what_is_optional_may_be_absent_but_must_be_readable() {
    assert_eq!(Probe::Present(7).optional().unwrap(), Some(&7));
    assert_eq!(Probe::<u8>::Absent.optional().unwrap(), None);
    assert_eq!(failed::<u8>().optional().unwrap_err(), Fault::denied("not granted"));
}

#[test]
fn present_and_fault_look_at_one_side_each() {
    assert_eq!(Probe::Present(7).present(), Some(&7));
    assert_eq!(Probe::<u8>::Absent.present(), None);
    assert_eq!(failed::<u8>().present(), None);
    assert_eq!(Probe::Present(7).fault(), None);
    assert_eq!(Probe::<u8>::Absent.fault(), None);
    assert_eq!(failed::<u8>().fault(), Some(&Fault::denied("not granted")));
}

#[test]
fn deriving_a_value_leaves_absent_and_failed_as_they_are() {
    assert_eq!(Probe::Present(7).map(|n| n + 1), Probe::Present(8));
    assert_eq!(Probe::<u8>::Absent.map(|n| n + 1), Probe::Absent);
    assert_eq!(failed::<u8>().map(|n| n + 1), failed());
}

#[test]
fn a_second_look_happens_only_after_the_first_saw_something() {
    assert_eq!(Probe::Present(7).and_then(|n| Probe::Present(n + 1)), Probe::Present(8));
    assert_eq!(Probe::Present(7).and_then(|_| Probe::<u8>::Absent), Probe::Absent);
    let never = |_: u8| -> Probe<u8> { panic!("looked though there was nothing") };
    assert_eq!(Probe::Absent.and_then(never), Probe::Absent);
    assert_eq!(failed().and_then(never), failed());
}

#[test]
fn a_result_of_an_option_is_a_probe() {
    assert_eq!(Probe::from(Ok(Some(7))), Probe::Present(7));
    assert_eq!(Probe::<u8>::from(Ok(None)), Probe::Absent);
    assert_eq!(Probe::<u8>::from(Err(Fault::denied("not granted"))), failed());
}

#[test]
fn a_probe_prints_as_json() {
    let json = |probe: Probe<u8>| serde_json::to_string(&probe).unwrap();
    assert_eq!(json(Probe::Present(7)), r#"{"present":7}"#);
    assert_eq!(json(Probe::Absent), r#""absent""#);
    assert_eq!(json(failed()), r#"{"failed":{"kind":"denied","message":"not granted"}}"#);
}
