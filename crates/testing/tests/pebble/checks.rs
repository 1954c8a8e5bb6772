//! Checks: their state, starting and stopping them.

use crate::support::*;

cases! {
    checks_start_with_their_layer;
}

fn checks_start_with_their_layer(door: &Door) -> Outcome {
    let layer = Layer::new()
        .check("ready", Check::tcp(1).level(Level::Ready).period(Duration::from_secs(1000)))
        .check("alive", Check::tcp(1).level(Level::Alive).period(Duration::from_secs(1000)));
    add(door, &layer);
    let checks = door.client.checks(&[]).unwrap();
    let names: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, ["alive", "ready"]);
    assert!(checks[0].is_up());
    assert!(checks[1].is_up());
    assert_eq!(checks[1].level.as_deref(), Some("ready"));
    assert_eq!(checks[1].threshold, 3);
    assert!(door.client.checks(&["nobody"]).unwrap().is_empty());
    Ok(())
}
