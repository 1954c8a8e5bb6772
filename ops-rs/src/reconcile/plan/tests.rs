//! Scopes: who has them, what holds them, how they merge, and that none of them prints a secret.

use super::*;
use ops_core::{
    FaultKind, Probe, Secret,
    interface::{Provides, Schema, SchemaError},
};
use ops_pebble::layer::Service;

const WEB: ContainerName = ContainerName::from_static("web");
const DATABASE: ContainerName = ContainerName::from_static("database");
const CANARY: &str = "hunter2-canary";

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Token(Text);

impl Schema for Token {
    fn encode(&self) -> Result<Databag, SchemaError> {
        if self.0.expose() == "unfit" {
            return Err(SchemaError::new("token", "a token"));
        }
        Ok([("token".to_owned(), self.0.clone())].into())
    }

    fn decode(_: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        Ok(None)
    }
}

struct Hook;

impl Interface for Hook {
    const NAME: &'static str = "hook";
    type Provider = (Token, Token);
    type Requirer = ((), ());
}

#[derive(Clone, Copy)]
struct Endpoint;

impl EndpointSpec for Endpoint {
    type Role = Provides;
    const NAME: &'static str = "hook";
    const INTERFACE: &'static str = "hook";
}

const HOOK: Typed<Endpoint, Hook> = Typed::new(Endpoint);

fn secret() -> Secret {
    Secret::new(CANARY.to_owned(), "secret:abc/token@3")
}

fn token() -> Result<Token, Fault> {
    Ok(Token("plain".into()))
}

fn application_data() -> Scope {
    Scope::ApplicationData(EndpointName::from_static("hook"))
}

fn unit_data() -> Scope {
    Scope::UnitData(EndpointName::from_static("hook"))
}

/// What a plan speaks about, what it holds, and whether two want the same.
fn shape(plan: &Plan) -> (Vec<String>, Vec<String>, Option<String>) {
    (
        plan.scopes().map(Scope::to_string).collect(),
        plan.held().map(|(scope, fault)| format!("{scope}: {fault}")).collect(),
        plan.conflict().map(|fault| {
            assert_eq!(fault.kind(), FaultKind::Bug);
            fault.message().to_owned()
        }),
    )
}

fn shaped(
    scopes: &[&str],
    held: &[&str],
    conflict: Option<&str>,
) -> (Vec<String>, Vec<String>, Option<String>) {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    (owned(scopes), owned(held), conflict.map(str::to_owned))
}

fn everything() -> Plan {
    let mut plan = Plan::new();
    plan.container(WEB, |c| {
        c.layer("web", "summary", "description");
        c.service("web", Service::new("serve").env("TOKEN", secret()).env("LEVEL", "info"));
        c.idle_service("idle", Service::new("idle").env("TOKEN", secret()));
        c.file("/etc/token", secret());
        c.file_with_mode("/etc/other", secret(), 0o640);
        Ok(())
    });
    plan.secret("owned", |s| {
        s.description("for the clients").key("from-secret", secret()).key("from-plain", CANARY);
        s.random_hex("random", 16);
        Ok(())
    });
    plan.application_data(HOOK, || Ok(Token(secret().into())));
    plan.application_data_of(HOOK, RelationId::new(7), || Ok(Token(secret().into())));
    plan.unit_data(HOOK, || Ok(Token(secret().into())));
    plan.port(8080).ports([PortRange::udp(53), PortRange::ICMP]);
    plan.workload_version("1.2.3");
    plan.hold(Scope::Container(DATABASE), Fault::waiting("soon"));
    plan.part("side", Err(Fault::denied("not granted")));
    plan
}

#[test]
fn an_empty_plan_says_nothing() {
    assert!(Plan::new().is_empty());
    assert_eq!(shape(&Plan::new()), shaped(&[], &[], None));
    let mut held = Plan::new();
    held.hold(Scope::Ports, Fault::waiting("soon"));
    assert!(!held.is_empty());
}

#[test]
fn a_plan_prints_as_json_whatever_scopes_it_has() {
    let json: serde_json::Value = serde_json::to_value(everything()).unwrap();
    let keys = |field: &str| -> Vec<&str> {
        json[field].as_object().unwrap().keys().map(String::as_str).collect()
    };
    assert_eq!(
        keys("scopes"),
        [
            "application-data/hook",
            "container/web",
            "ports",
            "secret/owned",
            "unit-data/hook",
            "workload-version",
        ]
    );
    assert_eq!(keys("held"), ["container/database", "part/side"]);
    assert_eq!(
        json["scopes"]["application-data/hook"]["data"]["each"]["7"]["token"],
        "<secret secret:abc/token@3>"
    );
    assert_eq!(
        json["scopes"]["container/web"]["container"]["files"]["/etc/token"]["content"],
        "<secret secret:abc/token@3>"
    );
    assert_eq!(json["scopes"]["workload-version"]["workload-version"], "1.2.3");
}

#[test]
fn no_printer_shows_a_secret_of_a_plan() {
    let plan = everything();
    for text in [
        format!("{plan:?}"),
        format!("{plan:#?}"),
        serde_json::to_string(&plan).unwrap(),
        serde_json::to_string_pretty(&plan).unwrap(),
    ] {
        assert!(!text.contains(CANARY), "{text}");
        assert!(text.contains("secret:abc/token@3"));
        assert!(text.contains("owned/from-plain@new"));
        assert!(text.contains("info"), "what is plain stays readable");
    }
}

#[test]
fn a_rotated_secret_makes_another_plan() {
    let with = |value: &str, tag: &'static str| {
        let mut plan = Plan::new();
        let secret = Secret::new(value.to_owned(), tag);
        plan.container(WEB, |c| {
            c.service("web", Service::new("serve").env("TOKEN", secret));
            Ok(())
        });
        plan
    };
    assert_eq!(with("a", "secret:1/t@1"), with("a", "secret:1/t@1"));
    assert_ne!(with("a", "secret:1/t@1"), with("b", "secret:1/t@2"));
}

#[test]
fn a_question_mark_in_a_closure_holds_that_scope_alone() {
    let missing: Probe<Secret> = Probe::Absent;
    let mut plan = Plan::new();
    plan.container(WEB, |c| {
        c.service("web", Service::new("serve").env("TOKEN", missing.require("api token")?));
        Ok(())
    });
    plan.container(DATABASE, |c| {
        c.service("database", Service::new("serve"));
        Ok(())
    });
    plan.secret("owned", |_| Err(Fault::blocked("no")));
    plan.application_data(HOOK, || Ok(Token(missing.require("other token")?.into())));
    plan.unit_data(HOOK, token);
    plan.port(8080);
    assert_eq!(
        shape(&plan),
        shaped(
            &["container/database", "unit-data/hook", "ports"],
            &[
                "secret/owned: no",
                "container/web: waiting for api token",
                "application-data/hook: waiting for other token",
            ],
            None,
        )
    );
}

#[test]
fn data_that_the_interface_does_not_take_holds_the_endpoint() {
    let mut plan = Plan::new();
    plan.application_data(HOOK, || Ok(Token("unfit".into())));
    assert_eq!(
        shape(&plan),
        shaped(&[], &["application-data/hook: key `token` does not hold a token"], None)
    );
}

#[test]
fn a_scope_that_is_claimed_twice_is_a_conflict() {
    let mut plan = Plan::new();
    plan.container(WEB, |_| Ok(())).container(WEB, |_| Ok(()));
    plan.secret("owned", |_| Ok(())).secret("owned", |_| Ok(()));
    plan.workload_version("1").workload_version("1");
    plan.application_data(HOOK, token).application_data(HOOK, token);
    plan.unit_data(HOOK, token).unit_data(HOOK, token);
    let text = "planned more than once: secret/owned, container/web, workload-version, \
                application-data/hook, unit-data/hook";
    assert_eq!(shape(&plan).2.as_deref(), Some(text));
}

#[test]
fn a_third_claim_does_not_make_it_right_again() {
    let mut plan = Plan::new();
    for _ in 0..3 {
        plan.container(WEB, |_| Ok(()));
        plan.application_data(HOOK, token);
    }
    let text = "planned more than once: container/web, application-data/hook";
    assert_eq!(shape(&plan).2.as_deref(), Some(text));
}

#[test]
fn a_claim_of_a_held_scope_is_a_conflict_too() {
    let mut plan = Plan::new();
    plan.container(WEB, |_| Err(Fault::waiting("soon"))).container(WEB, |_| Ok(()));
    assert_eq!(
        shape(&plan),
        shaped(&[], &["container/web: soon"], Some("planned more than once: container/web"))
    );
}

#[test]
fn one_relation_twice_is_a_conflict_and_several_relations_are_none() {
    let mut plan = Plan::new();
    plan.application_data(HOOK, token);
    plan.application_data_of(HOOK, RelationId::new(1), token);
    plan.application_data_of(HOOK, RelationId::new(2), token);
    assert_eq!(shape(&plan), shaped(&["application-data/hook"], &[], None));
    plan.application_data_of(HOOK, RelationId::new(2), token);
    assert_eq!(shape(&plan).2.as_deref(), Some("planned more than once: application-data/hook"));
}

#[test]
fn a_fault_for_one_relation_holds_the_endpoint_whatever_comes_before_or_after() {
    let mut plan = Plan::new();
    plan.application_data_of(HOOK, RelationId::new(1), token);
    plan.application_data_of(HOOK, RelationId::new(2), || Err(Fault::waiting("first")));
    plan.application_data_of(HOOK, RelationId::new(3), || Err(Fault::waiting("second")));
    plan.application_data_of(HOOK, RelationId::new(4), token);
    assert_eq!(shape(&plan), shaped(&[], &["application-data/hook: first"], None));
}

#[test]
fn ports_are_collected_from_everywhere() {
    let mut side = Plan::new();
    side.port(9090).port(80);
    let mut plan = Plan::new();
    plan.port(80).port(80).ports([PortRange::udp(53)]);
    plan.part("side", Ok(side));
    assert_eq!(shape(&plan), shaped(&["ports"], &[], None));
    let Some((_, Desired::Ports(ports))) = plan.desired().next() else { panic!("{plan:?}") };
    let texts: Vec<String> = ports.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["80/tcp", "9090/tcp", "53/udp"]);
}

#[test]
fn held_ports_stay_held_in_any_order() {
    let held = || Fault::waiting("migrating");
    let mut before = Plan::new();
    before.hold(Scope::Ports, held()).port(80);
    let mut after = Plan::new();
    after.port(80).hold(Scope::Ports, held());
    let mut side = Plan::new();
    side.hold(Scope::Ports, held());
    let mut merged = Plan::new();
    merged.port(80).part("side", Ok(side)).port(81);
    for plan in [before, after, merged] {
        assert_eq!(shape(&plan), shaped(&[], &["ports: migrating"], None));
    }
}

#[test]
fn held_data_stays_held_in_any_order() {
    for scope in [application_data(), unit_data()] {
        let mut before = Plan::new();
        before.hold(scope.clone(), Fault::waiting("soon"));
        before.application_data(HOOK, token).unit_data(HOOK, token);
        let mut after = Plan::new();
        after.application_data(HOOK, token).unit_data(HOOK, token);
        after.hold(scope.clone(), Fault::waiting("soon"));
        assert_eq!(shape(&before), shape(&after));
        assert_eq!(before.held().map(|(scope, _)| scope).collect::<Vec<_>>(), [&scope]);
        assert_eq!(before.scopes().count(), 1);
    }
}

#[test]
fn a_part_brings_its_scopes_what_it_holds_and_its_conflicts() {
    let mut part = Plan::new();
    part.container(WEB, |_| Ok(()));
    part.secret("owned", |_| Err(Fault::blocked("no")));
    part.workload_version("1").workload_version("2");
    let mut plan = Plan::new();
    plan.part("side", Ok(part));
    assert_eq!(
        shape(&plan),
        shaped(
            &["container/web", "workload-version"],
            &["secret/owned: no"],
            Some("planned more than once: workload-version"),
        )
    );
}

#[test]
fn two_parts_that_want_the_same_scope_are_a_conflict() {
    let part = || {
        let mut part = Plan::new();
        part.container(WEB, |_| Ok(()));
        Ok(part)
    };
    let mut plan = Plan::new();
    plan.part("a", part()).part("b", part());
    assert_eq!(shape(&plan).2.as_deref(), Some("planned more than once: container/web"));
}

#[test]
fn a_part_that_failed_is_held_under_its_name_and_the_others_go_on() {
    let mut plan = Plan::new();
    plan.part("ingress", Err(Fault::waiting("soon")));
    plan.part("web", {
        let mut web = Plan::new();
        web.port(80);
        Ok(web)
    });
    assert_eq!(shape(&plan), shaped(&["ports"], &["part/ingress: soon"], None));
}

#[test]
fn scopes_sort_secrets_before_containers_before_what_juju_buffers() {
    let mut plan = everything();
    plan.port(1);
    let scopes: Vec<String> = plan.desired().map(|(scope, _)| scope.to_string()).collect();
    assert_eq!(
        scopes,
        [
            "secret/owned",
            "container/web",
            "workload-version",
            "application-data/hook",
            "unit-data/hook",
            "ports",
        ]
    );
}

#[test]
fn a_service_runs_unless_it_is_planned_as_idle() {
    let mut container = ContainerPlan::new(&WEB);
    container.service("web", Service::new("serve")).idle_service("job", Service::new("job"));
    assert_eq!(container.running.iter().collect::<Vec<_>>(), ["web"]);
    assert_eq!(container.layer.services.len(), 2);
    assert_eq!(container.label, "web");
}

#[test]
fn every_text_that_may_be_secret_is_found() {
    let mut container = ContainerPlan::new(&WEB);
    container.service("a", Service::new("a").env("X", "1").env("Y", secret()));
    container.idle_service("b", Service::new("b").env("Z", secret()));
    container.file("/f", secret());
    assert_eq!(container.secrets().count(), 3);
}

#[test]
fn a_plain_text_that_becomes_secret_is_printed_as_the_key_of_its_label() {
    let mut plan = Plan::new();
    plan.secret("token", |secret| {
        secret.key("value", CANARY);
        Ok(())
    });
    let printed = format!("{plan:?}");
    assert!(printed.contains("<secret token/value@new>"), "{printed}");
    assert!(!printed.contains(CANARY), "{printed}");
}
