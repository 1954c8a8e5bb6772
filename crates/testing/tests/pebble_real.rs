//! What only a real Pebble can show: time, processes, and a daemon that dies.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod pebble_doors;

use ops_pebble::{
    Combine, ErrorKind, Exec, ServiceStatus,
    layer::{Layer, Service},
};
use pebble_doors::real;
use std::{thread, time::Duration};

#[test]
fn a_command_that_takes_too_long_is_killed() {
    let Some(door) = real() else { return };
    let exec = Exec::new(["sleep", "1000"]).timeout(Duration::from_millis(300));
    let error = door.client.exec(&exec).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Change { err, .. } if err.contains("timed out after 300ms")),
        "{error:?}"
    );
}

#[test]
fn a_grandchild_that_keeps_the_output_open_ends_in_a_timeout() {
    let Some(door) = real() else { return };
    let exec = Exec::new(["sh", "-c", "sleep 4 & sleep 4"]).timeout(Duration::from_millis(300));
    assert!(door.client.exec(&exec).unwrap_err().is_timeout());
}

#[test]
fn a_daemon_that_dies_under_a_command_is_a_connection_error() {
    let Some(mut door) = real() else { return };
    let killer = door.killer();
    let waiting = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        killer();
    });
    let error = door.client.exec(&Exec::new(["sleep", "5"])).unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    waiting.join().unwrap();
    assert!(!door.client.can_connect().unwrap(), "a stale socket is no daemon");
}

#[test]
fn a_wait_goes_on_beyond_one_slice_and_ends_with_its_limit() {
    let Some(door) = real() else { return };
    let stubborn = Service::new("sh -c 'trap \"\" TERM; while true; do sleep 0.1; done'")
        .kill_delay(Duration::from_millis(4500));
    let layer = Layer::new().service("stubborn", stubborn);
    door.client.add_layer("a", &layer, Combine::Yes).unwrap();
    door.client.start(&["stubborn"]).unwrap();
    let impatient = door.client.clone().change_timeout(Duration::from_millis(200));
    assert!(impatient.stop(&["stubborn"]).unwrap_err().is_timeout());
    door.client.stop(&["stubborn"]).unwrap();
    assert_eq!(door.client.services(&[]).unwrap()[0].current, ServiceStatus::Inactive);
}
