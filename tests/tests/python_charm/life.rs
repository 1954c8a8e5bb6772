//! From install to remove.

use super::World;
use ops_core::names::UnitName;
use ops_testing::emulator::juju::{Content, Grantee, Owner};
use serde_json::json;

#[test]
fn it_starts_and_is_active_once_it_has_its_database() {
    let Some(mut world) = World::new() else { return };
    let hooks = world.settle();
    let expected = ["install", "peers-relation-created", "leader-elected", "config-changed"];
    assert_eq!(hooks[..4], expected, "{hooks:?}");
    assert_eq!(world.status(), "waiting: no database");
    let relation = world.add_database();
    let hooks = world.settle();
    let expected = [
        "database-relation-created",
        "database-relation-changed",
        "database-relation-joined",
        "database-relation-changed",
    ];
    assert_eq!(hooks, expected);
    assert_eq!(world.status(), "active: ");

    let model = world.engine.model();
    let application = model.application("python-charm").unwrap();
    assert_eq!(application.status.as_ref().unwrap().status.message, "1 planned");
    assert_eq!(model.unit(&world.unit).unwrap().ports.len(), 1);
    assert_eq!(application.workload_version, "1.2.3");
    let ours = model.relations[&relation].side("python-charm").unwrap();
    assert_eq!(ours.settings["database"], "python-charm");
    assert_eq!(world.environment("DATABASE").as_deref(), Some("postgresql://one"));
    let pebble = world.pebble();
    assert!(pebble.is_running("web"));
    assert_eq!(pebble.file_at("/srv/www/index.html").unwrap().content, b"Hello 0.5\n");
    let binary: Vec<u8> = (0..=255).collect();
    assert_eq!(pebble.file_at("/srv/www/logo.bin").unwrap().content, binary);
}

#[test]
fn a_deferred_event_comes_again_before_the_next() {
    let Some(mut world) = World::new() else { return };
    world.settle();
    world.add_database();
    world.settle();
    let report = world.report();
    assert_eq!(report["deferred"], "1");
    let seen = report["seen"].as_str().unwrap();
    assert_eq!(seen.matches("pebble_ready").count(), 2, "{seen}");
    // The state that ops keeps in a file of the charm's directory.
    assert!(world.program.directory(&world.unit).join(".unit-state.db").exists());
}

#[test]
fn configuration_of_every_type_arrives() {
    let Some(mut world) = World::active() else { return };
    let secret = world.engine.add_secret("token", Content::from_iter([("token", "t1")])).unwrap();
    world.engine.grant_secret(&secret, "python-charm").unwrap();
    world.engine.set_config("python-charm", "title", "it's \"é\": 100%\n- yes").unwrap();
    world.engine.set_config("python-charm", "workers", 4).unwrap();
    world.engine.set_config("python-charm", "ratio", 2.0).unwrap();
    world.engine.set_config("python-charm", "token", secret.as_str()).unwrap();
    assert_eq!(world.settle(), ["config-changed"]);
    assert_eq!(world.environment("WORKERS").as_deref(), Some("4"));
    assert_eq!(world.environment("TOKEN").as_deref(), Some("t1"));
    let page = world.pebble().file_at("/srv/www/index.html").unwrap().content.to_vec();
    // Juju prints a whole number of type float without a point, in JSON too.
    assert_eq!(String::from_utf8(page).unwrap(), "it's \"é\": 100%\n- yes 2\n");

    world.engine.update_secret(&secret, Content::from_iter([("token", "t2")])).unwrap();
    assert_eq!(world.settle(), ["secret-changed"]);
    assert_eq!(world.environment("TOKEN").as_deref(), Some("t2"));
}

#[test]
fn a_relation_is_followed_until_it_is_broken_and_the_next_is_another() {
    let Some(mut world) = World::active() else { return };
    let first = *world.engine.model().relations.keys().last().unwrap();
    world.engine.write(first, "database", [("url", "postgresql://two")]).unwrap();
    assert_eq!(world.settle(), ["database-relation-changed"]);
    assert_eq!(world.environment("DATABASE").as_deref(), Some("postgresql://two"));
    world.engine.remove_relation(first).unwrap();
    let hooks = world.settle();
    assert_eq!(hooks, ["database-relation-departed", "database-relation-broken"]);
    assert_eq!(world.environment("DATABASE"), None);
    assert_eq!(world.status(), "waiting: no database");
    assert_eq!(world.reported("brokens"), [json!(first.number())]);
    world.engine.integrate("python-charm:database", "database:db").unwrap();
    let hooks = world.settle();
    assert_eq!(hooks[0], "database-relation-created");
}

#[test]
fn an_owned_secret_is_shared_rotates_and_its_old_revision_goes() {
    let Some(mut world) = World::active() else { return };
    let relation = world.add_proxy();
    world.settle();
    let model = world.engine.model();
    let ours = model.relations[&relation].side("python-charm").unwrap();
    let id = ours.settings["password"].clone();
    let (key, secret) = model.secrets.iter().next_back().unwrap();
    assert!(id.ends_with(key.as_str().rsplit([':', '/']).next().unwrap()), "{id} {key:?}");
    assert!(matches!(&secret.owner, Owner::Application(name) if name.as_str() == "python-charm"));
    assert!(secret.grants.contains_key(&Grantee::Application("proxy".parse().unwrap())));
    let first = secret.latest();

    world.engine.advance(24 * 60 * 60);
    let hooks = world.settle();
    assert_eq!(hooks, ["secret-rotate", "secret-remove"]);
    let secret = &world.engine.model().secrets[&key_of(&world)];
    assert_eq!(secret.latest(), first + 1);
    let seen = world.reported("seen");
    assert!(seen.contains(&json!("rotate site-password")), "{seen:?}");
    assert!(seen.contains(&json!(format!("remove {first}"))), "{seen:?}");
    let secret = &world.engine.model().secrets[&key_of(&world)];
    assert!(!secret.revisions.contains_key(&first), "{:?}", secret.revisions.keys());
}

fn key_of(world: &World) -> ops_core::names::SecretId {
    world.engine.model().secrets.keys().next_back().unwrap().clone()
}

#[test]
fn actions_get_their_parameters_and_give_results() {
    let Some(mut world) = World::active() else { return };
    let outcome = world.act("report", json!({"wanted": 3}));
    assert_eq!(outcome.failed, None, "{:?}", outcome.results);
    assert_eq!(outcome.results["greeting"], "hello");
    assert_eq!(outcome.results["wanted"], "3");
    assert_eq!(outcome.messages, ["looking"]);
    let failed = world.act("break", json!({"how": "message"}));
    assert_eq!(failed.failed.as_deref(), Some("as wished"));
    let crashed = world.act("break", json!({}));
    assert_eq!(crashed.failed.as_deref(), Some("exit status 1"));
    let stderr = crashed.results["stderr"].as_str().unwrap();
    assert!(stderr.contains("RuntimeError in charm code: told to fail"), "{stderr}");
    assert_eq!(world.status(), "active: ");
}

#[test]
fn removal_ends_relations_stops_and_removes() {
    let Some(mut world) = World::active() else { return };
    world.engine.remove_application("python-charm").unwrap();
    let hooks = world.settle();
    let expected = [
        "data-storage-detaching",
        "database-relation-departed",
        "database-relation-broken",
        "stop",
        "remove",
    ];
    assert_eq!(hooks, expected);
    let unit: &UnitName = &world.unit;
    assert!(world.engine.model().unit(unit).is_err());
}

#[test]
fn storage_is_there_once_it_is_attached() {
    let Some(mut world) = World::active() else { return };
    assert_eq!(world.reported("storage"), [json!("/var/lib/juju/storage/data/0")]);
    assert!(world.reported("seen").contains(&json!("data_storage_attached")));
}

#[test]
fn a_suspended_relation_is_broken_and_comes_back_as_it_was() {
    let Some(mut world) = World::active() else { return };
    let relation = *world.engine.model().relations.keys().last().unwrap();
    world.engine.suspend_relation(relation).unwrap();
    let hooks = world.settle();
    assert_eq!(hooks, ["database-relation-departed", "database-relation-broken"]);
    assert_eq!(world.status(), "waiting: no database");
    world.engine.resume_relation(relation).unwrap();
    assert_eq!(world.settle()[0], "database-relation-created");
    assert_eq!(world.status(), "active: ");
    assert_eq!(world.environment("DATABASE").as_deref(), Some("postgresql://one"));
}
