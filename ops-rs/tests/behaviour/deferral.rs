//! Deferred events: kept, in order, once each, and never lost.

use crate::app::{App, Defers, FaultKind, app, commands, fault};
use ops::{Event, Fault, Outcome};
use ops_testing::{
    State,
    emulator::juju::{Refusal, Script, Trouble},
};

/// Defers `install` once, and then does `then` with it.
fn defers(
    then: impl Fn() -> Result<Outcome<App<Defers>>, Fault> + Send + Sync + 'static,
) -> App<Defers> {
    let app = App::<Defers>::of_kind();
    let trace = app.trace.clone();
    app.on(move |event, _| match event {
        Event::Install => {
            trace.note("install");
            then()
        }
        _ => Ok(Outcome::done()),
    })
}

fn with_deferred_install() -> State {
    let app = App::<Defers>::of_kind().on(|_, _| Ok(Outcome::defer("not yet")));
    app.run(app.context().on().install(), &State::default()).state
}

#[test]
fn a_deferred_event_is_handled_in_the_next_dispatch_and_forgotten_when_done() {
    let state = with_deferred_install();
    let app = defers(|| Ok(Outcome::done()));
    let output = app.run(app.context().on().start(), &state);
    assert_eq!(app.trace.take()[..3], ["on install", "install", "on start"]);
    assert!(output.state.stored.is_empty());
    assert!(!app.called(app.context().on().start(), &output.state).contains(&"install".into()));
}

#[test]
fn the_same_event_waits_once() {
    let state = with_deferred_install();
    let app = defers(|| Ok(Outcome::defer("still not")));
    let state = app.run(app.context().on().install(), &state).state;
    assert_eq!(app.trace.take().iter().filter(|call| *call == "install").count(), 2);
    let _ = app.run(app.context().on().start(), &state);
    assert_eq!(app.trace.take().iter().filter(|call| *call == "install").count(), 1);
}

#[test]
fn an_event_whose_handler_faults_stays_and_does_not_keep_the_next_from_its_turn() {
    for kind in [
        FaultKind::Waiting,
        FaultKind::Transient,
        FaultKind::Blocked,
        FaultKind::Denied,
        FaultKind::Exhausted,
    ] {
        let app = defers(move || Err(fault(kind)));
        let output = app.run(app.context().on().start(), &with_deferred_install());
        assert!(output.is_success());
        let expected =
            ["on install", "install", "on start", "reconcile", "observe", "plan", "status"];
        assert_eq!(app.trace.take(), expected);
        assert!(output.state.stored.contains_key("ops.deferred"));
        assert_eq!(output.state.unit_status.message, format!("it is {kind:?}"));
    }
}

#[test]
fn a_bug_in_a_deferred_event_fails_the_hook_and_keeps_the_queue() {
    for kind in [FaultKind::Bug, FaultKind::AgentLost] {
        let app = defers(move || Err(fault(kind)));
        let state = with_deferred_install();
        let output = app.run(app.context().on().start(), &state);
        assert!(!output.is_success());
        assert_eq!(app.trace.take(), ["on install", "install"]);
        assert_eq!(output.state.stored, state.stored);
    }
}

#[test]
fn what_juju_refuses_in_the_end_leaves_the_event_deferred() {
    let state = with_deferred_install();
    let app = defers(|| Ok(Outcome::done()));
    let ctx = app.context().refuse_flush(Refusal::Before("no".into()));
    let output = ctx.attempt(ctx.on().start(), &state);
    assert!(!output.is_success());
    assert_eq!(output.state.stored, state.stored);
}

#[test]
fn a_charm_that_does_not_defer_reads_no_state() {
    let app = app();
    let ctx = app.context().script(Script::default().always("state-get", Trouble::Missing));
    let output = ctx.run(ctx.on().start(), &with_deferred_install());
    assert!(output.is_success());
    assert_eq!(commands(&output), ["status-get"]);
}
