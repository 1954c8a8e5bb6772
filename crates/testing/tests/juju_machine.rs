//! What a unit asks of the place where it lives, and the older commands of leaders.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod juju_support;

use juju_support::*;
use ops_core::JujuVersion;
use ops_testing::emulator::juju::{CloudCredential, CloudSpec, Effect, Hook, Model};

fn trusted() -> Model {
    let mut model = model();
    model.cloud = Some(CloudSpec {
        region: "eu-1".to_owned(),
        credential: Some(CloudCredential {
            auth_type: "userpass".to_owned(),
            attributes: [("username".to_owned(), "me".to_owned())].into(),
            redacted: vec!["password".to_owned()],
        }),
        ca_certificates: vec!["PEM".to_owned()],
        skip_tls_verify: true,
        ..CloudSpec::new("openstack", "prod")
    });
    model.application_mut("web").unwrap().trusted = true;
    model
}

fn in_model(model: Model) -> World {
    World::new(model, "web/0", Hook::ConfigChanged)
}

#[test]
fn the_cloud_is_told_with_what_is_set_and_nothing_else() {
    let mut world = in_model(trusted());
    assert_eq!(
        world.print("credential-get --format=json"),
        "{\"type\":\"openstack\",\"name\":\"prod\",\"region\":\"eu-1\",\"credential\":\
         {\"auth-type\":\"userpass\",\"attrs\":{\"username\":\"me\"},\"redacted\":[\"password\"]},\
         \"cacertificates\":[\"PEM\"],\"skip-tls-verify\":true}\n"
    );
    assert!(world.print("credential-get").starts_with("type: openstack\nname: prod\n"));
}

#[test]
fn every_reason_to_refuse_the_cloud_begins_alike() {
    let refused = |why: &str| (1, format!("cannot access cloud credentials: {why}"));
    let line = "credential-get";
    let mut model = trusted();
    model.application_mut("web").unwrap().trusted = false;
    assert_eq!(in_model(model).fail(line), refused("permission denied"));
    let mut model = trusted();
    model.cloud = None;
    assert_eq!(in_model(model).fail(line), refused("cloud spec not found"));
    let mut model = trusted();
    model.version = JujuVersion::new(3, 6, 9);
    let unsupported = refused("credential-get on a \"caas\" model not supported");
    assert_eq!(in_model(model).fail(line), unsupported);
}

#[test]
fn a_resource_is_a_path_without_a_newline() {
    let mut model = model();
    let resources = &mut model.application_mut("web").unwrap().resources;
    resources.insert("page".to_owned(), "/srv/page.html".into());
    let mut world = in_model(model);
    assert_eq!(world.print("resource-get page"), "/srv/page.html");
    assert_eq!(world.fail("resource-get"), (2, "missing required resource name".to_owned()));
    let missing = "could not download resource: resource \"other\" not found";
    assert_eq!(world.fail("resource-get other"), (1, missing.to_owned()));
}

#[test]
fn a_unit_knows_its_two_addresses() {
    let mut world = World::leader();
    assert_eq!(world.print("unit-get private-address"), "10.1.0.1\n");
    assert_eq!(world.print("unit-get public-address --format=json"), "\"10.1.0.1\"\n");
    assert_eq!(world.fail("unit-get"), (2, "no setting specified".to_owned()));
    assert_eq!(world.fail("unit-get x"), (2, "unknown setting \"x\"".to_owned()));
    let unit = world.model.unit_mut(&unit("web/0")).unwrap();
    unit.networks.get_mut("").unwrap().ingress_addresses.clear();
    unit.networks.get_mut("").unwrap().bind_addresses.clear();
    let missing = (1, "public address not found".to_owned());
    assert_eq!(world.fail("unit-get public-address"), missing);
}

#[test]
fn a_reboot_waits_for_the_end_of_the_hook_unless_it_is_at_once() {
    let mut world = World::leader();
    world.print("juju-reboot");
    assert!(!world.session.is_killed());
    world.print("juju-reboot --now");
    assert!(world.session.is_killed(), "nobody is left to read an answer");
    let expected = [Effect::Reboot { now: false }, Effect::Reboot { now: true }];
    assert_eq!(world.session.record().effects, expected);
    let mut world = World::new(model(), "web/0", Hook::action("backup"));
    let refused = "juju-reboot is not supported when running an action.";
    assert_eq!(world.fail("juju-reboot"), (1, refused.to_owned()));
}

#[test]
fn leader_settings_are_written_at_once_by_the_leader_and_read_by_all() {
    let mut world = World::leader();
    assert_eq!(world.print("leader-get"), "{}\n");
    world.print("leader-set a=1 b=2");
    world.session.drop_writes();
    world.print("leader-set b=");
    world.print("leader-set a=1");
    assert_eq!(world.print("leader-get --format=json"), "{\"a\":\"1\"}\n");
    assert_eq!(world.session.record().effects.len(), 3, "nothing is set twice");
    world.next("web/1", Hook::ConfigChanged).unwrap();
    assert_eq!(world.print("leader-get a"), "1\n");
    assert_eq!(world.print("leader-get none"), "");
    assert_eq!(world.fail("leader-get a=b"), (2, "invalid key \"a=b\"".to_owned()));
    let refused = "cannot write leadership settings: cannot write settings: not the leader";
    assert_eq!(world.fail("leader-set a=2"), (1, refused.to_owned()));
    let gone = "bad request: unknown command: leader-set";
    assert_eq!(World::of_version((4, 0, 0)).fail("leader-set a=1").1, gone);
}

#[test]
fn a_metric_is_measured_where_metrics_are_collected() {
    let mut world = World::leader();
    assert_eq!(world.fail("add-metric"), (2, "no metrics specified".to_owned()));
    let elsewhere = "cannot record metric: metrics not allowed in this context";
    assert_eq!(world.fail("add-metric users=3"), (1, elsewhere.to_owned()));
    let mut world = World::new(model(), "web/0", Hook::CollectMetrics);
    world.print("add-metric users=3 --labels a=b");
    let reserved = "juju-users uses a reserved prefix";
    assert_eq!(world.fail("add-metric juju-users=3"), (1, reserved.to_owned()));
}
