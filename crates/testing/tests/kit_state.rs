//! A state holds everything that a unit can see; a charm finds all of it, and what it left is in the next one.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod kit_common;

use kit_common::*;
use ops_core::{
    JujuVersion,
    names::{ApplicationName, StorageName, UnitName},
};
use ops_testing::{
    Container, Context, JujuRelease, ModelInfo, Output, Owner, Relation, RelationKind, Secret,
    State, Storage,
    consistency::Rule,
    emulator::{
        juju::{CloudCredential, CloudSpec, Hook, ModelKind, Network, OpenPort, Rotate, Timestamp},
        pebble::Pebble,
    },
    raw,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

const DATA: StorageName = StorageName::from_static("data");

fn database() -> Relation {
    Relation::new(Database, 4).with("postgres")
}

fn log(output: &Output) -> Vec<&str> {
    output.logs.iter().map(|line| line.message.as_str()).collect()
}

/// With something in every component.
fn everything() -> State {
    let cloud = CloudSpec {
        endpoint: "https://10.0.0.1".to_owned(),
        credential: Some(CloudCredential {
            auth_type: "certificate".to_owned(),
            attributes: [("token".to_owned(), "the-cloud-token".to_owned())].into(),
            redacted: Vec::new(),
        }),
        ..CloudSpec::new("kubernetes", "microk8s")
    };
    let secret = Secret::owned(&id('0'), "password", &[("password", "the-password")])
        .revised(&[("password", "the-second-password")])
        .description("of the database")
        .rotate(Rotate::Daily, Timestamp::BEGINNING.plus(60))
        .expires(Timestamp::BEGINNING.plus(600))
        .granted_to(&database())
        .granted_to_unit(&database(), 1)
        .tracked(1);
    let pebble = Pebble::new().file("/etc/web.conf", "password = the-password\n");
    State::default()
        .leader()
        .with_model(ModelInfo::kubernetes("prod").uuid("7f4f4c1e").cloud(cloud))
        .planned_units(3)
        .config(raw("port"), 9090_i64)
        .relation(&database().remote_key("url", "sql://db").remote_unit_key(1, "up", "yes"))
        .relation(&Relation::peer(Cluster, 5).remote_unit(7).local_unit_key("seen", "1"))
        .relation(&Relation::subordinate(Logs, 6).with("syslog"))
        .network("database", Network::with_address("192.0.2.9"))
        .with_container(WEB, pebble.into())
        .storage(&Storage::new(DATA, 3).location("/srv/data"))
        .resource("page", "/srv/page.html")
        .secret(&secret)
        .secret(&Secret::granted_through(&database(), &id('1'), &[("key", "of-postgres")]))
        .secret(&Secret::withheld(&id('2'), &[("key", "for-nobody")]))
        .port(OpenPort::tcp(9090))
        .at(Timestamp::BEGINNING.plus(30))
}

#[test]
fn a_run_that_does_nothing_leaves_every_component_as_it_was() {
    let ctx = idle();
    let state = everything();
    let after = ctx.run(ctx.on().update_status(), &state).state;
    ops_testing::assert_state_eq!(after, state);
}

#[test]
fn planned_units_are_those_of_the_goal_state_and_peers_come_first() {
    let ctx = printed(&["goal-state --format=json"]);
    let output = ctx.run(ctx.on().update_status(), &everything());
    let goal = log(&output)[0];
    for unit in ["web/0", "web/1", "web/7"] {
        assert!(goal.contains(&format!("\"{unit}\"")), "{goal}");
    }
    assert!(!goal.contains("web/2"), "{goal}");
}

#[test]
fn a_peer_relation_plans_for_its_units() {
    let state = State::default().relation(&Relation::peer(Cluster, 5).remote_units([1, 4]));
    assert_eq!(state.planned_units, 3);
}

#[test]
fn networks_are_those_of_the_state_and_the_usual_one_elsewhere() {
    let ctx = printed(&[
        "network-get database --bind-address",
        "network-get cluster --bind-address",
        "unit-get private-address",
    ]);
    let output = ctx.run(ctx.on().update_status(), &everything());
    assert_eq!(
        log(&output),
        [
            "network-get database --bind-address: 0 192.0.2.9",
            "network-get cluster --bind-address: 0 10.1.0.1",
            "unit-get private-address: 0 10.1.0.1",
        ]
    );
}

#[test]
fn a_storage_is_seen_from_its_storage_attached_until_its_storage_detaching() {
    let ctx = printed(&["storage-list", "storage-get location -s data/3"]);
    let storage = Storage::new(DATA, 3).location("/srv/data").not_attached();
    let state = State::default().storage(&storage);
    let unseen = ctx.run(ctx.on().update_status(), &state);
    assert_eq!(log(&unseen)[0], "storage-list: 0 ");
    let attached = ctx.run(ctx.on().storage_attached(&storage), &state);
    let seen = ["storage-list: 0 data/3", "storage-get location -s data/3: 0 /srv/data"];
    assert_eq!(log(&attached), seen);
    assert!(attached.state.storage_of(&storage).unwrap().attached);
    let detached = ctx.run(ctx.on().storage_detaching(&storage), &attached.state);
    assert_eq!(log(&detached), seen);
    assert_eq!(detached.state.storage_of(&storage), None);
}

#[test]
fn a_storage_that_was_asked_for_is_there_and_becomes_seen_by_its_event() {
    let ctx = acts(|tools| {
        tools.run("storage-add data=2");
        0
    });
    let output = ctx.run(ctx.on().install(), &everything());
    assert_eq!(output.requested_storages(), [("data".to_owned(), 2)].into());
    let new: Vec<_> = output.state.storages.values().filter(|it| !it.attached).collect();
    assert_eq!(new.iter().map(|it| it.id()).collect::<Vec<_>>(), ["data/4", "data/5"]);
    let ctx = printed(&["storage-list"]);
    let output = ctx.run(ctx.on().storage_attached(new[0]), &output.state);
    assert_eq!(log(&output), ["storage-list: 0 data/3\ndata/4"]);
}

#[test]
fn a_resource_is_the_file_of_the_state() {
    let ctx = printed(&["resource-get page", "resource-get other"]);
    let output = ctx.run(ctx.on().install(), &everything());
    assert_eq!(
        log(&output),
        [
            "resource-get page: 0 /srv/page.html",
            "resource-get other: 1 ERROR could not download resource: resource \"other\" not found",
        ]
    );
}

#[test]
fn the_cloud_is_for_an_application_that_is_trusted() {
    let cloud = |ctx: Context| {
        let output = ctx.run(ctx.on().update_status(), &everything());
        let lines: Vec<String> = output.logs.iter().map(|line| line.message.clone()).collect();
        lines[0].clone()
    };
    let asks = || printed(&["credential-get --format=json"]);
    let refused = "credential-get --format=json: 1 ERROR cannot access cloud credentials: ";
    assert_eq!(cloud(asks()), format!("{refused}permission denied"));
    assert_eq!(
        cloud(asks().trusted()),
        "credential-get --format=json: 0 {\"type\":\"kubernetes\",\"name\":\"microk8s\",\
         \"endpoint\":\"https://10.0.0.1\",\"credential\":{\"auth-type\":\"certificate\",\
         \"attrs\":{\"token\":\"the-cloud-token\"}}}"
    );
    assert_eq!(
        cloud(asks().trusted().juju_version(JujuVersion::new(3, 6, 9)).allow(Rule::R52)),
        format!("{refused}credential-get on a \"caas\" model not supported")
    );
}

#[test]
fn relations_of_every_kind_are_seen_as_juju_shows_them() {
    let ctx = printed(&[
        "relation-list -r database:4",
        "relation-list -r cluster:5",
        "relation-list -r logs:6",
        "relation-list -r cluster:5 --app",
        "relation-get -r database:4 url postgres --app",
        "relation-get -r database:4 up postgres/1",
        "relation-model-get -r database:4",
    ]);
    let state =
        everything().change_relation(&database(), |it| it.remote_model = Some("u-2".into()));
    let output = ctx.run(ctx.on().update_status(), &state);
    assert_eq!(
        log(&output),
        [
            "relation-list -r database:4: 0 postgres/0\npostgres/1",
            "relation-list -r cluster:5: 0 web/7",
            "relation-list -r logs:6: 0 syslog/0",
            "relation-list -r cluster:5 --app: 0 web",
            "relation-get -r database:4 url postgres --app: 0 sql://db",
            "relation-get -r database:4 up postgres/1: 0 yes",
            "relation-model-get -r database:4: 0 uuid: u-2",
        ]
    );
    let kind = |relation: &Relation| output.state.relation_of(relation).unwrap().kind;
    assert_eq!(kind(&Relation::peer(Cluster, 5)), RelationKind::Peer);
    assert_eq!(kind(&Relation::subordinate(Logs, 6)), RelationKind::Subordinate);
}

#[test]
fn a_departed_unit_and_a_broken_relation_are_gone_afterwards_unless_the_hook_failed() {
    let ctx = idle();
    let state = everything();
    let departed = ctx.run(ctx.on().relation_departed_by(&database(), 0), &state).state;
    let left: Vec<_> = departed.relation_of(&database()).unwrap().remote_units.keys().collect();
    assert_eq!(left, [&1]);
    let broken = ctx.run(ctx.on().relation_broken(&database()), &state).state;
    assert_eq!(broken.relation_of(&database()), None);
    let secret = &broken.secrets[&id('0')];
    assert!(secret.grants.is_empty(), "a grant ends with the relation that carries it");
    assert!(!broken.secrets[&id('1')].granted);
    let ctx = acts(|_| 1);
    let failed = ctx.attempt(ctx.on().relation_broken(&database()), &state).state;
    assert!(failed.relation_of(&database()).is_some());
}

#[test]
fn a_secret_is_known_with_all_that_its_owner_said() {
    let ctx = printed(&[
        "secret-info-get --label password --format=json",
        "secret-get --label password",
        "secret-get secret:d0erdgfmp25c762i8np1",
        "secret-get secret:d0erdgfmp25c762i8np2",
    ]);
    let state = everything();
    let output = ctx.attempt_without_leaks(&state);
    let told = log(&output);
    for part in ["\"revision\":2", "\"rotation\":\"daily\"", "\"description\":\"of the database\""]
    {
        assert!(told[0].contains(part), "{}", told[0]);
    }
    assert!(told[2].contains(": 0 "), "{}", told[2]);
    assert!(told[3].contains(": 1 "), "{}", told[3]);
    let follows = output.state.secret_of(&state.secrets[&id('1')]).unwrap().tracked;
    assert_eq!(follows, Some(1), "reading a secret makes the unit a reader of it");
    assert_eq!(output.state.secret_labelled("password").unwrap().owner, Owner::Application);
}

/// For tests whose program tells secrets on purpose.
trait WithoutLeaks {
    fn attempt_without_leaks(&self, state: &State) -> Output;
}

impl WithoutLeaks for Context {
    fn attempt_without_leaks(&self, state: &State) -> Output {
        let mut state = state.clone();
        // What is shorter than eight bytes is never taken for a secret that leaked.
        let revisions = state.secrets.values_mut().flat_map(|secret| secret.revisions.values_mut());
        for revision in revisions {
            revision.content = [("key", "short")].into_iter().collect();
        }
        self.run(self.on().update_status(), &state)
    }
}

#[test]
fn two_relations_with_applications_of_one_name_may_lead_into_two_models() {
    let ctx = printed(&["relation-model-get -r 1", "relation-model-get -r 2"]);
    let (near, far) = (Relation::new(Database, 1), Relation::new(Database, 2).remote_model("far"));
    let state = State::default().relation(&near).relation(&far);
    let out = ctx.run(ctx.on().update_status(), &state);
    let said = log(&out);
    assert!(!said[0].contains("far") && said[1].ends_with("uuid: far"), "{said:?}");
    assert_eq!(out.state.relation_of(&far).unwrap().remote_model.as_deref(), Some("far"));
    assert_eq!(out.state.relation_of(&near).unwrap().remote_model, None);
}

#[test]
fn an_action_with_a_parameter_that_a_test_allows_runs() {
    let ctx = printed(&["action-get --format=json"]).allow(Rule::R31);
    let out = ctx.run(ctx.on().action("backup").param("keep", "many"), &State::default());
    assert!(log(&out)[0].contains("\"keep\":\"many\""), "{:?}", log(&out));
}

#[test]
fn a_value_of_a_secret_that_a_test_says_is_public_may_show() {
    let secret = Secret::granted(&id('1'), &[("username", "postgresql")]);
    let state = State::default().secret(&secret);
    let logs = || printed(&["secret-get secret:d0erdgfmp25c762i8np1"]);
    let ctx = logs();
    let run = AssertUnwindSafe(|| drop(ctx.run(ctx.on().update_status(), &state)));
    let panic = catch_unwind(run).unwrap_err();
    let said = panic.downcast::<String>().unwrap();
    assert!(said.contains("the secret value \"username\" shows up in"), "{said}");
    let ctx = logs().allow_leak("username");
    let out = ctx.run(ctx.on().update_status(), &state);
    assert_eq!(out.leaks[0].key, "username");
}

#[test]
fn a_context_says_who_and_where_the_unit_is() {
    let names = [
        "JUJU_UNIT_NAME",
        "JUJU_VERSION",
        "JUJU_MACHINE_ID",
        "JUJU_AVAILABILITY_ZONE",
        "JUJU_PRINCIPAL_UNIT",
        "JUJU_MODEL_NAME",
        "JUJU_MODEL_UUID",
    ];
    let ctx = acts(move |tools| {
        for name in names {
            let value = tools.variable(name).unwrap_or_default();
            tools.run(&format!("juju-log {}", value.replace('_', " ")));
        }
        0
    })
    .application(&ApplicationName::from_static("frontend"))
    .unit_number(3)
    .juju_version("3.6-beta1".parse::<JujuRelease>().unwrap())
    .machine("0/lxd/1")
    .availability_zone("eu-1a")
    .principal(UnitName::from_static("ubuntu/0"));
    let state = State::default().with_model(ModelInfo::machines("prod").uuid("7f4f4c1e"));
    assert_eq!(state.model.kind, ModelKind::Machine);
    let output = ctx.run(ctx.on().start(), &state);
    assert_eq!(
        log(&output),
        ["frontend/3", "3.6-beta1", "0/lxd/1", "eu-1a", "ubuntu/0", "prod", "7f4f4c1e"]
    );
    assert_eq!(ctx.unit().as_str(), "frontend/3");
    let peer = Relation::peer(Cluster, 1).remote_unit(0);
    let expected = UnitName::from_static("frontend/0");
    let hook = ctx.on().relation_joined(&peer);
    assert_eq!(hook, Hook::RelationJoined { relation: peer.id, unit: expected });
}

#[test]
fn a_word_that_is_no_version_of_juju_is_refused_with_an_example() {
    let error = "three".parse::<JujuRelease>().unwrap_err().to_string();
    assert!(error.contains("3.6.14"), "{error}");
}

#[test]
fn a_new_secret_never_gets_the_id_of_another_one_nor_its_random_bytes() {
    let ctx = acts(|tools| {
        tools.run("secret-add key=value");
        0
    });
    let first = ctx.run(ctx.on().start(), &State::default().leader()).state;
    let second = ctx.run(ctx.on().start(), &first).state;
    assert_eq!((first.secrets.len(), second.secrets.len()), (1, 2));
}

#[test]
fn nested_parts_are_changed_in_place_and_put_there_if_they_are_not() {
    let state = State::default()
        .change_relation(&database(), |it| it.local_unit.clear())
        .change_relation(&database(), |it| drop(it.remote_units.insert(9, [].into())))
        .change_container(WEB, |it| it.reachable = false)
        .change_storage(&Storage::new(DATA, 0), |it| it.attached = false);
    let units: Vec<_> = state.relation_of(&database()).unwrap().remote_units.keys().collect();
    assert_eq!(units, [&0, &9]);
    assert_eq!(state.container_of(WEB), Some(&Container::unreachable()));
    assert!(!state.storage_of(&Storage::new(DATA, 0)).unwrap().attached);
    assert_eq!(state.relations_of("database").count(), 1);
    assert_eq!(state.container_of("other"), None);
}
