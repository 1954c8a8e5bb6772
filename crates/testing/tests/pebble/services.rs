//! Services: starting, stopping, restarting, replanning.

use crate::support::*;

cases! {
    what_starts_by_itself_is_started;
    nothing_that_starts_by_itself_is_refused;
    a_signal_is_sent_to_a_service;
    a_signal_that_cannot_be_sent_is_refused;
    a_service_tells_since_when_it_runs;
    a_service_starts_restarts_and_stops;
    a_service_that_exits_quickly_is_a_change_error;
    a_service_that_exits_with_success_is_one_too;
    a_program_that_is_missing_is_a_change_error;
    what_requires_a_failed_service_is_held;
    an_unknown_service_is_refused;
    a_replan_restarts_what_changed;
    a_replan_starts_what_is_enabled;
}

fn a_service_starts_restarts_and_stops(door: &Door) -> Outcome {
    add(door, &Layer::new().service("web", Service::new("sleep 1000")));
    assert_eq!(status_of(door, "web"), ServiceStatus::Inactive);
    assert!(door.client.services(&["web", "nobody"]).unwrap().len() == 1);
    let change = door.client.start(&["web"]).unwrap();
    assert_eq!(change.summary, r#"Start service "web""#);
    assert_eq!((change.status, change.ready), (ChangeStatus::Done, true));
    assert!(door.client.services(&[]).unwrap()[0].is_running());
    let again = door.client.start(&["web"]).unwrap();
    assert!(again.tasks[0].log[0].ends_with(r#"INFO Service "web" already started."#));
    let change = door.client.restart(&["web"]).unwrap();
    let kinds: Vec<&str> = change.tasks.iter().map(|task| task.kind.as_str()).collect();
    assert_eq!(kinds, ["stop", "start"]);
    door.client.stop(&["web"]).unwrap();
    assert_eq!(status_of(door, "web"), ServiceStatus::Inactive);
    let again = door.client.stop(&["web"]).unwrap();
    assert!(again.tasks[0].log[0].ends_with(r#"INFO Service "web" already stopped."#));
    Ok(())
}

fn change_error(error: &Error) -> (&str, &[String]) {
    assert!(error.is_change());
    match error.kind() {
        ErrorKind::Change { err, logs, .. } => (err, logs),
        other => panic!("{other:?}"),
    }
}

fn a_service_that_exits_quickly_is_a_change_error(door: &Door) -> Outcome {
    let service = Service::new("sh -c 'echo out; exit 7'").on_failure(Action::Ignore);
    add(door, &Layer::new().service("quick", service));
    let error = door.client.start(&["quick"]).unwrap_err();
    let (err, logs) = change_error(&error);
    let old = door.differs(&differences::QUICK_EXIT);
    let text = match old {
        true => "cannot start service: exited quickly with code 7",
        false => "service start attempt: exited quickly with code 7, will ignore",
    };
    assert_eq!(
        err,
        format!("cannot perform the following tasks:\n- Start service \"quick\" ({text})")
    );
    assert!(logs[0].contains("INFO Most recent service output:\n    out"), "{logs:?}");
    assert_eq!(error.to_string(), "start of quick failed");
    assert_eq!(Fault::from(error).kind(), FaultKind::Blocked);
    let left = if old { ServiceStatus::Inactive } else { ServiceStatus::Error };
    assert_eq!(status_of(door, "quick"), left);
    Ok(())
}

fn a_service_that_exits_with_success_is_one_too(door: &Door) -> Outcome {
    let service =
        Service::new("true").backoff(Duration::from_secs(100), 1.0, Duration::from_secs(100));
    add(door, &Layer::new().service("done", service));
    let error = door.client.start(&["done"]).unwrap_err();
    assert!(change_error(&error).0.contains("exited quickly with code 0"));
    let old = door.differs(&differences::QUICK_EXIT);
    let left = if old { ServiceStatus::Inactive } else { ServiceStatus::Backoff };
    assert_eq!(status_of(door, "done"), left);
    Ok(())
}

fn a_program_that_is_missing_is_a_change_error(door: &Door) -> Outcome {
    add(door, &Layer::new().service("missing", Service::new("/no/such program")));
    let error = door.client.start(&["missing"]).unwrap_err();
    assert!(
        change_error(&error)
            .0
            .contains("cannot start service: fork/exec /no/such: no such file or directory")
    );
    Ok(())
}

fn what_requires_a_failed_service_is_held(door: &Door) -> Outcome {
    let layer = Layer::new()
        .service("quick", Service::new("sh -c 'echo out; exit 7'").on_failure(Action::Ignore))
        .service("web", Service::new("sleep 1000").requires("quick").after("quick"))
        .service("other", Service::new("sleep 1000"));
    add(door, &layer);
    let error = door.client.start(&["web", "other"]).unwrap_err();
    let ErrorKind::Change { id, .. } = error.kind() else { panic!("{error:?}") };
    let change = door.client.change(id).unwrap();
    assert_eq!(change.summary, r#"Start service "web" and 2 more"#);
    let status = |service: &str| {
        let summary = format!("Start service {service:?}");
        change.tasks.iter().find(|task| task.summary == summary).unwrap().status.clone()
    };
    assert_eq!(status("quick"), ChangeStatus::Error);
    assert_eq!(status("web"), ChangeStatus::Hold);
    assert_eq!(status("other"), ChangeStatus::Done);
    assert_eq!(status_of(door, "web"), ServiceStatus::Inactive);
    assert_eq!(status_of(door, "other"), ServiceStatus::Active);
    Ok(())
}

fn an_unknown_service_is_refused(door: &Door) -> Outcome {
    let error = door.client.start(&["nobody"]).unwrap_err();
    assert_eq!(api_message(&error), r#"cannot start services: service "nobody" does not exist"#);
    assert!(error.is_status(400));
    let error = door.client.start(&[]).unwrap_err();
    let message = match door.differs(&differences::NO_SERVICES_WORDING) {
        true => "no services to start provided",
        false => "must specify services for start action",
    };
    assert_eq!(api_message(&error), message);
    Ok(())
}

fn a_replan_restarts_what_changed(door: &Door) -> Outcome {
    let change = door.client.replan().unwrap();
    assert_eq!((change.summary.as_str(), change.tasks.len()), ("Replan - no services", 0));
    let layer = |value: &str| {
        Layer::new()
            .service("web", Service::new("sleep 1000").env("A", value))
            .service("same", Service::new("sleep 1000"))
    };
    add(door, &layer("1"));
    assert_eq!(door.client.replan().unwrap().summary, "Replan - no services");
    door.client.start(&["web", "same"]).unwrap();
    assert_eq!(door.client.replan().unwrap().summary, "Replan - no services");
    add(door, &layer("2"));
    let change = door.client.replan().unwrap();
    assert_eq!(change.summary, r#"Replan service "web""#);
    let tasks: Vec<&str> = change.tasks.iter().map(|task| task.summary.as_str()).collect();
    assert_eq!(tasks, [r#"Stop service "web""#, r#"Start service "web""#]);
    door.client.stop(&["web"]).unwrap();
    add(door, &layer("3"));
    door.client.replan().unwrap();
    assert_eq!(status_of(door, "web"), ServiceStatus::Active, "a changed one comes back");
    Ok(())
}

fn a_replan_starts_what_is_enabled(door: &Door) -> Outcome {
    let layer = Layer::new()
        .service("web", Service::new("sleep 1000").startup(Startup::Enabled).requires("db"))
        .service("db", Service::new("sleep 1000"))
        .service("off", Service::new("sleep 1000"));
    add(door, &layer);
    door.client.replan().unwrap();
    let running = |service: &str| status_of(door, service) == ServiceStatus::Active;
    assert!(running("web") && running("db") && !running("off"));
    door.client.stop(&["db"]).unwrap();
    assert!(!running("web"), "what requires a stopped service stops");
    door.client.replan().unwrap();
    assert!(running("web") && running("db"));
    Ok(())
}

fn what_starts_by_itself_is_started(door: &Door) -> Outcome {
    let layer = Layer::new()
        .service("on", Service::new("sleep 1000").startup(Startup::Enabled))
        .service("off", Service::new("sleep 1000"));
    add(door, &layer);
    assert_eq!(door.client.autostart()?.kind, "autostart");
    assert_eq!(status_of(door, "on"), ServiceStatus::Active);
    assert_eq!(status_of(door, "off"), ServiceStatus::Inactive);
    Ok(())
}

fn nothing_that_starts_by_itself_is_refused(door: &Door) -> Outcome {
    let error = door.client.autostart().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Api { status: 400, kind, .. }
        if kind == "no-default-services"));
    Ok(())
}

fn a_signal_is_sent_to_a_service(door: &Door) -> Outcome {
    add(door, &Layer::new().service("web", Service::new("sleep 1000")));
    door.client.start(&["web"])?;
    door.client.send_signal(&Signal::Continue, &["web"])
}

fn a_signal_that_cannot_be_sent_is_refused(door: &Door) -> Outcome {
    add(door, &Layer::new().service("web", Service::new("sleep 1000")));
    let error = door.client.send_signal(&Signal::Hangup, &["web"]).unwrap_err();
    assert!(error.is_status(500));
    assert_eq!(api_message(&error), r#"cannot send signal to "web": service is not running"#);
    let error = door.client.send_signal(&Signal::Hangup, &[]).unwrap_err();
    assert_eq!(api_message(&error), "must specify one or more services");
    Ok(())
}

fn a_service_tells_since_when_it_runs(door: &Door) -> Outcome {
    add(door, &Layer::new().service("web", Service::new("sleep 1000")));
    assert_eq!(door.client.services(&["web"])?[0].current_since, None);
    door.client.start(&["web"])?;
    assert!(door.client.services(&["web"])?[0].current_since.is_some());
    Ok(())
}
