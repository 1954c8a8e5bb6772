//! What a container gets beside its layer: files with their permissions and owners, and the restarts that a
//! changed file asks for.

use crate::app::{App, WEB, app, logged, service, session};
use ops::{
    FaultKind, Plan,
    names::ContainerName,
    pebble::{Account, Dial, Owner, Stream},
};
use ops_testing::{
    Output, State,
    emulator::{
        juju::Hook,
        pebble::{Daemon, Effect, Pebble},
    },
};
use std::{cell::Cell, io, rc::Rc};

const MAIN: &str = "/etc/web/main.conf";
const EXTRA: &str = "/etc/web/extra.conf";
const NOTES: &str = "/etc/web/notes";

/// A service that is restarted for two files, beside one that it does not read.
fn restarts(content: &'static str) -> App {
    app().plan(move |_, plan| {
        plan.container(WEB, |web| {
            web.service("web", service("info"));
            web.file(MAIN, content).file(EXTRA, content).file(NOTES, "notes");
            web.restart_on("web", MAIN).restart_on("web", EXTRA);
            Ok(())
        });
        Ok(())
    })
}

fn run(app: &App, state: &State) -> Output {
    let output = app.run(Hook::ConfigChanged, state);
    assert!(output.is_success(), "{:?}", output.logs);
    output
}

fn up(app: &App) -> State {
    run(app, &State::default().container(WEB)).state
}

fn meddle(state: &mut State, act: impl FnOnce(&mut Pebble)) {
    act(&mut state.containers.get_mut(&WEB).unwrap().pebble);
}

fn pushes(paths: &[&str]) -> Vec<Effect> {
    paths.iter().map(|path| Effect::Push { path: (*path).to_owned() }).collect()
}

#[test]
fn a_service_is_restarted_for_a_file_that_it_asked_to_be_restarted_for() {
    let output = run(&restarts("new"), &up(&restarts("old")));
    let web = || vec!["web".to_owned()];
    let mut expected = vec![Effect::Stop(web())];
    expected.extend(pushes(&[EXTRA, MAIN]));
    expected.push(Effect::Start(web()));
    assert_eq!(output.pebble_effects(&WEB), expected, "one restart for both files");
    assert!(output.state.containers[&WEB].pebble.is_running("web"));
}

#[test]
fn nothing_is_written_and_nothing_restarted_when_the_files_are_as_planned() {
    let output = run(&restarts("old"), &up(&restarts("old")));
    assert_eq!(output.pebble_effects(&WEB), []);
}

#[test]
fn a_file_that_nobody_asked_to_be_restarted_for_restarts_nothing() {
    let mut state = up(&restarts("old"));
    meddle(&mut state, |pebble| *pebble = std::mem::take(pebble).file(NOTES, "meddled"));
    let output = run(&restarts("old"), &state);
    assert_eq!(output.pebble_effects(&WEB), pushes(&[NOTES]));
}

#[test]
fn a_service_that_does_not_run_is_started_once_with_its_new_file() {
    let mut state = up(&restarts("old"));
    meddle(&mut state, |pebble| {
        pebble.crash("web", 1);
    });
    let output = run(&restarts("new"), &state);
    let effects = output.pebble_effects(&WEB);
    let starts = effects.iter().filter(|effect| matches!(effect, Effect::Start(_)));
    assert_eq!(starts.count(), 1);
    assert!(!output.pebble_effects(&WEB).iter().any(|effect| matches!(effect, Effect::Stop(_))));
}

#[test]
fn a_service_whose_file_cannot_be_written_runs_on() {
    let state = run(&restarts("old"), &with_users()).state;
    let stranger = owned(0o640, Owner::new("stranger"));
    let output = stranger.run(Hook::ConfigChanged, &state);
    let web = || vec!["web".to_owned()];
    assert_eq!(output.pebble_effects(&WEB), [Effect::Stop(web()), Effect::Start(web())]);
    assert!(output.state.containers[&WEB].pebble.is_running("web"));
    assert_ne!(output.state.unit_status, ops::Status::active());
}

#[test]
fn a_restart_that_names_what_is_not_planned_holds_the_container_as_a_bug() {
    let held = |service: &str, path: &str| {
        let mut plan = Plan::new();
        plan.container(WEB, |web| {
            web.service("web", crate::app::service("info"));
            web.idle_service("job", crate::app::service("info"));
            web.file(MAIN, "content").restart_on(service, path);
            Ok(())
        });
        plan.held().next().map(|(_, fault)| (fault.kind(), fault.message().to_owned()))
    };
    let bug = |text: &str| Some((FaultKind::Bug, format!("restart_on: {text}")));
    assert_eq!(held("web", MAIN), None);
    assert_eq!(
        held("web", "/etc/web/mian.conf"),
        bug("file /etc/web/mian.conf is not planned, for service web")
    );
    for service in ["wbe", "job"] {
        let text = format!("service {service} is not planned to run");
        assert_eq!(held(service, MAIN), bug(&text));
    }
}

/// Reaches the daemon so many times, and then no more: whatever the charm goes on to do, a dead one
/// would not have done, and no more of it arrives.
#[derive(Debug)]
struct Until {
    daemon: Daemon,
    left: Rc<Cell<usize>>,
}

impl Dial for Until {
    fn dial(&self) -> io::Result<Box<dyn Stream>> {
        let Some(left) = self.left.get().checked_sub(1) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        self.left.set(left);
        self.daemon.dial()
    }
}

impl ops::host::Containers for Until {
    fn container(&self, _: &ContainerName) -> Rc<dyn Dial> {
        Rc::new(Self { daemon: self.daemon.clone(), left: Rc::clone(&self.left) })
    }
}

/// A dispatch of which so many connections reach the container. Returns how many it did not need.
fn dispatch_until(app: &App, daemon: &Daemon, connections: usize) -> usize {
    let (juju, environment) = session(&Hook::ConfigChanged);
    let left = Rc::new(Cell::new(connections));
    let host = ops::Host {
        environment: Rc::new(environment),
        juju: Rc::new(juju),
        containers: Rc::new(Until { daemon: daemon.clone(), left: Rc::clone(&left) }),
        clock: Rc::new(ops::host::SystemClock::default()),
        randomness: Rc::new(ops::host::SystemRandomness),
        directory: "/nowhere".into(),
        messages: Rc::new(ops::host::StandardError),
        witness: None,
    };
    ops::dispatch(app, host);
    left.get()
}

#[test]
fn no_restart_is_lost_whenever_the_charm_goes_away() {
    let state = up(&restarts("old"));
    let before = &state.containers[&WEB].pebble;
    const PLENTY: usize = 1000;
    let whole = Daemon::new(before.clone());
    let steps = PLENTY - dispatch_until(&restarts("new"), &whole, PLENTY);
    assert!(steps > 6, "{steps}");
    for step in 0..=steps {
        let daemon = Daemon::new(before.clone());
        daemon.with(Pebble::clear_effects);
        dispatch_until(&restarts("new"), &daemon, step);
        dispatch_until(&restarts("new"), &daemon, PLENTY);
        let pebble = daemon.state();
        for path in [MAIN, EXTRA] {
            assert_eq!(pebble.file_at(path).unwrap().content, b"new", "after {step} steps");
        }
        assert!(pebble.is_running("web"), "after {step} steps");
        let last = |wanted: &dyn Fn(&Effect) -> bool| pebble.effects().iter().rposition(wanted);
        let pushed = last(&|effect| matches!(effect, Effect::Push { .. }));
        let started = last(&|effect| matches!(effect, Effect::Start(_)));
        assert!(pushed < started, "after {step} steps: {:?}", pebble.effects());
    }
}

fn owned(mode: u32, owner: Owner) -> App {
    app().plan(move |_, plan| {
        let owner = owner.clone();
        plan.container(WEB, |web| {
            web.service("web", service("info"));
            web.file_with_owner(MAIN, "content", mode, owner).restart_on("web", MAIN);
            Ok(())
        });
        Ok(())
    })
}

fn with_users() -> State {
    let mut state = State::default().container(WEB);
    meddle(&mut state, |pebble| {
        *pebble = std::mem::take(pebble).user("www", 33).user("other", 34);
    });
    state
}

#[test]
fn a_right_file_with_wrong_permissions_is_repaired_without_a_restart() {
    let www = || Owner::new("www");
    let state = run(&owned(0o640, www()), &with_users()).state;
    assert_eq!(run(&owned(0o640, www()), &state).pebble_effects(&WEB), []);
    let output = run(&owned(0o600, www()), &state);
    assert_eq!(output.pebble_effects(&WEB), pushes(&[MAIN]));
    let file = output.state.containers[&WEB].pebble.file_at(MAIN).unwrap();
    assert_eq!((file.mode, &*file.content), (0o600, &b"content"[..]));
    assert_eq!(logged(&output, "WARNING"), [""; 0]);
}

#[test]
fn a_right_file_of_a_wrong_owner_is_repaired_when_the_plan_names_one() {
    let state = run(&owned(0o640, Owner::new("www")), &with_users()).state;
    for owner in [Owner::new("other"), Owner::new(34), Owner::new("www").group("other")] {
        let output = run(&owned(0o640, owner.clone()), &state);
        assert_eq!(output.pebble_effects(&WEB), pushes(&[MAIN]), "{owner:?}");
        let again = run(&owned(0o640, owner), &output.state);
        assert_eq!(again.pebble_effects(&WEB), []);
    }
    for same in [Owner::new(Account::Id(33)), Owner::new("www").group("www")] {
        let output = run(&owned(0o640, same.clone()), &state);
        assert_eq!(output.pebble_effects(&WEB), [], "{same:?}");
    }
}
