//! What takes time in an emulated Pebble: starts that are slow, and logs that are followed while lines come.

use ops_pebble::{
    ChangeStatus, Client, Combine, LogQuery, ServiceStatus,
    layer::{Layer, Service},
};
use ops_testing::emulator::pebble::{Behaviour, Daemon, Pebble};
use std::{
    ops::ControlFlow,
    rc::Rc,
    thread,
    time::{Duration, Instant, SystemTime},
};

const MINUTE: Duration = Duration::from_secs(60);

/// `web` requires `db`, which starts slowly.
fn slow(takes: Duration) -> (Daemon, Client) {
    let daemon = Daemon::new(Pebble::new().behaviour("db", Behaviour::StartsAfter(takes)));
    let client = Client::new(Rc::new(daemon.clone()));
    let layer = Layer::new()
        .service("db", Service::new("db").before("web"))
        .service("web", Service::new("web").requires("db").after("db"));
    client.add_layer("test", &layer, Combine::Yes).unwrap();
    (daemon, client)
}

fn statuses(client: &Client, change: &str) -> Vec<ChangeStatus> {
    let change = client.change(change).unwrap();
    [change.status].into_iter().chain(change.tasks.into_iter().map(|task| task.status)).collect()
}

#[test]
fn a_slow_start_takes_the_time_of_the_daemon_and_not_ours() {
    let (daemon, client) = slow(Duration::from_secs(20));
    let (before, began) = (daemon.state().time(), Instant::now());
    client.start(&["web"]).unwrap();
    assert!(daemon.state().is_running("web"));
    let passed = SystemTime::from(daemon.state().time()).duration_since(before.into()).unwrap();
    assert_eq!(passed.as_secs(), 20);
    assert!(began.elapsed() < Duration::from_secs(15));
}

#[test]
fn a_slow_start_is_doing_and_what_follows_it_waits() {
    let (daemon, client) = slow(MINUTE);
    let change = client.begin(ops_pebble::ServiceAction::Start, &["web"]).unwrap();
    let doing = [ChangeStatus::Doing, ChangeStatus::Doing, ChangeStatus::Do];
    assert_eq!(statuses(&client, &change), doing);
    assert!(client.change(&change).unwrap().tasks.iter().all(|task| task.ready_time.is_none()));
    assert_eq!(client.services(&["db"]).unwrap()[0].current, ServiceStatus::Active);
    assert_eq!(client.services(&["web"]).unwrap()[0].current, ServiceStatus::Inactive);
    daemon.with(|pebble| pebble.advance_clock(MINUTE / 2));
    assert_eq!(statuses(&client, &change), doing);
    daemon.with(|pebble| pebble.advance_clock(MINUTE / 2));
    assert_eq!(statuses(&client, &change), [const { ChangeStatus::Done }; 3]);
}

#[test]
fn a_start_that_is_slower_than_the_client_waits_is_a_timeout_and_goes_on() {
    let (daemon, client) = slow(MINUTE);
    assert!(client.start(&["web"]).unwrap_err().is_timeout());
    assert!(!daemon.state().is_running("web"));
    let again = client.clone().change_timeout(MINUTE);
    let change = client.changes(ops_pebble::SelectChanges::InProgress, None).unwrap().remove(0);
    assert_eq!(again.wait_change(&change.id, MINUTE).unwrap().status, ChangeStatus::Done);
    assert!(daemon.state().is_running("web"));
}

#[test]
fn a_slow_start_that_is_given_up_or_stopped_holds_what_follows() {
    for aborts in [true, false] {
        let (daemon, client) = slow(MINUTE);
        let change = client.begin(ops_pebble::ServiceAction::Start, &["web"]).unwrap();
        match aborts {
            true => drop(client.abort_change(&change).unwrap()),
            false => drop(client.stop(&["db"]).unwrap()),
        }
        let held = [ChangeStatus::Error, ChangeStatus::Error, ChangeStatus::Hold];
        assert_eq!(statuses(&client, &change), held);
        daemon.with(|pebble| pebble.advance_clock(MINUTE));
        assert_eq!(statuses(&client, &change), held);
        assert_eq!(client.services(&["db"]).unwrap()[0].current, ServiceStatus::Inactive);
    }
}

#[test]
fn a_slow_start_that_was_kept_goes_on() {
    let (daemon, client) = slow(MINUTE);
    client.begin(ops_pebble::ServiceAction::Start, &["web"]).unwrap();
    daemon.with(Pebble::clear_effects);
    let text = serde_json::to_string(&daemon.state().keep()).unwrap();
    let mut restored = Pebble::restore(serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(restored, daemon.state());
    restored.advance_clock(MINUTE);
    assert!(restored.is_running("web"));
}

#[test]
fn a_slow_start_behind_a_socket_takes_time_outside() {
    let (daemon, _) = slow(Duration::from_millis(50));
    let directory = tempfile::tempdir().unwrap();
    let server = daemon.serve(&directory.path().join("s")).unwrap();
    Client::unix(server.path()).start(&["web"]).unwrap();
    assert!(daemon.state().is_running("web"));
}

/// Follows until so many lines came, or the time is over.
fn followed(client: &Client, count: usize, limit: Duration) -> Vec<String> {
    let mut lines = Vec::new();
    let query = LogQuery::new().service("web").last(1);
    let each = |line: ops_pebble::LogEntry| {
        lines.push(line.message);
        if lines.len() == count { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    client.follow_logs(&query, limit, each).unwrap();
    lines
}

#[test]
fn lines_that_come_later_are_followed_within_the_process() {
    let (daemon, client) = slow(MINUTE);
    daemon.with(|pebble| {
        pebble.print("web", "old");
        pebble.print("web", "last");
        pebble.print_after(Duration::from_secs(5), "db", "unwanted");
        pebble.print_after(Duration::from_secs(10), "web", "soon");
        pebble.print_after(Duration::from_secs(20), "web", "later");
    });
    assert_eq!(followed(&client, 3, MINUTE), ["last", "soon", "later"]);
    assert_eq!(followed(&client, 2, Duration::from_secs(1)), ["later"], "nothing more comes");
}

#[test]
fn lines_that_come_later_are_followed_behind_a_socket() {
    let (daemon, _) = slow(MINUTE);
    daemon.with(|pebble| pebble.print("web", "first"));
    let directory = tempfile::tempdir().unwrap();
    let server = daemon.serve(&directory.path().join("s")).unwrap();
    let path = server.path().to_owned();
    let (tell, told) = std::sync::mpsc::channel();
    let following = thread::spawn(move || {
        let mut lines = Vec::new();
        let query = LogQuery::new().service("web").last(1);
        let followed = Client::unix(path).follow_logs(&query, MINUTE, |line| {
            lines.push(line.message);
            tell.send(lines.len()).unwrap();
            if lines.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        followed.map(|()| lines)
    });
    // Each line is printed when the one before has come.
    for line in ["second", "third"] {
        told.recv_timeout(MINUTE).unwrap();
        daemon.with(|pebble| pebble.print("web", line));
    }
    assert_eq!(following.join().unwrap().unwrap(), ["first", "second", "third"]);
}
