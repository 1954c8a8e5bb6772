//! The program as it is packed: static, so that it needs nothing of the base that it is started in.

use super::{built, deployed, status};
use ops_testing::{
    engine::{How, Outcome},
    process::Binary,
};
use std::rc::Rc;

/// The program header that asks for a dynamic loader.
const PT_INTERP: u32 = 3;

#[test]
fn it_lives_until_it_is_active() {
    let Some(target) = ops_tests::packed_target() else { return };
    let program = built("charm-example", &["--bin", "hook-service", "--target", &target]);
    let (mut engine, unit) = deployed(Rc::new(Binary::new(&program)));
    engine.settle().unwrap();
    assert_eq!(status(&engine, &unit), "active: ");
}

/// A program whose unwinder does not work is aborted by a panic, and Juju never hears why.
#[test]
fn a_panic_is_a_failed_hook_that_says_why() {
    let Some(target) = ops_tests::packed_target() else { return };
    let program = built("charm-example", &["--example", "panics", "--target", &target]);
    let (mut engine, _) = deployed(Rc::new(Binary::new(&program)));
    let entry = engine.step().expect("install is due");
    assert_eq!(entry.outcome, Outcome::Failed(How::Exit(1)));
    let said = entry.record.logs.iter().find(|line| line.message.contains("the charm panicked"));
    let said = said.unwrap_or_else(|| panic!("{:?}", entry.record.logs));
    assert_eq!(said.level, "ERROR");
    assert!(said.message.contains("no water (at "), "{}", said.message);
}

#[test]
fn it_is_started_without_a_loader() {
    let Some(target) = ops_tests::packed_target() else { return };
    let program =
        std::fs::read(built("charm-example", &["--bin", "hook-service", "--target", &target]))
            .unwrap();
    let number = |at: usize, bytes: usize| {
        let little = program[at..at + bytes].iter().rev();
        little.fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    // Where the program headers are, how long each is, and how many there are, in a 64-bit ELF file.
    let (start, length, count) = (number(0x20, 8), number(0x36, 2), number(0x38, 2));
    let mut kinds = (0..count).map(|header| number((start + header * length) as usize, 4) as u32);
    assert!(count > 0 && kinds.all(|kind| kind != PT_INTERP));
}
