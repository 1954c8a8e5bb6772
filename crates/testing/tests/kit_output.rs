//! What a run did, in order; and of a hook that failed: why, what Juju dropped, and what stayed.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod kit_common;

use kit_common::*;
use ops::{
    Charm, Event, Fault, Live, Outcome, Reconciling, Settled,
    metadata::{Metadata, NoActions, NoOptions},
};
use ops_core::names::UnitName;
use ops_pebble::{
    Combine, Exec,
    layer::{Layer, Service},
};
use ops_testing::{
    Context, Deferred, Output, Reason, Relation, Secret, State, assert_state_eq,
    consistency::Rule,
    emulator::{
        juju::{Effect, Hook, Refusal, Script, Status, StatusName},
        pebble::{ExecHandler, Pebble},
    },
    engine::How,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn database() -> Relation {
    Relation::new(Database, 4).with("postgres")
}

fn world() -> State {
    let pebble = Pebble::new().exec_handler(ExecHandler::new(["web", "version"]).stdout("1.2\n"));
    State::default().leader().relation(&database()).with_container(WEB, pebble.into())
}

/// Hook commands and calls of Pebble, one after the other by turns, and then this exit code.
fn by_turns(code: u8) -> Context {
    acts(move |tools| {
        let pebble = tools.pebble();
        let layer = Layer::new().service("web", Service::new("web"));
        tools.run("status-set maintenance starting");
        pebble.add_layer("web", &layer, Combine::Yes).unwrap();
        tools.run("relation-set -r database:4 --app url=http://web");
        pebble.start(&["web"]).unwrap();
        tools.run("secret-add --label=token key=value");
        let version = pebble.exec(&Exec::new(["web", "version"])).unwrap();
        tools.run(&format!("application-version-set {}", version.stdout_text().trim()));
        tools.run("status-set --application active");
        tools.run("state-set step=1");
        tools.run("status-set active");
        code
    })
}

fn lines(effects: &[ops_testing::Effect]) -> Vec<String> {
    effects.iter().map(ToString::to_string).collect()
}

const ALL: [&str; 10] = [
    "unit status maintenance: starting",
    "web: add layer web",
    "relation 4 application databag +url",
    "web: start web",
    "SECRET added",
    "web: exec web",
    "workload version 1.2",
    "application status active",
    "state step set",
    "unit status active",
];

fn without_id(lines: Vec<String>) -> Vec<String> {
    let is_id = |line: &str| line.starts_with("secret:");
    let plain = |line: String| match line.split_once(' ') {
        Some((_, what)) if is_id(&line) => format!("SECRET {what}"),
        _ => line,
    };
    lines.into_iter().map(plain).collect()
}

#[test]
fn hook_commands_and_calls_of_pebble_stand_in_one_list_in_the_order_in_which_they_happened() {
    let ctx = by_turns(0);
    let output = ctx.run(ctx.on().config_changed(), &world());
    assert_eq!(without_id(lines(&output.effects)), ALL);
    assert_eq!(output.juju_effects().count(), 7);
    assert_eq!(output.pebble_effects(&WEB).len(), 3);
    assert_eq!(output.execs(&WEB)[0].command, ["web", "version"]);
    let names = |all: &[Status]| all.iter().map(|it| it.name).collect::<Vec<_>>();
    let (maintenance, active) = (StatusName::Maintenance, StatusName::Active);
    assert_eq!(names(&output.unit_statuses), [maintenance, active]);
    assert_eq!(names(&output.application_statuses()), [active]);
    assert_eq!(output.workload_versions(), ["1.2"]);
    assert_eq!(output.failure, None);
}

#[test]
fn a_hook_that_failed_keeps_what_juju_does_at_once_and_what_pebble_did() {
    let ctx = by_turns(3);
    let output = ctx.attempt(ctx.on().config_changed(), &world());
    let failure = output.failure.unwrap();
    assert_eq!(failure.reason, Reason::Ended { how: How::Exit(3), complaint: None });
    assert_eq!(without_id(lines(&failure.dropped)), [ALL[2], ALL[4], ALL[8]]);
    let stayed: Vec<&str> = [0, 1, 3, 5, 6, 7, 9].map(|at| ALL[at]).into();
    assert_eq!(lines(&failure.stayed), stayed);
    assert_eq!(output.state.relation_of(&database()), Some(&database()));
    assert!(output.state.containers[&WEB].pebble.is_running("web"));
    assert!(output.state.secrets.is_empty() && output.state.stored.is_empty());
}

#[test]
fn a_refused_flush_drops_all_that_waited_for_it_but_secrets_that_were_applied_before() {
    let refused = |refusal| {
        let ctx = by_turns(0).refuse_flush(refusal);
        ctx.attempt(ctx.on().config_changed(), &world())
    };
    let before = refused(Refusal::Before("no space".to_owned()));
    let failure = before.failure.unwrap();
    assert_eq!(failure.reason.to_string(), "Juju refused what the charm wrote: no space");
    assert_eq!(without_id(lines(&failure.dropped)), [ALL[2], ALL[4], ALL[8]]);
    let after = refused(Refusal::AfterSecrets("no space".to_owned()));
    assert_eq!(lines(&after.failure.unwrap().dropped), [ALL[2], ALL[8]]);
    assert_eq!(after.state.secrets.len(), 1);
}

#[test]
fn a_charm_that_is_killed_is_told_from_one_that_exits() {
    let ctx = by_turns(0).script(Script::default().kill_after(2));
    // The program stands for one that dies with its first lost reply.
    let died = catch_unwind(AssertUnwindSafe(|| ctx.attempt(ctx.on().start(), &world())));
    assert!(died.is_err(), "its next hook command gets no reply");
    let ctx = acts(|tools| {
        tools.run("open-port 80");
        let _ = tools.call("juju-reboot --now");
        let _ = tools.call("open-port 81");
        0
    });
    let output = ctx.attempt(ctx.on().start(), &State::default());
    let failure = output.failure.unwrap();
    assert!(matches!(failure.reason, Reason::Ended { how: How::Signal(9), .. }));
    assert_eq!(lines(&failure.dropped), ["port 80/tcp opened"]);
    assert_eq!(lines(&failure.stayed), ["reboot now"]);
}

#[test]
fn a_reboot_that_was_asked_for_happens_after_a_hook_that_succeeds() {
    let ask = |code| {
        let ctx = acts(move |tools| {
            tools.run("juju-reboot");
            code
        });
        ctx.attempt(ctx.on().start(), &State::default())
    };
    assert_eq!(ask(0).juju_effects().collect::<Vec<_>>(), [&Effect::Reboot { now: false }]);
    assert_eq!(lines(&ask(1).failure.unwrap().dropped), ["reboot after the hook"]);
}

#[test]
fn a_hook_that_fails_fails_its_test_with_the_reason_and_what_was_lost() {
    let ctx = by_turns(3);
    let panic = catch_unwind(AssertUnwindSafe(|| ctx.run(ctx.on().start(), &world())));
    let text = *panic.unwrap_err().downcast::<String>().unwrap();
    for part in ["the hook failed (Start)", "exit code 3", "dropped: 3", ALL[2], "attempt"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn removed_revisions_come_with_their_secret() {
    let secret = Secret::owned(&id('0'), "a", &[("key", "one")]).revised(&[("key", "two")]);
    let other = Secret::owned(&id('1'), "b", &[("key", "one")]);
    let ctx = acts(|tools| {
        tools.run("secret-remove secret:d0erdgfmp25c762i8np0 --revision=1");
        tools.run("secret-remove secret:d0erdgfmp25c762i8np1");
        0
    });
    let state = State::default().leader().secret(&secret).secret(&other);
    let output = ctx.run(ctx.on().secret_remove(&secret, 1), &state);
    assert_eq!(output.removed_secret_revisions(), [(id('0'), Some(1)), (id('1'), None)]);
    assert_eq!(output.state.secret_of(&secret).unwrap().latest_revision(), 2);
    assert_eq!(output.state.secret_of(&other), None);
}

#[test]
fn an_action_gives_results_messages_and_its_failure() {
    let ctx = acts(|tools| {
        tools.run("action-log on_it");
        let keep = tools.run("action-get keep");
        let place = tools.run("action-get where");
        tools.run(&format!("action-set size.total={keep} place={place}"));
        tools.run("action-fail disk_full");
        0
    });
    #[derive(serde::Serialize)]
    struct Backup {
        r#where: &'static str,
    }
    let hook = ctx.on().action_with("backup", &Backup { r#where: "here" });
    assert_eq!(hook, ctx.on().action("backup").param("where", "here"));
    let action = ctx.run(hook, &State::default()).action.unwrap();
    let results = serde_json::Value::Object(action.results);
    assert_eq!(results, serde_json::json!({"size": {"total": "7"}, "place": "here"}));
    assert_eq!(action.messages, ["on it"]);
    assert_eq!(action.failed.as_deref(), Some("disk full"));
}

#[test]
fn two_runs_are_equal_to_the_byte_and_so_are_those_of_other_threads() {
    fn once() -> String {
        let ctx = by_turns(0);
        let Output { state, effects, calls, logs, .. } =
            ctx.run(ctx.on().config_changed(), &world());
        let again = idle();
        let next = again.run(again.on().update_status(), &state).state;
        format!(
            "{} {effects:?} {calls:?} {logs:?} {}",
            state.to_json().unwrap(),
            next.to_json().unwrap()
        )
    }
    let first = once();
    let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(once)).collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), first);
    }
    let ctx = by_turns(0);
    let one = ctx.run(ctx.on().config_changed(), &world()).state;
    assert_state_eq!(ctx.run(ctx.on().config_changed(), &world()).state, one);
    let other = by_turns(0).seed(7);
    let seeded = other.run(other.on().config_changed(), &world()).state;
    assert!(seeded.secrets.keys().ne(one.secrets.keys()), "another seed gives other ids");
}

struct Meta;

impl Metadata for Meta {
    type Config = NoOptions;
    type Action = NoActions;
    const NAME: &'static str = "web";
    const CONTAINERS: &'static [&'static str] = &["web"];
}

/// Defers every event but `start`, and panics in `stop`.
struct Waits;

impl Charm for Waits {
    type Meta = Meta;
    const DEFERS: bool = true;

    fn on(&self, event: &Event, _: &mut Live<'_>) -> Result<Outcome<Self>, Fault> {
        match event {
            Event::Start => Ok(Outcome::done()),
            Event::Stop => panic!("there is no way to stop"),
            _ => Ok(Outcome::defer("not yet")),
        }
    }

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|_, _| Ok(()))
    }
}

#[test]
fn a_charm_that_panics_fails_with_its_message_and_place() {
    let ctx = Context::new(|| Waits);
    let failure = ctx.attempt(ctx.on().stop(), &State::default()).failure.unwrap();
    let Reason::Panicked(message) = &failure.reason else { panic!("{failure}") };
    assert!(message.contains("there is no way to stop") && message.contains("kit_output.rs"));
}

#[test]
fn deferred_events_are_read_and_given_as_types() {
    let ctx = Context::new(|| Waits);
    let (hook, state) = (ctx.on().pebble_ready(WEB), State::default().container(WEB));
    let event = ctx.event(&hook, &state).unwrap();
    assert_eq!(event, Event::PebbleReady { container: WEB });
    let expected = Deferred::new(event, "not yet");
    let ready = ctx.run(hook, &state);
    assert_eq!(ready.deferred().unwrap(), std::slice::from_ref(&expected));
    let mut given = state.clone().with_deferred([expected.clone()]);
    given.unit_status = ready.state.unit_status.clone();
    assert_state_eq!(given, ready.state.clone());
    let again = ctx.run(ctx.on().start(), &given);
    assert_eq!(again.deferred().unwrap(), [expected.tries(2)]);
    let joined = ctx.on().relation_joined(&database());
    let event = ctx.event(&joined, &State::default().relation(&database())).unwrap();
    assert_eq!(event.relation().unwrap().unit, Some(UnitName::from_static("postgres/0")));
    assert_eq!(again.state.with_deferred([]).stored, state.stored);
}

#[test]
fn an_action_is_no_event_to_defer_and_a_foreign_queue_is_named() {
    let ctx = idle();
    let error = ctx.event(&ctx.on().action("backup"), &State::default()).unwrap_err();
    assert!(error.to_string().contains("backup"), "{error}");
    let mut state = State::default();
    state.stored.insert("ops.deferred".to_owned(), "[]".to_owned());
    let error = state.deferred().unwrap_err().to_string();
    assert!(error.contains("ops.deferred"), "{error}");
}

/// An event, the hook it runs as, and variables that it has.
type Told<'a> = (Hook, &'a str, &'a [(&'a str, &'a str)]);

#[test]
fn every_event_is_named_as_juju_names_it_and_says_what_it_is_about() {
    let ctx = idle();
    let (on, database, secret) =
        (ctx.on(), database().remote_unit(3), Secret::granted(&id('0'), &[]));
    let labelled = secret.clone().tracked_as(1, "mine");
    let unit = |number: u32| UnitName::new(format!("postgres/{number}")).unwrap();
    let state = State::default()
        .relation(&database)
        .relation(&Relation::peer(Cluster, 5))
        .secret(&labelled)
        .container(WEB);
    let departed = on.relation_departed_by(&database, 0);
    assert_eq!(
        departed,
        Hook::RelationDeparted { relation: database.id, unit: unit(0), departing: unit(0) }
    );
    let told: &[Told<'_>] = &[
        (on.install(), "install", &[]),
        (on.leader_settings_changed(), "leader-settings-changed", &[]),
        (on.pre_series_upgrade(), "pre-series-upgrade", &[]),
        (on.post_series_upgrade(), "post-series-upgrade", &[]),
        (on.collect_metrics(), "collect-metrics", &[]),
        (on.other("thunder"), "thunder", &[]),
        (on.relation_created(&database), "database-relation-created", &[("JUJU_REMOTE_UNIT", "")]),
        (
            on.relation_joined_by(&database, 3),
            "database-relation-joined",
            &[("JUJU_REMOTE_UNIT", "postgres/3")],
        ),
        (on.relation_changed(&database), "database-relation-changed", &[("JUJU_REMOTE_UNIT", "")]),
        (
            on.relation_changed_by(&database, 0),
            "database-relation-changed",
            &[("JUJU_REMOTE_UNIT", "postgres/0")],
        ),
        (departed, "database-relation-departed", &[("JUJU_DEPARTING_UNIT", "postgres/0")]),
        (
            on.relation_departed_by_this_unit(&database),
            "database-relation-departed",
            &[("JUJU_DEPARTING_UNIT", "web/0"), ("JUJU_REMOTE_UNIT", "postgres/0")],
        ),
        (
            on.relation_broken(&database),
            "database-relation-broken",
            &[("JUJU_REMOTE_APP", "postgres")],
        ),
        (
            on.relation_created(&Relation::peer(Cluster, 5)),
            "cluster-relation-created",
            &[("JUJU_RELATION_ID", "cluster:5")],
        ),
        (on.secret_changed(&labelled), "secret-changed", &[("JUJU_SECRET_LABEL", "mine")]),
        (on.secret_rotate(&secret), "secret-rotate", &[]),
        (on.secret_expired(&secret, 2), "secret-expired", &[("JUJU_SECRET_REVISION", "2")]),
        (on.pebble_ready(WEB), "web-pebble-ready", &[("JUJU_WORKLOAD_NAME", "web")]),
        (
            on.pebble_check_failed(WEB, "up"),
            "web-pebble-check-failed",
            &[("JUJU_PEBBLE_CHECK_NAME", "up")],
        ),
        (
            on.pebble_custom_notice(WEB, "a.b/c"),
            "web-pebble-custom-notice",
            &[("JUJU_NOTICE_KEY", "a.b/c")],
        ),
    ];
    for (hook, name, variables) in told {
        let (name, variables) =
            (*name, variables.iter().map(|(n, v)| (n.to_string(), v.to_string())));
        let variables: Vec<(String, String)> = variables.collect();
        let ctx = acts(move |tools| {
            let path = tools.variable("JUJU_DISPATCH_PATH");
            assert_eq!(path.as_deref(), Some(&*format!("hooks/{name}")));
            for (variable, value) in &variables {
                assert_eq!(
                    tools.variable(variable).as_deref(),
                    Some(&**value),
                    "{name} {variable}"
                );
            }
            0
        });
        // What the events are about is made up: their names are in question.
        let ctx = Rule::ALL.iter().fold(ctx, |ctx, rule| ctx.allow(*rule));
        assert!(ctx.run(hook.clone(), &state).is_success(), "{name}");
    }
}

#[test]
fn a_notice_of_the_container_is_named_by_its_own_id() {
    let mut pebble = Pebble::new();
    pebble.notify("example.com/first", [("n", "1")]);
    pebble.notify("example.com/second", [("n", "1")]);
    let notice = pebble.notices().iter().find(|it| it.key.ends_with("second")).unwrap().clone();
    let ctx = idle();
    let hook = ctx.on().pebble_notice(WEB, &notice);
    let key = "example.com/second".to_owned();
    assert_eq!(hook, Hook::PebbleCustomNotice { container: WEB, id: notice.id.to_string(), key });
}
