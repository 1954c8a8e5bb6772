//! Every step prints as the line that made it, and does what it says.

use crate::engine_common::{Charm, metadata, unit, web};
use ops_testing::{
    emulator::{
        juju::{Refusal, Script, Trouble},
        pebble::Pebble,
    },
    world::{Application, Applied, Build, Given, Params, SecretNamed, Step, World, WorldError},
};

/// Runs the line, and holds its step against the line itself.
macro_rules! line {
    ($world:ident.$($call:tt)+) => {{
        let result = $world.$($call)+;
        let line = concat!("world.", stringify!($($call)+), ";");
        let bare = |text: &str| text.replace([' ', '\n'], "");
        let code = $world.steps().last().unwrap().as_code();
        assert_eq!(bare(&code), bare(line), "{code}");
        result
    }};
}

fn stateful() -> Build {
    let yaml = "
name: store
containers: {store: {}}
storage: {data: {type: filesystem, multiple: {range: 0-}}}
requires: {web: {interface: http}}
config: {options: {on: {type: boolean}, many: {type: int}, share: {type: float}, key: {type: secret}}}
actions: {backup: {params: {keep: {type: integer}, where: {type: string}, tags: {type: array}}}}
";
    Build::program(metadata(yaml), Charm::idle())
}

fn world() -> World {
    let mut world = World::new();
    world.deploy(Application::new(stateful()).units(2).build("next", stateful()));
    world.deploy(Application::scripted("front").provides("site", "http"));
    world.settle();
    world
}

#[test]
fn config_is_set_in_every_type_and_reset() {
    let mut world = world();
    line!(world.add_secret("token", [("password", "correct-horse")]));
    line!(world.set_config("store", "on", true));
    line!(world.set_config("store", "many", -7));
    line!(world.set_config("store", "many", 7000000000_i64));
    line!(world.set_config("store", "share", 0.5_f64));
    line!(world.set_config("store", "key", SecretNamed::new("token")));
    line!(world.reset_config("store", "share"));
    world.settle();
    line!(world.trust("store"));
    line!(world.distrust("store"));
    world.expect_idle();
    line!(world.trust("store"));
    assert_eq!(world.due().len(), 2, "config-changed on each unit");
    let config = world.unit("store/0").state().config;
    assert_eq!(config.keys().collect::<Vec<_>>(), ["key", "many", "on"]);
    let id = world.model().secrets.keys().next().unwrap().to_string();
    assert_eq!(config["key"], id.as_str().into());
}

#[test]
fn relations_begin_are_written_to_pause_and_end() {
    let mut world = world();
    line!(world.integrate("store:web", "front:site"));
    line!(world.remote_data(
        ("store:web", "front:site"),
        "front",
        [("url", "http://a"), ("x", "1")]
    ));
    line!(world.remote_data(("store:web", "front:site"), "front/0", [("", ""); 0]));
    line!(world.add_secret_of("front", "pass", [("key", "value")]));
    line!(world.grant_secret_over(("store:web", "front:site"), "pass", "store"));
    line!(world.remote_data(
        ("store:web", "front:site"),
        "front",
        [("id", Given::<String>::from(SecretNamed::new("pass"))), ("x", Given::<String>::from(""))]
    ));
    world.settle();
    let bag = world.databag(("store:web", "front:site"), "front");
    assert_eq!(bag.keys().collect::<Vec<_>>(), ["id", "url"]);
    assert!(bag["id"].starts_with("secret:"));
    line!(world.suspend_relation(("store:web", "front:site")));
    line!(world.resume_relation(("store:web", "front:site")));
    line!(world.remove_relation(("store:web", "front:site")));
    world.settle();
    let again = world.apply(&Step::RemoveRelation(
        ops_testing::world::NamesRelation::ends(("store:web", "front:site")).unwrap(),
    ));
    assert!(matches!(again, Err(WorldError::NoRelation(_))), "{again:?}");
}

#[test]
fn secrets_are_updated_granted_revoked_and_removed() {
    let mut world = world();
    world.add_secret("token", [("password", "one")]);
    line!(world.update_secret("token", [("password", "two")]));
    line!(world.grant_secret("token", "store"));
    line!(world.revoke_secret("token", "store"));
    line!(world.remove_secret("token"));
    assert!(world.model().secrets.is_empty());
}

#[test]
fn units_come_go_and_lead() {
    let mut world = world();
    assert_eq!(line!(world.add_unit("store")), unit("store/2"));
    line!(world.lose_leader("store"));
    assert!(world.units("store").iter().all(|unit| !unit.is_leader()));
    line!(world.elect("store/1"));
    assert!(world.unit("store/1").is_leader());
    line!(world.remove_unit("store/0"));
    world.settle();
    assert_eq!(world.units("store").len(), 2);
    line!(world.remove_application("store"));
    world.settle();
    assert!(world.units("store").is_empty() && !world.model().applications.contains_key("store"));
}

#[test]
fn containers_go_come_and_have_something_to_say() {
    let mut world = world();
    line!(world.container_down("store/0", "store"));
    line!(world.container_up("store/0", "store"));
    line!(world.notify("store/0", "store", "example.com/a", [("why", "\"quoted\"")]));
    line!(world.check_fails("store/0", "store", "up"));
    line!(world.check_recovers("store/0", "store", "up"));
    line!(world.service_exits("store/0", "store", "server", 1));
    world.settle();
    line!(world.replace_pod("store/0"));
    assert!(world.unit("store/0").hooks().contains(&"store-pebble-custom-notice"));
}

#[test]
fn an_upgrade_an_action_and_time() {
    let mut world = world();
    line!(world.upgrade("store", "next"));
    line!(world.upgrade_by_force("store", "first"));
    let outcome = line!(world.action("store/0", "backup", ()));
    assert_eq!(outcome.failed, None);
    line!(
        world.action(
            "store/0",
            "backup",
            Params::new()
                .with("keep", 3)
                .with("tags", serde_json::json!(["a", "b"]))
                .with("where", "x")
        )
    );
    world.action("store/0", "backup", [("keep", 3)]);
    line!(world.update_status("store/1"));
    line!(world.advance(3600));
    let none = world.apply(&Step::Upgrade {
        application: unit("store/0").application(),
        build: "third".to_owned(),
        force: false,
    });
    assert!(none.unwrap_err().to_string().contains("was given no build named \"third\""));
}

#[test]
fn trouble_storage_and_its_end() {
    let mut world = world();
    line!(world.refuse_next_flush("store/0", Refusal::Before("no".into())));
    line!(world.refuse_next_flush("store/0", Refusal::AfterSecrets("no".into())));
    line!(
        world.trouble_next(
            "store/0",
            Script::default()
                .once("status-set", 1, Trouble::Fails { code: 1, stderr: "no\n".into() })
                .always("is-leader", Trouble::Prints(b"\xff\"".to_vec()))
                .always("juju-log", Trouble::Killed(9))
                .once("config-get", 0, Trouble::Lost)
                .kill_after(2)
        )
    );
    assert_eq!(line!(world.add_storage("store/0", "data")), "data/0");
    world.run_hook("store/0", "data-storage-attached");
    line!(world.resolved("store/0"));
    line!(world.detach_storage("store/0", "data/0"));
    line!(world.resolved_without_retry("store/0"));
    world.settle();
}

#[test]
fn a_step_is_a_value_that_another_world_applies() {
    let mut one = world();
    one.integrate("store:web", "front:site");
    one.add_unit("store");
    one.set_config("store", "many", 3);
    let steps: Vec<Step> = one.steps().cloned().collect();
    let mut other = world();
    for step in &steps {
        other.apply(step).unwrap();
    }
    one.settle();
    other.settle();
    assert_eq!(one.model(), other.model());
    assert!(other.steps().eq(&steps));
    let json = serde_json::to_value(&steps[0]).unwrap();
    assert_eq!(json, serde_json::json!({"integrate": ["store:web", "front:site"]}));
}

#[test]
fn what_a_secret_step_holds_is_neither_debugged_nor_serialised() {
    let mut world = world();
    world.add_secret("token", [("password", "correct-horse")]);
    let step = world.steps().last().unwrap();
    assert!(!format!("{step:?}").contains("correct-horse"));
    let json = serde_json::to_string(step).unwrap();
    assert!(json.contains("password") && !json.contains("correct-horse"), "{json}");
    world.update_secret("token", [("password", "short")]);
    world.remove_secret("token");
    let timeline = world.timeline().to_string();
    assert!(timeline.contains("world.update_secret(\"token\", [(\"password\", \"<secret>\")]);"));
    assert!(!timeline.contains("correct-horse") && !timeline.contains("short"), "{timeline}");
}

#[test]
fn what_juju_refuses_leaves_no_step() {
    let mut world = world();
    for step in [
        Step::RemoveUnit { unit: unit("store/9") },
        Step::Elect { unit: unit("nobody/0") },
        Step::RemoveSecret { name: "none".to_owned() },
        Step::TroubleNext { unit: unit("store/9"), script: Script::default() },
    ] {
        world.apply(&step).unwrap_err();
    }
    assert_eq!(world.steps().count(), 0);
}

#[test]
fn a_charm_is_not_written_for_by_the_test() {
    let mut world = World::new();
    let web = Build::program(web(), Charm::idle());
    world.deploy(Application::new(web.clone()));
    let error = world.try_deploy(Application::new(web).named("other").provides("x", "y"));
    assert_eq!(error, Err(WorldError::RunsACharm("other".to_owned())));
    let secret = Step::AddSecret {
        name: "x".to_owned(),
        owner: Some(unit("web/0").application()),
        content: [("a", "b")].into_iter().collect(),
    };
    assert_eq!(world.apply(&secret), Err(WorldError::RunsACharm("web".to_owned())));
}

#[test]
fn a_unit_that_is_added_is_what_applying_the_step_gives() {
    let mut world = world();
    let applied = world.apply(&Step::AddUnit { application: unit("store/0").application() });
    assert_eq!(applied, Ok(Applied::Unit(unit("store/2"))));
}

#[test]
#[should_panic(expected = "unit \"store/7\" not found")]
fn a_method_fails_the_test_with_jujus_reason() {
    world().remove_unit("store/7");
}

#[test]
fn containers_have_what_their_image_has() {
    let mut world = World::new();
    let image = Pebble::new().file("/etc/motd", "hello");
    let name = ops_core::names::ContainerName::from_static("store");
    world.deploy(Application::new(stateful()).named("a").image(name, image).config("many", 4_i64));
    let file = world.container("a/0", "store").file_at("/etc/motd");
    assert_eq!(file.unwrap().content[..], b"hello"[..]);
    assert_eq!(world.unit("a/0").state().config["many"], 4_i64.into());
}
