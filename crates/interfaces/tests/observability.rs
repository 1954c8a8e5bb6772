//! What charms and the observability stack write to each other: golden, hostile, both directions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use ops_core::interface::{Databag, Schema, SchemaError};
use ops_interfaces::{
    cos::{AlertRules, Topology, Verdict},
    grafana_dashboard, loki_push_api, prometheus_scrape,
    tracing::{self, Protocol, Receiver, Transport},
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const LOKI_RULES: &str =
    include_str!("../../../charm-example/src/loki_alert_rules/hook_service_high_severity_log.rule");
const PROMETHEUS_RULES: &str =
    include_str!("../../../charm-example/src/prometheus_alert_rules/hook_service_unavailable.rule");
const DASHBOARD: &str =
    include_str!("../../../charm-example/src/grafana_dashboards/hook_service.json.tmpl");

fn topology() -> Topology {
    Topology {
        model: "test-model".into(),
        model_uuid: "11111111-2222-4333-8444-555555555555".into(),
        application: "hook-service".into(),
        unit: "hook-service/0".into(),
        charm_name: "hook-service".into(),
    }
}

fn bag(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// As Juju keeps it: an empty value is none.
fn kept(bag: &Databag) -> BTreeMap<String, String> {
    let pairs = bag.iter().map(|(key, value)| (key.clone(), value.expose().to_owned()));
    pairs.filter(|(_, value)| !value.is_empty()).collect()
}

#[track_caller]
fn there_and_back<S: Schema>(value: &S) {
    assert_eq!(S::decode(&kept(&value.encode().unwrap())).unwrap().as_ref(), Some(value));
}

fn for_loki() -> loki_push_api::Requirer {
    let alert_rules = AlertRules::parse(LOKI_RULES).unwrap().for_loki(&topology());
    loki_push_api::Requirer { metadata: topology(), alert_rules }
}

fn for_prometheus() -> prometheus_scrape::Provider {
    let rules = AlertRules::parse(PROMETHEUS_RULES).unwrap().and(AlertRules::host_health());
    let job =
        prometheus_scrape::ScrapeJob::of_units("hook_service_metrics", 8080, "/api/v0/metrics");
    prometheus_scrape::Provider {
        metadata: topology(),
        jobs: vec![job],
        alert_rules: rules.for_prometheus(&topology()),
    }
}

fn for_grafana() -> grafana_dashboard::Provider {
    grafana_dashboard::Provider::new(&topology(), [("file:hook_service.json", DASHBOARD)])
}

fn receivers() -> tracing::Provider {
    tracing::Provider { receivers: vec![Receiver::new(Protocol::OtlpHttp, "http://tempo:4318")] }
}

#[test]
fn loki_gets_what_python_writes() {
    let bag = kept(&for_loki().encode().unwrap());
    assert_eq!(bag["metadata"], include_str!("../fixtures/loki_push_api/metadata.json"));
    assert_eq!(bag["alert_rules"], include_str!("../fixtures/loki_push_api/alert_rules.json"));
    there_and_back(&for_loki());
}

#[test]
fn prometheus_gets_what_python_writes() {
    let bag = kept(&for_prometheus().encode().unwrap());
    let golden = include_str!("../fixtures/prometheus_scrape/scrape_metadata.json");
    assert_eq!(bag["scrape_metadata"], golden);
    assert_eq!(bag["scrape_jobs"], include_str!("../fixtures/prometheus_scrape/scrape_jobs.json"));
    assert_eq!(bag["alert_rules"], include_str!("../fixtures/prometheus_scrape/alert_rules.json"));
    there_and_back(&for_prometheus());
}

#[test]
fn grafana_gets_the_template_that_python_writes_but_for_the_compression() {
    let bag = kept(&for_grafana().encode().unwrap());
    let template = include_str!("../fixtures/grafana_dashboard/template.json");
    let uuid = for_grafana().uuid;
    let golden =
        format!(r#"{{"templates": {{"file:hook_service.json": {template}}}, "uuid": "{uuid}"}}"#);
    assert_eq!(bag["dashboards"], golden);
    there_and_back(&for_grafana());
}

#[test]
fn the_uuid_of_dashboards_changes_with_them_and_only_with_them() {
    let uuid =
        |id: &str, text: &str| grafana_dashboard::Provider::new(&topology(), [(id, text)]).uuid;
    assert_eq!(uuid("a", "{}"), uuid("a", "{}"));
    assert_ne!(uuid("a", "{}"), uuid("a", "[]"));
    assert_ne!(uuid("a", "{}"), uuid("b", "{}"));
    let shape: Vec<usize> = uuid("a", "{}").split('-').map(str::len).collect();
    assert_eq!(shape, [8, 4, 4, 4, 12]);
}

#[test]
fn tempo_and_who_asks_it_write_what_python_writes() {
    let asked = tracing::Requirer { receivers: vec![Protocol::OtlpHttp, Protocol::JaegerGrpc] };
    assert_eq!(kept(&asked.encode().unwrap())["receivers"], r#"["otlp_http", "jaeger_grpc"]"#);
    there_and_back(&asked);
    let golden =
        r#"[{"protocol": {"name": "otlp_http", "type": "http"}, "url": "http://tempo:4318"}]"#;
    assert_eq!(kept(&receivers().encode().unwrap())["receivers"], golden);
    there_and_back(&receivers());
}

#[test]
fn the_other_sides_go_there_and_back() {
    there_and_back(&loki_push_api::ProviderUnit { url: "http://l:3100/push".into() });
    let unit = prometheus_scrape::ProviderUnit {
        address: "10.1.2.3".into(),
        name: "a/0".into(),
        path: "/m-a".into(),
    };
    there_and_back(&unit);
    let event = Some(Verdict { valid: false, errors: vec!["no such metric".into()] });
    there_and_back(&loki_push_api::Provider { event: event.clone() });
    there_and_back(&prometheus_scrape::Requirer { event: event.clone() });
    there_and_back(&grafana_dashboard::Requirer { event });
    there_and_back(&grafana_dashboard::Requirer::default());
}

#[test]
fn a_verdict_is_read_in_each_form_that_charms_write() {
    let read = |text: &str| {
        let bag = bag(&[("event", text)]);
        grafana_dashboard::Requirer::decode(&bag).unwrap().unwrap().event.unwrap()
    };
    assert_eq!(read("{}"), Verdict { valid: true, errors: vec![] });
    assert_eq!(read(r#"{"valid": false, "errors": "x"}"#).errors, ["x"]);
    assert_eq!(read(r#"{"valid": false, "errors": ["x", ""]}"#).errors, ["x"]);
    let listed =
        read(r#"{"errors": [{"dashboard_id": "a", "error": "y"}], "scrape_job_errors": 1}"#);
    assert_eq!(listed.errors, ["y"]);
}

#[test]
fn what_is_not_there_yet_is_absent_and_no_error() {
    for empty in [bag(&[]), bag(&[("ingress-address", "10.0.0.1"), ("other", "{")])] {
        assert_eq!(loki_push_api::ProviderUnit::decode(&empty), Ok(None));
        assert_eq!(loki_push_api::Requirer::decode(&empty), Ok(None));
        assert_eq!(prometheus_scrape::Provider::decode(&empty), Ok(None));
        assert_eq!(prometheus_scrape::ProviderUnit::decode(&empty), Ok(None));
        assert_eq!(grafana_dashboard::Provider::decode(&empty), Ok(None));
        assert_eq!(tracing::Provider::decode(&empty), Ok(None));
        assert_eq!(tracing::Requirer::decode(&empty), Ok(None));
    }
    assert_eq!(tracing::Provider::decode(&bag(&[("receivers", "[]")])), Ok(None));
}

#[test]
fn what_newer_libraries_add_is_ignored() {
    let newer = r#"{"url": "http://l/push", "tenant": {"a": [1]}}"#;
    assert!(loki_push_api::ProviderUnit::decode(&bag(&[("endpoint", newer)])).unwrap().is_some());
    let newer = r#"[{"protocol": {"name": "otlp_quic", "type": "http", "x": 1}, "url": "a:1"}]"#;
    let tempo = tracing::Provider::decode(&bag(&[("receivers", newer)])).unwrap().unwrap();
    assert_eq!(tempo.url(Protocol::OtlpHttp), None);
    assert_eq!(tempo.receivers[0].protocol.transport, Transport::Http);
    let newer = r#"[{"job_name": "a", "tls_config": {"insecure_skip_verify": true}}]"#;
    let bag = bag(&[
        ("scrape_jobs", newer),
        ("scrape_metadata", r#"{"model":"m","model_uuid":"u","application":"a"}"#),
    ]);
    let provider = prometheus_scrape::Provider::decode(&bag).unwrap().unwrap();
    assert_eq!(provider.jobs[0].metrics_path, "/metrics");
    assert_eq!(provider.jobs[0].static_configs[0].targets, ["*:80"]);
}

/// Garbage, wrong types, missing keys, deep and huge: for every key that holds JSON.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "{",
        "nonsense",
        "\u{0}",
        "{\"a\":",
        "3",
        "-1e999",
        "true",
        "\"SECRET\"",
        "[3]",
        "[[]]",
        "[null]",
        "{\"groups\": 3}",
        "{\"groups\": [{}]}",
        "{\"templates\": []}",
        "{\"templates\": {\"SECRET\": 1}}",
        "{\"url\": null}",
        "{\"url\": [\"SECRET\"]}",
        "{\"model\": {}}",
        "[{\"protocol\": \"SECRET\"}]",
        "[{\"protocol\": {\"name\": \"a\", \"type\": \"SECRET\"}, \"url\": \"x\"}]",
        "[{\"static_configs\": \"SECRET\"}]",
        "{\"valid\": \"SECRET\"}",
        "{\"errors\": {\"SECRET\": 1}}",
    ]
    .map(str::to_owned)
    .into();
    texts.push("[".repeat(1 << 20));
    texts.push("{\"a\":".repeat(1 << 18));
    texts.push(format!("\"{}\"", "x".repeat(1 << 22)));
    texts
}

fn decode<S: Schema>(key: &str, text: &str) -> Option<SchemaError> {
    S::decode(&bag(&[(key, text)])).err()
}

#[test]
fn hostile_databags_are_errors_that_name_the_key_and_never_the_value() {
    for text in hostile() {
        for (key, error) in [
            ("endpoint", decode::<loki_push_api::ProviderUnit>("endpoint", &text)),
            ("metadata", decode::<loki_push_api::Requirer>("metadata", &text)),
            ("scrape_metadata", decode::<prometheus_scrape::Provider>("scrape_metadata", &text)),
            ("dashboards", decode::<grafana_dashboard::Provider>("dashboards", &text)),
            ("receivers", decode::<tracing::Provider>("receivers", &text)),
            ("receivers", decode::<tracing::Requirer>("receivers", &text)),
        ] {
            let error = error.unwrap_or_else(|| panic!("{key} takes {text:.40}"));
            assert_eq!(error.key(), key);
            assert!(!error.to_string().contains("SECRET"));
        }
        // These have defaults for all they hold: some of the texts are fine.
        for (key, error) in [
            ("scrape_jobs", decode::<prometheus_scrape::Provider>("scrape_jobs", &text)),
            ("alert_rules", decode::<prometheus_scrape::Provider>("alert_rules", &text)),
            ("alert_rules", decode::<loki_push_api::Requirer>("alert_rules", &text)),
            ("event", decode::<loki_push_api::Provider>("event", &text)),
            ("event", decode::<prometheus_scrape::Requirer>("event", &text)),
            ("event", decode::<grafana_dashboard::Requirer>("event", &text)),
        ] {
            if let Some(error) = error {
                assert_eq!(error.key(), key);
                assert!(!error.to_string().contains("SECRET"));
            }
        }
    }
}

#[test]
fn what_could_break_a_line_or_a_request_is_refused_both_ways() {
    for url in ["", "tempo:4318\nEVIL=1", "a b", "a\u{0}"] {
        let text =
            serde_json::json!([{"protocol": {"name": "otlp_http", "type": "http"}, "url": url}]);
        assert!(decode::<tracing::Provider>("receivers", &text.to_string()).is_some(), "{url:?}");
        let provider =
            tracing::Provider { receivers: vec![Receiver::new(Protocol::OtlpHttp, url)] };
        assert_eq!(provider.encode().unwrap_err().key(), "receivers");
    }
    for url in ["", "ftp://a", "http://", "http://a b", "http://a\r\nX: y"] {
        let unit = loki_push_api::ProviderUnit { url: url.to_owned() };
        assert_eq!(unit.encode().unwrap_err().key(), "endpoint");
        let text = serde_json::json!({ "url": url }).to_string();
        assert!(decode::<loki_push_api::ProviderUnit>("endpoint", &text).is_some(), "{url:?}");
    }
    for address in ["a b", "a/b", "a\n", "\u{fc}"] {
        let key = "prometheus_scrape_unit_address";
        assert_eq!(decode::<prometheus_scrape::ProviderUnit>(key, address).unwrap().key(), key);
    }
    for content in ["", "plain", "/Td6WFoA!", "/Td6WFoAA"] {
        let text = serde_json::json!({"templates": {"a": {"charm": "c", "content": content}}});
        let error = decode::<grafana_dashboard::Provider>("dashboards", &text.to_string());
        assert_eq!(error.unwrap().key(), "dashboards", "{content}");
    }
}

#[test]
fn a_group_that_has_its_prefix_keeps_it_and_labels_that_are_there_win() {
    let file = r#"{"groups": [{"name": "m-x_11111111_web_Down_alerts", "rules": [
        {"alert": "A", "expr": "up{%%juju_topology%%,a=\"b\"}", "labels": {"juju_model": "mine"}},
        {"record": "r", "expr": "1"}
    ]}]}"#;
    let rules = AlertRules::parse(file).unwrap().for_prometheus(&topology());
    let group = &rules.groups[0];
    assert_eq!(group.name, "m_x_11111111_web_Down_alerts");
    assert_eq!(group.rules[0].labels.get("juju_model"), Some("mine"));
    assert_eq!(group.rules[0].expr, "up{a=\"b\"}");
    assert_eq!(group.rules[1].labels.get("juju_charm"), Some("hook-service"));
}

proptest! {
    #[test]
    fn text_outside_ascii_is_escaped_as_python_does_and_read_back(model in ".{0,40}") {
        let metadata = Topology { model, ..topology() };
        let requirer = loki_push_api::Requirer { metadata, alert_rules: AlertRules::default() };
        let bag = kept(&requirer.encode().unwrap());
        prop_assert!(bag["metadata"].is_ascii());
        prop_assert_eq!(loki_push_api::Requirer::decode(&bag), Ok(Some(requirer)));
    }

    #[test]
    fn no_text_makes_a_schema_panic(text in ".*") {
        let _ = decode::<loki_push_api::ProviderUnit>("endpoint", &text);
        let _ = decode::<prometheus_scrape::ProviderUnit>("prometheus_scrape_unit_address", &text);
        let _ = decode::<tracing::Provider>("receivers", &text);
        let _ = decode::<grafana_dashboard::Provider>("dashboards", &text);
    }
}
