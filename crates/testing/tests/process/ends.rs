//! How a charm may end, and that nothing of it is left.

use super::World;
use ops_testing::{
    emulator::juju::{Script, Trouble},
    engine::How,
    process::Binary,
};
use std::{
    fs, thread,
    time::{Duration, Instant},
};

/// Whether a process of this number is there and is not a zombie that init has yet to reap.
fn lives(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}

/// Killing is done at once; dying takes a moment.
fn dies(pid: &str) {
    let begun = Instant::now();
    while lives(pid) {
        assert!(begun.elapsed() < Duration::from_secs(30), "{pid} still lives");
        thread::sleep(Duration::from_millis(5));
    }
}

fn is_reaped(pid: &str) -> bool {
    !fs::exists(format!("/proc/{pid}")).unwrap()
}

#[test]
fn exit_codes_and_signals_are_reported_as_they_are() {
    for (script, how) in [
        ("exit 0", How::Exit(0)),
        ("exit 1", How::Exit(1)),
        ("exit 255", How::Exit(255)),
        ("kill -TERM $$", How::Signal(15)),
        ("kill -KILL $$", How::Signal(9)),
    ] {
        assert_eq!(World::new(script).run().ended.how, how, "{script}");
    }
}

#[test]
fn writes_of_a_failed_charm_are_dropped_and_immediate_ones_stay() {
    let mut world = World::new("state-set a=b; status-set blocked why; exit 1");
    world.run();
    let unit = world.model.unit(&world.unit).unwrap();
    assert!(unit.state.is_empty());
    assert_eq!(unit.status.status.message, "why");
}

#[test]
fn a_charm_that_does_not_end_is_killed_at_the_deadline_and_reaped() {
    let mut world = World::new("echo $$; while :; do sleep 1000; done");
    world.deadline = Duration::from_millis(300);
    let ended = world.run().ended;
    assert_eq!(ended.how, How::Deadline);
    assert!(is_reaped(ended.stdout.trim()));
}

#[test]
fn a_hook_command_that_hangs_is_ended_by_the_deadline() {
    let mut world = World::new("echo before; is-leader; echo after");
    world.script = Script::default().always("is-leader", Trouble::Hangs);
    world.deadline = Duration::from_millis(300);
    let ended = world.run().ended;
    assert_eq!((ended.how, &*ended.stdout), (How::Deadline, "before\n"));
}

#[test]
fn a_grandchild_that_holds_the_pipes_ends_with_the_charm() {
    let mut world = World::new("sleep 1000 & echo $!; exit 3");
    let ended = world.run().ended;
    assert_eq!(ended.how, How::Exit(3));
    dies(ended.stdout.trim());

    let mut world = World::new("sleep 1000 & echo $!; wait");
    world.deadline = Duration::from_millis(300);
    let ended = world.run().ended;
    assert_eq!(ended.how, How::Deadline);
    dies(ended.stdout.trim());
}

#[test]
fn a_daemon_that_holds_the_pipes_does_not_hold_up_the_dispatch() {
    let mut world = World::new("setsid sleep 1000 & echo $!; exit 0");
    let run = world.run();
    let pid = run.stdout().trim().to_owned();
    // It may have been killed before it made its session.
    let _ = std::process::Command::new("kill").args(["-9", &pid]).status();
    dies(&pid);
}

#[test]
fn a_flood_of_output_is_bounded() {
    let mut world =
        World::new("head -c 20000000 /dev/zero; yes >&2 & sleep 0.2; is-leader >/dev/null");
    let run = world.run();
    assert_eq!(run.stdout().len(), 1 << 20);
    assert!(run.ended.stderr.len() <= 1 << 20);
    assert_eq!(run.calls(), ["is-leader"]);
}

#[test]
fn a_charm_that_cannot_be_started_says_why() {
    let mut world = World::new("");
    world.binary = Binary::new("/nowhere/charm");
    let How::CannotStart(why) = world.run().ended.how else { panic!() };
    assert!(why.contains("No such file"), "{why}");

    let mut world = World::new("");
    world.binary = Binary::new("/etc/passwd");
    let How::CannotStart(why) = world.run().ended.how else { panic!() };
    assert!(why.contains("ermission denied"), "{why}");
}

#[test]
fn nothing_is_left_after_many_dispatches() {
    let count = || fs::read_dir("/proc/self/fd").unwrap().count();
    let children = || {
        fs::read_to_string(format!("/proc/self/task/{}/children", std::process::id()))
            .unwrap_or_default()
            .split_whitespace()
            .count()
    };
    // Other tests run beside this one, so what matters is that there is no growth with the number.
    let mut world = World::new("is-leader >/dev/null");
    world.run();
    let before = count();
    for _ in 0..40 {
        world.run();
    }
    let begun = Instant::now();
    while count() > before + 20 || children() > 20 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{} descriptors", count());
        thread::sleep(Duration::from_millis(5));
    }
}
