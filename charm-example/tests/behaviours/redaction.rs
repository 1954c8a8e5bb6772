//! Plans of literal observations; and what can be printed of both holds no secret, and a difference all
//! the same.

use hook_service::{
    HookService, Seen,
    integrations::Place,
    meta::Config,
    secrets::{ApiToken, Consumer},
    services::Workload,
};
use ops::{
    Error, FaultKind, Leadership, Probe, Reconcile as _, Remote, Secret,
    metadata::SecretOption,
    names::{RelationId, SecretId},
};
use ops_interfaces::traefik_route::{Provider, Scheme};

const TOKEN: &str = "deadbeefdeadbeefdeadbeefdeadbeef";
const KEY: &str = "3MVG9-consumer-key";
const SECRET: &str = "hunter2-consumer-secret";

fn secret(value: &str, tag: &str) -> Secret {
    Secret::new(value.to_owned(), tag)
}

fn seen() -> Seen {
    let consumer = "secret:d0erdgfmp25c762i8np0";
    let token = SecretId::parse("secret:d0erdgfmp25c762i8npg").unwrap();
    Seen {
        place: Place { model: "model".to_owned(), application: "app".to_owned() },
        config: Config {
            http_proxy: String::new(),
            https_proxy: String::new(),
            no_proxy: String::new(),
            log_level: "info".to_owned(),
            cpu: None,
            memory: None,
            salesforce_domain: Some("https://domain.salesforce.com".to_owned()),
            salesforce_consumer_secret: SecretOption::new(
                "salesforce_consumer_secret",
                Some(consumer.to_owned()),
            ),
            salesforce_enabled: true,
        },
        leadership: Leadership::Leader,
        token: Probe::Present(ApiToken {
            value: secret(TOKEN, &format!("{token}/api-token@1")),
            id: token,
        }),
        consumer: Probe::Present(Consumer {
            key: secret(KEY, &format!("{consumer}/consumer-key@1")),
            secret: secret(SECRET, &format!("{consumer}/consumer-secret@1")),
        }),
        has_ingress: true,
        logging: Probe::Absent,
        traces: Probe::Absent,
        ingress: Probe::Present(Remote {
            relation: RelationId::new(1),
            data: Provider { external_host: "some-host".to_owned(), scheme: Scheme::Https },
        }),
        workload: Probe::Present(Workload::Unplanned),
    }
}

#[track_caller]
fn assert_redacted(printed: &[String]) {
    for text in printed {
        for content in [TOKEN, KEY, SECRET] {
            assert!(!text.contains(content), "{content} in {text}");
        }
    }
}

#[test]
fn an_observation_prints_no_secret() {
    let seen = seen();
    let json = serde_json::to_string(&seen).unwrap();
    assert!(json.contains("some-host") && json.contains("secret:d0erdgfmp25c762i8np0"), "{json}");
    assert_redacted(&[json, format!("{seen:?}"), format!("{seen:#?}")]);
}

#[test]
fn a_plan_prints_no_secret() {
    let plan = HookService.plan(&seen()).unwrap();
    let json = serde_json::to_string(&plan).unwrap();
    assert!(json.contains("SALESFORCE_CONSUMER_KEY") && json.contains("hydra"), "{json}");
    assert_redacted(&[json, format!("{plan:?}"), format!("{plan:#?}")]);
}

#[test]
fn the_same_observation_gives_the_same_plan_and_another_content_another_one() {
    let one = HookService.plan(&seen()).unwrap();
    assert_eq!(HookService.plan(&seen()).unwrap(), one);
    let mut rotated = seen();
    rotated.consumer = Probe::Present(Consumer {
        key: secret(KEY, "secret:d0erdgfmp25c762i8np0/consumer-key@2"),
        secret: secret("another", "secret:d0erdgfmp25c762i8np0/consumer-secret@2"),
    });
    assert_ne!(HookService.plan(&rotated).unwrap(), one);
}

#[test]
fn what_is_missing_holds_its_scope_and_no_other() {
    let mut seen = seen();
    seen.consumer = Probe::Absent;
    let json = serde_json::to_string(&HookService.plan(&seen).unwrap()).unwrap();
    assert!(json.contains("waiting for salesforce_consumer_secret"), "{json}");
    assert!(json.contains("/api/v0/hook/hydra"), "{json}");
    assert!(!json.contains("API_TOKEN"), "{json}");
}

#[test]
fn a_pebble_that_refuses_to_talk_is_told_apart_from_one_that_is_not_up_yet() {
    let mut seen = seen();
    let refused = Error::new(FaultKind::Denied, "access denied");
    seen.workload = Probe::Failed(refused.into());
    let json = serde_json::to_string(&HookService.plan(&seen).unwrap()).unwrap();
    assert!(json.contains("access denied"), "{json}");
    assert!(!json.contains("8080/tcp") && !json.contains("API_TOKEN"), "{json}");
}
