//! A panic unwinds also in a program that is linked as the charm is.

use super::{built, deployed};
use ops_testing::{
    engine::{How, Outcome},
    process::Binary,
};
use std::rc::Rc;

#[test]
fn a_panic_of_the_linked_program_is_a_failed_hook_that_says_why() {
    let program = built(&["--example", "panics"]);
    let (mut engine, _) = deployed(Rc::new(Binary::new(&program)));
    let entry = engine.step().expect("install is due");
    // An aborted process would have been killed by a signal.
    assert_eq!(entry.outcome, Outcome::Failed(How::Exit(1)));
    let said = entry.record.logs.iter().find(|line| line.message.contains("the charm panicked"));
    let said = said.unwrap_or_else(|| panic!("{:?}", entry.record.logs));
    assert_eq!(said.level, "ERROR");
    assert!(said.message.contains("no water (at "), "{}", said.message);
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn the_program_brings_its_unwinder_along() {
    for which in [["--bin", "hook-service"], ["--example", "panics"]] {
        let program = std::fs::read(built(&which)).unwrap();
        let needed = program.windows(11).any(|bytes| bytes == b"libgcc_s.so");
        assert!(!needed, "{which:?} loads libgcc_s at its start");
    }
}
