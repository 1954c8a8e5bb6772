//! Relation commands: the rows of Juju's contract, one by one.
#![allow(clippy::unwrap_used)]

mod juju_support;

use juju_support::{CLUSTER, DATABASE, World, model, unit};
use ops_core::JujuVersion;
use ops_testing::emulator::juju::Hook;

fn failures(world: &mut World, rows: &[(&str, i32, &str)]) {
    for (line, code, message) in rows {
        assert_eq!(world.fail(line), (*code, (*message).to_owned()), "{line}");
    }
}

fn outputs(world: &mut World, rows: &[(&str, &str)]) {
    for (line, out) in rows {
        assert_eq!(world.print(line), *out, "{line}");
    }
}

#[test]
fn relations_have_the_numbers_in_which_they_were_made() {
    let mut model = model();
    assert_eq!(model.relations.keys().map(|id| id.number()).collect::<Vec<_>>(), [0, 1]);
    assert!(model.relate("web:database", "db:database").is_err());
    assert!(model.relate("web:website", "db:database").is_err());
    assert!(model.relate("web:nothing", "db:database").is_err());
    model.remove_relation(DATABASE);
    assert_eq!(model.integrate("web:database", "db:database").unwrap().number(), 2);
}

#[test]
fn an_endpoint_takes_no_more_relations_than_its_limit() {
    let mut model = model();
    let charm = "{name: proxy, provides: {ingress: {interface: ingress}}}";
    let charm =
        ops_testing::emulator::juju::CharmMetadata::from_yaml(&[("charm.yaml", charm)]).unwrap();
    for name in ["one", "two"] {
        model.add_application(name, charm.clone()).unwrap();
    }
    model.relate("one:ingress", "web:ingress").unwrap();
    assert_eq!(
        model.relate("web:ingress", "two:ingress").unwrap_err().to_string(),
        "establishing a new relation for web:ingress would exceed its maximum relation limit of 1"
    );
}

#[test]
fn relation_ids_lists_relations_of_an_endpoint() {
    let mut world = World::leader();
    outputs(
        &mut world,
        &[
            ("relation-ids database", "database:1\n"),
            ("relation-ids cluster --format=json", "[\"cluster:0\"]\n"),
            ("relation-ids ingress --format=json", "[]\n"),
            ("relation-ids nothing", ""),
        ],
    );
    failures(&mut world, &[("relation-ids", 2, "no endpoint name specified")]);
    let mut world = World::new(model(), "web/0", Hook::RelationCreated { relation: DATABASE });
    assert_eq!(world.print("relation-ids"), "database:1\n");
}

#[test]
fn a_broken_relation_is_listed_by_old_agents_only() {
    let mut model = model();
    let hook = Hook::RelationBroken { relation: DATABASE };
    let mut world = World::new(model.clone(), "web/0", hook.clone());
    assert_eq!(world.print("relation-ids database"), "");
    assert_eq!(world.print("relation-list --format=json"), "[]\n");
    model.version = JujuVersion::new(2, 9, 49);
    let mut world = World::new(model, "web/0", hook);
    assert_eq!(world.print("relation-ids database"), "database:1\n");
}

#[test]
fn a_unit_outside_the_scope_has_no_such_relation() {
    let mut world = World::leader();
    world.model.leave_scope(DATABASE, &unit("web/0"));
    assert_eq!(world.print("relation-ids database"), "");
    assert_eq!(
        world.fail("relation-list -r 1").1,
        "invalid value \"1\" for option -r: relation not found"
    );
}

#[test]
fn relation_list_names_the_other_units() {
    let mut world = World::leader();
    outputs(
        &mut world,
        &[
            ("relation-list -r 1", "db/0\n"),
            ("relation-list -r database:1 --format=json", "[\"db/0\"]\n"),
            ("relation-list -r other:1 --app", "db\n"),
            ("relation-list -r 0", "web/1\n"),
            ("relation-list -r 0 --app --format json", "\"web\"\n"),
        ],
    );
    failures(
        &mut world,
        &[
            ("relation-list", 2, "no relation id specified"),
            ("relation-list -r x", 2, "invalid value \"x\" for option -r: invalid relation id"),
            (
                "relation-list --relation db:9",
                2,
                "invalid value \"db:9\" for option --relation: relation not found",
            ),
        ],
    );
}

#[test]
fn a_departing_unit_is_not_listed_but_readable() {
    let hook =
        Hook::RelationDeparted { relation: DATABASE, unit: unit("db/0"), departing: unit("db/0") };
    let mut model = model();
    model.write_databag(DATABASE, "db/0", [("k", "v")]).unwrap();
    let mut world = World::new(model, "web/0", hook);
    assert_eq!(world.print("relation-list --format=json"), "[]\n");
    assert_eq!(world.print("relation-get k"), "v\n");
    world.model.leave_scope(DATABASE, &unit("db/0"));
    assert_eq!(world.print("relation-get k db/0"), "v\n");
}

#[test]
fn a_unit_sees_only_members_whose_joining_it_was_told() {
    let mut world = World::leader();
    world.model.unit_mut(&unit("web/0")).unwrap().members.entry(DATABASE).or_default();
    assert_eq!(world.print("relation-list -r 1"), "");
    world.next("web/0", Hook::RelationJoined { relation: DATABASE, unit: unit("db/0") }).unwrap();
    assert_eq!(world.print("relation-list"), "db/0\n");
}

#[test]
fn new_members_have_their_addresses() {
    let mut world = World::leader();
    assert_eq!(
        world.print("relation-get -r 1 - web/0 --format=json"),
        "{\"egress-subnets\":\"10.1.0.1/32\",\"ingress-address\":\"10.1.0.1\",\"private-address\":\"10.1.0.1\"}\n"
    );
}

#[test]
fn relation_get_finds_its_target() {
    let mut model = model();
    model.write_databag(DATABASE, "db", [("side", "application"), ("n", "1")]).unwrap();
    model.write_databag(DATABASE, "db/0", [("side", "unit")]).unwrap();
    let changed = |unit| Hook::RelationChanged { relation: DATABASE, unit };
    let mut world = World::new(model.clone(), "web/0", changed(Some(unit("db/0"))));
    outputs(
        &mut world,
        &[
            ("relation-get side", "unit\n"),
            ("relation-get side --app", "application\n"),
            ("relation-get side db/0 --app", "application\n"),
            (
                "relation-get -r 1 --format=json --app - db",
                "{\"n\":\"1\",\"side\":\"application\"}\n",
            ),
            ("relation-get --app", "\"n\": \"1\"\nside: application\n"),
            ("relation-get nothing", ""),
            ("relation-get nothing --format=json", "null\n"),
            ("relation-get --app - web --format=json", "{}\n"),
        ],
    );
    let mut world = World::new(model.clone(), "web/0", changed(None));
    assert_eq!(world.print("relation-get side"), "application\n");
    let mut world = World::new(model, "web/0", Hook::ConfigChanged);
    failures(
        &mut world,
        &[
            ("relation-get -r 1", 2, "no unit or application specified"),
            ("relation-get -r 1 --app", 2, "no unit or application specified"),
            ("relation-get", 2, "no relation id specified"),
            ("relation-get -r 1 - db", 2, "expected unit name, got application name \"db\""),
            ("relation-get -r 1 - db/x", 2, "invalid unit name \"db/x\""),
            (
                "relation-get -r 1 - db/7",
                1,
                "cannot read relation settings: unit \"db/7\": settings not found",
            ),
            ("relation-get -r 1 - x/0", 1, "permission denied (unauthorized access)"),
        ],
    );
}

#[test]
fn relation_set_is_seen_by_its_own_hook_and_lands_at_the_end() {
    let mut world = World::leader();
    outputs(
        &mut world,
        &[
            ("relation-set -r 1 a=1 private-address=", ""),
            ("relation-get -r 1 a web/0", "1\n"),
            ("relation-get -r 1 private-address web/0", ""),
            ("relation-set -r 1 --app b=2", ""),
            ("relation-get -r 1 --app b web", "2\n"),
        ],
    );
    let relation = &world.model.relations[&DATABASE];
    assert!(!relation.member(&unit("web/0")).unwrap().settings.contains_key("a"));
    world.next("db/0", Hook::ConfigChanged).unwrap();
    outputs(
        &mut world,
        &[
            ("relation-get -r 1 a web/0", "1\n"),
            ("relation-get -r 1 private-address web/0", ""),
            ("relation-get -r 1 --app b web", "2\n"),
        ],
    );
    assert_eq!(world.model.relations[&DATABASE].side("web").unwrap().version, 1);
}

#[test]
fn relation_set_reads_a_file_and_arguments_override_it() {
    let mut world = World::leader();
    let input = Some("{\"a\": \"x\", \"b\": \"1\", \"gone\": \"\"}");
    let words = ["relation-set", "-r", "database:1", "--app", "--file", "-", "b=2"];
    assert_eq!(world.call(&words, input), (0, String::new(), String::new()));
    assert_eq!(
        world.print("relation-get -r 1 --app --format=json - web"),
        "{\"a\":\"x\",\"b\":\"2\"}\n"
    );
    let words = ["relation-set", "-r", "1", "--file", "-"];
    assert_eq!(
        world.call(&words, Some("a: [1]")),
        (
            1,
            String::new(),
            "ERROR yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into string\n"
                .to_owned()
        )
    );
    failures(
        &mut world,
        &[
            ("relation-set a=1", 2, "no relation id specified"),
            ("relation-set -r 1 a", 2, "expected \"key=value\", got \"a\""),
            ("relation-set -r 1 a=1 a=2", 2, "key \"a\" specified more than once"),
            ("relation-set -r 1 --file /nowhere", 1, "open /nowhere: no such file or directory"),
        ],
    );
    let (code, _, err) = world.run("relation-set -r 1 --format json c=1");
    assert_eq!((code, err.as_str()), (0, "--format flag deprecated for command \"relation-set\""));
}

#[test]
fn relation_set_of_what_is_there_changes_nothing() {
    let mut world = World::leader();
    world.print("relation-set -r 1");
    world.print("relation-set -r 1 ingress-address=10.1.0.1 nothing=");
    assert!(!world.session.has_writes());
    assert!(world.session.record().effects.is_empty());
}

#[test]
fn a_follower_may_not_write_the_application_databag() {
    let mut world = World::follower();
    failures(
        &mut world,
        &[
            ("relation-set -r 1 --app a=1", 1, "cannot write relation settings"),
            ("relation-get -r 1 --app - web", 1, "permission denied (unauthorized access)"),
        ],
    );
    assert_eq!(world.print("relation-get -r 0 --app --format=json - web"), "{}\n");
    let mut old = model();
    old.version = JujuVersion::new(3, 4, 0);
    let mut world = World::new(old, "web/1", Hook::ConfigChanged);
    assert_eq!(world.fail("relation-get -r 1 --app - web").1, "permission denied");
}

#[test]
fn units_of_one_application_read_each_other_in_the_peer_relation_only() {
    let mut world = World::leader();
    assert_eq!(world.print("relation-get -r 0 ingress-address web/1"), "10.1.0.2\n");
    assert_eq!(
        world.fail("relation-get -r 1 - web/1").1,
        "permission denied (unauthorized access)"
    );
}

#[test]
fn relation_model_get_prints_the_model_of_the_other_side() {
    let mut world = World::leader();
    let uuid = world.model.uuid.clone();
    assert_eq!(
        world.print("relation-model-get -r 1 --format=json"),
        format!("{{\"uuid\":\"{uuid}\"}}\n")
    );
    let relation = world.model.relations.values_mut().find(|relation| relation.id.number() == 1);
    relation.unwrap().other_model = Some("another".to_owned());
    assert_eq!(world.print("relation-model-get -r 1"), "uuid: another\n");
    assert_eq!(world.fail("relation-model-get").1, "no relation id specified");
    assert_eq!(
        World::of_version((3, 6, 1)).fail("relation-model-get -r 1").1,
        "bad request: unknown command: relation-model-get"
    );
}

#[test]
fn a_databag_over_its_quota_fails_the_flush() {
    let mut world = World::leader();
    world.model.quotas.databag = 100;
    world.print(&format!("relation-set -r 0 big={}", "x".repeat(200)));
    world.print("state-set a=1");
    let before = world.model.clone();
    let error = world.session.commit(&mut world.model).unwrap_err();
    assert!(error.to_string().contains("exceeded"), "{error}");
    assert_eq!(world.model.relations[&CLUSTER], before.relations[&CLUSTER]);
    assert!(world.model.unit(&unit("web/0")).unwrap().state.is_empty());
    assert!(!world.session.has_writes());
}

#[test]
fn leadership_lost_before_the_flush_fails_it() {
    let mut world = World::leader();
    world.print("relation-set -r 1 --app a=1");
    world.model.set_leader(&unit("web/1")).unwrap();
    let error = world.session.commit(&mut world.model).unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
}

#[test]
fn config_changed_refreshes_addresses() {
    let mut world = World::leader();
    world
        .model
        .unit_mut(&unit("web/0"))
        .unwrap()
        .networks
        .insert(String::new(), ops_testing::emulator::juju::Network::with_address("10.9.9.9"));
    world.next("db/0", Hook::UpdateStatus).unwrap();
    assert_eq!(world.print("relation-get -r 1 ingress-address web/0"), "10.9.9.9\n");
}
