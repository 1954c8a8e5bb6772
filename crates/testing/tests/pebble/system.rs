//! The daemon itself: version, boot id, health.

use crate::support::*;

cases! {
    the_daemon_tells_its_version;
}

fn the_daemon_tells_its_version(door: &Door) -> Outcome {
    assert!(door.client.can_connect().unwrap());
    let info = door.client.system_info().unwrap();
    assert!(!info.version.is_empty() && !info.boot_id.is_empty());
    Ok(())
}
