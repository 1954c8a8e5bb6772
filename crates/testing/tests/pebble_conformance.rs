//! What the client asks and what a Pebble answers, the same for the emulated and for a real one.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod pebble_doors;

use ops_core::{Fault, FaultKind, Secret};
use ops_pebble::{
    ChangeStatus, CheckStatus, Combine, Error, ErrorKind, Exec, PushOptions, ServiceStatus,
    layer::{Action, Check, Layer, Level, LogTarget, Override, Service, Startup},
};
use pebble_doors::{Door, TALK};
use std::time::Duration;

macro_rules! cases {
    ($($case:ident),* $(,)?) => {
        cases!(@door in_process $($case)*);
        cases!(@door socket $($case)*);
        cases!(@door real $($case)*);
    };
    (@door $door:ident $($case:ident)*) => {
        mod $door {
            $(
                #[test]
                fn $case() {
                    if let Some(door) = super::pebble_doors::$door() {
                        super::$case(&door);
                    }
                }
            )*
        }
    };
}

cases! {
    the_daemon_tells_its_version,
    a_layer_comes_back_as_the_plan,
    hostile_values_come_back_as_they_were,
    adding_a_layer_twice_is_refused_or_combined,
    bad_layers_are_refused_in_the_same_words,
    a_service_starts_restarts_and_stops,
    a_service_that_exits_quickly_is_a_change_error,
    a_service_that_exits_with_success_is_one_too,
    a_program_that_is_missing_is_a_change_error,
    what_requires_a_failed_service_is_held,
    an_unknown_service_is_refused,
    a_replan_restarts_what_changed,
    a_replan_starts_what_is_enabled,
    checks_start_with_their_layer,
    files_are_pushed_and_pulled,
    files_that_cannot_be_had_are_path_errors,
    a_command_gives_its_output_and_exit_code,
    a_command_reads_its_input_to_the_end,
    a_command_with_much_output_and_input_does_not_hang,
    a_command_takes_its_environment,
    a_command_that_is_killed_gives_the_signal,
    commands_that_cannot_start_are_refused,
    an_unknown_change_is_not_found,
}

fn add(door: &Door, layer: &Layer) {
    door.client.add_layer("test", layer, Combine::Yes).unwrap();
}

fn api_message(error: &Error) -> &str {
    match error.kind() {
        ErrorKind::Api { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

fn status_of(door: &Door, service: &str) -> ServiceStatus {
    door.client.services(&[service]).unwrap().remove(0).current
}

fn the_daemon_tells_its_version(door: &Door) {
    assert!(door.client.can_connect().unwrap());
    let info = door.client.system_info().unwrap();
    assert!(!info.version.is_empty() && !info.boot_id.is_empty());
}

fn full_service() -> Service {
    Service::new("sleep 1000")
        .summary("s")
        .description("d")
        .startup(Startup::Disabled)
        .after("b")
        .before("z")
        .user_id(0)
        .working_dir("/")
        .on_success(Action::Ignore)
        .on_failure(Action::SuccessShutdown)
        .on_check_failure("tcp", Action::Restart)
        .backoff(Duration::from_millis(1500), 2.5, Duration::from_secs(60))
        .kill_delay(Duration::from_secs(3600))
        .env("A", "1")
        .env("TOKEN", Secret::new("hunter2".to_owned(), "secret:1/token@1"))
}

fn a_layer_comes_back_as_the_plan(door: &Door) {
    assert_eq!(door.client.plan().unwrap(), ops_pebble::layer::Plan::default());
    let layer = Layer::new()
        .summary("layer")
        .service("web", full_service())
        .service("plain", Service::new("sleep 1"))
        .check("tcp", Check::tcp(1).level(Level::Alive).startup(Startup::Disabled))
        .check("http", Check::http("http://localhost:1/").period(Duration::from_secs(90)))
        .check("exec", Check::exec("true").timeout(Duration::from_secs(3600)).threshold(7))
        .log_target("loki", LogTarget::new("loki", "http://x").service("all").label("a", "$A"));
    add(door, &layer);
    let plan = door.client.plan().unwrap();
    let difference = plan.difference(&layer);
    assert!(difference.is_empty(), "{difference:#?}");
    assert_eq!(plan.services["web"].user_id, Some(0));
    assert_eq!(plan.checks["http"].threshold, Some(3));
    assert!(!format!("{plan:?}").contains("hunter2"));

    let over = Layer::new()
        .service("web", Service::new("").override_(Override::Merge).env("B", "2").summary("t"));
    door.client.add_layer("over", &over, Combine::No).unwrap();
    let plan = door.client.plan().unwrap();
    assert!(plan.difference(&over).is_empty());
    let web = &plan.services["web"];
    assert_eq!((web.summary.as_str(), web.environment.len()), ("t", 3));
}

fn hostile_values_come_back_as_they_were(door: &Door) {
    let values = [
        "",
        " ",
        "  lead",
        "trail ",
        "a\nb",
        "a\nb\n",
        "a\nb\n\n",
        "\na",
        "\n",
        " \na",
        "a \nb",
        "it's",
        "say \"x\"",
        "a: b",
        "a #b",
        "# a",
        "- a",
        "? a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "[a]",
        "{a}",
        "a,b",
        "yes",
        "no",
        "on",
        "y",
        "true",
        "null",
        "~",
        "1",
        "1.0",
        "0x1f",
        "010",
        "1_000",
        "1:20",
        "2020-01-01",
        ".inf",
        "<<",
        "=",
        "a\tb",
        "\ta",
        "a\n\tb",
        "a\rb",
        "a\r\nb",
        "a\u{1}b",
        "\u{0}",
        "\u{7f}",
        "a\u{85}b",
        "a\u{2028}b",
        "a\u{2029}",
        "\u{feff}a",
        "\u{ffff}",
        "\u{e000}",
        "\u{a0}",
        "héllo ☃ 😀",
        "😀\n😀",
        "---\na",
        "...",
        "a\\b\\",
        "{\"a\":\"b\\n\"}",
        "a: b\n# c\n- d",
    ];
    let long = "word ".repeat(2000);
    let mut service = Service::new("sleep 1000").env("long", long.as_str());
    for (index, value) in values.iter().enumerate() {
        service = service.env(format!("V{index}"), *value);
    }
    let layer = Layer::new().service("web", service);
    add(door, &layer);
    let plan = door.client.plan().unwrap();
    let difference = plan.difference(&layer);
    assert!(difference.is_empty(), "{difference:#?}");
    let lost = values.iter().enumerate().filter(|(index, value)| {
        plan.services["web"].environment[&format!("V{index}")].expose() != **value
    });
    let lost: Vec<&str> = lost.map(|(_, value)| *value).collect();
    assert_eq!(lost, ["\na", "\n"], "Pebble itself prints these without their first line break");
}

fn adding_a_layer_twice_is_refused_or_combined(door: &Door) {
    let layer = Layer::new().service("web", Service::new("sleep 1"));
    door.client.add_layer("base", &layer, Combine::No).unwrap();
    let error = door.client.add_layer("base", &layer, Combine::No).unwrap_err();
    assert_eq!(api_message(&error), r#"layer "base" already exists"#);
    assert_eq!(Fault::from(error).kind(), FaultKind::Bug);
    let layer = Layer::new().service("web", Service::new("sleep 2"));
    door.client.add_layer("base", &layer, Combine::Yes).unwrap();
    assert_eq!(door.client.plan().unwrap().services["web"].command, "sleep 2");
}

fn bad_layers_are_refused_in_the_same_words(door: &Door) {
    let without_override = {
        let mut service = Service::new("x");
        service.override_ = None;
        service
    };
    for (layer, message) in [
        (
            Layer::new().service("q", without_override),
            r#"layer "x" must define "override" for service "q""#,
        ),
        (
            Layer::new().service("q", Service::new("")),
            r#"plan must define "command" for service "q""#,
        ),
        (
            Layer::new().service("q", Service::new("x").requires("no")),
            r#"service "no" does not exist"#,
        ),
        (
            Layer::new().service("q", Service::new("x").on_failure(Action::Other("dance".into()))),
            r#"cannot parse layer YAML: plan service "q" on-failure action "dance" invalid"#,
        ),
        (
            Layer::new().check("c", Check::http("")),
            // An empty map is what reaches the daemon.
            r#"plan must set "url" for http check "c""#,
        ),
        (
            Layer::new().check("c", Check::tcp(1).period(Duration::ZERO)),
            r#"cannot parse layer YAML: plan check "c" period must not be zero"#,
        ),
        (
            Layer::new().log_target("t", LogTarget::new("loki", "x").service("zz")),
            r#"log target "t" specifies unknown service "zz""#,
        ),
        (
            Layer::new().service("pebble", Service::new("x")),
            r#"cannot parse layer YAML: cannot use reserved service name "pebble""#,
        ),
    ] {
        let error = door.client.add_layer("x", &layer, Combine::Yes).unwrap_err();
        assert_eq!(api_message(&error), message);
    }
    assert!(door.client.plan().unwrap().services.is_empty(), "the old plan stays in force");
}

fn a_service_starts_restarts_and_stops(door: &Door) {
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
}

fn change_error(error: &Error) -> (&str, &[String]) {
    assert!(error.is_change());
    match error.kind() {
        ErrorKind::Change { err, logs, .. } => (err, logs),
        other => panic!("{other:?}"),
    }
}

fn a_service_that_exits_quickly_is_a_change_error(door: &Door) {
    let service = Service::new("sh -c 'echo out; exit 7'").on_failure(Action::Ignore);
    add(door, &Layer::new().service("quick", service));
    let error = door.client.start(&["quick"]).unwrap_err();
    let (err, logs) = change_error(&error);
    assert_eq!(
        err,
        "cannot perform the following tasks:\n- Start service \"quick\" \
         (service start attempt: exited quickly with code 7, will ignore)"
    );
    assert!(logs[0].contains("INFO Most recent service output:\n    out"), "{logs:?}");
    assert_eq!(error.to_string(), "start of quick failed");
    assert_eq!(Fault::from(error).kind(), FaultKind::Blocked);
    assert_eq!(status_of(door, "quick"), ServiceStatus::Error);
}

fn a_service_that_exits_with_success_is_one_too(door: &Door) {
    let service =
        Service::new("true").backoff(Duration::from_secs(100), 1.0, Duration::from_secs(100));
    add(door, &Layer::new().service("done", service));
    let error = door.client.start(&["done"]).unwrap_err();
    assert!(change_error(&error).0.contains("exited quickly with code 0, will restart"));
    assert_eq!(status_of(door, "done"), ServiceStatus::Backoff);
}

fn a_program_that_is_missing_is_a_change_error(door: &Door) {
    add(door, &Layer::new().service("missing", Service::new("/no/such program")));
    let error = door.client.start(&["missing"]).unwrap_err();
    assert!(
        change_error(&error)
            .0
            .contains("cannot start service: fork/exec /no/such: no such file or directory")
    );
}

fn what_requires_a_failed_service_is_held(door: &Door) {
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
}

fn an_unknown_service_is_refused(door: &Door) {
    let error = door.client.start(&["nobody"]).unwrap_err();
    assert_eq!(api_message(&error), r#"cannot start services: service "nobody" does not exist"#);
    assert!(error.is_status(400));
    let error = door.client.start(&[]).unwrap_err();
    assert_eq!(api_message(&error), "must specify services for start action");
}

fn a_replan_restarts_what_changed(door: &Door) {
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
}

fn a_replan_starts_what_is_enabled(door: &Door) {
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
}

fn checks_start_with_their_layer(door: &Door) {
    let layer = Layer::new()
        .check("ready", Check::tcp(1).level(Level::Ready).period(Duration::from_secs(1000)))
        .check("off", Check::tcp(1).startup(Startup::Disabled));
    add(door, &layer);
    let checks = door.client.checks(&[]).unwrap();
    let names: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, ["off", "ready"]);
    assert_eq!(checks[0].status(), CheckStatus::Inactive);
    assert!(checks[1].is_up());
    assert_eq!(checks[1].level.as_deref(), Some("ready"));
    assert_eq!(checks[1].threshold, 3);
    assert!(door.client.checks(&["nobody"]).unwrap().is_empty());
}

fn files_are_pushed_and_pulled(door: &Door) {
    let options = PushOptions::new();
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    for (name, content) in [
        ("plain", b"text\n".to_vec()),
        ("empty", Vec::new()),
        ("binary", b"\r\n--\0\xff\r\n\r\n--".to_vec()),
        ("a \"name\" with ü", b"x".to_vec()),
        ("large", large),
    ] {
        let path = format!("{}/{name}", door.root);
        door.client.push(&path, content.clone(), &options).unwrap();
        assert_eq!(door.client.pull(&path).unwrap(), content, "{name}");
    }
    let path = format!("{}/a/b/secret", door.root);
    let secret = Secret::new("hunter2".to_owned(), "secret:1/token@1");
    let options = options.make_dirs().permissions(0o600);
    door.client.push(&path, ops_core::Text::from(secret), &options).unwrap();
    assert_eq!(door.client.pull(&path).unwrap(), b"hunter2");
    door.client.push(&path, "again", &options).unwrap();
    assert_eq!(door.client.pull(&path).unwrap(), b"again");
}

fn path_kind(error: &Error) -> &str {
    match error.kind() {
        ErrorKind::Path { kind, .. } => kind,
        other => panic!("{other:?}"),
    }
}

fn files_that_cannot_be_had_are_path_errors(door: &Door) {
    let missing = format!("{}/missing", door.root);
    let error = door.client.pull(&missing).unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.to_string(), format!("pull of {missing} failed"));
    assert_eq!(Fault::from(error).kind(), FaultKind::Blocked);
    assert_eq!(path_kind(&door.client.pull(&door.root).unwrap_err()), "generic-file-error");
    assert_eq!(path_kind(&door.client.pull("relative").unwrap_err()), "generic-file-error");

    let options = PushOptions::new();
    let orphan = format!("{}/no/parent", door.root);
    assert!(door.client.push(&orphan, "x", &options).unwrap_err().is_not_found());
    let error = door.client.push(&door.root, "x", &options).unwrap_err();
    assert_eq!(path_kind(&error), "generic-file-error");
    let error = door.client.push("relative", "x", &options).unwrap_err();
    assert_eq!(path_kind(&error), "generic-file-error");
}

fn a_command_gives_its_output_and_exit_code(door: &Door) {
    let exec = Exec::new(["sh", "-c", "echo out; echo err >&2; exit 3"]);
    let output = door.client.exec(&exec).unwrap();
    assert_eq!(output.exit_code, 3);
    assert_eq!((output.stdout_text().as_str(), output.stderr_text().as_str()), ("out\n", "err\n"));
    let error = output.succeeded().unwrap_err();
    let chain: Vec<String> = Fault::from(error).chain().collect();
    assert_eq!(chain, ["exec of sh failed", "exited with code 3: err"]);

    let combined = door.client.exec(&exec.combine_stderr()).unwrap();
    assert_eq!((combined.stdout_text().as_str(), combined.stderr.len()), ("out\nerr\n", 0));
    assert!(door.client.exec(&Exec::new(["true"])).unwrap().succeeded().is_ok());
}

fn a_command_reads_its_input_to_the_end(door: &Door) {
    // Without input, a command that reads must still come to its end.
    assert!(door.client.exec(&Exec::new(["cat"])).unwrap().stdout.is_empty());
    for size in [1, 100_000, 2_000_000] {
        let input: Vec<u8> = (0..size).map(|number: u32| (number % 251) as u8).collect();
        let output = door.client.exec(&Exec::new(["cat"]).stdin(input.clone())).unwrap();
        assert!(output.stdout == input, "{size}");
    }
}

fn a_command_with_much_output_and_input_does_not_hang(door: &Door) {
    let exec = Exec::new(["sh", "-c", TALK]).stdin(vec![b'x'; 1_000_000]);
    let output = door.client.exec(&exec).unwrap();
    assert_eq!((output.stdout.len(), output.stderr.len()), (1_048_576, 1_048_576));
    let small = door.client.clone().body_limit(100_000);
    assert!(small.exec(&exec).unwrap_err().is_protocol(), "too much is an error, not a cut");
}

fn a_command_takes_its_environment(door: &Door) {
    let secret = Secret::new("hunter2".to_owned(), "secret:1/token@1");
    let exec = Exec::new(["sh", "-c", "echo $WHO"]).env("WHO", secret);
    assert!(!format!("{exec:?}").contains("hunter2"));
    assert_eq!(door.client.exec(&exec).unwrap().stdout_text(), "hunter2\n");
}

fn a_command_that_is_killed_gives_the_signal(door: &Door) {
    let output = door.client.exec(&Exec::new(["sh", "-c", "kill -9 $$"])).unwrap();
    assert_eq!(output.exit_code, 137);
}

fn commands_that_cannot_start_are_refused(door: &Door) {
    let error = door.client.exec(&Exec::new(["nosuchprogram"])).unwrap_err();
    assert_eq!(api_message(&error), r#"cannot find executable "nosuchprogram""#);
    let error = door.client.exec(&Exec::new(Vec::<String>::new())).unwrap_err();
    assert_eq!(api_message(&error), "must specify command");
    let error = door.client.exec(&Exec::new(["true"]).service_context("zz")).unwrap_err();
    assert_eq!(api_message(&error), r#"context service "zz" not found"#);
}

fn an_unknown_change_is_not_found(door: &Door) {
    let error = door.client.change("9999").unwrap_err();
    assert_eq!(api_message(&error), r#"cannot find change with id "9999""#);
    assert!(error.is_not_found());
    let error = door.client.wait_change("9999", Duration::from_secs(1)).unwrap_err();
    assert!(error.is_not_found());
}
