//! A Pebble that fails once, at any of its connections: the scope is tried again within the dispatch.

use crate::app::{App, WEB, app, service, session};
use ops::{
    Host,
    host::{Clock, Containers, Messages, SystemRandomness},
    names::ContainerName,
    pebble::{Dial, Stream},
};
use ops_testing::emulator::{juju::Hook, pebble::Daemon};
use std::{
    cell::Cell,
    io::{self, Read, Write},
    ops::Range,
    rc::Rc,
    time::{Duration, SystemTime},
};

/// Cuts these connections, before they did what they were asked.
#[derive(Debug, Clone)]
struct Flaky {
    daemon: Daemon,
    dials: Rc<Cell<usize>>,
    cut: Range<usize>,
    clock: Rc<Slept>,
    takes: Duration,
}

impl Dial for Flaky {
    fn dial(&self) -> io::Result<Box<dyn Stream>> {
        let number = self.dials.get();
        self.dials.set(number + 1);
        if self.cut.contains(&number) {
            self.clock.sleep(self.takes);
            return Ok(Box::new(Cut));
        }
        self.daemon.dial()
    }
}

/// Takes everything and answers nothing.
#[derive(Debug)]
struct Cut;

impl Read for Cut {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

impl Write for Cut {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Cut {}

impl Containers for Flaky {
    fn container(&self, _: &ContainerName) -> Rc<dyn Dial> {
        Rc::new(self.clone())
    }
}

#[derive(Debug, Default)]
struct Slept(Cell<Duration>);

impl Clock for Slept {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.0.get()
    }

    fn elapsed(&self) -> Duration {
        self.0.get()
    }

    fn sleep(&self, time: Duration) {
        self.0.set(self.0.get() + time);
    }
}

#[derive(Debug)]
struct Silent;

impl Messages for Silent {
    fn line(&self, _: &str) {}
}

/// Runs the charm once. Returns the status, the connections, and the time slept.
fn run(app: &App, daemon: &Daemon, cut: Range<usize>) -> (String, usize, Duration) {
    run_slow(app, daemon, cut, Duration::ZERO)
}

/// The same, when a connection that is cut takes this long.
fn run_slow(
    app: &App,
    daemon: &Daemon,
    cut: Range<usize>,
    takes: Duration,
) -> (String, usize, Duration) {
    let (juju, environment) = session(&Hook::ConfigChanged);
    let juju = Rc::new(juju);
    let clock = Rc::new(Slept::default());
    let (daemon, dials) = (daemon.clone(), Rc::default());
    let flaky = Flaky { daemon, dials, cut, clock: Rc::clone(&clock), takes };
    let host = Host {
        environment: Rc::new(environment),
        juju: Rc::clone(&juju) as Rc<dyn ops::hook_command::Transport>,
        containers: Rc::new(flaky.clone()),
        clock: Rc::clone(&clock) as Rc<dyn Clock>,
        randomness: Rc::new(SystemRandomness),
        directory: "/nonexistent".into(),
        messages: Rc::new(Silent),
        witness: None,
    };
    assert_eq!(ops::dispatch(app, host), 0);
    let status = juju.with_model(|model| model.units.values().next().unwrap().status.clone());
    (status.status.message, flaky.dials.get(), clock.0.get())
}

fn runs(level: &'static str) -> App {
    app().plan(move |_, plan| {
        plan.container(WEB, |web| {
            web.service("web", service(level)).file("/etc/level", level);
            Ok(())
        });
        Ok(())
    })
}

const NEVER: Range<usize> = 0..0;

#[test]
fn a_connection_that_is_cut_anywhere_does_not_keep_the_container_from_its_plan() {
    for before in [None, Some("info")] {
        let daemon = || {
            let daemon = Daemon::default();
            if let Some(level) = before {
                assert_eq!(run(&runs(level), &daemon, NEVER).0, "");
            }
            daemon
        };
        let (_, connections, slept) = run(&runs("debug"), &daemon(), NEVER);
        assert!(connections >= 5 && slept.is_zero(), "{connections} {slept:?}");
        for cut in 0..connections {
            let daemon = daemon();
            let (status, ..) = run(&runs("debug"), &daemon, cut..cut + 1);
            assert_eq!(status, "", "cut {cut}");
            let pebble = daemon.state();
            assert!(pebble.is_running("web"), "cut {cut}");
            let started = &pebble.services()["web"].config.environment["LEVEL"];
            assert_eq!(started.expose(), "debug", "cut {cut}");
            assert_eq!(pebble.file_at("/etc/level").unwrap().content, b"debug");
        }
    }
}

#[test]
fn a_container_that_is_cut_off_for_long_is_waited_for_by_the_unit_and_not_by_the_dispatch() {
    let (status, connections, slept) = run(&runs("info"), &Daemon::default(), 0..usize::MAX);
    assert!(!status.is_empty());
    assert_eq!((connections, slept), (4, Duration::from_millis(500)));
}

#[test]
fn what_takes_long_to_fail_is_not_tried_again() {
    let takes = Duration::from_secs(5);
    let (status, connections, slept) =
        run_slow(&runs("info"), &Daemon::default(), 0..usize::MAX, takes);
    assert!(!status.is_empty());
    assert_eq!((connections, slept), (1, takes));
}

#[test]
fn a_settled_container_is_asked_for_its_file_and_its_mode_its_plan_and_its_services() {
    let daemon = Daemon::default();
    let _ = run(&runs("info"), &daemon, NEVER);
    let (_, connections, _) = run(&runs("info"), &daemon, NEVER);
    assert_eq!(connections, 4);
}
