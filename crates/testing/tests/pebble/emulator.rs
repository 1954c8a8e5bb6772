//! What only an emulated Pebble can do: be told how to behave, be looked into, be copied.

use ops_core::Secret;
use ops_pebble::{
    CheckStatus, Client, Combine, Exec, PushOptions, ServiceStatus,
    layer::{Action, Check, Layer, Service},
};
use ops_testing::emulator::pebble::{
    Behaviour, CheckBehaviour, Daemon, Effect, ExecHandler, Pebble, Request,
};
use ops_tests::PEBBLE;
use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    process::Command,
    rc::Rc,
    time::{Duration, Instant},
};

fn daemon(state: Pebble) -> (Daemon, Client) {
    let daemon = Daemon::new(state);
    let client = Client::new(Rc::new(daemon.clone()));
    (daemon, client)
}

fn web() -> Layer {
    Layer::new()
        .service("web", Service::new("web").on_failure(Action::Ignore))
        .check("ready", Check::tcp(80))
}

#[test]
fn effects_are_listed_and_questions_are_not() {
    let (daemon, client) =
        daemon(Pebble::new().exec_handler(ExecHandler::new(["web"]).reads_stdin()));
    client.plan().unwrap();
    client.add_layer("web", &web(), Combine::Yes).unwrap();
    client.services(&[]).unwrap();
    client.start(&["web"]).unwrap();
    client.replan().unwrap();
    client.push("/f", "content", &PushOptions::new()).unwrap();
    client.exec(&Exec::new(["web", "version"]).env("A", "1").stdin("in")).unwrap();
    let state = daemon.state();
    assert_eq!(
        state.effects()[..4],
        [
            Effect::AddLayer { label: "web".into() },
            Effect::Start(vec!["web".into()]),
            Effect::Replan,
            Effect::Push { path: "/f".into() },
        ]
    );
    let Effect::Exec(call) = &state.effects()[4] else { panic!() };
    assert_eq!((call.command.join(" ").as_str(), &call.stdin[..]), ("web version", &b"in"[..]));
    assert_eq!(call.environment["A"], "1");
    assert_eq!(state.file_at("/f").unwrap().content, b"content");
    assert_eq!(state.file_paths().collect::<Vec<_>>(), ["/f"]);
    assert!(state.is_running("web"));
}

#[test]
fn a_refused_request_is_no_effect() {
    let (daemon, client) = daemon(Pebble::new());
    client.start(&["nobody"]).unwrap_err();
    client.push("relative", "x", &PushOptions::new()).unwrap_err();
    client.exec(&Exec::new(["nobody"])).unwrap_err();
    let mut bad = web();
    bad.services.insert("pebble".into(), Service::new("x"));
    client.add_layer("web", &bad, Combine::Yes).unwrap_err();
    assert_eq!(daemon.state(), Pebble::new());
}

#[test]
fn an_unreachable_daemon_is_a_connection_error_behind_both_doors() {
    let (daemon, client) = daemon(Pebble::new().reachable(false));
    assert!(client.plan().unwrap_err().is_connection());
    assert!(!client.can_connect().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let server = daemon.serve(&directory.path().join("s")).unwrap();
    let outside = Client::unix(server.path());
    assert!(outside.plan().unwrap_err().is_connection());
    daemon.with(|state| state.set_reachable(true));
    assert!(outside.can_connect().unwrap() && client.can_connect().unwrap());
    drop(server);
    assert!(outside.plan().unwrap_err().is_connection());
}

#[test]
fn a_copy_of_the_state_lives_its_own_life() {
    let (daemon, client) = daemon(Pebble::new());
    let before = daemon.state();
    client.add_layer("web", &web(), Combine::Yes).unwrap();
    assert_ne!(before, daemon.state());
    assert_eq!(before, Pebble::new());
    let (_, copied) = self::daemon(daemon.state());
    copied.start(&["web"]).unwrap();
    assert!(!daemon.state().is_running("web"));
}

#[test]
fn a_start_that_hangs_is_a_timeout_at_once() {
    let (_, client) = daemon(Pebble::new().behaviour("web", Behaviour::Hangs));
    client.add_layer("web", &web(), Combine::Yes).unwrap();
    let began = Instant::now();
    assert!(client.start(&["web"]).unwrap_err().is_timeout());
    assert!(began.elapsed() < Duration::from_secs(20), "nobody waits where no time passes");
}

#[test]
fn a_wait_behind_the_socket_holds_up_nobody_else() {
    let directory = tempfile::tempdir().unwrap();
    let daemon = Daemon::new(Pebble::new().behaviour("web", Behaviour::Hangs));
    let server = daemon.serve(&directory.path().join("s")).unwrap();
    let client = Client::unix(server.path()).change_timeout(Duration::from_millis(300));
    client.add_layer("web", &web(), Combine::Yes).unwrap();
    let path = server.path().to_owned();
    let other = std::thread::spawn(move || Client::unix(path).can_connect().unwrap());
    assert!(client.start(&["web"]).unwrap_err().is_timeout());
    assert!(other.join().unwrap());
}

#[test]
fn a_crash_leads_to_what_the_service_says() {
    let (daemon, client) = daemon(Pebble::new());
    client.add_layer("web", &web(), Combine::Yes).unwrap();
    client.start(&["web"]).unwrap();
    daemon.with(|state| state.crash("web", 1));
    assert_eq!(client.services(&["web"]).unwrap()[0].current, ServiceStatus::Error);
    client.start(&["web"]).unwrap();
    daemon.with(|state| state.crash("web", 0));
    assert_eq!(client.services(&["web"]).unwrap()[0].current, ServiceStatus::Backoff);
}

#[test]
fn a_check_stands_as_it_is_told_to() {
    let (daemon, client) =
        daemon(Pebble::new().check_behaviour("ready", CheckBehaviour::FailsOnce));
    client.add_layer("web", &web(), Combine::Yes).unwrap();
    let check = || client.checks(&["ready"]).unwrap().remove(0);
    assert!(check().is_up(), "one failure is not yet down");
    assert_eq!((check().failures, check().has_run()), (1, Some(true)));

    daemon.with(|state| state.set_check_behaviour("ready", CheckBehaviour::Fails));
    assert!(client.refresh_check("ready").unwrap().error.is_some());
    let down = check();
    assert_eq!((down.status(), down.failures), (CheckStatus::Down, 3));
    let failed = client.change(&down.prev_change_id.unwrap()).unwrap();
    assert_eq!((failed.kind.as_str(), failed.err.is_some()), ("perform-check", true));
    assert_eq!(client.change(&down.change_id.unwrap()).unwrap().kind, "recover-check");

    daemon.with(|state| state.set_check_behaviour("ready", CheckBehaviour::Passes));
    assert!(check().is_up());
    assert_eq!(client.refresh_check("ready").unwrap().error, None);
    assert_eq!((check().failures, check().successes), (0, Some(1)));
}

#[test]
fn a_changed_layer_restarts_its_checks_only() {
    let (daemon, client) = daemon(Pebble::new());
    client.add_layer("web", &web(), Combine::Yes).unwrap();
    let first = client.checks(&[]).unwrap();
    client.add_layer("web", &web(), Combine::Yes).unwrap();
    assert_eq!(client.checks(&[]).unwrap(), first, "nothing changed");
    let changed = Layer::new().check("ready", Check::tcp(81));
    client.add_layer("web", &changed, Combine::Yes).unwrap();
    assert_ne!(client.checks(&[]).unwrap(), first);
    assert!(daemon.state().services().is_empty());
}

#[test]
fn a_restart_forgets_layers_and_keeps_files() {
    let (daemon, client) = daemon(Pebble::new().file("/etc/web/config", "x"));
    client.add_layer("web", &web(), Combine::Yes).unwrap();
    client.start(&["web"]).unwrap();
    let boot_id = client.system_info().unwrap().boot_id;
    daemon.with(Pebble::restart);
    assert!(client.plan().unwrap().services.is_empty());
    assert!(client.checks(&[]).unwrap().is_empty());
    assert_eq!(client.pull("/etc/web/config").unwrap(), b"x");
    assert_ne!(client.system_info().unwrap().boot_id, boot_id);
}

#[test]
fn the_longest_prefix_answers_a_command() {
    let (_, client) = daemon(
        Pebble::new()
            .exec_handler(ExecHandler::new(["web"]).exit_code(1))
            .exec_handler(ExecHandler::new(["web", "version"]).stdout("1.10.0")),
    );
    assert_eq!(client.exec(&Exec::new(["web", "version"])).unwrap().stdout_text(), "1.10.0");
    assert_eq!(client.exec(&Exec::new(["web", "serve"])).unwrap().exit_code, 1);
    assert!(client.exec(&Exec::new(["webserver"])).is_err());
}

#[test]
fn requests_need_no_connection() {
    let daemon = Daemon::default();
    let response = daemon.handle(&Request::new("GET", "/v1/plan?format=yaml"));
    assert_eq!((response.status, response.result()), (200, "{}\n".into()));
    for (method, target, status) in [
        ("GET", "/v1/plan", 400),
        ("PUT", "/v1/plan", 405),
        ("GET", "/v1/warnings", 404),
        ("POST", "/v1/layers", 400),
        ("GET", "/v1/checks?level=nope", 400),
        ("GET", "/v1/files?action=read&path=/x", 400),
    ] {
        assert_eq!(daemon.handle(&Request::new(method, target)).status, status, "{target}");
    }
}

#[test]
fn a_layer_in_yaml_is_taken_too() {
    let daemon = Daemon::default();
    let layer = "services:\n  web:\n    override: replace\n    command: web\n    environment:\n      \
                 PORT: 8080\n      ON: yes\n    user-id: 0\n";
    let mut request = Request::new("POST", "/v1/layers");
    let body = serde_json::json!({
        "action": "add", "label": "web", "format": "yaml", "layer": layer,
    });
    request.body = body.to_string().into_bytes();
    assert_eq!(daemon.handle(&request).status, 200);
    let state = daemon.state();
    let service = &state.plan().services["web"];
    assert_eq!(service.environment["PORT"].expose(), "8080");
    assert_eq!(service.environment["ON"].expose(), "yes");
    assert_eq!(service.user_id, Some(0));
}

#[test]
fn a_connection_carries_many_requests_and_garbage_ends_it() {
    let directory = tempfile::tempdir().unwrap();
    let daemon = Daemon::default();
    let server = daemon.serve(&directory.path().join("s")).unwrap();
    let mut stream = UnixStream::connect(server.path()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = "GET /v1/system-info HTTP/1.1\r\n\r\n";
    stream.write_all(request.repeat(2).as_bytes()).unwrap();
    stream.write_all(b"\r\n\r\n").unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    let count = |text: &str| answers.matches(text).count();
    assert_eq!((count("HTTP/1.1 200"), count("HTTP/1.1 400")), (2, 1), "{answers}");
    assert!(Client::unix(server.path()).can_connect().unwrap(), "the others do not notice");
}

#[test]
fn no_secret_is_in_what_a_client_shows() {
    let secret = Secret::new("hunter2".to_owned(), "secret:1/token@1");
    let (_, client) = daemon(Pebble::new().behaviour("web", Behaviour::exits_quickly(1)));
    let layer = Layer::new().service("web", Service::new("web").env("TOKEN", secret));
    client.add_layer("web", &layer, Combine::Yes).unwrap();
    let error = client.start(&["web"]).unwrap_err();
    let plan = client.plan().unwrap();
    let difference = plan.difference(&Layer::new().service("web", Service::new("other")));
    let shown = format!(
        "{client:?}{layer:?}{plan:?}{error:?}{error}{difference:?}{}{}",
        serde_json::to_string(&layer).unwrap(),
        serde_json::to_string(&plan.revealed_like(&layer)).unwrap(),
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}

/// The command line of the real Pebble is a client that nobody here wrote.
#[test]
fn the_real_command_line_understands_the_emulated_daemon() {
    let Some(program) = PEBBLE.find() else { return };
    let directory = tempfile::tempdir().unwrap();
    let daemon = Daemon::new(
        Pebble::new()
            .behaviour("bad", Behaviour::exits_quickly(3))
            .exec_handler(ExecHandler::new(["cat"]).echoes_stdin().stderr("err\n").exit_code(5)),
    );
    let layer = web().service("bad", Service::new("bad"));
    daemon.with(|state| state.add_layer("base", &layer, false)).unwrap();
    let server = daemon.serve(&directory.path().join("s")).unwrap();
    let run = |arguments: &[&str], input: &str| {
        let input_path = directory.path().join("input");
        std::fs::write(&input_path, input).unwrap();
        let output = Command::new("timeout")
            .arg("60")
            .arg(&program)
            .args(arguments)
            .env("PEBBLE", directory.path())
            .env("PEBBLE_SOCKET", server.path())
            .stdin(std::fs::File::open(&input_path).unwrap())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, plan, errors) = run(&["plan"], "");
    assert!(code == Some(0) && plan.contains("command: web"), "{plan}{errors}");
    let (code, _, errors) = run(&["start", "web"], "");
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let (code, services, _) = run(&["services"], "");
    assert!(code == Some(0) && services.contains("active"), "{services}");
    let (code, _, errors) = run(&["start", "bad"], "");
    assert!(code == Some(1) && errors.contains("exited quickly with code 3"), "{errors}");
    let (code, checks, errors) = run(&["checks"], "");
    assert!(code == Some(0) && checks.contains("up"), "{checks}{errors}");
    let (code, output, errors) = run(&["exec", "--", "cat"], "hello\n");
    assert_eq!((code, output.as_str(), errors.as_str()), (Some(5), "hello\n", "err\n"));
    let (code, _, errors) = run(&["push", "--", "/etc/hostname", "/copy"], "");
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let (code, _, errors) =
        run(&["pull", "/copy", directory.path().join("c").to_str().unwrap()], "");
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert_eq!(
        std::fs::read(directory.path().join("c")).unwrap(),
        std::fs::read("/etc/hostname").unwrap()
    );
}
