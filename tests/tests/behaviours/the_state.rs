//! The state itself: what goes in stays as it is, and what it can hold.

use crate::{conforms, contexts, outcome::said_by, said};
use conformance::meta::{
    endpoints::{Cluster, Db, Site},
    options::DO,
};
use ops_core::names::{ContainerName, EndpointName, StorageName};
use ops_testing::{
    Context, Relation, RelationKind, State, emulator::juju::CharmMetadata, layer_from_rockcraft,
};
use serde_json::json;

#[test]
fn b07_the_state_that_went_in_is_not_changed_by_databags() {
    let runs = conforms("b07");
    assert_eq!(runs[0]["input"], "same");
    assert_eq!(runs[0]["relations"]["1"]["local-app"], json!({"a": "2"}));
}

#[test]
fn b08_the_state_that_went_in_is_not_changed_by_a_container() {
    let runs = conforms("b08");
    assert_eq!(runs[0]["input"], "same");
    assert_eq!(runs[0]["containers"], json!({"web": {"base": {"web": "two"}}}));
}

#[test]
fn b09_the_state_that_went_in_is_not_changed_by_ports() {
    let runs = conforms("b09");
    assert_eq!(runs[0]["input"], "same");
    assert_eq!(runs[0]["ports"], json!(["443/tcp"]));
}

#[test]
fn b10_the_state_that_went_in_is_not_changed_by_a_secret() {
    let runs = conforms("b10");
    assert_eq!(runs[0]["input"], "same");
    let secrets = runs[0]["secrets"].as_object().unwrap();
    assert_eq!(secrets.values().next().unwrap()["latest"], json!({"key": "two"}));
}

#[test]
fn b11_the_state_that_went_in_is_not_changed_by_what_the_charm_stores() {
    let runs = conforms("b11");
    assert!(runs.iter().all(|run| run["input"] == "same"));
    assert_eq!(said(&runs[2]), ["two"]);
}

fn completed(ctx: &Context) -> State {
    ctx.complete(State::default())
}

#[test]
fn b12_a_state_is_completed_from_the_metadata() {
    for ctx in contexts() {
        let state = completed(&ctx);
        let found: Vec<_> = state
            .relations
            .values()
            .map(|relation| (relation.endpoint.as_str(), relation.kind))
            .collect();
        let expected = [
            ("cluster", RelationKind::Peer),
            ("db", RelationKind::Regular),
            ("foo_bar", RelationKind::Regular),
            ("site", RelationKind::Regular),
        ];
        assert_eq!(found, expected);
        assert!(state.container_of("web").unwrap().reachable);
        assert_eq!(state.storages.keys().collect::<Vec<_>>(), ["data/0"]);
        let steps = json!([["config"], ["relations", "site"], ["reachable"]]).to_string();
        let out = ctx.run(ctx.on().start(), &state.config(DO, steps));
        let said = said_by(&out);
        assert_eq!(said[0][1]["title"], "hello");
        assert_eq!(said[1..], [json!(["relations", [4]]), json!(["reachable", true])]);
    }
}

#[test]
fn b13_completing_keeps_the_relation_that_the_test_gave() {
    for ctx in contexts() {
        let mine = Relation::new(Db, 7).remote_key("url", "there");
        let state = ctx.complete(State::default().relation(&mine));
        assert_eq!(state.relations_of("db").collect::<Vec<_>>(), [&mine]);
        assert_eq!(state.relations.len(), 4);
    }
}

#[test]
fn b14_a_relation_of_another_kind_with_the_same_id_is_not_the_one_asked_for() {
    let state = State::default().relation(&Relation::new(Db, 1));
    assert!(state.relation_of(&Relation::new(Db, 1)).is_some());
    assert_eq!(state.relation_of(&Relation::peer(Cluster, 1)), None);
    assert_eq!(state.relation_of(&Relation::new(Site, 1)), None);
    assert_eq!(state.relation_of(&Relation::subordinate(Db, 1)), None);
}

#[test]
fn b15_a_name_that_juju_could_not_have_given_cannot_be_made() {
    for wrong in ["", "we b", "-web", "web/0", "w\u{e9}b", "web\n"] {
        assert!(ContainerName::new(wrong).is_err(), "{wrong}");
        assert!(StorageName::new(wrong).is_err(), "{wrong}");
        assert!(EndpointName::new(wrong).is_err(), "{wrong}");
        let yaml = format!("name: web\ncontainers:\n  {}: {{}}\n", json!(wrong));
        let error = CharmMetadata::from_yaml(&[("metadata.yaml", &yaml)]).unwrap_err().to_string();
        assert!(error.starts_with("metadata.yaml:3: "), "{error}");
    }
}

#[test]
fn b16_the_layer_of_a_rock_has_its_services_and_checks() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rockcraft.yaml");
    let rock = "name: web\nsummary: A server\nversion: '1'\nbase: ubuntu@24.04\nparts: {}\n\
                services:\n  web: {override: replace, command: serve, startup: enabled}\n\
                checks:\n  up: {override: replace, level: alive, tcp: {port: 80}}\n";
    std::fs::write(&path, rock).unwrap();
    let layer = layer_from_rockcraft(&path).unwrap();
    assert_eq!(layer.summary, "A server");
    assert_eq!(layer.services["web"].command, "serve");
    assert!(layer.checks.contains_key("up"));
    assert!(layer_from_rockcraft(directory.path().join("none")).is_err());
    std::fs::write(&path, "services: {web: {override: never}}").unwrap();
    let error = layer_from_rockcraft(&path).unwrap_err().to_string();
    assert!(error.contains("rockcraft.yaml"), "{error}");
}
