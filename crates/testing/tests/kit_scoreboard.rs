//! What `docs/scoreboard.md` promises and no other suite holds.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod kit_common;

use kit_common::*;
use ops_pebble::{
    Exec, PushOptions,
    layer::{Check, Layer},
};
use ops_testing::{
    ModelInfo, OpenPort, Output, State,
    emulator::{
        juju::{Network, PortRange, Protocol},
        pebble::{CheckBehaviour, ExecAnswer, ExecHandler, Pebble},
    },
};

fn log(output: &Output) -> Vec<&str> {
    output.logs.iter().map(|line| line.message.as_str()).collect()
}

#[test]
fn storage_that_is_asked_for_in_several_calls_is_added_up() {
    let ctx = acts(|tools| {
        tools.run("storage-add data=2");
        tools.run("storage-add data=1");
        0
    });
    let output = ctx.run(ctx.on().install(), &State::default());
    assert_eq!(output.requested_storages(), [("data".to_owned(), 3)].into());
    assert_eq!(output.state.storages.len(), 3);
}

#[test]
fn a_network_may_have_several_addresses_of_both_families() {
    let ctx = printed(&[
        "network-get database --bind-address",
        "network-get database --ingress-address",
        "network-get database --egress-subnets",
        "network-get database --format=json",
    ]);
    let network = Network::with_addresses(&["2001:db8::7", "192.0.2.7"]);
    let state = State::default().network("database", network);
    let output = ctx.run(ctx.on().update_status(), &state);
    let told = log(&output);
    assert_eq!(told[0], "network-get database --bind-address: 0 2001:db8::7");
    assert_eq!(told[1], "network-get database --ingress-address: 0 2001:db8::7");
    assert!(told[2].ends_with("2001:db8::7/128\n192.0.2.7/32"), "{}", told[2]);
    assert!(
        told[3].contains("\"ingress-addresses\":[\"2001:db8::7\",\"192.0.2.7\"]"),
        "{}",
        told[3]
    );
}

#[test]
fn on_machines_ranges_of_ports_are_opened_for_all_endpoints_or_one_of_them() {
    let ctx = acts(|tools| {
        tools.run("open-port 8000-8010/udp --endpoints database");
        tools.run("close-port 9000-9010/tcp");
        tools.run("open-port icmp");
        0
    });
    let range = |protocol, from, to| PortRange { protocol, from, to };
    let everywhere = |range| OpenPort { range, endpoint: None };
    let state = State::default().with_model(ModelInfo::machines("prod")).port(everywhere(range(
        Protocol::Tcp,
        9000,
        9010,
    )));
    let output = ctx.run(ctx.on().update_status(), &state);
    let for_database =
        OpenPort { range: range(Protocol::Udp, 8000, 8010), endpoint: Some("database".to_owned()) };
    let expected = [everywhere(range(Protocol::Icmp, 0, 0)), for_database];
    assert_eq!(output.state.ports, expected.into());
    assert_eq!(
        output.transcript(),
        "port 8000-8010/udp opened\nport 9000-9010/tcp closed\nport icmp opened\n"
    );
}

#[test]
fn a_command_is_answered_by_what_it_was_given() {
    let greet = ExecHandler::new(["greet"]).reads_stdin().answers(|call| {
        let name = call.environment.get("NAME").cloned().unwrap_or_default();
        ExecAnswer::new()
            .stdout(format!("{} {name}, {}", call.command[1], String::from_utf8_lossy(&call.stdin)))
            .exit_code(i64::from(name.is_empty()))
    });
    let ctx = acts(|tools| {
        let exec = Exec::new(["greet", "hello"]).env("NAME", "Ada").stdin("how are you?");
        let answer = tools.pebble().exec(&exec).unwrap();
        assert_eq!(
            (answer.exit_code, answer.stdout_text().as_str()),
            (0, "hello Ada, how are you?")
        );
        let anonymous = tools.pebble().exec(&Exec::new(["greet", "hello"])).unwrap();
        u8::try_from(anonymous.exit_code).unwrap()
    });
    let state = State::default().with_container(WEB, Pebble::new().exec_handler(greet).into());
    let output = ctx.attempt(ctx.on().update_status(), &state);
    assert_eq!(output.execs(&WEB).len(), 2);
    assert!(!output.is_success(), "nobody was greeted");
}

#[test]
fn files_that_a_test_takes_from_the_disk_are_the_containers_own() {
    let given = tempfile::tempdir().unwrap();
    let path = given.path().join("web.conf");
    std::fs::write(&path, "port = 80\n").unwrap();
    let pebble = Pebble::new().file("/etc/web.conf", std::fs::read(&path).unwrap());
    let state = State::default().with_container(WEB, pebble.into());
    let ctx = acts(|tools| {
        let options = PushOptions::new();
        tools.pebble().push("/etc/web.conf", "port = 8080\n", &options).unwrap();
        0
    });
    let output = ctx.run(ctx.on().update_status(), &state);
    let file =
        |state: &State| state.containers[&WEB].pebble.file_at("/etc/web.conf").unwrap().content;
    assert_eq!(file(&output.state), b"port = 8080\n");
    assert_eq!(file(&state), b"port = 80\n");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "port = 80\n");
}

#[test]
fn a_check_fails_once_and_again_and_comes_back_and_the_charm_hears_of_both() {
    let layer = Layer::new().check("up", Check::exec("true"));
    let mut pebble = Pebble::new();
    pebble.add_layer("web", &layer, false).unwrap();
    let state = State::default().with_container(WEB, pebble.into());
    let seen = |behaviour, hook| {
        let ctx = acts(|tools| {
            let check = tools.pebble().checks(&["up"]).unwrap().remove(0);
            let name = tools.variable("JUJU_PEBBLE_CHECK_NAME").unwrap_or_default();
            tools.run(&format!("juju-log {name}:_{}_{}", check.status(), check.failures));
            0
        });
        let state = state.clone().change_container(WEB, |container| {
            container.pebble.set_check_behaviour("up", behaviour);
        });
        log(&ctx.run(hook, &state))[0].to_owned()
    };
    let on = idle().on();
    assert_eq!(seen(CheckBehaviour::FailsOnce, on.update_status()), ": up 1");
    assert_eq!(seen(CheckBehaviour::Fails, on.pebble_check_failed(WEB, "up")), "up: down 3");
    assert_eq!(seen(CheckBehaviour::Passes, on.pebble_check_recovered(WEB, "up")), "up: up 0");
}
