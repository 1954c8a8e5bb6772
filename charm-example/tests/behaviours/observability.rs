//! Loki, Prometheus, Grafana and Tempo: what they are told, and what is made of what they say.

use crate::common::*;
use hook_service::meta::{self, Meta, containers::HOOK_SERVICE};
use ops::{Metadata as _, Status, pebble::layer::LogTarget};
use ops_testing::{
    Output, Relation, State,
    emulator::juju::{Databag, Hook},
};

const PUSH: &str = r#"{"url": "http://loki-0:3100/loki/api/v1/push"}"#;

fn leader() -> State {
    configured().leader().model("test-model")
}

fn run(hook: Hook, state: &State) -> Output {
    let out = context().run(hook, state);
    assert!(out.is_success(), "{:?}", out.ended);
    out
}

fn changed(relation: &Relation) -> Hook {
    context().on().relation_changed(relation)
}

fn told(out: &Output, relation: &Relation) -> Databag {
    out.state.relation_of(relation).unwrap().local_application.clone()
}

fn targets(out: &Output) -> Vec<(String, LogTarget)> {
    let plan = out.state.containers[&HOOK_SERVICE].pebble.plan();
    plan.log_targets.iter().map(|(name, target)| (name.clone(), target.clone())).collect()
}

/// The UUID of the test's model.
const UUID: &str = "6f4f4c1e-9d2a-4f0b-8a57-0d6c1f0e7b11";
const SHORT_UUID: &str = "6f4f4c1e";

/// A golden file, with the UUID of the test's model.
fn golden(file: &str) -> String {
    file.replace("11111111-2222-4333-8444-555555555555", UUID).replace("11111111", SHORT_UUID)
}

#[test]
fn logs_go_to_every_unit_of_loki_with_the_topology_as_labels() {
    let out = run(changed(&logging()), &leader().relation(&logging()));
    let targets = targets(&out);
    let [(name, target)] = targets.as_slice() else { panic!("{targets:?}") };
    assert_eq!(name, "loki/0");
    assert_eq!(
        (target.protocol.as_str(), target.location.as_str(), target.services.as_slice()),
        ("loki", "http://loki-0:3100/loki/api/v1/push", ["all".to_owned()].as_slice())
    );
    let labels: Vec<(&str, &str)> =
        target.labels.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    let expected = [
        ("charm", Meta::NAME),
        ("juju_application", "hook-service"),
        ("juju_model", "test-model"),
        ("juju_model_uuid", UUID),
        ("juju_unit", "hook-service/0"),
        ("product", "Juju"),
    ];
    assert_eq!(labels, expected);
    assert_eq!(out.state.unit_status, Status::active());
}

#[test]
fn a_follower_forwards_its_logs_too_and_tells_nothing() {
    let out = run(changed(&logging()), &configured().relation(&logging()));
    assert_eq!(targets(&out).len(), 1);
    assert!(told(&out, &logging()).is_empty());
}

#[test]
fn forwarding_begins_and_ends_without_touching_the_service() {
    let settled = run(context().on().config_changed(), &leader()).state;
    let out = run(changed(&logging()), &settled.relation(&logging()));
    let effects = format!("{:?}", out.pebble_effects(&HOOK_SERVICE));
    assert!(effects.contains("AddLayer") && !effects.contains("St"), "{effects}");
    let out = run(context().on().relation_broken(&logging()), &out.state);
    let effects = format!("{:?}", out.pebble_effects(&HOOK_SERVICE));
    assert!(effects.contains("AddLayer") && !effects.contains("St"), "{effects}");
}

#[test]
fn a_target_whose_unit_or_relation_is_gone_is_kept_and_gets_nothing() {
    let mut two = logging();
    two.remote_units.insert(1, [("endpoint".to_owned(), PUSH.to_owned())].into());
    let out = run(changed(&two), &leader().relation(&two));
    assert_eq!(targets(&out).len(), 2);

    let mut state = out.state;
    state.relations.get_mut(&two.id).unwrap().remote_units.remove(&1);
    let out = run(context().on().update_status(), &state);
    let now = targets(&out);
    assert_eq!(now[0].1.services, ["all"]);
    assert_eq!(
        (now[1].1.services.as_slice(), now[1].1.location.as_str()),
        (["-all".to_owned()].as_slice(), "(removed)")
    );
    assert!(now[1].1.labels.is_empty());

    // The last one too, which the Python library leaves as it was.
    let out = run(context().on().relation_broken(&two), &out.state);
    assert!(targets(&out).iter().all(|(_, target)| target.services == ["-all"]));
    let mut state = out.state;
    state.relations.remove(&two.id);
    let again = run(context().on().update_status(), &state);
    assert!(again.pebble_effects(&HOOK_SERVICE).is_empty(), "nothing is left to disable");
}

#[test]
fn a_container_that_restarted_forwards_its_logs_at_pebble_ready() {
    let out = run(changed(&logging()), &leader().relation(&logging()));
    let state = out.state.with_container(HOOK_SERVICE, up());
    let out = run(context().on().pebble_ready(HOOK_SERVICE), &state);
    assert_eq!(targets(&out).len(), 1);
    assert!(is_running(&out));
}

#[test]
fn loki_is_told_the_topology_and_the_rules_once_it_takes_logs() {
    let quiet = Relation::new(meta::endpoints::Logging, 11).with("loki");
    let out = run(changed(&quiet), &leader().relation(&quiet));
    assert!(told(&out, &quiet).is_empty());
    let out = run(changed(&logging()), &leader().relation(&logging()));
    let bag = told(&out, &logging());
    assert_eq!(bag.keys().collect::<Vec<_>>(), ["alert_rules", "metadata"]);
    let rules = include_str!("../../../crates/interfaces/fixtures/loki_push_api/alert_rules.json");
    assert_eq!(bag["alert_rules"], golden(rules));
    let metadata = include_str!("../../../crates/interfaces/fixtures/loki_push_api/metadata.json");
    assert_eq!(bag["metadata"], golden(metadata));
}

#[test]
fn prometheus_is_told_jobs_rules_and_each_units_address_byte_for_byte_as_python_does() {
    let out = run(context().on().relation_joined(&metrics()), &leader().relation(&metrics()));
    let bag = told(&out, &metrics());
    let expect = |key: &str, file: &str| assert_eq!(bag[key], golden(file), "{key}");
    expect(
        "scrape_jobs",
        include_str!("../../../crates/interfaces/fixtures/prometheus_scrape/scrape_jobs.json"),
    );
    expect(
        "scrape_metadata",
        include_str!("../../../crates/interfaces/fixtures/prometheus_scrape/scrape_metadata.json"),
    );
    expect(
        "alert_rules",
        include_str!("../../../crates/interfaces/fixtures/prometheus_scrape/alert_rules.json"),
    );
    assert_eq!(bag.len(), 3);
    let unit = &out.state.relation_of(&metrics()).unwrap().local_unit;
    assert_eq!(unit["prometheus_scrape_unit_name"], "hook-service/0");
    assert!(unit["prometheus_scrape_unit_address"].parse::<std::net::IpAddr>().is_ok());
    assert!(!unit.contains_key("prometheus_scrape_unit_path"), "Juju keeps no empty value");
}

#[test]
fn a_follower_tells_prometheus_its_address_and_nothing_else() {
    let out = run(context().on().relation_joined(&metrics()), &configured().relation(&metrics()));
    assert!(told(&out, &metrics()).is_empty());
    let unit = &out.state.relation_of(&metrics()).unwrap().local_unit;
    assert!(unit.contains_key("prometheus_scrape_unit_address"));
}

#[test]
fn grafana_is_told_the_dashboard() {
    let out = run(context().on().relation_created(&dashboard()), &leader().relation(&dashboard()));
    let bag = told(&out, &dashboard());
    let told: serde_json::Value = serde_json::from_str(&bag["dashboards"]).unwrap();
    let one = &told["templates"]["file:hook_service.json"];
    assert_eq!(one["charm"], Meta::NAME);
    assert_eq!(one["dashboard_alt_uid"], "dd10f3a398f49787");
    assert_eq!(one["inject_dropdowns"], true);
    assert_eq!(one["juju_topology"]["unit"], "hook-service/0");
    assert!(one["content"].as_str().unwrap().starts_with("/Td6WFoA"));
}

#[test]
fn the_dashboard_has_the_uid_and_the_tag_that_the_python_library_would_give_it() {
    let file = include_str!("../../src/grafana_dashboards/hook_service.json.tmpl");
    let dashboard: serde_json::Value = serde_json::from_str(file).unwrap();
    assert_eq!(dashboard["uid"], "6f596a63330ef06786cd443f9ce7f866ff24394d");
    assert_eq!(dashboard["title"], "Hook Service Operator Dashboard");
    assert!(dashboard["tags"].as_array().unwrap().contains(&"charm: hook-service".into()));
}

#[test]
fn tempo_is_asked_for_otlp_over_http() {
    let quiet = Relation::new(meta::endpoints::Tracing, 14).with("tempo");
    let out = run(context().on().relation_created(&quiet), &leader().relation(&quiet));
    assert_eq!(told(&out, &quiet)["receivers"], r#"["otlp_http"]"#);
    assert_eq!(environment(&out)["TRACING_ENABLED"], "false");
    assert_eq!(out.state.unit_status, Status::active());
}

#[test]
fn the_workload_sends_traces_once_tempo_says_where() {
    let out = run(changed(&tracing()), &leader().relation(&tracing()));
    let variables = environment(&out);
    assert_eq!(variables["OTEL_HTTP_ENDPOINT"], "tempo:4318");
    assert_eq!(variables["OTEL_GRPC_ENDPOINT"], "");
    assert_eq!(variables["TRACING_ENABLED"], "true");
    assert_eq!(variables.len(), 13);
    let out = run(context().on().relation_broken(&tracing()), &out.state);
    assert_eq!(environment(&out)["TRACING_ENABLED"], "false");
    assert_eq!(environment(&out)["OTEL_HTTP_ENDPOINT"], "");
    assert!(is_running(&out));
}

#[test]
fn receivers_that_are_none_or_of_other_protocols_are_no_traces() {
    let grpc = RECEIVERS.replace("otlp_http", "otlp_grpc");
    for receivers in ["[]", "", grpc.as_str()] {
        let relation = tracing().remote_key("receivers", receivers);
        let out = run(changed(&relation), &leader().relation(&relation));
        assert_eq!(environment(&out)["TRACING_ENABLED"], "false", "{receivers}");
        assert_eq!(out.state.unit_status, Status::active(), "{receivers}");
    }
}

#[test]
fn nonsense_from_tempo_is_blocked_by_name_and_the_workload_runs_without_it() {
    let deep = "[".repeat(100_000);
    for nonsense in ["{", "null", "[1]", r#"[{"url": "a"}]"#, "{\"receivers\": []}", &deep] {
        let relation = tracing().remote_key("receivers", nonsense);
        let out = run(changed(&relation), &leader().relation(&relation));
        let text = "tracing:14 databag of tempo: key `receivers` does not hold a list of receivers as JSON";
        assert_eq!(out.state.unit_status, Status::blocked(text), "{nonsense:.20}");
        assert!(is_running(&out));
        assert_eq!(environment(&out)["TRACING_ENABLED"], "false");
    }
}

#[test]
fn nonsense_from_loki_is_blocked_by_name_and_what_is_forwarded_goes_on() {
    let good = run(changed(&logging()), &leader().relation(&logging())).state;
    for nonsense in [
        "{",
        "[]",
        "3",
        r#"{"url": 3}"#,
        r#"{"url": "file:///etc/passwd"}"#,
        r#"{"url": "http://a b"}"#,
    ] {
        let mut state = good.clone();
        let units = &mut state.relations.get_mut(&logging().id).unwrap().remote_units;
        units.insert(0, [("endpoint".to_owned(), nonsense.to_owned())].into());
        let out = run(changed(&logging()), &state);
        let text = &out.state.unit_status.message;
        assert!(text.starts_with("logging:11 databag of loki/0: key `endpoint`"), "{text}");
        assert_eq!(targets(&out)[0].1.services, ["all"], "{nonsense}");
        assert!(is_running(&out));
    }
}

#[test]
fn nonsense_from_prometheus_and_grafana_is_nobodys_business() {
    let noisy = metrics().remote_key("event", "{").remote_key("x", "\u{0}");
    let other = dashboard().remote_key("event", "[[");
    let out = run(changed(&noisy), &leader().relation(&noisy).relation(&other));
    assert_eq!(out.state.unit_status, Status::active());
}

#[test]
fn a_new_leader_tells_what_the_one_before_could_not_at_the_next_update_status() {
    let state = leader().relation(&metrics()).relation(&dashboard()).relation(&tracing());
    let out = run(context().on().update_status(), &state);
    assert_eq!(told(&out, &metrics()).len(), 3);
    assert_eq!(told(&out, &dashboard()).len(), 1);
    assert_eq!(told(&out, &tracing()).len(), 1);
    let again = run(context().on().update_status(), &out.state);
    assert!(!again.commands().contains(&"relation-set"), "{:?}", again.calls);
}

#[test]
fn another_build_tells_what_it_has_at_upgrade_charm() {
    let stale = dashboard().local_key("dashboards", "{}");
    let out = run(context().on().upgrade_charm(), &leader().relation(&stale));
    assert!(told(&out, &stale)["dashboards"].len() > 1000);
}
