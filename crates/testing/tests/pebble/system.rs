//! The daemon itself: version, boot id, health.

use crate::support::*;

cases! {
    a_daemon_without_checks_is_healthy;
    checks_that_have_not_failed_are_healthy;
    a_check_that_is_down_is_unhealthy;
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

fn a_check_that_is_down_is_unhealthy(door: &Door) -> Outcome {
    let period = Duration::from_millis(50);
    let check = Check::tcp(1).level(Level::Alive).period(period).timeout(period / 2).threshold(1);
    add(door, &Layer::new().check("down", check));
    let began = std::time::Instant::now();
    while door.client.is_healthy(None, &[])? {
        assert!(began.elapsed() < Duration::from_secs(20), "it never fails");
        std::thread::sleep(period);
    }
    assert!(!door.client.is_healthy(Some(&Level::Ready), &["down"])?, "ready asks for alive too");
    assert!(door.client.is_healthy(None, &["another"])?);
    let check = door.client.checks(&["down"])?.remove(0);
    assert_eq!((check.status(), check.threshold), (ops_pebble::CheckStatus::Down, 1));
    Ok(())
}

fn metrics_count_services_and_checks(door: &Door) -> Outcome {
    add(door, &Layer::new().service("web", Service::new("sleep 1000")));
    door.client.start(&["web"])?;
    let metrics = door.client.metrics()?;
    assert!(metrics.contains(r#"pebble_service_active{service="web"} 1"#), "{metrics}");
    Ok(())
}
