//! The `meta` module says what `metadata.yaml` and `charmcraft.yaml` say, in every name, role, interface,
//! type and default.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use hook_service::meta::{self, Config, Meta, containers, endpoints};
use ops::{
    Metadata as _,
    interface::{EndpointSpec, Role as _},
    metadata::{ActionSet as _, Configuration as _, NoActions, OptionKind, Options},
};
use ops_testing::emulator::juju::{CharmMetadata, ConfigOption, ConfigValue, OptionType, Role};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

const METADATA: &str = include_str!("../../metadata.yaml");
const CHARMCRAFT: &str = include_str!("../../charmcraft.yaml");

fn charm() -> CharmMetadata {
    CharmMetadata::from_yaml(&[("metadata.yaml", METADATA), ("charmcraft.yaml", CHARMCRAFT)])
        .unwrap()
}

#[test]
fn the_name_and_the_containers_are_those_of_the_files() {
    let charm = charm();
    assert_eq!(charm.name, Meta::NAME);
    let containers: BTreeSet<&str> =
        charm.containers.iter().map(ops::names::ContainerName::as_str).collect();
    assert_eq!(containers, Meta::CONTAINERS.iter().copied().collect());
    assert_eq!(Meta::CONTAINERS, [containers::HOOK_SERVICE.as_str()]);
    assert!(Meta::STORAGES.is_empty() && charm.extra_bindings.is_empty() && !charm.subordinate);
}

/// The test kit reads them; nothing that a charm runs does.
#[test]
fn the_texts_of_the_files_are_in_the_metadata_and_not_in_the_program() {
    let files = [("metadata.yaml", METADATA), ("charmcraft.yaml", CHARMCRAFT)];
    assert_eq!(Meta::FILES, files);
    let program = fs::read(env!("CARGO_BIN_EXE_hook-service")).unwrap();
    let has = |text: &str| program.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has(Meta::DIGEST), "what is read there is the program");
    for (name, text) in files {
        let line = text.lines().max_by_key(|line| line.len()).unwrap();
        assert!(!has(line), "{name}: {line}");
    }
}

#[test]
fn the_endpoints_are_those_of_the_files() {
    let declared: BTreeSet<(String, &str, String)> = charm()
        .endpoints
        .into_iter()
        .map(|(name, endpoint)| {
            let role = match endpoint.role {
                Role::Provider => "provides",
                Role::Requirer => "requires",
                Role::Peer => "peers",
            };
            (name.to_string(), role, endpoint.interface)
        })
        .collect();
    let compiled = Meta::ENDPOINTS
        .iter()
        .map(|endpoint| (endpoint.name.to_owned(), endpoint.role, endpoint.interface.to_owned()));
    assert_eq!(declared, compiled.collect());
    assert_eq!(declared.len(), Meta::ENDPOINTS.len(), "none is there twice");
}

#[test]
fn every_endpoint_is_a_type_that_says_the_same() {
    fn of<E: EndpointSpec>(_: E) -> (&'static str, &'static str, &'static str) {
        (E::NAME, E::Role::NAME, E::INTERFACE)
    }
    let types = [
        of(endpoints::HydraTokenHook),
        of(endpoints::MetricsEndpoint),
        of(endpoints::GrafanaDashboard),
        of(endpoints::Ingress),
        of(endpoints::Logging),
        of(endpoints::Tracing),
        of(endpoints::HookService),
    ];
    let compiled: BTreeSet<_> =
        Meta::ENDPOINTS.iter().map(|e| (e.name, e.role, e.interface)).collect();
    assert_eq!(BTreeSet::from(types), compiled);
}

#[test]
fn traefik_and_tempo_may_be_there_once_and_the_others_as_often_as_they_like() {
    let charm = charm();
    let limit = |name| charm.endpoints.iter().find(|(n, _)| n.as_str() == name).unwrap().1.limit;
    assert_eq!(limit("ingress"), Some(1));
    assert_eq!(limit("tracing"), Some(1));
    for endpoint in ["hydra-token-hook", "logging", "metrics-endpoint", "grafana-dashboard"] {
        assert_eq!(limit(endpoint), None);
    }
}

#[test]
fn the_options_are_those_of_the_files_with_their_types_and_defaults() {
    let compiled: BTreeMap<String, ConfigOption> = Meta::OPTIONS
        .iter()
        .map(|option| {
            let (kind, default) = match option.kind {
                OptionKind::String(text) => (OptionType::String, text.map(ConfigValue::from)),
                OptionKind::Int(number) => (OptionType::Int, number.map(ConfigValue::from)),
                OptionKind::Float(number) => (OptionType::Float, number.map(ConfigValue::from)),
                OptionKind::Boolean(is) => (OptionType::Boolean, is.map(ConfigValue::from)),
                OptionKind::Secret => (OptionType::Secret, None),
            };
            (option.name.to_owned(), ConfigOption { kind, default })
        })
        .collect();
    assert_eq!(charm().options, compiled);
    assert_eq!(Meta::OPTIONS.len(), compiled.len(), "none is there twice");
    assert_eq!(compiled.len(), 9);
}

#[test]
fn an_option_that_juju_does_not_print_has_the_default_of_the_files() {
    let options = charm().options;
    let defaults: BTreeMap<String, serde_json::Value> = options
        .iter()
        .filter_map(|(name, option)| {
            let default = option.default.as_ref()?;
            Some((name.clone(), serde_json::to_value(default).unwrap()))
        })
        .collect();
    let printed = Options::new(&defaults).read_all(Config::read).unwrap();
    let silent = Options::new(&BTreeMap::new()).read_all(Config::read).unwrap();
    assert_eq!(printed, silent);
    assert_eq!(silent.log_level, "info");
    assert!(silent.salesforce_enabled);
}

#[test]
fn every_option_is_a_field() {
    let config = Options::new(&BTreeMap::new()).read_all(Config::read).unwrap();
    let fields = serde_json::to_value(&config).unwrap();
    let fields: BTreeSet<&str> = fields.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, meta::Meta::OPTIONS.iter().map(|option| option.name).collect());
}

#[test]
fn there_are_no_actions() {
    assert!(charm().actions.is_empty());
    assert!(NoActions::NAMES.is_empty());
}

#[test]
fn no_key_stands_in_both_files() {
    let keys = |text: &str| -> BTreeSet<String> {
        let is_key = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase());
        let name = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
        text.lines().filter(is_key).map(name).collect()
    };
    let (metadata, charmcraft) = (keys(METADATA), keys(CHARMCRAFT));
    assert!(metadata.contains("name") && charmcraft.contains("config"));
    assert_eq!(metadata.intersection(&charmcraft).collect::<Vec<_>>(), Vec::<&String>::new());
}
