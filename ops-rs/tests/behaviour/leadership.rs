//! Leadership: data for those who look, asked anew by those who write.

use crate::app::{App, DB, Db, FaultKind, Seen, WEB, app, bag, commands};
use ops::{
    Leadership, Outcome, Report, Status,
    hook_command::{Invocation, Reply, Transport, TransportError},
    names::ContainerName,
    pebble::{Dial, UnixSocket},
};
use ops_testing::{
    Container, Relation, State,
    emulator::juju::{Hook, Script, Trouble},
};
use std::{
    cell::RefCell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

fn announces() -> App {
    app().plan(|_, plan| {
        plan.application_data(DB, || Ok(bag(&[("url", "http://web")])));
        plan.secret("token", |secret| {
            secret.random_hex("value", 16);
            Ok(())
        });
        Ok(())
    })
}

fn related() -> State {
    State::default().relation(&Relation::new(Db, 1))
}

#[test]
fn a_follower_skips_what_is_the_leaders_to_write_without_fault() {
    let announces = announces().collect(|_, report: &Report, statuses| {
        let skipped: Vec<_> =
            report.skipped().map(|(scope, why)| format!("{scope}: {why}")).collect();
        assert_eq!(report.faults().count(), 0);
        statuses.unit(Status::active_with(skipped.join(", ")));
        statuses.application(Status::active());
    });
    let output = announces.run(Hook::ConfigChanged, &related());
    assert!(output.is_success());
    let not = "this unit is not the leader";
    assert_eq!(
        output.state.unit_status.message,
        format!("secret/token: {not}, application-data/db: {not}")
    );
    assert_eq!(commands(&output), ["is-leader", "status-get", "status-set"]);
    assert!(output.state.secrets.is_empty());
}

#[test]
fn the_leader_writes_it() {
    let output = announces().run(Hook::ConfigChanged, &related().leader());
    let relation = output.state.relation_of(&Relation::new(Db, 1)).unwrap();
    assert_eq!(relation.local_application["url"], "http://web");
    assert_eq!(output.state.secrets.len(), 1);
}

#[test]
fn leadership_that_is_lost_after_the_look_is_no_fault_and_left_to_the_next_leader() {
    let refused = Trouble::Fails { code: 1, stderr: "ERROR cannot write relation settings".into() };
    let ctx = announces().context().script(Script::default().always("relation-set", refused));
    let output = ctx.run(ctx.on().config_changed(), &related().leader());
    assert!(output.is_success());
    assert_eq!(output.state.unit_status, Status::active());
    assert!(crate::app::logged(&output, "INFO")[0].contains("no longer the leader"));
}

#[test]
fn a_secret_that_only_the_next_leader_may_make_is_left_to_it_without_fault() {
    let announces = announces().collect(|_, report: &Report, statuses| {
        assert_eq!(report.faults().count(), 0);
        for (scope, why) in report.skipped() {
            statuses.unit(Status::active_with(format!("{scope}: {why}")));
        }
    });
    let refused = Trouble::Fails { code: 1, stderr: "ERROR this unit is not the leader".into() };
    let ctx = announces.context().script(Script::default().always("secret-add", refused));
    let output = ctx.run(ctx.on().config_changed(), &related().leader());
    assert!(output.is_success());
    let skipped = "secret/token: this unit is no longer the leader";
    assert_eq!(output.state.unit_status, Status::active_with(skipped));
    let relation = output.state.relation_of(&Relation::new(Db, 1)).unwrap();
    assert_eq!(relation.local_application["url"], "http://web", "other scopes go on");
}

#[test]
fn a_handler_of_a_follower_is_told_that_nothing_was_written() {
    let app = app().on(|_, live| {
        assert!(!live.set_application_data(DB, &bag(&[("url", "http://web")]))?);
        Ok(Outcome::done())
    });
    let output = app.run(Hook::ConfigChanged, &related());
    assert!(output.is_success());
    let relation = output.state.relation_of(&Relation::new(Db, 1)).unwrap();
    assert!(relation.local_application.is_empty());
}

/// A clock that somebody else sets.
#[derive(Debug, Default)]
struct Set(Arc<AtomicU64>);

impl ops::host::Clock for Set {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }

    fn sleep(&self, _: Duration) {}
}

/// Leads when first asked, and then no more.
#[derive(Debug, Default)]
struct Loses(RefCell<Vec<String>>);

impl Transport for Loses {
    fn invoke(&self, call: &Invocation) -> Result<Reply, TransportError> {
        let mut calls = self.0.borrow_mut();
        calls.push(call.program.clone().into_owned());
        Ok(Reply::ok(match &*call.program {
            "is-leader" if calls.iter().filter(|call| *call == "is-leader").count() == 1 => "true",
            "is-leader" => "false",
            "relation-ids" => r#"["db:1"]"#,
            "relation-get" => "{}",
            "status-get" => r#"{"status":"active","message":""}"#,
            _ => "",
        }))
    }
}

#[derive(Debug)]
struct Nothing;

impl ops::host::Containers for Nothing {
    fn container(&self, _: &ContainerName) -> Rc<dyn Dial> {
        Rc::new(UnixSocket::new("/nowhere"))
    }
}

/// Looks, lets time pass, and writes. Returns the commands.
fn written_after(seconds: u64) -> Vec<String> {
    let time = Arc::new(AtomicU64::new(0));
    let later = Arc::clone(&time);
    let app = announces_data().observe(move |model| {
        assert!(model.leadership()?.is_leader() || later.load(Ordering::Relaxed) > 0);
        later.store(seconds, Ordering::Relaxed);
        Ok(Seen::new())
    });
    let variables = [
        ("JUJU_UNIT_NAME", "web/0"),
        ("JUJU_MODEL_NAME", "testing"),
        ("JUJU_MODEL_UUID", "1f7e6c3c-6b2c-4a3b-8f6d-0a4a3d8b9c11"),
        ("JUJU_VERSION", "3.6.14"),
        ("JUJU_CHARM_DIR", "/nowhere"),
        ("JUJU_DISPATCH_PATH", "hooks/config-changed"),
    ];
    let juju = Rc::new(Loses::default());
    let environment: ops::host::Environment = variables.iter().copied().collect();
    let host = ops::Host {
        environment: Rc::new(environment),
        juju: Rc::clone(&juju) as Rc<dyn Transport>,
        containers: Rc::new(Nothing),
        clock: Rc::new(Set(time)),
        randomness: Rc::new(ops::host::SystemRandomness),
        directory: "/nowhere".into(),
        messages: Rc::new(ops::host::StandardError),
        witness: None,
    };
    assert_eq!(ops::dispatch(&app, host), 0);
    juju.0.take()
}

fn announces_data() -> App {
    app().plan(|_, plan| {
        plan.application_data(DB, || Ok(bag(&[("url", "http://web")])));
        Ok(())
    })
}

#[test]
fn the_right_to_write_is_asked_for_again_when_the_answer_is_older_than_20_s() {
    let asked = |calls: &[String]| calls.iter().filter(|call| *call == "is-leader").count();
    let soon = written_after(20);
    assert_eq!(asked(&soon), 1);
    assert!(soon.contains(&"relation-set".to_owned()));
    let late = written_after(21);
    assert_eq!(asked(&late), 2);
    assert!(!late.contains(&"relation-set".to_owned()), "{late:?}");
}

#[test]
fn the_guard_of_leadership_waits_on_other_units_and_names_what_for() {
    assert!(Leadership::Leader.require("the migration").is_ok());
    let fault = Leadership::Follower.require("the migration").unwrap_err();
    assert_eq!(
        (fault.kind(), fault.message()),
        (FaultKind::Waiting, "the migration is for the leader")
    );
}

#[test]
fn the_guard_of_a_container_waits_while_nobody_answers_and_asks_once() {
    let app = app().observe(|model| {
        let web = model.container(&WEB);
        web.require()?;
        web.require()?;
        Ok(Seen::new())
    });
    let up = app.run(Hook::ConfigChanged, &State::default().container(WEB));
    assert_eq!(up.state.unit_status, Status::active());
    let down = State::default().with_container(WEB, Container::unreachable());
    let output = app.run(Hook::ConfigChanged, &down);
    assert!(output.is_success());
    assert_eq!(output.state.unit_status, Status::waiting("container web is not reachable"));
}
