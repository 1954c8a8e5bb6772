//! Runs as a whole: what lands and what is lost, failures on request, the environment.
#![allow(clippy::unwrap_used)]

mod juju_support;

use juju_support::{DATABASE, World, content, model, unit};
use ops::{
    hook_command::{Exit, Invocation, Transport as _, TransportError},
    host::Environment,
};
use ops_core::{
    JujuVersion,
    names::{ContainerName, SecretId},
};
use ops_testing::emulator::juju::{
    Effect, Hook, Juju, Model, Places, Refusal, Script, Session, StatusName, Trouble, environment,
};
use std::time::Duration;

fn juju() -> Juju {
    Juju::new(model(), unit("web/0"), Hook::ConfigChanged)
}

fn call(line: &str) -> Invocation {
    let mut words = line.split(' ').map(str::to_owned);
    Invocation::new(words.next().unwrap()).args(words)
}

#[test]
fn what_a_failed_hook_buffered_is_lost_and_what_was_immediate_stays() {
    let mut world = World::leader();
    let before = world.model.clone();
    for line in [
        "relation-set -r 1 a=1",
        "relation-set -r 1 --app a=1",
        "open-port 80",
        "state-set a=1",
        "secret-add token=x",
    ] {
        world.run(line);
    }
    assert!(world.session.has_writes());
    world.session.drop_writes();
    world.session.commit(&mut world.model).unwrap();
    let mut after = world.model.clone();
    after.counters = before.counters.clone();
    assert_eq!(after, before);
    world.print("status-set blocked why");
    world.print("application-version-set 1");
    world.session.drop_writes();
    assert_eq!(world.model.unit(&unit("web/0")).unwrap().status.status.name, StatusName::Blocked);
    assert_eq!(world.model.application("web").unwrap().workload_version, "1");
}

#[test]
fn a_refused_flush_loses_everything() {
    let juju = juju();
    juju.invoke(&call("relation-set -r 1 a=1")).unwrap();
    juju.invoke(&call("secret-add token=x")).unwrap();
    juju.refuse_flush(Refusal::Before("no".to_owned()));
    assert_eq!(juju.commit().unwrap_err().to_string(), "no");
    assert!(juju.with_model(|model| model.secrets.is_empty()));
    // The buffer is gone: the retry starts clean.
    juju.commit().unwrap();
    juju.with_model(|model| {
        let member = model.relations[&DATABASE].member(&unit("web/0")).unwrap();
        assert!(!member.settings.contains_key("a"));
    });
}

#[test]
fn secrets_are_not_atomic_with_the_rest() {
    let juju = juju();
    juju.invoke(&call("state-set a=1")).unwrap();
    juju.invoke(&call("secret-add token=x")).unwrap();
    juju.refuse_flush(Refusal::AfterSecrets("no".to_owned()));
    assert!(juju.commit().is_err());
    juju.with_model(|model| {
        assert_eq!(model.secrets.len(), 1);
        assert!(model.unit(&unit("web/0")).unwrap().state.is_empty());
    });
}

#[test]
fn families_after_the_first_failure_are_not_applied() {
    let mut world = World::leader();
    world.print("secret-add token=x");
    world.print("secret-set secret:dddddddddddddddddddd token=x");
    world.print("state-set a=1");
    assert!(world.session.commit(&mut world.model).is_err());
    assert_eq!(world.model.secrets.len(), 1, "creates come before updates");
    assert!(world.model.unit(&unit("web/0")).unwrap().state.is_empty());
}

#[test]
fn effects_are_those_that_changed_something() {
    let juju = juju();
    for line in [
        "config-get",
        "status-set active",
        "status-set active",
        "relation-set -r 1 a=1",
        "relation-set -r 1 a=1",
        "open-port 80",
        "juju-log hello",
    ] {
        juju.invoke(&call(line)).unwrap();
    }
    let effects = juju.with_session(|session| session.record().effects.clone());
    assert_eq!(effects.len(), 3);
    assert!(matches!(&effects[1], Effect::RelationData { changes, .. } if changes["a"] == "1"));
    assert_eq!(juju.calls().len(), 7);
    assert_eq!(juju.calls()[3], "relation-set -r 1 a=1");
}

#[test]
fn scripted_calls_go_wrong_as_asked() {
    let juju = juju();
    let fails = Trouble::Fails { code: 1, stderr: "ERROR boom\n".to_owned() };
    juju.set_script(
        Script::default()
            .once("config-get", 1, fails)
            .always("is-leader", Trouble::Hangs)
            .always("goal-state", Trouble::Missing)
            .once("status-get", 0, Trouble::Prints(b"{".to_vec()))
            .once("state-set", 0, Trouble::Lost)
            .once("open-port", 0, Trouble::Killed(9)),
    );
    assert_eq!(juju.invoke(&call("config-get")).unwrap().exit, Exit::Code(0));
    let reply = juju.invoke(&call("config-get")).unwrap();
    assert_eq!((reply.exit, reply.stderr.as_slice()), (Exit::Code(1), &b"ERROR boom\n"[..]));
    assert_eq!(juju.invoke(&call("config-get")).unwrap().exit, Exit::Code(0));
    for _ in 0..2 {
        assert!(matches!(
            juju.invoke(&call("is-leader")),
            Err(TransportError::Deadline(time)) if time == Duration::from_secs(300)
        ));
    }
    assert!(matches!(juju.invoke(&call("goal-state")), Err(TransportError::Missing)));
    assert_eq!(juju.invoke(&call("status-get")).unwrap().stdout, b"{");
    assert!(matches!(juju.invoke(&call("state-set a=1")), Err(TransportError::Lost(_))));
    assert_eq!(juju.invoke(&call("state-get a")).unwrap().stdout, b"1\n");
    assert_eq!(juju.invoke(&call("open-port 80")).unwrap().exit, Exit::Signal(9));
    assert_eq!(juju.invoke(&call("opened-ports")).unwrap().stdout, b"");
    assert_eq!(juju.calls().len(), 11);
}

#[test]
fn a_killed_charm_has_its_effects_so_far_and_no_more() {
    for effects in 0..=3 {
        let juju = juju();
        juju.set_script(Script::default().kill_after(effects));
        let done = ["status-set active", "open-port 80", "state-set a=1"]
            .iter()
            .filter(|line| juju.invoke(&call(line)).is_ok())
            .count();
        let (_, record) = juju.clone().finish();
        assert_eq!(record.effects.len(), effects);
        assert_eq!(done, effects.saturating_sub(1));
        assert!(juju.is_killed());
    }
}

#[test]
fn commands_that_a_version_lacks_are_missing() {
    let mut model = model();
    model.version = JujuVersion::new(2, 9, 49);
    let juju = Juju::new(model, unit("web/0"), Hook::ConfigChanged);
    assert!(matches!(juju.invoke(&call("secret-ids")), Err(TransportError::Missing)));
    assert!(matches!(juju.invoke(&call("nonsense")), Err(TransportError::Missing)));
}

#[test]
fn what_others_change_during_a_hook_is_seen() {
    let juju = juju();
    juju.change_model(|model| model.write_databag(DATABASE, "db", [("k", "v")]).unwrap());
    let reply = juju.invoke(&call("relation-get -r 1 --app k db")).unwrap();
    assert_eq!(reply.stdout, b"v\n");
}

#[test]
fn a_model_survives_being_written_down() {
    let mut world = World::leader();
    world.print("secret-add token=x --label mine --rotate daily");
    world.print("open-port 80");
    world.print("relation-set -r 1 a=1");
    let user = world.model.add_secret("user", content(&[("token", "x")])).unwrap();
    world.model.grant_secret(&user, juju_support::application("web"), None).unwrap();
    world.model.grant_secret(&user, juju_support::application("db/0"), Some(DATABASE)).unwrap();
    world.session.commit(&mut world.model).unwrap();
    let text = serde_json::to_string(&world.model).unwrap();
    let read: Model = serde_json::from_str(&text).unwrap();
    assert_eq!(read, world.model);
}

#[test]
fn contexts_have_ids_of_their_own() {
    let mut model = model();
    let first = Session::new(&mut model, unit("web/0"), Hook::ConfigChanged);
    let second = Session::new(&mut model, unit("web/0"), Hook::action("backup"));
    assert!(first.context_id().starts_with("web/0-config-changed-"));
    assert!(second.context_id().starts_with("web/0-backup-"));
    assert_ne!(first.context_id().rsplit('-').next(), second.context_id().rsplit('-').next());
}

fn variables(version: (u32, u32, u32), hook: &Hook) -> Environment {
    let mut model = model();
    model.version = JujuVersion::new(version.0, version.1, version.2);
    environment(&model, &unit("web/0"), hook, "the-context", &Places::of(&unit("web/0")))
}

fn get<'a>(variables: &'a Environment, name: &str) -> Option<&'a str> {
    variables.get(name).map(|value| value.to_str().unwrap())
}

#[test]
fn every_hook_has_the_variables_of_its_context() {
    let found = variables((3, 6, 14), &Hook::ConfigChanged);
    for (name, value) in [
        ("JUJU_CONTEXT_ID", "the-context"),
        ("JUJU_HOOK_NAME", "config-changed"),
        ("JUJU_DISPATCH_PATH", "hooks/config-changed"),
        ("JUJU_UNIT_NAME", "web/0"),
        ("JUJU_MODEL_NAME", "testing"),
        ("JUJU_VERSION", "3.6.14"),
        ("JUJU_MACHINE_ID", ""),
        ("JUJU_PRINCIPAL_UNIT", ""),
        ("JUJU_CHARM_DIR", "/var/lib/juju/agents/unit-web-0/charm"),
        ("CHARM_DIR", "/var/lib/juju/agents/unit-web-0/charm"),
        ("JUJU_AGENT_SOCKET_ADDRESS", "/var/lib/juju/agents/unit-web-0/agent.socket"),
        ("JUJU_AGENT_SOCKET_NETWORK", "unix"),
        ("JUJU_SLA", "unsupported"),
        ("LANG", "C.UTF-8"),
    ] {
        assert_eq!(get(&found, name), Some(value), "{name}");
    }
    assert!(get(&found, "PATH").unwrap().starts_with("/var/lib/juju/tools/unit-web-0:"));
    for absent in ["HOME", "USER", "JUJU_RELATION", "JUJU_ACTION_NAME", "JUJU_SECRET_ID"] {
        assert_eq!(get(&found, absent), None, "{absent}");
    }
}

#[test]
fn versions_differ_in_their_variables() {
    let hook = Hook::Install;
    let old = variables((2, 9, 49), &hook);
    assert_eq!(get(&old, "JUJU_METER_STATUS"), Some("AMBER"));
    let abstract_socket = variables((3, 1, 8), &hook);
    assert!(get(&abstract_socket, "JUJU_AGENT_SOCKET_ADDRESS").unwrap().starts_with('@'));
    let new = variables((4, 0, 0), &hook);
    assert_eq!(get(&new, "JUJU_SLA"), None);
    assert_eq!(get(&new, "JUJU_METER_STATUS"), None);
}

#[test]
fn hooks_have_the_variables_of_their_kind() {
    let container = ContainerName::from_static("web");
    let id = SecretId::parse("secret:dddddddddddddddddddd").unwrap();
    let rows = vec![
        (
            Hook::RelationCreated { relation: DATABASE },
            "hooks/database-relation-created",
            vec![
                ("JUJU_RELATION", "database"),
                ("JUJU_RELATION_ID", "database:1"),
                ("JUJU_REMOTE_UNIT", ""),
                ("JUJU_REMOTE_APP", "db"),
            ],
        ),
        (
            Hook::RelationJoined { relation: DATABASE, unit: unit("db/0") },
            "hooks/database-relation-joined",
            vec![("JUJU_REMOTE_UNIT", "db/0")],
        ),
        (
            Hook::RelationChanged { relation: DATABASE, unit: None },
            "hooks/database-relation-changed",
            vec![("JUJU_REMOTE_UNIT", "")],
        ),
        (
            Hook::RelationDeparted {
                relation: DATABASE,
                unit: unit("db/0"),
                departing: unit("web/0"),
            },
            "hooks/database-relation-departed",
            vec![("JUJU_REMOTE_UNIT", "db/0"), ("JUJU_DEPARTING_UNIT", "web/0")],
        ),
        (
            Hook::RelationBroken { relation: DATABASE },
            "hooks/database-relation-broken",
            vec![("JUJU_REMOTE_UNIT", ""), ("JUJU_REMOTE_APP", "db")],
        ),
        (
            Hook::StorageAttached { storage: "data/0".to_owned(), location: "/data".to_owned() },
            "hooks/data-storage-attached",
            vec![
                ("JUJU_STORAGE_ID", "data/0"),
                ("JUJU_STORAGE_LOCATION", "/data"),
                ("JUJU_STORAGE_KIND", "filesystem"),
            ],
        ),
        (
            Hook::SecretChanged { id: id.clone(), label: String::new() },
            "hooks/secret-changed",
            vec![("JUJU_SECRET_ID", "secret:dddddddddddddddddddd"), ("JUJU_SECRET_LABEL", "")],
        ),
        (
            Hook::SecretRemove { id, label: "mine".to_owned(), revision: 3 },
            "hooks/secret-remove",
            vec![("JUJU_SECRET_LABEL", "mine"), ("JUJU_SECRET_REVISION", "3")],
        ),
        (
            Hook::PebbleReady { container: container.clone() },
            "hooks/web-pebble-ready",
            vec![("JUJU_WORKLOAD_NAME", "web"), ("JUJU_HOOK_NAME", "web-pebble-ready")],
        ),
        (
            Hook::PebbleCustomNotice {
                container: container.clone(),
                id: "7".to_owned(),
                key: "example.com/a".to_owned(),
            },
            "hooks/web-pebble-custom-notice",
            vec![
                ("JUJU_NOTICE_ID", "7"),
                ("JUJU_NOTICE_TYPE", "custom"),
                ("JUJU_NOTICE_KEY", "example.com/a"),
            ],
        ),
        (
            Hook::PebbleCheckFailed { container, check: "up".to_owned() },
            "hooks/web-pebble-check-failed",
            vec![("JUJU_PEBBLE_CHECK_NAME", "up"), ("JUJU_WORKLOAD_NAME", "web")],
        ),
        (
            Hook::action("backup"),
            "actions/backup",
            vec![
                ("JUJU_HOOK_NAME", ""),
                ("JUJU_ACTION_NAME", "backup"),
                ("JUJU_ACTION_UUID", "1"),
                ("JUJU_ACTION_TAG", "action-1"),
            ],
        ),
    ];
    for (hook, path, expected) in rows {
        let found = variables((3, 6, 14), &hook);
        assert_eq!(get(&found, "JUJU_DISPATCH_PATH"), Some(path));
        for (name, value) in expected {
            assert_eq!(get(&found, name), Some(value), "{name} of {path}");
        }
    }
}

#[test]
fn the_label_of_a_secret_comes_from_its_owner_if_the_event_has_none() {
    let mut world = World::leader();
    let id = world.print("secret-add token=x --label mine");
    world.session.commit(&mut world.model).unwrap();
    let hook = Hook::SecretRotate { id: SecretId::parse(id.trim()).unwrap(), label: String::new() };
    let places = Places::of(&unit("web/0"));
    let found = environment(&world.model, &unit("web/0"), &hook, "x", &places);
    assert_eq!(get(&found, "JUJU_SECRET_LABEL"), Some("mine"));
}
