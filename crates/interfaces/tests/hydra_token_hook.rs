//! What charms and Hydra write to each other over `hydra_token_hook`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use ops_core::{
    Secret,
    interface::{Databag, Schema as _, SchemaError},
};
use ops_interfaces::hydra_token_hook::{Auth, AuthIn, Provider};
use proptest::prelude::*;
use std::collections::BTreeMap;

const URL: &str = "http://hook-service.test-model.svc.cluster.local:8080/api/v0/hook/hydra";
const SENTINEL: &str = "5f1d9c0e7a";

fn bag(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn exposed(bag: &Databag) -> BTreeMap<String, String> {
    bag.iter().map(|(key, value)| (key.clone(), value.expose().to_owned())).collect()
}

fn refused(pairs: &[(&str, &str)]) -> SchemaError {
    Provider::decode(&bag(pairs)).unwrap_err()
}

#[test]
fn a_hook_with_a_token_writes_exactly_four_keys() {
    let hook = Provider::with_token(URL, Secret::new(SENTINEL.to_owned(), "secret:1/api-token@1"));
    assert_eq!(
        exposed(&hook.encode().unwrap()),
        bag(&[
            ("auth_config_in", "header"),
            ("auth_config_name", "Authorization"),
            ("auth_config_value", SENTINEL),
            ("url", URL),
        ])
    );
}

#[test]
fn an_open_hook_writes_only_its_url() {
    assert_eq!(exposed(&Provider::open(URL).encode().unwrap()), bag(&[("url", URL)]));
}

#[test]
fn name_and_place_have_defaults_only_beside_a_value() {
    let with =
        Provider::decode(&bag(&[("url", URL), ("auth_config_value", "t")])).unwrap().unwrap();
    assert_eq!(
        with.auth,
        Some(Auth {
            value: Secret::new("t".to_owned(), "any"),
            name: "Authorization".to_owned(),
            location: AuthIn::Header,
        })
    );
    let without =
        Provider::decode(&bag(&[("url", URL), ("auth_config_name", "Authorization")])).unwrap();
    assert_eq!(without, Some(Provider::open(URL)));
}

#[test]
fn without_a_url_nothing_is_ready() {
    for pairs in
        [&[][..], &[("url", "")], &[("auth_config_value", "t")], &[("egress-subnets", "::")]]
    {
        assert_eq!(Provider::decode(&bag(pairs)), Ok(None));
    }
}

#[test]
fn unknown_keys_are_ignored() {
    let newer = bag(&[("url", URL), ("enabled_claims", "[\"groups\"]")]);
    assert_eq!(Provider::decode(&newer), Ok(Some(Provider::open(URL))));
}

#[test]
fn what_the_interface_does_not_allow_is_an_error_that_names_the_key() {
    for location in ["Header", "body", "header ", "{}", "\u{0}"] {
        let error = refused(&[("url", URL), ("auth_config_in", location)]);
        assert_eq!(error.key(), "auth_config_in");
    }
    for name in ["X-Token: a", "a\r\nHost: b", "caf\u{e9}", " "] {
        let error =
            refused(&[("url", URL), ("auth_config_value", "t"), ("auth_config_name", name)]);
        assert_eq!(error.key(), "auth_config_name");
    }
    for url in ["nonsense", "http://", "http://a b", "https://a\nb", "file:///etc/passwd"] {
        assert_eq!(refused(&[("url", url)]).key(), "url");
    }
    let error = refused(&[("url", URL), ("auth_config_value", "t\r\nHost: b")]);
    assert_eq!(error.key(), "auth_config_value");
}

#[test]
fn what_would_be_refused_is_not_written() {
    let token = |token: &str| Secret::new(token.to_owned(), "tag");
    assert_eq!(Provider::open("").encode().unwrap_err().key(), "url");
    let hook = Provider::with_token(URL, token("a\nb"));
    assert_eq!(hook.encode().unwrap_err().key(), "auth_config_value");
    let mut hook = Provider::with_token(URL, token("a"));
    hook.auth.as_mut().unwrap().name.clear();
    assert_eq!(hook.encode().unwrap_err().key(), "auth_config_name");
}

#[test]
fn the_token_is_never_printed() {
    let written = Provider::with_token(URL, Secret::new(SENTINEL.to_owned(), "secret:1/t@1"));
    let databag = written.encode().unwrap();
    let read = Provider::decode(&exposed(&databag)).unwrap().unwrap();
    assert_eq!(read.auth.as_ref().unwrap().value.expose(), SENTINEL);
    assert_eq!(read.auth.as_ref().unwrap().value.tag(), "hydra_token_hook/auth_config_value");

    let broken = format!("{SENTINEL}\n");
    let errors = [
        refused(&[("url", URL), ("auth_config_value", &broken)]),
        refused(&[("url", &broken)]),
        refused(&[("url", URL), ("auth_config_name", &broken)]),
        refused(&[("url", URL), ("auth_config_in", &broken)]),
    ];
    let printed = [
        format!("{written:#?} {databag:?} {read:?} {errors:?}"),
        errors.map(|error| error.to_string()).concat(),
        serde_json::to_string(&(&written, &databag, &read)).unwrap(),
    ]
    .concat();
    assert!(!printed.contains(SENTINEL), "{printed}");
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        path in "[!-~]{0,40}",
        auth in proptest::option::of(("[ -~\u{a0}-\u{fff}]{1,40}", "[!#$%&'*+.^_`|~0-9a-zA-Z-]{1,20}", any::<bool>())),
    ) {
        let hook = Provider {
            url: format!("http://h{path}"),
            auth: auth.map(|(value, name, cookie)| Auth {
                value: Secret::new(value, "tag"),
                name,
                location: if cookie { AuthIn::Cookie } else { AuthIn::Header },
            }),
        };
        prop_assert_eq!(Provider::decode(&exposed(&hook.encode().unwrap())), Ok(Some(hook)));
    }

    #[test]
    fn hostile_databags_never_panic_and_what_is_accepted_can_be_written(
        bag in proptest::collection::btree_map(
            prop_oneof![Just("url"), Just("auth_config_value"), Just("auth_config_name"), Just("auth_config_in")]
                .prop_map(str::to_owned),
            prop_oneof![".*", Just("http://h".to_owned()), Just("header".to_owned()), Just("cookie".to_owned())],
            0..5,
        )
    ) {
        if let Ok(Some(hook)) = Provider::decode(&bag) {
            prop_assert!(hook.encode().is_ok());
        }
    }
}
