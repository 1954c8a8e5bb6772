//! The unit, its application and its model: R15, R52 to R54, V7, V9, A13, A14.

use super::*;
use ops_testing::{
    ModelInfo, OpenPort,
    emulator::juju::{CloudSpec, PortRange, Protocol, Status, StatusName},
};

#[test]
fn r15_a_resource_that_is_not_declared_is_found() {
    web().breaks(Rule::R15, &state().resource("imaeg", "/tmp/image"));
}

#[test]
fn r15_a_declared_resource_is_fine() {
    web().holds(&state().resource(meta::resources::IMAGE, "/tmp/image"));
}

fn in_a_cloud(model: ModelInfo) -> State {
    state().with_model(model.cloud(CloudSpec::new("lxd", "localhost")))
}

#[test]
fn r52_a_cloud_on_kubernetes_before_juju_3_6_10_is_found() {
    let state = in_a_cloud(ModelInfo::kubernetes("testing"));
    web().juju(3, 6, 9).breaks(Rule::R52, &state);
}

#[test]
fn r52_a_cloud_from_juju_3_6_10_on_or_on_machines_is_fine() {
    web().juju(3, 6, 10).holds(&in_a_cloud(ModelInfo::kubernetes("testing")));
    web().juju(3, 6, 9).holds(&in_a_cloud(ModelInfo::machines("testing")));
}

fn stored(keys: &str) -> State {
    let file = serde_json::to_string(&state()).unwrap();
    assert!(file.contains("\"stored\":{}"), "{file}");
    serde_json::from_str(&file.replace("\"stored\":{}", &format!("\"stored\":{keys}"))).unwrap()
}

#[test]
fn r53_of_two_stored_values_of_one_name_one_is_left() {
    let state = stored(r#"{"a": "1", "a": "2"}"#);
    assert_eq!(state.stored.len(), 1);
    web().holds(&state);
}

#[test]
fn r53_stored_values_of_several_names_are_fine() {
    web().holds(&stored(r#"{"a": "1", "b": "1"}"#));
}

#[test]
fn r54_a_stored_value_that_is_no_text_is_not_read() {
    let refused = edited(&state(), |file| file["stored"] = serde_json::json!({"a": {"b": 1}}));
    assert!(refused.unwrap_err().to_string().contains("expected a string"));
}

#[test]
fn r54_a_stored_text_is_read() {
    let read = edited(&state(), |file| file["stored"] = serde_json::json!({"a": "{\"b\": 1}"}));
    web().holds(&read.unwrap());
}

fn port(protocol: Protocol, from: u16, to: u16) -> State {
    state().port(OpenPort { range: PortRange { protocol, from, to }, endpoint: None })
}

#[test]
fn v7_ports_that_do_not_exist_are_found() {
    for (protocol, from, to) in [
        (Protocol::Tcp, 0, 0),
        (Protocol::Udp, 0, 10),
        (Protocol::Tcp, 10, 9),
        (Protocol::Icmp, 0, 1),
    ] {
        web().breaks(Rule::V7, &port(protocol, from, to));
    }
    let beyond = edited(&port(Protocol::Tcp, 1, 1), |file| {
        file["ports"][0]["range"]["to"] = 65_536.into();
    });
    assert!(beyond.unwrap_err().to_string().contains("65536"));
}

#[test]
fn v7_ports_from_1_to_65535_and_icmp_without_are_fine() {
    web().holds(&port(Protocol::Tcp, 1, 65_535));
    web().holds(&port(Protocol::Udp, 53, 53));
    web().holds(&port(Protocol::Icmp, 0, 0));
}

#[test]
fn v9_kinds_that_do_not_exist_are_not_read() {
    let related = state().relation(&database()).port(OpenPort::tcp(80));
    for edit in [
        |file: &mut Value| file["relations"]["1"]["kind"] = "base".into(),
        |file: &mut Value| file["ports"][0]["range"]["protocol"] = "sctp".into(),
        |file: &mut Value| file["unit_status"]["name"] = "fine".into(),
    ] {
        let refused = edited(&related, edit).unwrap_err().to_string();
        assert!(refused.contains("unknown variant"), "{refused}");
    }
}

#[test]
fn v9_the_kinds_that_there_are_are_read() {
    let related = state().relation(&database()).port(OpenPort::tcp(80));
    web().holds(&edited(&related, |_| ()).unwrap());
}

#[test]
fn a13_more_peers_than_planned_units_are_found() {
    let mut state = state().relation(&Relation::peer(Cluster, 2).remote_units([1, 2]));
    state.planned_units = 2;
    web().breaks(Rule::A13, &state);
}

#[test]
fn a13_units_that_are_yet_to_come_are_fine() {
    let state = state().relation(&Relation::peer(Cluster, 2).remote_units([1, 2]));
    web().holds(&state);
    web().holds(&state.planned_units(5));
}

#[test]
fn a14_the_applications_status_without_leadership_is_found() {
    let mut state = state();
    state.application_status = Some(Status::new(StatusName::Active, ""));
    web().breaks(Rule::A14, &state);
}

#[test]
fn a14_the_applications_status_of_a_leader_is_fine() {
    let mut state = state().leader();
    state.application_status = Some(Status::new(StatusName::Active, ""));
    web().holds(&state);
}
