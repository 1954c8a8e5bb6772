//! What events are about: R1 to R4, R16, R17, R20 to R23, R25, R32, A4.

use super::*;
use ops_pebble::layer::{Check, Layer};
use ops_testing::{Container, emulator::pebble::Pebble};

const WED: ContainerName = ContainerName::from_static("wed");

fn ready(container: ContainerName) -> Hook {
    Hook::PebbleReady { container }
}

fn bare(name: &str) -> Hook {
    Hook::Other(name.to_owned())
}

#[test]
fn r1_an_event_of_a_container_that_is_not_declared_is_found() {
    web().breaks_among(Rule::R1, &ready(WED), &state());
}

#[test]
fn r1_an_event_of_a_declared_container_is_fine() {
    web().holds_at(&ready(WEB), &state().container(WEB));
}

#[test]
fn r2_an_event_of_a_container_that_is_not_there_is_found() {
    web().breaks_at(Rule::R2, &ready(WEB), &state().container(meta::containers::SIDECAR));
}

#[test]
fn r2_an_event_of_a_container_that_is_there_is_fine() {
    web().holds_at(&ready(WEB), &state().container(WEB));
}

fn noticed() -> (State, Hook) {
    let mut pebble = Pebble::new();
    let none: [(&str, &str); 0] = [];
    pebble.notify("example.com/a", none);
    let id = pebble.notify("example.com/b", none).to_string();
    let hook = Hook::PebbleCustomNotice { container: WEB, id, key: "example.com/b".to_owned() };
    (state().with_container(WEB, pebble.into()), hook)
}

#[test]
fn r3_a_notice_of_another_container_or_key_is_found() {
    let (mut state, hook) = noticed();
    let key = "example.com/a".to_owned();
    let other_key = Hook::PebbleCustomNotice { container: WEB, id: "2".to_owned(), key };
    web().breaks_at(Rule::R3, &other_key, &state);
    let container = state.containers.remove(&WEB).unwrap();
    let elsewhere = state.with_container(meta::containers::SIDECAR, container).container(WEB);
    web().breaks_at(Rule::R3, &hook, &elsewhere);
}

#[test]
fn r3_a_notice_of_the_container_is_fine() {
    let (state, hook) = noticed();
    web().holds_at(&hook, &state);
}

fn failed(check: &str) -> Hook {
    Hook::PebbleCheckFailed { container: WEB, check: check.to_owned() }
}

#[test]
fn r4_a_check_that_the_container_does_not_have_is_found() {
    web().breaks_at(Rule::R4, &failed("up"), &state().container(WEB));
    let recovered = Hook::PebbleCheckRecovered { container: WEB, check: "up".to_owned() };
    web().breaks_at(Rule::R4, &recovered, &state().container(WEB));
}

#[test]
fn r4_a_check_of_the_container_is_fine() {
    let mut pebble = Pebble::new();
    pebble.add_layer("web", &Layer::new().check("up", Check::tcp(80)), false).unwrap();
    web().holds_at(&failed("up"), &state().with_container(WEB, pebble.into()));
}

#[test]
fn r16_an_event_that_juju_does_not_have_is_found() {
    web().breaks_at(Rule::R16, &bare("tea-ready"), &state());
}

#[test]
fn r16_an_event_that_is_seldom_is_fine() {
    web().holds_at(&bare("pre-series-upgrade"), &state());
}

#[test]
fn r17_a_relation_event_without_a_relation_is_found() {
    for end in ["created", "joined", "changed", "departed", "broken"] {
        web().breaks_at(Rule::R17, &bare(&format!("database-relation-{end}")), &state());
    }
}

#[test]
fn r17_a_relation_event_of_a_relation_is_fine() {
    let hook = Hook::RelationCreated { relation: database().id };
    web().holds_at(&hook, &state().relation(&database()));
}

#[test]
fn r20_a_workload_event_without_a_container_is_found() {
    for end in ["ready", "custom-notice", "check-failed", "check-recovered"] {
        web().breaks_at(Rule::R20, &bare(&format!("web-pebble-{end}")), &state());
    }
}

#[test]
fn r20_a_workload_event_of_a_container_is_fine() {
    web().holds_at(&ready(WEB), &state().container(WEB));
}

#[test]
fn r21_the_event_has_the_containers_name() {
    assert_eq!(
        told(&ready(WEB), &state().container(WEB)),
        "PebbleReady { container: ContainerName(\"web\") }"
    );
}

#[test]
fn r21_another_container_is_another_event() {
    const SIDECAR: ContainerName = meta::containers::SIDECAR;
    let state = state().container(WEB).container(SIDECAR);
    assert_ne!(told(&ready(WEB), &state), told(&ready(SIDECAR), &state));
}

#[test]
fn r22_the_event_holds_no_container_that_could_differ_from_the_states() {
    let hook = ready(WEB);
    assert_eq!(hook, Hook::PebbleReady { container: WEB }, "a name and nothing else");
}

#[test]
fn r22_the_states_container_is_what_the_event_is_about() {
    let unreachable = state().with_container(WEB, Container::unreachable());
    assert_eq!(web().found(&ready(WEB), &unreachable)[0].rule, Rule::R23);
    web().holds_at(&ready(WEB), &state().container(WEB));
}

#[test]
fn r23_an_event_of_a_container_that_cannot_be_reached_is_found() {
    let unreachable = state().with_container(WEB, Container::unreachable());
    web().breaks_at(Rule::R23, &ready(WEB), &unreachable);
}

#[test]
fn r23_an_event_of_a_container_that_can_be_reached_is_fine() {
    web().holds_at(&ready(WEB), &state().container(WEB));
}

#[test]
fn r25_an_actions_event_without_an_action_is_found() {
    web().breaks_at(Rule::R25, &bare("backup-action"), &state());
}

#[test]
fn r25_an_action_is_fine() {
    web().holds_at(&Hook::action("restore"), &state());
}

#[test]
fn r32_a_storage_event_without_a_storage_is_found() {
    for end in ["attached", "detaching"] {
        web().breaks_at(Rule::R32, &bare(&format!("data-storage-{end}")), &state());
    }
}

#[test]
fn r32_a_storage_event_of_a_storage_is_fine() {
    let (state, hook) = storages::attached();
    web().holds_at(&hook, &state);
}

#[test]
fn a4_leader_elected_without_leadership_is_found() {
    web().breaks_at(Rule::A4, &Hook::LeaderElected, &state());
}

#[test]
fn a4_leader_elected_with_leadership_is_fine() {
    web().holds_at(&Hook::LeaderElected, &state().leader());
}
