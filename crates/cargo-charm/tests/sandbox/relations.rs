//! Charms integrated with each other, and with another side that is made up.

use super::{Model, is};
use serde_json::json;

#[test]
fn two_charms_talk_to_each_other() {
    let model = Model::deployed("web");
    model.deploy(&["front"]);
    model.run(&["integrate", "front:upstream", "web:site"]);
    assert_eq!(model.workload("front/0"), is("active", "upstream http://web-0"));
    let shown = model.run(&["show-unit", "front/0", "--format", "json"]).json();
    let relation = &shown["front/0"]["relation-info"][0];
    assert_eq!(relation["endpoint"], "upstream");
    assert_eq!(relation["related-endpoint"], "site");
    assert_eq!(relation["application-data"], json!({ "url": "http://web-0" }));
    assert_eq!(relation["related-units"]["web/0"]["in-scope"], true);
    let status = model.run(&["status"]).stdout;
    assert!(
        status.contains("web:site              front:upstream  http       regular"),
        "{status}"
    );
    model.run(&["remove-relation", "web", "front"]);
    assert_eq!(model.workload("front/0"), is("blocked", "no token"));
    let events = model.events("front/0");
    assert_eq!(
        events[events.len() - 2..],
        ["upstream-relation-departed", "upstream-relation-broken"]
    );
}

#[test]
fn an_endpoint_may_be_left_out_where_one_fits() {
    let model = Model::deployed("web");
    model.deploy(&["front"]);
    model
        .try_run(&["integrate", "web", "front"])
        .fails(1, "ambiguous relation: \"web front\" could refer to \"web:site front:upstream\"; ");
    model.run(&["integrate", "web:site", "front"]);
    model.try_run(&["integrate", "web:site", "front"]).fails(1, "relation already exists");
}

#[test]
fn the_other_side_is_made_up_with_what_a_file_says() {
    let model = Model::deployed("web");
    let data =
        model.file("data.yaml", "application: {url: http://one}\nunits: {1: {ready: true}}\n");
    model.run(&["integrate", "web:upstream", "origin", "--data", &data]);
    assert_eq!(model.workload("web/0"), is("active", "upstream http://one"));
    assert_eq!(model.units("origin").0, ["origin/0", "origin/1"]);
    let shown = model.run(&["show-unit", "web/0", "--format", "json"]).json();
    let units = &shown["web/0"]["relation-info"][0]["related-units"];
    assert_eq!(units["origin/1"]["data"]["ready"], "true");
    let data = model.file("data.yaml", "application: {url: http://two}\n");
    model.run(&["set-data", "web", "origin", "--data", &data]);
    assert_eq!(model.workload("web/0"), is("active", "upstream http://two"));
    model.run(&["remove-relation", "0"]);
    assert_eq!(model.workload("web/0"), is("blocked", "no token"));
}

#[test]
fn what_the_charm_tells_the_other_side_is_shown() {
    let model = Model::deployed("web");
    model.run(&["integrate", "web:site", "visitor", "--scripted"]);
    let shown = model.run(&["show-unit", "visitor/0", "--app", "--format", "json"]).json();
    let relation = &shown["visitor/0"]["relation-info"][0];
    assert_eq!(relation["application-data"], json!({ "url": "http://web-0" }));
    assert!(relation.get("related-units").is_none());
    let none = model.run(&["show-unit", "web/0", "--endpoint", "upstream", "--format", "json"]);
    assert_eq!(none.json()["web/0"]["relation-info"], json!([]));
}

#[test]
fn the_other_side_can_be_deployed_from_its_metadata() {
    let model = Model::deployed("web");
    let metadata =
        model.file("origin.yaml", "name: origin\nprovides: {pages: {interface: http}}\n");
    model.run(&["deploy", "--scripted", &metadata, "-n", "2"]);
    model.run(&["integrate", "web", "origin"]);
    assert_eq!(model.events("web/0").iter().filter(|event| event.ends_with("-joined")).count(), 2);
}

#[test]
fn a_secret_in_a_databag_is_hidden_until_it_is_asked_for() {
    let model = Model::deployed("web");
    model.run(&["add-secret", "token", "value=sentinel-token"]);
    model.run(&["integrate", "web:site", "visitor", "--scripted"]);
    let set = "relation-set -r site:0 --app token=sentinel-token";
    model.run(&["exec", "--unit", "web/0", "--", set]);
    let hidden = model.run(&["show-unit", "visitor/0"]).stdout;
    assert!(hidden.contains("token: <secret>") && !hidden.contains("sentinel"), "{hidden}");
    let shown = model.run(&["show-unit", "visitor/0", "--reveal"]).stdout;
    assert!(shown.contains("token: sentinel-token"), "{shown}");
}

#[test]
fn what_cannot_be_integrated_is_explained() {
    let model = Model::deployed("web");
    model
        .try_run(&["integrate", "web:site", "nobody"])
        .fails(1, "application \"nobody\" not found");
    model.try_run(&["integrate", "web", "other", "--scripted"]).fails(1, "web:site, web:upstream");
    model
        .try_run(&["integrate", "web:nope", "other", "--scripted"])
        .fails(1, "no endpoint \"nope\"");
    model.try_run(&["remove-relation", "web", "other"]).fails(1, "\"web other\" not found");
    model.try_run(&["remove-relation", "9"]).fails(1, "relation 9 not found");
    let data = model.file("data.yaml", "nonsense: {}\n");
    let ran = model.try_run(&["integrate", "web:upstream", "other", "--data", &data]);
    ran.fails(1, "nonsense");
    assert!(model.status()["applications"].get("other").is_none());
    model.deploy(&["front"]);
    let data = model.file("data.yaml", "application: {url: x}\n");
    model
        .try_run(&["integrate", "web:site", "front:upstream", "--data", &data])
        .fails(1, "both sides of relation 0 run a charm");
    assert!(!model.run(&["status"]).stdout.contains("regular"));
}

#[test]
fn a_suspended_relation_is_broken_until_it_is_resumed() {
    let model = Model::deployed("web");
    let data = model.file("upstream.yaml", "application: {url: 'http://up'}");
    model.run(&["integrate", "web:upstream", "up", "--data", &data]);
    assert_eq!(model.workload("web/0"), is("active", "upstream http://up"));
    model.run(&["suspend-relation", "0"]);
    assert_eq!(model.events("web/0").last().unwrap(), "upstream-relation-broken");
    assert!(model.run(&["status"]).stdout.contains("regular (suspended)"));
    model.run(&["resume-relation", "0"]);
    assert_eq!(model.workload("web/0"), is("active", "upstream http://up"));
    model.try_run(&["suspend-relation", "7"]).fails(1, "relation 7 not found");
    model.try_run(&["resume-relation", "seven"]).fails(2, "seven");
}

#[test]
fn a_misspelt_endpoint_is_named_with_those_that_there_are() {
    let model = Model::deployed("web");
    let known = "(known: site, upstream)";
    model.try_run(&["integrate", "web:upsteam", "up", "--scripted"]).fails(1, known);
    model.try_run(&["emit", "web/0", "upsteam-relation-changed"]).fails(1, known);
    model
        .try_run(&["emit", "web/0", "upstream-relation-changed"])
        .fails(1, "endpoint \"upstream\" of web/0 has no relation");
}
