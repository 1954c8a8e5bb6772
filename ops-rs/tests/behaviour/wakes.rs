//! Which stage runs for which wake: a test for each row of the table.

use crate::app::{App, Cluster, DB, Db, Defers, Site, WEB, app, bag, secret_id, service};
use ops::{Fault, Outcome, Text, names::UnitName, reconcile::TeardownCause};
use ops_testing::{Relation, Secret, State, emulator::juju::Hook};

const ALL: [&str; 4] = ["reconcile", "observe", "plan", "status"];

/// The handler of this hook, and then this.
fn handler_and(hook: &str, then: &[&str]) -> Vec<String> {
    let handler = format!("on {hook}");
    std::iter::once(handler).chain(then.iter().map(|text| (*text).to_owned())).collect()
}

/// A state in which a deferred `install` waits.
fn with_deferred(app: &App<Defers>, state: &State) -> State {
    let ctx = app.context();
    let after = ctx.run(ctx.on().install(), state).state;
    let _ = app.trace.take();
    after
}

/// Defers `install` for ever.
fn defers() -> App<Defers> {
    App::of_kind().on(|event, _| {
        Ok(match event {
            ops::Event::Install => Outcome::defer("not yet"),
            _ => Outcome::done(),
        })
    })
}

#[test]
fn an_ordinary_hook_is_handled_and_reconciled() {
    let app = app();
    let on = app.context().on();
    let site = Relation::new(Site, 3);
    let secret = Secret::granted(&secret_id(), &[("token", "a-token-that-is-long")]);
    let own = ops::names::SecretId::parse("secret:d0erdgfmp25c762i8np1").unwrap();
    let own = Secret::owned_by_unit(&own, "own", &[("token", "a-token-of-the-past")]);
    let own = own.revised(&[("token", "a-token-of-today")]);
    let state = State::default().relation(&site).secret(&secret).secret(&own).container(WEB);
    for (hook, name) in [
        (on.install(), "install"),
        (on.start(), "start"),
        (on.config_changed(), "config-changed"),
        (on.update_status(), "update-status"),
        (on.upgrade_charm(), "upgrade-charm"),
        (on.leader_elected(), "leader-elected"),
        (on.relation_created(&site), "site-relation-created"),
        (on.relation_joined(&site), "site-relation-joined"),
        (on.relation_changed(&site), "site-relation-changed"),
        (on.secret_changed(&secret), "secret-changed"),
        (on.secret_remove(&own, 1), "secret-remove"),
        (on.pebble_ready(WEB), "web-pebble-ready"),
        (on.pebble_check_failed(WEB, "up"), "web-pebble-check-failed"),
        (storage_attached(), "data-storage-attached"),
    ] {
        assert_eq!(app.called(hook, &state), handler_and(name, &ALL));
    }
}

fn storage_attached() -> Hook {
    Hook::StorageAttached { storage: "data/0".into(), location: "/data".into() }
}

#[test]
fn deferred_events_come_before_every_hook_but_a_restricted_one() {
    let app = defers();
    let state = with_deferred(&app, &State::default().relation(&Relation::new(Db, 1)));
    let on = app.context().on();
    let broken = Hook::RelationBroken { relation: ops::names::RelationId::new(1) };
    for hook in [on.start(), Hook::Other("from-the-future".into()), broken, on.stop()] {
        assert_eq!(app.called(hook, &state)[0], "on install");
    }
    assert_eq!(app.called(Hook::CollectMetrics, &state), ["on collect-metrics"]);
    assert_eq!(app.called(on.action("backup"), &state), ["action"]);
}

#[test]
fn a_hook_that_nobody_knows_is_reconciled_without_a_handler() {
    let app = app();
    let hooks = ["from-the-future", "gone-relation-changed", "gone-pebble-ready"];
    for hook in hooks {
        assert_eq!(app.called(Hook::Other(hook.into()), &State::default()), ALL, "{hook}");
    }
}

#[test]
fn a_broken_relation_is_finalized_first_and_not_seen_any_more() {
    let app = app()
        .observe(|model| {
            assert!(model.relations(DB)?.is_empty());
            assert!(model.remote(DB).present().is_none());
            Ok(Default::default())
        })
        .plan(|_, plan| {
            plan.unit_data(DB, || Ok(bag(&[("url", "http://web")])));
            Ok(())
        })
        .finalize(|teardown| {
            let TeardownCause::Relation(relation) = teardown.cause() else {
                return Err(Fault::bug("not a relation"));
            };
            assert_eq!((relation.endpoint.as_str(), relation.id.number()), ("db", 1));
            Ok(())
        });
    let db = Relation::new(Db, 1).remote_key("url", "pg://db");
    let state = State::default().relation(&db);
    let output = app.run(app.context().on().relation_broken(&db), &state);
    assert!(output.is_success(), "{:?}", output.logs);
    let expected = ["on db-relation-broken", "reconcile", "finalize", "observe", "plan", "status"];
    assert_eq!(app.trace.take(), expected);
    assert!(!output.commands().contains(&"relation-set"));
}

#[test]
fn a_relation_stays_when_another_unit_departs_and_is_finalized() {
    let app = app().observe(|model| {
        assert_eq!(model.relations(DB)?.len(), 1);
        assert!(model.remote(DB).present().is_some());
        Ok(Default::default())
    });
    let db = Relation::new(Db, 1).remote_key("url", "pg://db");
    let called =
        app.called(app.context().on().relation_departed(&db), &State::default().relation(&db));
    let then = ["reconcile", "finalize", "observe", "plan", "status"];
    assert_eq!(called, handler_and("db-relation-departed", &then));
}

#[test]
fn a_relation_that_this_unit_leaves_is_not_seen_any_more() {
    let app = app()
        .observe(|model| {
            assert!(model.relations(DB)?.is_empty());
            Ok(Default::default())
        })
        .on(|event, _| {
            let ops::Event::RelationDeparted { departing, .. } = event else {
                return Err(Fault::bug("another event"));
            };
            assert_eq!(departing.as_ref().map(UnitName::as_str), Some("web/0"));
            Ok(Outcome::done())
        });
    let db = Relation::new(Db, 1).remote_key("url", "pg://db");
    let hook = app.context().on().relation_departed_by_this_unit(&db);
    let called = app.called(hook, &State::default().relation(&db));
    let then = ["reconcile", "finalize", "observe", "plan", "status"];
    assert_eq!(called, handler_and("db-relation-departed", &then));
}

#[test]
fn a_unit_or_a_storage_that_goes_is_finalized_and_nothing_is_planned() {
    let app = app().plan(|_, plan| {
        plan.port(80);
        plan.container(WEB, |web| {
            web.service("web", service("info"));
            Ok(())
        });
        Ok(())
    });
    let on = app.context().on();
    let detaching = Hook::StorageDetaching { storage: "data/0".into(), location: "/data".into() };
    let state = State::default().container(WEB);
    for (hook, name) in
        [(on.stop(), "stop"), (on.remove(), "remove"), (detaching, "data-storage-detaching")]
    {
        let output = app.run(hook, &state);
        assert!(output.is_success(), "{:?}", output.logs);
        assert_eq!(
            app.trace.take(),
            handler_and(name, &["reconcile", "finalize", "observe", "status"])
        );
        assert!(output.state.ports.is_empty());
        assert!(output.pebble_effects(&WEB).is_empty());
    }
}

#[test]
fn finalize_is_told_the_cause() {
    let app = app();
    let trace = app.trace.clone();
    let app = app.finalize(move |teardown| {
        trace.note(format!("{:?}", teardown.cause()));
        Ok(())
    });
    let on = app.context().on();
    assert!(app.called(on.stop(), &State::default()).contains(&"Stop".to_owned()));
    assert!(app.called(on.remove(), &State::default()).contains(&"Remove".to_owned()));
    let detaching = Hook::StorageDetaching { storage: "data/7".into(), location: "/data".into() };
    let called = app.called(detaching, &State::default());
    assert!(called.iter().any(|line| line.contains("Storage(") && line.contains("index: Some(7)")));
}

#[test]
fn collect_metrics_runs_its_handler_and_no_command() {
    let app = app();
    let output = app.run(Hook::CollectMetrics, &State::default());
    assert_eq!(app.trace.take(), ["on collect-metrics"]);
    assert_eq!(crate::app::commands(&output), [""; 0]);
}

#[test]
fn an_action_that_only_answers_observes_nothing_and_sets_no_status() {
    let app = app();
    let output = app.run(app.context().on().action("backup"), &State::default());
    assert_eq!(app.trace.take(), ["action"]);
    assert_eq!(crate::app::commands(&output), ["action-get"]);
}

#[test]
fn an_action_that_wrote_or_asks_has_its_status_collected_without_a_plan() {
    let wrote = app().act(|_, cx| {
        cx.set_unit_data(DB, &bag(&[("url", "http://web")]))?;
        Ok(Default::default())
    });
    let asks = app().act(|_, cx| {
        cx.collect_status();
        Ok(Default::default())
    });
    let shows = app().act(|_, cx| {
        cx.show_status(&ops::Status::maintenance("backing up"))?;
        Ok(Default::default())
    });
    let state = State::default().relation(&Relation::new(Db, 1));
    for app in [wrote, asks, shows] {
        let output = app.run(app.context().on().action("backup"), &state);
        assert!(output.is_success());
        assert_eq!(app.trace.take(), ["action", "reconcile", "observe", "status"]);
        assert_eq!(output.state.unit_status, ops::Status::active());
    }
}

#[test]
fn an_action_that_asks_for_it_is_followed_by_a_reconcile() {
    let app = app()
        .act(|_, cx| {
            cx.collect_status();
            cx.reconcile();
            Ok(Default::default())
        })
        .plan(|_, plan| {
            plan.port(80);
            Ok(())
        });
    let output = app.run(app.context().on().action("backup"), &State::default());
    assert_eq!(output.state.ports.len(), 1);
    let rounds = ["observe", "plan", "observe", "plan", "status"];
    assert_eq!(app.trace.take()[2..], rounds);
}

#[test]
fn an_action_neither_reads_nor_writes_the_deferred_queue() {
    let app = defers();
    let state = with_deferred(&app, &State::default());
    assert!(state.stored.contains_key("ops.deferred"));
    let output = app.run(app.context().on().action("backup"), &state);
    assert!(!output.commands().iter().any(|command| command.starts_with("state-")));
    assert_eq!(output.state.stored, state.stored);
}

#[test]
fn of_a_peer_relation_this_application_is_the_other_side() {
    let app = app().observe(|model| {
        let relations = model.relations(crate::app::PEERS)?;
        let [peers] = relations.as_slice() else { return Err(Fault::bug("no peers")) };
        assert_eq!(peers.application()?.unwrap().as_str(), "web");
        assert_eq!(peers.own_application().present().unwrap().0["id"], Text::from("7"));
        Ok(Default::default())
    });
    let state = State::default().relation(&Relation::peer(Cluster, 0).local_key("id", "7"));
    assert!(app.run(app.context().on().start(), &state).is_success());
}
