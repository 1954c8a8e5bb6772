//! Checks: their state, starting and stopping them.

use crate::support::*;

cases! {
    checks_are_listed_by_level;
    a_check_is_stopped_and_started since StartChecks;
    starting_what_runs_changes_nothing since StartChecks;
    an_unknown_check_is_not_started since StartChecks;
    a_check_is_run_at_once since RefreshChecks;
    an_unknown_check_is_not_run since RefreshChecks;
    a_check_that_fails_names_the_changes_of_its_runs since RefreshChecks;
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

fn two_checks(door: &Door) {
    let check = |level| Check::exec("true").level(level).period(Duration::from_secs(1000));
    let layer = Layer::new().check("a", check(Level::Alive)).check("b", check(Level::Ready));
    add(door, &layer);
}

fn checks_are_listed_by_level(door: &Door) -> Outcome {
    two_checks(door);
    let ready = door.client.checks_of_level(&Level::Ready)?;
    assert_eq!(ready.len(), 1, "a filter, and not what health makes of it");
    assert_eq!(ready[0].name, "b");
    assert!(door.client.checks_of_level(&Level::Other("deep".into())).unwrap_err().is_status(400));
    Ok(())
}

fn a_check_is_stopped_and_started(door: &Door) -> Outcome {
    two_checks(door);
    assert_eq!(door.client.stop_checks(&["b", "a"])?, ["a", "b"]);
    let stopped = door.client.checks(&["a"])?.remove(0);
    assert_eq!((stopped.status().to_string().as_str(), stopped.change_id), ("inactive", None));
    assert_eq!(door.client.start_checks(&["a"])?, ["a"]);
    assert!(door.client.checks(&["a"])?[0].is_up());
    Ok(())
}

fn starting_what_runs_changes_nothing(door: &Door) -> Outcome {
    two_checks(door);
    assert!(door.client.start_checks(&["a"])?.is_empty());
    Ok(())
}

fn an_unknown_check_is_not_started(door: &Door) -> Outcome {
    two_checks(door);
    door.client.start_checks(&["a"])?;
    let error = door.client.start_checks(&["zz", "aa"]).unwrap_err();
    assert_eq!(api_message(&error), "cannot start checks: cannot find checks in plan: aa, zz");
    let error = door.client.start_checks(&[]).unwrap_err();
    assert_eq!(api_message(&error), "must specify checks for start action");
    Ok(())
}

fn a_check_is_run_at_once(door: &Door) -> Outcome {
    two_checks(door);
    let run = door.client.refresh_check("a")?;
    assert_eq!((run.info.name.as_str(), run.error), ("a", None));
    Ok(())
}

fn an_unknown_check_is_not_run(door: &Door) -> Outcome {
    two_checks(door);
    door.client.refresh_check("a")?;
    let error = door.client.refresh_check("zz").unwrap_err();
    assert_eq!(api_message(&error), r#"cannot find check with name "zz""#);
    Ok(())
}

fn a_check_that_fails_names_the_changes_of_its_runs(door: &Door) -> Outcome {
    let period = Duration::from_millis(50);
    let check = Check::tcp(1).period(period).threshold(1);
    add(door, &Layer::new().check("down", check));
    assert!(door.client.refresh_check("down")?.error.is_some());
    let began = std::time::Instant::now();
    let check = loop {
        let check = door.client.checks(&["down"])?.remove(0);
        if check.prev_change_id.is_some() {
            break check;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "it never fails");
        std::thread::sleep(period);
    };
    let kind = |id: Option<String>| door.client.change(&id.unwrap()).map(|change| change.kind);
    assert_eq!(kind(check.change_id)?, "recover-check");
    assert_eq!(kind(check.prev_change_id)?, "perform-check");
    Ok(())
}
