//! What is told of a panic. That other threads keep the hook that was there is held from outside, in
//! `tests/panics.rs`, because a process has one hook.

use super::*;

#[test]
fn a_panic_is_caught_with_its_message_and_place() {
    let message = caught(|| panic!("no {}", "water")).map(|()| 0).unwrap_err();
    let line = line!() - 1;
    assert!(message.starts_with(&format!("no water (at {}:{line}:", file!())), "{message}");
}

#[test]
fn a_failed_unwrap_is_caught_where_it_stands() {
    let message = caught(|| "seven".parse::<u8>().expect("a number")).unwrap_err();
    assert!(message.starts_with("a number: ParseIntError"), "{message}");
}

#[test]
fn a_payload_that_is_not_text_is_caught_too() {
    let message = caught(|| panic::panic_any(7_u8)).map(|()| 0).unwrap_err();
    assert!(message.starts_with("with something that is not text (at "), "{message}");
}

#[test]
fn what_does_not_panic_comes_back() {
    assert_eq!(caught(|| 7), Ok(7));
}

#[test]
fn a_dispatch_after_a_panic_is_caught_for_itself() {
    let _ = caught(|| panic!("first"));
    let message = caught(|| panic!("second")).map(|()| 0).unwrap_err();
    assert!(message.starts_with("second"), "{message}");
}
