//! The daemon itself: version, boot id, health.

use crate::support::*;

cases! {
    a_daemon_without_checks_is_healthy;
    checks_that_have_not_failed_are_healthy;
    metrics_count_services_and_checks since Metrics;
    the_daemon_tells_its_version;
}

fn the_daemon_tells_its_version(door: &Door) -> Outcome {
    assert!(door.client.can_connect().unwrap());
    let info = door.client.system_info().unwrap();
    assert!(!info.version.is_empty() && !info.boot_id.is_empty());
    Ok(())
}

fn a_daemon_without_checks_is_healthy(door: &Door) -> Outcome {
    assert!(door.client.is_healthy(None, &[])?);
    assert!(door.client.is_healthy(Some(&Level::Ready), &["nobody"])?);
    let error = door.client.is_healthy(Some(&Level::Other("deep".into())), &[]).unwrap_err();
    assert_eq!(api_message(&error), r#"level must be "alive" or "ready""#);
    Ok(())
}

fn checks_that_have_not_failed_are_healthy(door: &Door) -> Outcome {
    let check = Check::tcp(1).level(Level::Alive).period(Duration::from_secs(1000));
    add(door, &Layer::new().check("alive", check));
    assert!(door.client.is_healthy(Some(&Level::Ready), &["alive"])?);
    Ok(())
}

fn metrics_count_services_and_checks(door: &Door) -> Outcome {
    add(door, &Layer::new().service("web", Service::new("sleep 1000")));
    door.client.start(&["web"])?;
    let metrics = door.client.metrics()?;
    assert!(metrics.contains(r#"pebble_service_active{service="web"} 1"#), "{metrics}");
    Ok(())
}
