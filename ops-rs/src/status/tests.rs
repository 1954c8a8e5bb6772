//! Worst wins, first among equals, and faults only raise.

use super::*;

fn faults(kinds: &[FaultKind]) -> Vec<Fault> {
    kinds.iter().map(|kind| Fault::new(*kind, format!("{kind:?}"))).collect()
}

fn rows(statuses: &[Status]) -> Statuses {
    let mut rows = Statuses::default();
    for status in statuses {
        rows.unit(status.clone());
    }
    rows
}

#[test]
fn the_worst_row_wins_wherever_it_stands() {
    let ascending =
        [Status::active(), Status::waiting("w"), Status::maintenance("m"), Status::blocked("b")];
    for worst in 0..ascending.len() {
        let mut table = ascending[..=worst].to_vec();
        assert_eq!(rows(&table).unit_status([]).as_ref(), Some(&ascending[worst]));
        table.reverse();
        assert_eq!(rows(&table).unit_status([]).as_ref(), Some(&ascending[worst]));
    }
}

#[test]
fn the_first_among_equals_wins() {
    let table = rows(&[Status::blocked("first"), Status::active(), Status::blocked("second")]);
    assert_eq!(table.unit_status([]), Some(Status::blocked("first")));
    let fault = Fault::blocked("from a fault");
    assert_eq!(table.unit_status([&fault]), Some(Status::blocked("first")));
}

#[test]
fn faults_raise_the_status() {
    let fault = Fault::blocked("no");
    let table = rows(&[Status::active_with("serving"), Status::waiting("soon")]);
    assert_eq!(table.unit_status([&fault]), Some(Status::blocked("no")));
}

#[test]
fn faults_never_lower_the_status() {
    let faults = faults(&[FaultKind::Waiting, FaultKind::Transient, FaultKind::Bug]);
    let blocked = rows(&[Status::blocked("no")]);
    assert_eq!(blocked.unit_status(&faults), Some(Status::blocked("no")));
    let busy = rows(&[Status::maintenance("migrating")]);
    assert_eq!(busy.unit_status(&faults), Some(Status::maintenance("migrating")));
}

#[test]
fn faults_alone_make_a_status_and_nothing_makes_none() {
    let faults = faults(&[FaultKind::Waiting, FaultKind::Denied, FaultKind::Blocked]);
    let none = Statuses::default();
    assert_eq!(none.unit_status(&faults), Some(Status::blocked("Denied")));
    assert_eq!(none.unit_status([]), None);
    assert_eq!(none.application_status(), None);
}

#[test]
fn each_kind_of_fault_has_its_status_and_those_that_fail_the_hook_have_none() {
    for (kind, status) in [
        (FaultKind::Blocked, Some(Status::blocked("no"))),
        (FaultKind::Denied, Some(Status::blocked("no"))),
        (FaultKind::Exhausted, Some(Status::blocked("no"))),
        (FaultKind::Waiting, Some(Status::waiting("no"))),
        (FaultKind::Transient, Some(Status::waiting("no"))),
        (FaultKind::AgentLost, None),
        (FaultKind::Bug, None),
    ] {
        assert_eq!(Status::of_fault(&Fault::new(kind, "no")), status, "{kind:?}");
    }
}

#[test]
fn a_row_with_a_condition_is_made_only_if_it_holds() {
    let mut table = Statuses::default();
    table.unit_if(false, || panic!("made for nothing"));
    table.unit_if(true, || Status::waiting("soon"));
    assert_eq!(table.unit_status([]), Some(Status::waiting("soon")));
}

#[test]
fn unit_and_application_have_tables_of_their_own() {
    let mut table = Statuses::default();
    table.unit(Status::blocked("unit")).application(Status::active());
    table.application(Status::waiting("application"));
    assert_eq!(table.unit_status([]), Some(Status::blocked("unit")));
    assert_eq!(table.application_status(), Some(Status::waiting("application")));
}

#[test]
fn a_report_raises_the_worst_of_its_faults() {
    let mut report = Report::default();
    assert_eq!(of_report(&report), None);
    report.push(None, Fault::waiting("soon"));
    report.push(None, Fault::denied("no"));
    report.push(None, Fault::bug("broken"));
    assert_eq!(of_report(&report), Some(Status::blocked("no")));
}

#[test]
fn a_status_prints_as_juju_shows_it() {
    assert_eq!(Status::active().to_string(), "active");
    assert_eq!(Status::active_with("serving").to_string(), "active: serving");
    assert_eq!(Status::waiting("w").to_string(), "waiting: w");
    assert_eq!(Status::maintenance("m").to_string(), "maintenance: m");
    assert_eq!(Status::blocked("b").to_string(), "blocked: b");
}

#[test]
fn a_status_is_sent_as_the_kind_that_juju_knows() {
    for (status, kind) in [
        (Status::active(), StatusKind::Active),
        (Status::waiting(""), StatusKind::Waiting),
        (Status::maintenance(""), StatusKind::Maintenance),
        (Status::blocked(""), StatusKind::Blocked),
    ] {
        assert_eq!(status.kind(), kind);
    }
}

#[test]
fn a_status_gives_back_what_it_was_made_of() {
    for (status, severity) in [
        (Status::active_with("why"), Severity::Active),
        (Status::waiting("why"), Severity::Waiting),
        (Status::maintenance("why"), Severity::Maintenance),
        (Status::blocked("why"), Severity::Blocked),
    ] {
        assert_eq!((status.severity(), status.message()), (severity, "why"));
    }
    assert_eq!(Status::active().message(), "");
}
