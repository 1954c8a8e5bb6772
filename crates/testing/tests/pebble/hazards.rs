//! What only a real Pebble can show: time, processes, and a daemon that dies.

use crate::support::*;
use std::thread;

cases! {
    real:
    a_command_that_takes_too_long_is_killed;
    a_grandchild_that_keeps_the_output_open_ends_in_a_timeout;
    a_daemon_that_dies_under_a_command_is_a_connection_error;
    a_wait_goes_on_beyond_one_slice_and_ends_with_its_limit;
}

fn a_command_that_takes_too_long_is_killed(door: &Door) -> Outcome {
    let exec = Exec::new(["sleep", "1000"]).timeout(Duration::from_millis(300));
    let error = door.client.exec(&exec).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Change { err, .. } if err.contains("timed out after 300ms")),
        "{error:?}"
    );
    Ok(())
}

fn a_grandchild_that_keeps_the_output_open_ends_in_a_timeout(door: &Door) -> Outcome {
    let exec = Exec::new(["sh", "-c", "sleep 4 & sleep 4"]).timeout(Duration::from_millis(300));
    assert!(door.client.exec(&exec).unwrap_err().is_timeout());
    Ok(())
}

fn a_daemon_that_dies_under_a_command_is_a_connection_error(door: &Door) -> Outcome {
    let killer = door.killer();
    let waiting = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        killer();
    });
    let error = door.client.exec(&Exec::new(["sleep", "5"])).unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    waiting.join().unwrap();
    assert!(!door.client.can_connect().unwrap(), "a stale socket is no daemon");
    Ok(())
}

fn a_wait_goes_on_beyond_one_slice_and_ends_with_its_limit(door: &Door) -> Outcome {
    let stubborn = Service::new("sh -c 'trap \"\" TERM; while true; do sleep 0.1; done'")
        .kill_delay(Duration::from_millis(4500));
    let layer = Layer::new().service("stubborn", stubborn);
    door.client.add_layer("a", &layer, Combine::Yes).unwrap();
    door.client.start(&["stubborn"]).unwrap();
    let impatient = door.client.clone().change_timeout(Duration::from_millis(200));
    assert!(impatient.stop(&["stubborn"]).unwrap_err().is_timeout());
    door.client.stop(&["stubborn"]).unwrap();
    assert_eq!(door.client.services(&[]).unwrap()[0].current, ServiceStatus::Inactive);
    Ok(())
}
