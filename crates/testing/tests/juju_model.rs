//! What the emulated Juju lets into its model, and what it keeps between runs.
#![allow(clippy::unwrap_used)]

mod juju_support;

use juju_support::{World, content, model, unit};
use ops::hook_command::{Invocation, Transport as _};
use ops_testing::emulator::juju::{
    Call, CharmMetadata, DiskFiles, Files as _, Hook, Juju, LeakPlace, Model, ModelKind, NoFiles,
    Rotate, Session, Timestamp,
};

fn add(model: &mut Model, name: &str, yaml: &str) {
    let charm = CharmMetadata::from_yaml(&[("charm.yaml", yaml)]).unwrap();
    model.add_application(name, charm).unwrap();
}

/// Ends this run of `web/0` well and begins its next.
fn next(world: &mut World) -> bool {
    world.next("web/0", Hook::ConfigChanged).is_ok()
}

// Relations.

#[test]
fn endpoints_are_related_only_if_their_roles_and_interfaces_fit() {
    let mut model = model();
    add(&mut model, "cache", "{name: cache, provides: {cache: {interface: memcached}}}");
    add(
        &mut model,
        "proxy",
        "{name: proxy, provides: {back: {interface: sql}}, requires: {front: {interface: sql}}}",
    );
    let before = model.clone();
    for (one, other) in [
        ("web:database", "cache:cache"),
        ("db:database", "proxy:back"),
        ("proxy:front", "proxy:back"),
    ] {
        let error = model.relate(one, other).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot relate {one}")), "{error}");
    }
    assert_eq!(model, before);
    model.relate("db:database", "proxy:front").unwrap();
}

#[test]
fn an_endpoint_takes_several_applications_and_each_of_them_once() {
    let mut model = model();
    add(&mut model, "app", "{name: app, requires: {store: {interface: sql}}}");
    model.relate("db:database", "app:store").unwrap();
    for (one, other) in [("app:store", "db:database"), ("web:database", "db:database")] {
        assert_eq!(model.relate(one, other).unwrap_err().to_string(), "relation already exists");
    }
}

// Quotas.

#[test]
fn a_databag_may_be_as_large_as_its_quota_and_no_larger() {
    let mut world = World::leader();
    world.print("relation-set -r 1 a=12345 b=12345");
    assert!(next(&mut world));
    let bag = world.print("relation-get -r 1 --format=json - web/0");
    let bag: std::collections::BTreeMap<String, String> = serde_json::from_str(&bag).unwrap();
    world.model.quotas.databag = bag.iter().map(|(key, value)| key.len() + value.len()).sum();
    world.print("relation-set -r 1 a=54321");
    assert!(next(&mut world), "as much as before");
    world.print("relation-set -r 1 b= c=12345");
    assert!(next(&mut world), "what is removed does not count");
    world.print("relation-set -r 1 d=");
    assert!(next(&mut world), "nor does what was never there");
    world.print("relation-set -r 1 d=1");
    assert!(!next(&mut world));
}

#[test]
fn state_may_be_as_large_as_its_quota_and_no_larger() {
    let mut world = World::leader();
    world.model.quotas.state = 7;
    world.print("state-set a=123456");
    assert!(next(&mut world));
    world.print("state-set a=12345");
    assert!(next(&mut world), "what is replaced does not count");
    world.print("state-set b=1");
    assert!(!next(&mut world));
}

// Ports.

#[test]
fn a_range_that_is_being_closed_is_in_nobodys_way() {
    let mut model = model();
    model.kind = ModelKind::Machine;
    let mut world = World::new(model, "web/0", Hook::ConfigChanged);
    world.print("open-port 8080-8082/tcp");
    assert!(next(&mut world));
    assert!(world.fail("open-port 8081-8090/tcp").1.contains("conflicts with 8080-8082/tcp"));
    world.print("close-port 8080-8082/tcp");
    world.print("open-port 8081-8090/tcp");
    assert_eq!(world.print("opened-ports"), "8081-8090/tcp\n");
}

// Secrets.

#[test]
fn a_rotation_is_due_after_its_time() {
    let now = Timestamp::BEGINNING;
    let day = 86_400;
    for (rotate, seconds) in [
        (Rotate::Never, None),
        (Rotate::Hourly, Some(3600)),
        (Rotate::Daily, Some(day)),
        (Rotate::Weekly, Some(7 * day)),
        (Rotate::Monthly, Some(30 * day)),
        (Rotate::Quarterly, Some(91 * day)),
        (Rotate::Yearly, Some(365 * day)),
    ] {
        assert_eq!(rotate.after(now).map(|due| due.0 - now.0), seconds, "{rotate:?}");
    }
}

#[test]
fn the_metadata_of_a_secret_is_asked_for_by_id_or_label_and_not_without() {
    let mut world = World::leader();
    let id = world.print("secret-add token=a").trim().to_owned();
    let (code, text) = world.fail("secret-info-get");
    assert_eq!((code, text.as_str()), (2, "require either a secret URI or label"));
    let (_, text) = world.fail(&format!("secret-info-get {id} --label x"));
    assert_eq!(text, "specify either a secret URI or label but not both");
}

#[test]
fn a_content_that_shows_up_in_an_argument_alone_is_found() {
    let mut world = World::leader();
    world.print("secret-add token=sentinel-5a1c");
    let leaks = world.model.leaks(world.session.record());
    let places: Vec<LeakPlace> = leaks.into_iter().map(|leak| leak.place).collect();
    assert_eq!(places, [LeakPlace::Argument("secret-add".to_owned())]);
}

// A run.

#[test]
fn a_value_is_printed_as_it_is_when_the_smart_format_is_asked_for_by_name() {
    let mut world = World::leader();
    assert_eq!(world.print("config-get --format=smart title"), "Hello\n");
    assert_eq!(world.print("config-get --format=json title"), "\"Hello\"\n");
}

#[test]
fn the_hook_commands_are_those_of_the_version_of_juju() {
    let commands = |version| World::of_version(version).session.hook_commands(&model());
    assert!(commands((3, 6, 0)).contains(&"config-get"));
    let World { model: old, session } = World::of_version((2, 9, 49));
    let old = session.hook_commands(&old);
    assert!(old.contains(&"config-get") && !old.contains(&"secret-add"), "{old:?}");
}

#[test]
fn what_a_failed_charm_wrote_is_dropped_and_what_the_other_wrote_is_kept() {
    for fails in [false, true] {
        let juju = Juju::new(model(), unit("web/0"), Hook::ConfigChanged);
        juju.invoke(&Invocation::new("state-set").args(["a=1".to_owned()])).unwrap();
        if fails {
            juju.drop_writes();
        }
        juju.commit().unwrap();
        let state = juju.finish().0.unit(&unit("web/0")).unwrap().state.clone();
        assert_eq!(state.is_empty(), fails);
    }
}

#[test]
fn files_are_read_from_the_directory_of_who_calls() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("token"), "hunter2").unwrap();
    let files = DiskFiles(directory.path().to_owned());
    assert_eq!(files.read("token").unwrap(), b"hunter2");
    let absolute = directory.path().join("token");
    assert_eq!(files.read(absolute.to_str().unwrap()).unwrap(), b"hunter2");
    assert!(files.read("nothere").is_err());

    let mut model = model();
    let mut session = Session::new(&mut model, unit("web/0"), Hook::ConfigChanged);
    let call = Call {
        program: "secret-add",
        arguments: vec!["token#file=token".into()],
        input: None,
        files: &files,
    };
    session.run(&mut model, &call);
    session.commit(&mut model).unwrap();
    let secret = model.secrets.values().next().unwrap();
    assert_eq!(secret.revisions[&1].content, content(&[("token", "hunter2")]));
}

#[test]
fn a_call_prints_what_is_asked_and_nothing_of_what_is_sent() {
    let call = Call {
        program: "state-set",
        arguments: vec!["--file".into(), "-".into()],
        input: Some(b"a: hunter2"),
        files: &NoFiles,
    };
    let printed = format!("{call:?}");
    assert!(printed.contains("state-set") && printed.contains("--file"), "{printed}");
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[test]
fn models_with_other_seeds_have_other_contexts() {
    let id = |seed| {
        let mut model = model();
        model.counters.seed = seed;
        Session::new(&mut model, unit("web/0"), Hook::ConfigChanged).context_id().to_owned()
    };
    let ids: std::collections::BTreeSet<String> = (0..64).map(id).collect();
    assert_eq!(ids.len(), 64);
    assert_eq!(id(7), id(7));
}
