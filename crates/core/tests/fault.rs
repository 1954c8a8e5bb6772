//! A fault learns its kind from the error it is made of, and keeps the evidence.
#![allow(clippy::unwrap_used)]

use ops_core::{Error, Fault, FaultExt as _, FaultKind};
use std::{error::Error as StdError, fmt, io};

const KINDS: [FaultKind; 7] = [
    FaultKind::Waiting,
    FaultKind::Transient,
    FaultKind::Blocked,
    FaultKind::Denied,
    FaultKind::Exhausted,
    FaultKind::AgentLost,
    FaultKind::Bug,
];

#[derive(Debug, thiserror::Error)]
enum Mine {
    #[error("cannot fetch the licence")]
    Licence(#[from] Error),
    #[error("nested")]
    Nested(#[source] Box<Mine>),
    #[error(transparent)]
    Boxed(Box<dyn StdError + Send + Sync>),
    #[error("nobody classified this")]
    Unclassified,
}

/// What `anyhow` makes of an error with context: its own type in front of the error.
#[derive(Debug)]
struct Context(&'static str, Box<dyn StdError + Send + Sync>);

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl StdError for Context {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.1)
    }
}

fn by_question_mark<E: Into<Box<dyn StdError + Send + Sync>>>(error: E) -> Fault {
    fn ask<E: Into<Box<dyn StdError + Send + Sync>>>(error: E) -> Result<(), Fault> {
        Err(error)?
    }
    ask(error).unwrap_err()
}

#[test]
fn every_kind_survives_the_question_mark() {
    for kind in KINDS {
        assert_eq!(by_question_mark(Error::new(kind, "no")).kind(), kind);
    }
}

#[test]
fn the_kind_is_found_in_an_enum_of_the_author() {
    let fault = by_question_mark(Mine::from(Error::new(FaultKind::Denied, "no role")));
    assert_eq!(fault.kind(), FaultKind::Denied);
    assert_eq!(fault.message(), "cannot fetch the licence");
}

#[test]
fn the_kind_is_found_however_deep_it_is_nested() {
    let mut error = Mine::from(Error::new(FaultKind::Waiting, "soon"));
    for _ in 0..50 {
        error = Mine::Nested(Box::new(error));
    }
    assert_eq!(by_question_mark(error).kind(), FaultKind::Waiting);
}

#[test]
fn the_kind_is_found_in_a_boxed_error() {
    let boxed: Box<dyn StdError + Send + Sync> = Box::new(Error::new(FaultKind::Transient, "no"));
    assert_eq!(by_question_mark(boxed).kind(), FaultKind::Transient);
}

#[test]
fn the_kind_is_found_behind_a_box_inside_an_enum() {
    let classified = Mine::from(Error::new(FaultKind::Exhausted, "disk full"));
    assert_eq!(by_question_mark(Mine::Boxed(Box::new(classified))).kind(), FaultKind::Exhausted);
}

#[test]
fn the_kind_is_found_behind_added_context() {
    let inner = Error::new(FaultKind::Transient, "connection refused");
    let fault = by_question_mark(Context("while fetching", Box::new(inner)));
    assert_eq!(fault.kind(), FaultKind::Transient);
    assert_eq!(fault.chain().collect::<Vec<_>>(), ["while fetching", "connection refused"]);
}

#[test]
fn the_outermost_of_several_kinds_counts() {
    let inner = Error::new(FaultKind::Transient, "refused");
    let fault = by_question_mark(Error::new(FaultKind::Blocked, "fix the option").because(inner));
    assert_eq!(fault.kind(), FaultKind::Blocked);
}

#[test]
fn what_nobody_classified_is_a_bug() {
    assert_eq!(by_question_mark(Mine::Unclassified).kind(), FaultKind::Bug);
    assert_eq!(by_question_mark(io::Error::other("disk")).kind(), FaultKind::Bug);
    assert_eq!(by_question_mark("a text").kind(), FaultKind::Bug);
}

#[test]
fn a_wrapper_that_skips_what_it_wraps_hides_the_kind_of_a_bare_error_only() {
    let error = || Error::new(FaultKind::Denied, "no");
    assert_eq!(by_question_mark(io::Error::other(error())).kind(), FaultKind::Bug);
    let own = Mine::from(error());
    assert_eq!(by_question_mark(io::Error::other(own)).kind(), FaultKind::Denied);
}

#[test]
fn a_failure_gets_kind_and_message_where_they_are_known_and_keeps_its_cause() {
    let parsed = || "http".parse::<u16>();
    let cause = parsed().unwrap_err().to_string();
    for (fault, kind) in [
        (parsed().or_blocked("option port").unwrap_err(), FaultKind::Blocked),
        (parsed().or_waiting("option port").unwrap_err(), FaultKind::Waiting),
        (parsed().or_transient("option port").unwrap_err(), FaultKind::Transient),
    ] {
        assert_eq!(fault.kind(), kind);
        assert_eq!(fault.message(), "option port");
        assert_eq!(fault.chain().collect::<Vec<_>>(), ["option port", &cause]);
        assert!(fault.find::<std::num::ParseIntError>().is_some());
    }
}

#[test]
fn nothing_where_something_was_needed_gets_kind_and_message() {
    assert_eq!(None::<u8>.or_blocked("no").unwrap_err(), Fault::blocked("no"));
    assert_eq!(None::<u8>.or_waiting("no").unwrap_err(), Fault::waiting("no"));
    assert_eq!(None::<u8>.or_transient("no").unwrap_err(), Fault::transient("no"));
}

#[test]
fn a_success_passes_through() {
    assert_eq!(Some(1).or_blocked("no").unwrap(), 1);
    assert_eq!(Some(1).or_waiting("no").unwrap(), 1);
    assert_eq!(Some(1).or_transient("no").unwrap(), 1);
    assert_eq!(Ok::<_, Fault>(1).or_blocked("no").unwrap(), 1);
    assert_eq!(Ok::<_, Fault>(1).or_waiting("no").unwrap(), 1);
    assert_eq!(Ok::<_, Fault>(1).or_transient("no").unwrap(), 1);
}

#[test]
fn a_fault_itself_can_be_given_another_kind() {
    let denied: Result<(), Fault> = Err(Fault::denied("no role"));
    let fault = denied.or_blocked("grant the role").unwrap_err();
    assert_eq!((fault.kind(), fault.message()), (FaultKind::Blocked, "grant the role"));
    assert_eq!(fault.chain().collect::<Vec<_>>(), ["grant the role", "no role"]);
}

#[test]
fn restating_keeps_the_evidence_and_the_place() {
    let error = Error::new(FaultKind::Transient, "refused").because(io::Error::other("socket"));
    let fault = by_question_mark(error);
    let (line, file) = (fault.at().line(), fault.at().file());
    let restated = fault.restate(FaultKind::Waiting, "container web is not reachable");
    assert_eq!(restated.kind(), FaultKind::Waiting);
    assert_eq!(restated.message(), "container web is not reachable");
    assert_eq!(
        restated.chain().collect::<Vec<_>>(),
        ["container web is not reachable", "refused", "socket"]
    );
    assert_eq!((restated.at().line(), restated.at().file()), (line, file));
    assert!(restated.find::<io::Error>().is_some());
    assert_eq!(restated.find::<Error>().map(Error::kind), Some(FaultKind::Transient));
}

#[test]
fn evidence_is_found_through_two_restatements() {
    let fault = by_question_mark(io::Error::other("socket"))
        .restate(FaultKind::Waiting, "once")
        .restate(FaultKind::Blocked, "twice");
    assert!(fault.find::<io::Error>().is_some());
    assert!(fault.find::<fmt::Error>().is_none());
    assert_eq!(fault.chain().collect::<Vec<_>>(), ["twice", "once", "socket"]);
}

#[test]
fn a_chain_says_nothing_twice_in_a_row() {
    let fault = by_question_mark(Mine::Boxed(Box::new(Mine::Boxed("disk".into()))));
    assert_eq!(fault.chain().collect::<Vec<_>>(), ["disk"]);
    let same = Fault::blocked("no").restate(FaultKind::Waiting, "no");
    assert_eq!(same.chain().collect::<Vec<_>>(), ["no"]);
}

#[test]
fn a_fault_without_cause_is_a_chain_of_one() {
    assert_eq!(Fault::bug("broken").chain().collect::<Vec<_>>(), ["broken"]);
    assert!(Fault::bug("broken").find::<Error>().is_none());
}

#[test]
fn a_fault_knows_the_line_of_its_question_mark() {
    fn fails() -> Result<(), Fault> {
        let result: Result<(), fmt::Error> = Err(fmt::Error);
        result?;
        Ok(())
    }
    let here = line!();
    let fault = fails().unwrap_err();
    assert_eq!(fault.at().file(), file!());
    assert_eq!(fault.at().line(), here - 3);
}

#[test]
fn a_fault_knows_the_line_of_its_constructor_and_of_the_method_that_classified_it() {
    let made = Fault::blocked("no").at().line();
    let named = Fault::new(FaultKind::Denied, "no").at().line();
    let from_option = None::<u8>.or_waiting("no").unwrap_err().at().line();
    let from_result = Err::<u8, _>(fmt::Error).or_transient("no").unwrap_err().at().line();
    let here = line!();
    assert_eq!([made, named, from_option, from_result], [here - 4, here - 3, here - 2, here - 1]);
}

#[test]
fn faults_are_equal_by_kind_and_message_alone() {
    let with_cause = Err::<(), _>(fmt::Error).or_blocked("no").unwrap_err();
    assert_eq!(with_cause, Fault::blocked("no"));
    assert_ne!(Fault::waiting("no"), Fault::blocked("no"));
    assert_ne!(Fault::blocked("yes"), Fault::blocked("no"));
}

#[test]
fn a_fault_prints_its_message_and_serializes_its_kind_too() {
    let fault = Fault::blocked("no");
    assert_eq!(fault.to_string(), "no");
    assert_eq!(format!("{fault:?}"), "Blocked(\"no\")");
    let json = serde_json::to_string(&[fault, Fault::new(FaultKind::AgentLost, "gone")]).unwrap();
    assert_eq!(
        json,
        r#"[{"kind":"blocked","message":"no"},{"kind":"agent-lost","message":"gone"}]"#
    );
}

#[test]
fn an_error_hands_out_its_cause() {
    let error = Error::new(FaultKind::Bug, "broken").because("cause");
    assert_eq!(error.to_string(), "broken");
    assert_eq!(error.source().unwrap().to_string(), "cause");
    assert!(Error::new(FaultKind::Bug, "broken").source().is_none());
}
