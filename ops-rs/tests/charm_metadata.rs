//! What `ops::charm_metadata!` makes of a charm that has something of everything.
#![allow(clippy::unwrap_used, clippy::panic)]

use ops::{
    FaultKind,
    interface::{EndpointSpec, Role},
    metadata::{
        ActionSet as _, Configuration as _, Endpoint, Metadata, OptionKind, OptionName, Options,
    },
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

ops::charm_metadata!(mod meta, "tests/fixtures/web/charmcraft.yaml");

/// Names that are keywords, or that no identifier begins with, and nothing else.
mod odd {
    ops::charm_metadata!(
        /// Odd names.
        pub mod meta,
        "tests/fixtures/odd/metadata.yaml",
        "tests/fixtures/odd/config.yaml",
        "tests/fixtures/odd/actions.yaml",
    );
}

/// A charm that declares no more than it must.
mod bare {
    ops::charm_metadata!(mod meta, "tests/fixtures/bare/metadata.yaml");

    #[test]
    fn a_charm_without_options_and_actions_has_types_for_them_too() {
        use ops::metadata::{ActionSet, Metadata, NoOptions};
        let _: Option<meta::Config> = None::<NoOptions>;
        assert!(<meta::Action as ActionSet>::NAMES.is_empty());
        assert_eq!(meta::Meta::NAME, "bare");
    }
}

fn values(object: Value) -> BTreeMap<String, Value> {
    serde_json::from_value(object).unwrap()
}

fn config(object: Value) -> Result<meta::Config, ops::Fault> {
    Options::new(&values(object)).read_all(meta::Config::read)
}

fn action(name: &str, object: Value) -> Result<meta::Action, ops::Fault> {
    meta::Action::parse(name, Options::parameters(&values(object)))
}

fn backup(object: Value) -> meta::actions::Backup {
    match action("backup", object).unwrap() {
        meta::Action::Backup(backup) => backup,
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_that_is_declared_is_there() {
    assert_eq!(meta::Meta::NAME, "web");
    let endpoint = |name, role, interface| Endpoint { name, role, interface };
    let endpoints = [
        endpoint("cluster", "peers", "web_cluster"),
        endpoint("database", "requires", "postgresql_client"),
    ];
    assert_eq!(meta::Meta::ENDPOINTS, endpoints);
    assert_eq!((meta::Meta::CONTAINERS, meta::Meta::STORAGES), (&["web"][..], &["pages"][..]));
    assert_eq!(meta::containers::WEB, "web");
    assert_eq!(meta::storage::PAGES, "pages");
    assert_eq!((meta::resources::IMAGE, meta::extra_bindings::ADMIN), ("image", "admin"));
    assert_eq!(meta::endpoints::Database::NAME, "database");
    assert_eq!(<meta::endpoints::Cluster as EndpointSpec>::Role::NAME, "peers");
    let port = meta::Meta::OPTIONS.iter().find(|option| option.name == "port").unwrap();
    assert_eq!(port.kind, OptionKind::Int(Some(8080)));
    let (port, key) = (meta::options::PORT, meta::options::KEY);
    let _: (OptionName<i64>, OptionName<ops::names::SecretId>) = (port, key);
    assert_eq!((port.as_str(), meta::options::LOG_LEVEL.as_str()), ("port", "log-level"));
    let [(name, text)] = meta::Meta::FILES else { panic!("{:?}", meta::Meta::FILES) };
    assert_eq!(*name, "charmcraft.yaml");
    assert!(text.starts_with("type: charm\nname: web\n"), "{text}");
    assert!(meta::Meta::DIGEST.starts_with("charm-metadata-sha256:"));
    assert_ne!(meta::Meta::DIGEST, odd::meta::Meta::DIGEST);
}

#[test]
fn options_have_their_types_and_defaults() {
    let config = config(json!({"ratio": 0.5, "key": "secret:abc"})).unwrap();
    assert_eq!((config.log_level.as_str(), config.port, config.r#type), ("info", 8080, true));
    assert_eq!((config.ratio, config.key.id()), (Some(0.5), Some("secret:abc")));
    let shown = serde_json::to_value(&config).unwrap();
    assert_eq!((&shown["log-level"], &shown["type"]), (&json!("info"), &json!(true)));
}

#[test]
fn an_option_of_another_type_is_named_as_the_operator_knows_it() {
    let fault = config(json!({"log-level": 1, "port": "http"})).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Blocked);
    assert_eq!(fault.message(), "option log-level is not a string, option port is not an integer");
}

#[test]
fn parameters_have_their_types_and_defaults() {
    use meta::actions::backup::Mode;
    let read = backup(json!({"where": "/srv"}));
    assert_eq!((read.r#where.as_str(), read.keep, read.mode), ("/srv", 7, Mode::Full));
    assert_eq!((read.tags, read.ratio, read.anything), (None, 1.0, None));
    assert_eq!(Value::Object(read.extra), json!({"a": [1, null, "x"]}));
    assert!(read.additional.is_empty());

    // Juju hands all numbers on as floats.
    let given = json!({
        "where": "/srv", "keep": 3.0, "mode": "incremental-only", "tags": ["a", "b"], "ratio": 2,
        "extra": {}, "anything": [1], "more": 1,
    });
    let read = backup(given);
    assert_eq!((read.keep, read.mode.as_str(), read.ratio), (3, "incremental-only", 2.0));
    assert_eq!(read.tags, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!((read.extra.len(), read.anything), (0, Some(json!([1]))));
    assert_eq!(read.additional, values(json!({"more": 1})));
}

#[test]
fn every_wrong_parameter_is_named_at_once() {
    let given = json!({"keep": 1.5, "mode": "half", "tags": [1]});
    let fault = action("backup", given).unwrap_err();
    assert_eq!(
        fault.message(),
        "parameter keep is not an integer, \
         parameter mode is not one of full, incremental-only, \
         parameter tags is not a list in which each item is a string, \
         parameter where is missing"
    );
}

#[test]
fn an_action_without_parameters_is_a_word() {
    assert_eq!(action("version", json!({})).unwrap(), meta::Action::Version);
    assert_eq!(meta::Action::NAMES, ["backup", "version"]);
    assert_eq!(action("restore", json!({})).unwrap_err().kind(), FaultKind::Bug);
}

#[test]
fn names_that_rust_has_for_itself_are_changed_as_little_as_possible() {
    use odd::meta::{Action, actions, containers, endpoints};
    assert_eq!(endpoints::Self_::NAME, "self");
    assert_eq!(endpoints::_2fa::NAME, "2fa");
    assert_eq!(containers::_2ND_PART, "2nd.part");
    let config = Options::new(&BTreeMap::new()).read_all(odd::meta::Config::read).unwrap();
    assert_eq!((config.crate_, config.r#fn, config._1st), (None, "{}\"\\".to_owned(), -3));
    let parsed = Action::parse("move", Options::parameters(&BTreeMap::new())).unwrap();
    let expected = actions::Move { r#as: actions::r#move::As::Self_, string: None };
    assert_eq!(parsed, Action::Move(expected));
    let expected = actions::_2fa { by: Some(actions::_2fa_::By::App) };
    let given = values(json!({"by": "app"}));
    let parsed = Action::parse("2fa", Options::parameters(&given)).unwrap();
    assert_eq!(parsed, Action::_2fa(expected));
}
