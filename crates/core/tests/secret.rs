//! A secret shows its tag and never its value, wherever it is put.
#![allow(clippy::unwrap_used)]

use ops_core::{Probe, Secret, Text};
use std::collections::BTreeMap;

const VALUE: &str = "hunter2";

fn secret() -> Secret {
    Secret::new(VALUE.to_owned(), "secret:1/password@4")
}

#[derive(Debug, PartialEq, serde::Serialize)]
struct Holder {
    bare: Secret,
    text: Text,
    bytes: Secret<Vec<u8>>,
    deep: BTreeMap<String, Vec<Option<Probe<Text>>>>,
    derived: Secret<usize>,
}

fn holder() -> Holder {
    Holder {
        bare: secret(),
        text: secret().into(),
        bytes: secret().map(|value| value.clone().into_bytes()),
        deep: [("key".to_owned(), vec![Some(Probe::Present(Text::from(&secret())))])].into(),
        derived: secret().map(String::len),
    }
}

#[test]
fn no_printer_shows_the_value() {
    let holder = holder();
    let printed = [
        format!("{holder:?}"),
        format!("{holder:#?}"),
        serde_json::to_string(&holder).unwrap(),
        serde_json::to_string_pretty(&holder).unwrap(),
        serde_json::to_value(&holder).unwrap().to_string(),
    ];
    for text in printed {
        assert!(!text.contains(VALUE), "{text}");
        assert!(!text.contains("104"), "the bytes of it: {text}");
        assert!(text.contains("secret:1/password@4"), "{text}");
    }
}

#[test]
fn the_tag_stands_for_the_value() {
    assert_eq!(format!("{:?}", secret()), "Secret(secret:1/password@4)");
    assert_eq!(serde_json::to_string(&secret()).unwrap(), r#""<secret secret:1/password@4>""#);
    assert_eq!(secret().tag(), "secret:1/password@4");
}

#[test]
fn secrets_are_equal_by_value_whatever_their_tags() {
    assert_eq!(secret(), Secret::new(VALUE.to_owned(), "other@1"));
    assert_ne!(secret(), Secret::new("other".to_owned(), "secret:1/password@4"));
}

#[test]
fn what_is_derived_is_as_secret_under_the_same_tag() {
    let url = secret().map(|password| format!("pg://web:{password}@db/web"));
    assert_eq!(url.expose(), "pg://web:hunter2@db/web");
    assert_eq!(url.tag(), "secret:1/password@4");
}

#[test]
fn plain_text_is_printed() {
    let plain = Text::from("debug");
    assert_eq!(format!("{plain:?}"), r#"Plain("debug")"#);
    assert_eq!(serde_json::to_string(&plain).unwrap(), r#""debug""#);
    assert!(!plain.is_secret());
}

#[test]
fn text_gives_what_it_holds_only_on_demand() {
    let text = Text::from(secret());
    assert!(text.is_secret());
    assert_eq!(text.expose(), VALUE);
    assert_eq!(Text::from("a").expose(), "a");
}

#[test]
fn plain_and_secret_text_differ_even_if_they_hold_the_same() {
    assert_ne!(Text::from(VALUE), Text::from(secret()));
    assert_eq!(Text::from(&secret()), Text::from(secret()));
    assert_eq!(Text::from(&VALUE.to_owned()), Text::from(VALUE));
    assert_eq!(Text::default(), Text::from(""));
}
