//! The status: sent when it differs, the application's by the leader, the worst one of all.

use crate::app::{app, commands, juju_status};
use ops::{Fault, Observed, Outcome, Plan, Status};
use ops_testing::{
    State,
    emulator::juju::{Hook, Script, StatusName, Trouble},
};

fn showing(name: StatusName, message: &str) -> State {
    let mut state = State::default();
    state.unit_status = juju_status(name, message);
    state
}

#[test]
fn a_status_that_juju_shows_already_is_not_sent() {
    let state = showing(StatusName::Active, "");
    assert_eq!(commands(&app().run(Hook::UpdateStatus, &state)), ["status-get"]);
    let state = showing(StatusName::Active, "up");
    let output = app().run(Hook::UpdateStatus, &state);
    assert_eq!(commands(&output), ["status-get", "status-set"]);
    assert_eq!(output.state.unit_status, Status::active());
}

#[test]
fn the_application_status_is_the_leaders_to_set() {
    let app = app().collect(|_, _, statuses| {
        statuses.unit(Status::active()).application(Status::blocked("no licence"));
    });
    assert_eq!(app.run(Hook::ConfigChanged, &State::default()).state.application_status, None);
    let output = app.run(Hook::ConfigChanged, &State::default().leader());
    let shown = output.state.application_status.clone().unwrap();
    assert_eq!(shown, Status::blocked("no licence"));
    assert_eq!(output.state.unit_status, Status::active());
    let again = app.run(Hook::ConfigChanged, &output.state);
    assert!(!again.commands().contains(&"status-set"));
}

#[test]
fn a_fault_raises_the_status_and_never_lowers_it() {
    let with = |status: fn() -> Status, fault: fn() -> Fault| {
        let app = app()
            .plan(move |_, plan: &mut Plan| {
                plan.hold(ops::Scope::Ports, fault());
                Ok(())
            })
            .collect(move |_, _, statuses| {
                statuses.unit(status());
            });
        app.run(Hook::ConfigChanged, &State::default()).state.unit_status
    };
    let waiting = || Fault::waiting("for the database");
    assert_eq!(with(Status::active, waiting), Status::waiting("for the database"));
    assert_eq!(with(|| Status::blocked("no"), waiting), Status::blocked("no"));
    assert_eq!(with(|| Status::waiting("mine"), waiting), Status::waiting("mine"));
}

#[test]
fn a_charm_that_says_nothing_sets_nothing() {
    let app = app().collect(|_, _, _| {});
    assert_eq!(commands(&app.run(Hook::ConfigChanged, &State::default())), [""; 0]);
}

#[test]
fn a_charm_that_cannot_look_still_has_a_say() {
    let app =
        app().observe(|_| Err(Fault::waiting("for the sun"))).collect(|seen, report, statuses| {
            assert!(matches!(seen, Observed::Failed(fault) if fault.message() == "for the sun"));
            assert_eq!(report.faults().count(), 1);
            statuses.unit(Status::maintenance("looking"));
        });
    let output = app.run(Hook::ConfigChanged, &State::default());
    assert_eq!(output.state.unit_status, Status::maintenance("looking"));
}

#[test]
fn a_status_on_the_way_is_shown_at_once_and_replaced_in_the_end() {
    let app = app().on(|_, live| {
        live.show_status(&Status::maintenance("migrating"))?;
        Ok(Outcome::done())
    });
    let state = showing(StatusName::Active, "");
    let output = app.run(Hook::UpgradeCharm, &state);
    let shown =
        [juju_status(StatusName::Maintenance, "migrating"), juju_status(StatusName::Active, "")];
    assert_eq!(output.unit_statuses.last(), shown.last());
    assert!(output.unit_statuses.contains(&shown[0]));
    assert_eq!(commands(&output), ["status-set", "status-set"], "nobody needs to ask");
}

#[test]
fn a_status_that_juju_does_not_take_fails_no_hook() {
    let refused = Trouble::Fails { code: 1, stderr: "ERROR permission denied".into() };
    let ctx = app().context().script(Script::default().always("status-set", refused));
    assert!(ctx.run(ctx.on().start(), &State::default()).is_success());
}
