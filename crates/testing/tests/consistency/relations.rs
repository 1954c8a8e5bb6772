//! Relations and their events: R18, R19, R40 to R49, V1, V5, A1 to A3, A5.

use super::*;
use ops::names::RelationId;
use ops_metadata::{Charm, Rules, SourceFile};
use ops_testing::{consistency::check_metadata, raw};

fn peers() -> Relation {
    Relation::peer(Cluster, 2)
}

fn joined(relation: &Relation, unit: &'static str) -> Hook {
    Hook::RelationJoined { relation: relation.id, unit: UnitName::from_static(unit) }
}

fn related(relation: &Relation) -> State {
    state().relation(relation)
}

#[test]
fn r18_the_event_has_the_endpoints_name() {
    let hook = Hook::RelationCreated { relation: database().id };
    let told = told(&hook, &related(&database()));
    assert!(told.contains("\"database\""), "{told}");
}

#[test]
fn r18_another_relation_is_another_event() {
    let state = related(&database()).relation(&Relation::new(Website, 4));
    let created = |id| Hook::RelationCreated { relation: RelationId::new(id) };
    assert_ne!(told(&created(1), &state), told(&created(4), &state));
}

#[test]
fn r19_an_event_of_a_relation_that_is_not_there_is_found() {
    let hook = Hook::RelationCreated { relation: RelationId::new(7) };
    web().breaks_at(Rule::R19, &hook, &related(&database()));
}

#[test]
fn r19_an_event_of_a_relation_that_is_there_is_fine() {
    let hook = Hook::RelationCreated { relation: RelationId::new(1) };
    web().holds_at(&hook, &related(&database()));
}

#[test]
fn r40_peers_on_another_endpoint_and_others_among_peers_are_found() {
    web().breaks(Rule::R40, &related(&Relation::peer(Database, 1)));
    web().breaks(Rule::R40, &related(&Relation::named(raw("cluster"), 1)));
}

#[test]
fn r40_peers_among_peers_are_fine() {
    web().holds(&related(&peers()));
}

#[test]
fn r41_an_endpoint_that_is_not_declared_is_found() {
    web().breaks(Rule::R41, &related(&Relation::named(raw("databsae"), 1)));
}

#[test]
fn r41_a_declared_endpoint_and_juju_info_are_fine() {
    web().holds(&related(&database()));
    web().holds(&related(&Relation::named(raw("juju-info"), 1)));
}

#[test]
fn r42_a_relation_that_is_kept_as_another_is_found() {
    let twice = |file: &mut Value| {
        file["relations"]["5"] = file["relations"]["4"].clone();
    };
    let state = edited(&related(&Relation::new(Website, 4)), twice).unwrap();
    web().breaks(Rule::R42, &state);
}

#[test]
fn r42_relations_of_their_own_ids_are_fine() {
    web().holds(&related(&Relation::new(Website, 4)).relation(&Relation::new(Website, 5)));
}

#[test]
fn r43_a_subordinates_relation_without_container_scope_is_found() {
    web().breaks(Rule::R43, &related(&Relation::subordinate(Database, 1)));
}

#[test]
fn r43_a_regular_relation_without_container_scope_is_fine() {
    web().holds(&related(&database()));
}

#[test]
fn r44_a_regular_relation_with_container_scope_is_found() {
    web().breaks(Rule::R44, &related(&Relation::new(Logs, 1)));
}

#[test]
fn r44_a_subordinates_relation_with_container_scope_is_fine() {
    web().holds(&related(&Relation::subordinate(Logs, 1)));
}

struct Twice;

impl ops::Metadata for Twice {
    type Config = ops::metadata::NoOptions;
    type Action = ops::metadata::NoActions;
    const NAME: &'static str = "twice";
    const ENDPOINTS: &'static [ops::metadata::Endpoint] = &[
        ops::metadata::Endpoint { name: "database", role: "requires", interface: "sql" },
        ops::metadata::Endpoint { name: "database", role: "provides", interface: "sql" },
    ];
}

#[test]
fn r45_an_endpoint_in_two_sections_is_found() {
    let found = check_metadata::<Twice>();
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), [Rule::R45]);
}

#[test]
fn r45_endpoints_of_their_own_names_are_fine_and_others_do_not_build() {
    assert_eq!(check_metadata::<meta::Meta>(), []);
    let text = "name: web\nrequires: {a: {interface: b}}\nprovides: {a: {interface: b}}\n";
    let file = SourceFile::new("metadata.yaml", text.as_bytes());
    let refused = Charm::read(&[file], Rules::Author).unwrap_err().to_string();
    assert!(refused.contains("duplicated relation name"), "{refused}");
}

#[test]
fn r46_the_unit_among_its_own_peers_is_found() {
    web().breaks(Rule::R46, &related(&peers().remote_units([0, 1])));
}

#[test]
fn r46_other_units_among_the_peers_are_fine() {
    web().holds(&related(&peers().remote_units([1, 2])));
}

#[test]
fn r47_an_event_about_a_unit_where_none_is_left_is_found() {
    let empty = database().remote_units([]);
    web().breaks_at(Rule::R47, &joined(&empty, "remote/0"), &related(&empty));
}

#[test]
fn r47_an_event_about_a_unit_that_is_there_is_fine() {
    web().holds_at(&joined(&database(), "remote/0"), &related(&database()));
}

#[test]
fn r48_an_event_names_the_only_unit() {
    let ctx = kit::context();
    let hook = ctx.on().relation_joined(&database());
    assert_eq!(hook.remote_unit().unwrap(), "remote/0");
}

#[test]
fn r48_an_event_about_the_application_names_none() {
    let ctx = kit::context();
    let hook = ctx.on().relation_changed(&database());
    assert_eq!(hook.remote_unit(), None);
    web().holds_at(&hook, &related(&database()));
}

#[test]
fn r49_an_event_names_the_first_of_several_units() {
    let ctx = kit::context();
    let several = database().remote_units([3, 4]);
    let hook = ctx.on().relation_joined(&several);
    assert_eq!(hook.remote_unit().unwrap(), "remote/3");
    web().holds_at(&hook, &related(&several));
}

#[test]
fn r49_an_event_names_the_unit_that_the_test_wants() {
    let ctx = kit::context();
    let several = database().remote_units([3, 4]);
    let hook = ctx.on().relation_joined_by(&several, 4);
    assert_eq!(hook.remote_unit().unwrap(), "remote/4");
    web().holds_at(&hook, &related(&several));
}

#[test]
fn v1_a_name_that_no_endpoint_can_have_is_found() {
    for name in ["Database", "1db", "data--base", "data-_base", "database-", "_x", ""] {
        let state = related(&Relation::named(raw(name), 1));
        web().breaks_among(Rule::V1, &Hook::UpdateStatus, &state);
    }
}

#[test]
fn v1_parts_joined_by_a_hyphen_or_an_underscore_are_fine() {
    let declared = web().charm(|charm| {
        let database = charm.endpoints["database"].clone();
        charm.endpoints.insert(raw("data_base-2").into(), database);
    });
    declared.holds(&related(&Relation::named(raw("data_base-2"), 1)));
}

fn with_bag(bag: Value) -> Result<State, serde_json::Error> {
    edited(&related(&database()), |file| file["relations"]["1"]["remote_application"] = bag)
}

#[test]
fn v5_a_databag_with_a_value_that_is_no_text_is_not_read() {
    let refused = with_bag(serde_json::json!({"port": 80})).unwrap_err().to_string();
    assert!(refused.contains("expected a string"), "{refused}");
    assert!(with_bag(serde_json::json!(["port"])).is_err());
}

#[test]
fn v5_a_databag_of_texts_is_read() {
    web().holds(&with_bag(serde_json::json!({"port": "80"})).unwrap());
}

#[test]
fn a1_a_relation_of_another_interface_is_found() {
    web().breaks(Rule::A1, &related(&database().interface("mysql_client")));
}

#[test]
fn a1_a_relation_of_the_declared_interface_is_fine() {
    web().holds(&related(&database().interface("postgresql_client")));
}

#[test]
fn a2_more_relations_than_the_limit_are_found_once() {
    let found = web().breaks(Rule::A2, &related(&database()).relation(&Relation::new(Database, 9)));
    assert_eq!(found.len(), 1);
}

#[test]
fn a2_as_many_relations_as_the_limit_or_without_one_are_fine() {
    let state = related(&database()).relation(&Relation::new(Website, 4));
    web().holds(&state.relation(&Relation::new(Website, 5)));
}

#[test]
fn a3_an_event_about_a_unit_of_another_relation_is_found() {
    web().breaks_at(Rule::A3, &joined(&database(), "remote/1"), &related(&database()));
    web().breaks_at(Rule::A3, &joined(&database(), "other/0"), &related(&database()));
    let peers = peers().remote_units([1]);
    web().breaks_at(Rule::A3, &joined(&peers, "remote/1"), &related(&peers));
}

#[test]
fn a3_an_event_about_a_unit_of_the_relation_is_fine() {
    let peers = peers().remote_units([1]);
    web().holds_at(&joined(&peers, "web/1"), &related(&peers));
}

#[test]
fn a5_a_relation_that_breaks_with_units_in_it_is_found() {
    let hook = Hook::RelationBroken { relation: database().id };
    web().breaks_at(Rule::A5, &hook, &related(&database()));
}

#[test]
fn a5_a_relation_that_breaks_when_all_have_left_is_fine() {
    let hook = Hook::RelationBroken { relation: database().id };
    web().holds_at(&hook, &related(&database().remote_units([])));
}
