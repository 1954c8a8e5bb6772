//! Units that come and go, fail, lead, lose their pod and get another charm.

use super::{Model, is};
use std::fs;

#[test]
fn units_come_and_go() {
    let model = Model::deployed("web");
    model.run(&["add-unit", "web", "-n", "2"]);
    assert_eq!(model.units("web").0, ["web/0", "web/1", "web/2"]);
    model.run(&["remove-unit", "web/1"]);
    assert_eq!(model.units("web").0, ["web/0", "web/2"]);
    model.run(&["scale-application", "web", "1"]);
    assert_eq!(model.units("web").0, ["web/0"]);
    model.run(&["scale-application", "web", "3"]);
    assert_eq!(model.units("web").0, ["web/0", "web/3", "web/4"]);
    model.run(&["remove-unit", "web", "--num-units", "2"]);
    assert_eq!(model.units("web").0, ["web/0"]);
    assert_eq!(fs::read_dir(model.path().join("units")).unwrap().count(), 1);
    model.try_run(&["remove-unit", "web/9"]).fails(1, "unit \"web/9\" not found");
    model.try_run(&["remove-unit", "web", "--num-units", "2"]).fails(1, "it has 1");
    model.try_run(&["add-unit", "nobody"]).fails(1, "application \"nobody\" not found");
}

#[test]
fn a_unit_that_leaves_is_told_in_jujus_order() {
    let model = Model::new();
    model.deploy(&["-n", "2"]);
    model.run(&["remove-unit", "web/0"]);
    let (units, leaders) = model.units("web");
    assert_eq!((units.as_slice(), leaders.as_slice()), (&["web/1".to_owned()][..], &units[..]));
    let log = model.run(&["debug-log", "--include", "web/0"]).stdout;
    let last: Vec<&str> = log.lines().filter(|line| line.contains("dispatched")).collect();
    assert!(last[last.len() - 2].ends_with("stop") && last[last.len() - 1].ends_with("remove"));
}

#[test]
fn a_unit_that_is_gone_is_not_shown_to_the_other_side() {
    let model = Model::new();
    model.deploy(&["-n", "2"]);
    model.run(&["integrate", "web:site", "visitor", "--scripted"]);
    let related = || {
        let shown = model.run(&["show-unit", "visitor/0", "--format", "json"]).json();
        let related = shown["visitor/0"]["relation-info"][0]["related-units"].clone();
        related.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(related(), ["web/0", "web/1"]);
    model.run(&["remove-unit", "web/1"]);
    assert_eq!(related(), ["web/0"]);
}

#[test]
fn an_application_that_is_removed_leaves_nothing() {
    let model = Model::deployed("web");
    model.run(&["integrate", "web:site", "visitor", "--scripted"]);
    model.run(&["remove-application", "web"]);
    let status = model.status();
    assert!(status["applications"].get("web").is_none(), "{status}");
    assert_eq!(status["applications"]["visitor"]["relations"], serde_json::json!({}));
    for below in ["units", "charms"] {
        assert_eq!(fs::read_dir(model.path().join(below)).unwrap().count(), 0, "{below}");
    }
    model.deploy(&[]);
    assert_eq!(model.workload("web/0"), is("blocked", "no token"));
}

#[test]
fn a_failed_hook_is_run_again_as_juju_does() {
    let model = Model::deployed("web");
    let ran = model.try_run(&["config", "web", "fail=config-changed"]);
    ran.fails(1, "web/0 is in error: config-changed has failed 4 times (failed: exit code 1)");
    assert_eq!(model.workload("web/0"), is("error", "hook failed: \"config-changed\""));
    // Juju tries for ever: what was wrong is mended, and the next command goes on.
    model.run(&["config", "web", "fail="]);
    assert_eq!(model.workload("web/0"), is("blocked", "no token"));
}

#[test]
fn without_retry_the_unit_stays_in_error_until_it_is_resolved() {
    let model = Model::deployed("web");
    model
        .try_run(&["config", "web", "fail=config-changed", "--no-retry"])
        .fails(1, "config-changed has failed once");
    model.try_run(&["resolved", "web/0"]).fails(1, "web/0 is in error");
    model.run(&["resolved", "web/0", "--no-retry"]);
    assert_eq!(model.workload("web/0"), is("blocked", "no token"));
    model.try_run(&["resolved", "web/0"]).fails(1, "unit \"web/0\" is not in an error state");
}

#[test]
fn the_leader_is_another_after_the_old_one_lost_its_pod() {
    let model = Model::new();
    model.deploy(&["-n", "3"]);
    let ran = model.run(&["kill-leader", "web"]);
    assert!(ran.stderr.contains("web/0 loses its pod; web/1 leads."), "{ran:?}");
    assert_eq!(model.units("web").1, ["web/1"]);
    assert!(model.events("web/1").contains(&"leader-elected".to_owned()));
    let events = model.events("web/0");
    assert!(events.contains(&"upgrade-charm".to_owned()), "{events:?}");
    model.run(&["elect", "web/2"]);
    assert_eq!(model.units("web").1, ["web/2"]);
    model.run(&["replace-pod", "web/2"]);
    assert_eq!(model.units("web").1, ["web/2"]);
}

#[test]
fn another_charm_takes_over_and_the_old_one_comes_back() {
    let model = Model::deployed("web");
    let other = model.directory.path().join("other");
    fs::rename(&model.charm, &other).unwrap();
    super::charm_in(model.directory.path());
    let dispatch = fs::read_to_string(other.join("dispatch")).unwrap();
    fs::write(other.join("dispatch"), dispatch.replace("no token", "really no token")).unwrap();
    model.run(&["refresh", "web", "--path", other.to_str().unwrap()]);
    assert_eq!(model.workload("web/0"), is("blocked", "really no token"));
    assert_eq!(model.status()["applications"]["web"]["charm-rev"], 1);
    let events = model.events("web/0");
    assert!(events.contains(&"upgrade-charm".to_owned()), "{events:?}");
    model.run(&["refresh", "web", "--path", model.charm.to_str().unwrap()]);
    assert_eq!(model.workload("web/0"), is("blocked", "no token"));
    assert_eq!(fs::read_dir(model.path().join("charms")).unwrap().count(), 1);
    model.try_run(&["refresh", "nobody"]).fails(1, "no such application runs a charm");
}

#[test]
fn the_old_charm_stops_its_pod_although_commands_come_between() {
    let model = Model::deployed("web");
    let dispatch = fs::read_to_string(model.charm.join("dispatch")).unwrap();
    fs::write(model.charm.join("dispatch"), dispatch.replace("dispatched ", "dispatched new-"))
        .unwrap();
    model.run(&["refresh", "web", "--no-wait"]);
    model.run(&["config", "web", "title=other", "--no-wait"]);
    let before = model.events("web/0").len();
    model.run(&["emit", "web/0", "update-status"]);
    assert_eq!(
        model.events("web/0")[before..],
        [
            "update-status",
            "stop",
            "new-upgrade-charm",
            "new-config-changed",
            "new-start",
            "new-web-pebble-ready"
        ]
    );
    assert_eq!(fs::read_dir(model.path().join("charms")).unwrap().count(), 1);
}

#[test]
fn applications_of_many_units_settle() {
    let model = Model::new();
    for application in ["one", "two"] {
        model.deploy(&[application, "-n", "5"]);
    }
    model.run(&["integrate", "one:site", "two:upstream"]);
    assert_eq!(model.workload("two/4"), is("active", "upstream http://one-0"));
    let ran = model.run(&["remove-relation", "one", "two"]);
    assert!(ran.stderr.contains(" hooks ran."), "{ran:?}");
}

#[test]
fn a_unit_in_error_gets_its_new_charm_by_force() {
    let model = Model::deployed("web");
    model
        .try_run(&["config", "web", "fail=config-changed", "--no-retry"])
        .fails(1, "config-changed has failed once");
    let dispatch = fs::read_to_string(model.charm.join("dispatch")).unwrap();
    fs::write(model.charm.join("dispatch"), dispatch.replace("config-get fail", "echo never"))
        .unwrap();
    model.try_run(&["refresh", "web", "--no-retry"]).fails(1, "web/0 is in error");
    model.run(&["refresh", "web", "--force-units"]);
    assert_eq!(model.workload("web/0"), is("blocked", "no token"));
}

#[test]
fn the_old_charm_stops_its_pod_although_the_command_was_killed() {
    let model = Model::deployed("web");
    model.run(&["config", "web", "hang=stop"]);
    let dispatch = fs::read_to_string(model.charm.join("dispatch")).unwrap();
    fs::write(model.charm.join("dispatch"), dispatch.replace("dispatched ", "dispatched new-"))
        .unwrap();
    let mut refresh = model.command(&["refresh", "web"]).spawn().unwrap();
    // Two copies of the charm, and a model that knows of both.
    let both =
        || fs::read_to_string(model.path().join("model.json")).unwrap().contains("\"number\":0");
    super::keeping::until("the model knows the old charm", both);
    refresh.kill().unwrap();
    refresh.wait().unwrap();
    let before = model.events("web/0").len();
    model.run(&["config", "web", "hang="]);
    let events = model.events("web/0");
    assert_eq!(events[before..][..2], ["stop", "new-upgrade-charm"], "{events:?}");
    assert_eq!(fs::read_dir(model.path().join("charms")).unwrap().count(), 1);
}
