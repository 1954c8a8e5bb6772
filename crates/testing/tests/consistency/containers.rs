//! The state's containers: R5 to R9, R24, V4, A9.

use super::*;
use ops_pebble::layer::{Check, Layer};
use ops_testing::{
    Container, ModelInfo,
    emulator::pebble::{ExecHandler, Pebble},
    raw,
};

const NAME: &str = "up";

fn checked() -> State {
    let mut pebble = Pebble::new();
    let check = Check::tcp(80).level(ops_pebble::layer::Level::Alive);
    pebble.add_layer("web", &Layer::new().check(NAME, check), false).unwrap();
    state().with_container(WEB, pebble.into())
}

/// The state of a file in which the check that runs is another than that of the plan.
fn with_check(from: &str, to: &str) -> State {
    edited(&checked(), |file| {
        let config = &mut file["containers"]["web"]["pebble"]["checks"][NAME]["config"];
        let text = config.as_str().unwrap().to_owned();
        assert!(text.contains(from), "{text}");
        *config = text.replace(from, to).into();
    })
    .unwrap()
}

#[test]
fn r5_a_container_that_is_not_declared_is_found() {
    web().breaks(Rule::R5, &state().container(raw("wed")));
}

#[test]
fn r5_a_declared_container_is_fine_and_need_not_be_there() {
    web().holds(&state().container(WEB));
    web().holds(&state());
}

#[test]
fn r6_a_check_that_the_plan_does_not_know_is_found() {
    let without_layers = |file: &mut Value| {
        file["containers"]["web"]["pebble"]["layers"] = Value::Array(Vec::new());
    };
    web().breaks(Rule::R6, &edited(&checked(), without_layers).unwrap());
}

#[test]
fn r6_a_check_that_came_with_its_layer_is_fine() {
    web().holds(&checked());
}

#[test]
fn r7_a_check_of_another_level_is_found() {
    web().breaks(Rule::R7, &with_check("alive", "ready"));
}

#[test]
fn r7_the_level_of_the_plan_is_fine() {
    web().holds(&with_check("alive", "alive"));
}

#[test]
fn r8_a_check_of_another_startup_is_found() {
    let disabled = "\"level\":\"alive\",\"startup\":\"disabled\"";
    web().breaks(Rule::R8, &with_check("\"level\":\"alive\"", disabled));
}

#[test]
fn r8_no_startup_and_enabled_are_the_same() {
    let enabled = "\"level\":\"alive\",\"startup\":\"enabled\"";
    web().holds(&with_check("\"level\":\"alive\"", enabled));
}

#[test]
fn r9_a_check_of_another_threshold_is_found() {
    web().breaks(Rule::R9, &with_check("\"threshold\":3", "\"threshold\":2"));
}

#[test]
fn r9_no_threshold_and_three_are_the_same() {
    web().holds(&with_check("\"threshold\":3", "\"threshold\":0"));
}

fn handling(prefixes: &[&[&str]]) -> State {
    let handlers = prefixes.iter().map(|prefix| ExecHandler::new(prefix.iter().copied()));
    let pebble = handlers.fold(Pebble::new(), Pebble::exec_handler);
    // Not the container of any event: Scenario would not look.
    state().with_container(meta::containers::SIDECAR, pebble.into())
}

#[test]
fn r24_two_handlers_of_the_same_words_are_found() {
    web().breaks(Rule::R24, &handling(&[&["web", "version"], &["ls"], &["web", "version"]]));
}

#[test]
fn r24_a_longer_prefix_is_another_one() {
    web().holds(&handling(&[&["web", "version"], &["web"], &[]]));
}

#[test]
fn v4_a_name_that_no_container_can_have_is_found() {
    for name in ["Web", "-web", "web-", "", "we_b"] {
        web().breaks_among(Rule::V4, &Hook::UpdateStatus, &state().container(raw(name)));
    }
    let long: &'static str = "a".repeat(64).leak();
    web().breaks_among(Rule::V4, &Hook::UpdateStatus, &state().container(raw(long)));
}

#[test]
fn v4_a_name_of_63_characters_is_fine() {
    let long: &'static str = "a".repeat(63).leak();
    let declared = web().charm(|charm| charm.containers.extend([raw(long).into()]));
    declared.holds(&state().container(raw(long)));
}

#[test]
fn a9_a_container_on_a_machine_is_found() {
    let machines = ModelInfo::machines("testing");
    let state = state().with_container(WEB, Container::unreachable());
    web().breaks(Rule::A9, &state.with_model(machines));
}

#[test]
fn a9_a_machine_without_containers_is_fine() {
    web().holds(&state().with_model(ModelInfo::machines("testing")));
}
