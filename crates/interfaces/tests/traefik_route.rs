//! What charms and Traefik write to each other over `traefik_route`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use ops_core::interface::{Databag, Schema as _};
use ops_interfaces::traefik_route::{
    Domain, DynamicConfig, Middleware, Provider, Requirer, Router, RouterTls, Scheme, Service,
    path_prefix,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn bag(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn exposed(bag: &Databag) -> BTreeMap<String, String> {
    bag.iter().map(|(key, value)| (key.clone(), value.expose().to_owned())).collect()
}

/// The route of the Hook Service charm.
fn hook_service(host: Option<&str>) -> DynamicConfig {
    let id = "test-model-hook-service";
    let (strip, service) =
        (format!("juju-sidecar-noprefix-{id}"), format!("juju-{id}-api-service"));
    let router =
        Router::new(path_prefix(&format!("/{id}/ui")), service.as_str()).middleware(strip.as_str());
    let mut config = DynamicConfig::default()
        .middleware(
            strip.as_str(),
            Middleware::StripPrefix { force_slash: Some(false), prefixes: vec![format!("/{id}")] },
        )
        .router(format!("juju-{id}-api-router"), router.clone().entry_point("web"))
        .service(service, Service::server("http://hook-service.test-model.svc.cluster.local:8080"));
    if let Some(host) = host {
        let tls = RouterTls::default().domain(Domain::wildcard(host));
        let name = format!("juju-{id}-api-router-tls");
        config = config.router(name, router.entry_point("websecure").tls(tls));
    }
    config
}

#[test]
fn a_route_with_a_host_is_what_pyyaml_writes() {
    let golden = include_str!("../fixtures/traefik_route/hook-service.yaml");
    assert_eq!(hook_service(Some("some-host")).to_yaml(), golden);
}

#[test]
fn a_route_without_a_host_has_no_tls_router() {
    let golden = include_str!("../fixtures/traefik_route/hook-service-without-host.yaml");
    assert_eq!(hook_service(None).to_yaml(), golden);
    assert!(!golden.contains("tls"));
}

#[test]
fn no_route_at_all_is_an_empty_mapping() {
    let golden = include_str!("../fixtures/traefik_route/empty.yaml");
    assert_eq!(DynamicConfig::default().to_yaml(), golden);
}

#[test]
fn every_option_is_written_under_traefiks_name() {
    let config = DynamicConfig::default()
        .router(
            "r",
            Router::new("Host(`a`)", "s")
                .priority(7)
                .tls(RouterTls::default().cert_resolver("acme")),
        )
        .router("t", Router::new("Host(`b`)", "s").tls(RouterTls::default()))
        .middleware("a", Middleware::AddPrefix { prefix: "/a".into() })
        .middleware("b", Middleware::RedirectScheme { permanent: true, scheme: "https".into() })
        .middleware(
            "c",
            Middleware::ReplacePathRegex { regex: "^/a/(.*)".into(), replacement: "/$1".into() },
        )
        .service("s", Service::server("http://a:1").and("http://b:1"));
    assert_eq!(
        config.to_yaml(),
        "\
http:
  middlewares:
    a:
      addPrefix:
        prefix: /a
    b:
      redirectScheme:
        permanent: true
        scheme: https
    c:
      replacePathRegex:
        regex: ^/a/(.*)
        replacement: /$1
  routers:
    r:
      priority: 7
      rule: Host(`a`)
      service: s
      tls:
        certResolver: acme
    t:
      rule: Host(`b`)
      service: s
      tls: {}
  services:
    s:
      loadBalancer:
        servers:
        - url: http://a:1
        - url: http://b:1
"
    );
}

#[test]
fn a_raw_route_says_so_in_python() {
    let route = Requirer::raw(&hook_service(Some("some-host")));
    let bag = exposed(&route.encode().unwrap());
    assert_eq!(bag.keys().collect::<Vec<_>>(), ["config", "raw"]);
    assert_eq!(bag["raw"], "True");
    assert_eq!(bag["config"], include_str!("../fixtures/traefik_route/hook-service.yaml"));
    assert_eq!(Requirer::decode(&bag), Ok(Some(route)));
}

#[test]
fn a_managed_route_takes_back_an_earlier_raw() {
    let bag = exposed(&Requirer::managed(&hook_service(None)).encode().unwrap());
    assert_eq!(bag["raw"], "False");
}

#[test]
fn traefik_is_ready_once_its_host_is_known() {
    assert_eq!(Provider::decode(&bag(&[])), Ok(None));
    assert_eq!(Provider::decode(&bag(&[("external_host", ""), ("scheme", "https")])), Ok(None));
    let plain = Provider { external_host: "some-host".into(), scheme: Scheme::Http };
    assert_eq!(Provider::decode(&bag(&[("external_host", "some-host")])), Ok(Some(plain.clone())));
    assert_eq!(plain.url("/test-model-hook-service"), "http://some-host/test-model-hook-service");
    let secure = bag(&[("external_host", "[::1]:8443"), ("scheme", "https")]);
    let traefik = Provider::decode(&secure).unwrap().unwrap();
    assert_eq!(traefik.url(""), "https://[::1]:8443");
    assert_eq!(exposed(&traefik.encode().unwrap()), secure);
}

#[test]
fn a_host_or_scheme_that_cannot_be_is_an_error_that_names_the_key() {
    let long = "a".repeat(254);
    for host in ["a b", "a/b", "a`) || PathPrefix(`/", "a\nb", "\u{fc}ber.example", "*.a", &long] {
        let error = Provider::decode(&bag(&[("external_host", host)])).unwrap_err();
        assert_eq!(error.key(), "external_host");
        let provider = Provider { external_host: host.to_owned(), scheme: Scheme::Http };
        assert_eq!(provider.encode().unwrap_err().key(), "external_host");
    }
    for scheme in ["HTTP", "ftp", "http ", "javascript", "{}"] {
        let error = Provider::decode(&bag(&[("external_host", "a"), ("scheme", scheme)]));
        assert_eq!(error.unwrap_err().key(), "scheme");
    }
}

#[test]
fn a_route_of_another_charm_is_kept_as_text() {
    let hostile = "&a [*a, *a]\n\u{0}: {{{";
    let read = Requirer::decode(&bag(&[("config", hostile), ("static", "log: {}")]));
    let route = read.unwrap().unwrap();
    assert_eq!((route.config.as_str(), route.raw), (hostile, false));
    assert_eq!(route.static_config.as_deref(), Some("log: {}"));
    assert_eq!(Requirer::decode(&bag(&[("raw", "True")])), Ok(None));
    let error = Requirer::decode(&bag(&[("config", "{}"), ("raw", "true")])).unwrap_err();
    assert_eq!(error.key(), "raw");
    assert_eq!(error.to_string(), "key `raw` does not hold `True` or `False`");
}

proptest! {
    #[test]
    fn hostile_databags_never_panic(
        bag in proptest::collection::btree_map(
            prop_oneof![Just("external_host"), Just("scheme"), Just("config"), Just("raw"), Just("static")]
                .prop_map(str::to_owned),
            prop_oneof![".*", Just("https".to_owned()), Just("True".to_owned())],
            0..6,
        )
    ) {
        if let Ok(Some(provider)) = Provider::decode(&bag) {
            prop_assert!(provider.encode().is_ok());
        }
        if let Ok(Some(requirer)) = Requirer::decode(&bag) {
            prop_assert_eq!(Requirer::decode(&exposed(&requirer.encode().unwrap())), Ok(Some(requirer)));
        }
    }

    #[test]
    fn any_name_and_rule_stay_what_they_are(name in ".{1,60}", prefix in ".{0,100}", host in ".{1,60}") {
        let rule = path_prefix(&prefix);
        let config = DynamicConfig::default()
            .router(name.as_str(), Router::new(rule.as_str(), "s").tls(RouterTls::default().domain(Domain::wildcard(host.as_str()))))
            .service("s", Service::server("http://a:1"));
        let read: serde_yaml::Value = serde_yaml::from_str(&config.to_yaml()).unwrap();
        let routers = read["http"]["routers"].as_mapping().unwrap();
        prop_assert_eq!(routers.len(), 1);
        // A YAML 1.2 reader takes a few of PyYAML's plain texts for numbers (`1e3`); a string reader does not.
        let router = routers.values().next().unwrap();
        prop_assert_eq!(router["rule"].as_str(), Some(rule.as_str()));
        prop_assert!(router["tls"]["domains"][0]["sans"][0].as_str().is_some_and(|san| san.ends_with(&host)));
    }
}
