//! Networks and what they are bound to: R50, R51, V8.

use super::*;
use ops_testing::emulator::juju::Network;

fn bound(name: &str) -> State {
    state().network(name, Network::default())
}

#[test]
fn r50_a_network_of_a_binding_that_is_not_declared_is_found() {
    web().breaks(Rule::R50, &bound("databsae"));
    web().breaks(Rule::R50, &bound("logs"));
}

#[test]
fn r50_a_network_of_an_endpoint_an_extra_binding_or_juju_info_is_fine() {
    for name in ["database", "website", "cluster", "admin", "juju-info", ""] {
        web().holds(&bound(name));
    }
}

#[test]
fn r51_a_name_that_is_an_endpoint_and_an_extra_binding_is_found() {
    let both = web().charm(|charm| charm.extra_bindings.extend(["database".to_owned()]));
    both.breaks(Rule::R51, &state());
}

#[test]
fn r51_names_of_their_own_are_fine_and_others_do_not_build() {
    web().holds(&state());
    let text = "name: web\nrequires: {database: {interface: sql}}\nextra-bindings: {database: }\n";
    let refused = CharmMetadata::from_yaml(&[("metadata.yaml", text)]).unwrap_err().to_string();
    assert!(refused.contains("cannot be used in extra bindings"), "{refused}");
}

fn with_addresses(addresses: Value) -> Result<State, serde_json::Error> {
    edited(&bound("database"), |file| {
        file["networks"]["database"]["ingress_addresses"] = addresses.clone();
        file["networks"]["database"]["egress_subnets"] = addresses;
    })
}

#[test]
fn v8_a_text_where_a_list_stands_is_not_read() {
    let refused = with_addresses("192.0.2.1".into()).unwrap_err().to_string();
    assert!(refused.contains("expected a sequence"), "{refused}");
}

#[test]
fn v8_a_list_of_texts_is_read() {
    web().holds(&with_addresses(vec!["192.0.2.1"].into()).unwrap());
}
