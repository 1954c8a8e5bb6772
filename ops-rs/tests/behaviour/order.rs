//! The order of a dispatch.

use crate::app::{App, DB, Db, Defers, WEB, app, bag, service};
use ops::{Outcome, Status};
use ops_testing::{Relation, State};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

#[test]
fn deferred_events_come_first_oldest_first_then_the_event_then_one_reconcile() {
    let app = App::<Defers>::of_kind().on(|_, _| Ok(Outcome::defer("not yet")));
    let ctx = app.context();
    let state = ctx.run(ctx.on().install(), &State::default()).state;
    let state = ctx.run(ctx.on().start(), &state).state;
    let state = ctx.run(ctx.on().config_changed(), &state).state;
    let _ = app.trace.take();
    let called = app.called(ctx.on().update_status(), &state);
    let expected = [
        "on install",
        "on start",
        "on config-changed",
        "on update-status",
        "reconcile",
        "observe",
        "plan",
        "status",
    ];
    assert_eq!(called, expected);
}

#[test]
fn nothing_runs_when_the_charm_is_made() {
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let app = app();
    let trace = app.trace.clone();
    let ctx = ops_testing::Context::new(move || {
        count.fetch_add(1, Ordering::Relaxed);
        assert_eq!(app.trace.take(), [""; 0]);
        app.clone()
    });
    assert!(ctx.run(ctx.on().start(), &State::default()).is_success());
    assert_eq!(made.load(Ordering::Relaxed), 1, "a dispatch has one charm");
    assert_eq!(trace.take().first().map(String::as_str), Some("on start"));
}

#[test]
fn what_apply_wrote_is_sent_after_the_last_observation_and_before_the_status() {
    let app = app()
        .plan(|_, plan| {
            plan.port(80);
            plan.unit_data(DB, || Ok(bag(&[("url", "http://web")])));
            plan.container(WEB, |web| {
                web.service("web", service("info"));
                Ok(())
            });
            plan.workload_version("1.2");
            Ok(())
        })
        .observe(|model| {
            let _ = model.relations(DB)?;
            Ok(Default::default())
        })
        .collect(|_, _, statuses| {
            statuses.unit(Status::active_with("up"));
        });
    let state = State::default().container(WEB).relation(&Relation::new(Db, 1));
    let output = app.run(app.context().on().config_changed(), &state);
    let commands = crate::app::commands(&output);
    let at = |name: &str| commands.iter().position(|command| *command == name).expect(name);
    let written =
        ["application-version-set", "relation-set", "open-port", "state-set", "status-set"];
    let order: Vec<_> = written.iter().map(|name| at(name)).collect();
    assert!(order.is_sorted(), "{commands:?}");
    assert_eq!(
        app.trace.take(),
        ["on config-changed", "reconcile", "observe", "plan", "observe", "plan", "status"]
    );
}
