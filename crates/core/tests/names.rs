//! Names are checked where they enter, and no text makes a parser panic.
#![allow(clippy::unwrap_used)]

use ops_core::{
    JujuVersion,
    names::{ApplicationName, ContainerName, EndpointName, RelationId, SecretId, UnitName},
};
use proptest::prelude::*;

#[test]
fn names_that_juju_gives_are_taken() {
    for name in ["web", "hook-service", "a", "db2", "my_db", "v1.2", "0ad"] {
        assert_eq!(EndpointName::new(name).unwrap().as_str(), name);
        assert_eq!(ContainerName::new(name).unwrap(), name);
        assert_eq!(ApplicationName::new(name).unwrap().to_string(), name);
    }
}

#[test]
fn what_cannot_be_a_name_is_refused_and_quoted() {
    for name in
        ["", " ", "a b", "-web", "_web", ".", "../etc", "a/b", "wéb", "web\n", "a\0b", "a:1"]
    {
        let error = EndpointName::new(name).unwrap_err().to_string();
        assert!(error.contains(&format!("{name:?} is not a valid endpoint name")), "{error}");
        assert!(ContainerName::new(name).is_err(), "{name:?}");
        assert!(ApplicationName::new(name).is_err(), "{name:?}");
    }
}

#[test]
fn a_unit_is_an_application_and_a_number() {
    let unit = UnitName::new("hook-service/12").unwrap();
    assert_eq!(unit.application(), ApplicationName::new("hook-service").unwrap());
    assert_eq!(unit.number(), 12);
    for wrong in ["", "web", "web/", "/0", "web/00", "web/+1", "web/-1", "web/x", "a/b/0", "web/0 "]
    {
        assert!(UnitName::new(wrong).is_err(), "{wrong:?}");
    }
    assert!(UnitName::new("web/4294967296").is_err());
}

#[test]
fn a_relation_id_is_read_with_and_without_its_endpoint() {
    for text in ["database:7", "7", "my-db_2:7"] {
        assert_eq!(RelationId::parse(text).unwrap(), RelationId::new(7));
    }
    for wrong in ["", ":", "database:", "database:x", "database:+7", "+7", "-7", "7 ", "4294967296"]
    {
        let error = RelationId::parse(wrong).unwrap_err().to_string();
        assert!(error.contains("is not a valid relation id"), "{error}");
    }
}

#[test]
fn the_three_spellings_of_a_secret_id_are_one_secret() {
    let id = "9m4e2mr0ui3e8a215n4g";
    let uuid = "1f7e6c3c-6b2c-4a3b-8f6d-0a4a3d8b9c11";
    let bare = SecretId::parse(id).unwrap();
    for text in [format!("secret:{id}"), format!("secret://{uuid}/{id}"), id.to_owned()] {
        let parsed: SecretId = text.parse().unwrap();
        assert_eq!(parsed, bare, "{text}");
        assert_eq!(parsed.as_str(), format!("secret:{id}"));
        assert_eq!(parsed.bare(), id);
        assert_eq!(parsed.to_string(), format!("secret:{id}"));
    }
}

#[test]
fn what_is_not_a_secret_id_is_refused() {
    for wrong in [
        "",
        "secret:",
        "secret://",
        "secret:///",
        "secret://uuid/",
        "secret:a/b",
        "secret://a/b/c",
        "my-secret",
        "Secret",
        "secret:ABC",
        "label with blanks",
        "https://example.org/abc",
        "file:abc",
        "/abc",
        "foo/bar",
        "secret:secret:abc",
    ] {
        let error = SecretId::parse(wrong).map(|id| id.to_string()).unwrap_err().to_string();
        assert!(error.contains("is not a valid secret id"), "{error}");
    }
}

#[test]
fn names_and_ids_keep_through_json_and_are_checked_on_the_way_in() {
    let json = serde_json::to_string(&(
        EndpointName::new("database").unwrap(),
        UnitName::new("web/0").unwrap(),
        RelationId::new(7),
        SecretId::parse("abc").unwrap(),
    ))
    .unwrap();
    assert_eq!(json, r#"["database","web/0",7,"secret:abc"]"#);
    let back: (EndpointName, UnitName, RelationId, SecretId) = serde_json::from_str(&json).unwrap();
    assert_eq!(back.0, "database");
    assert_eq!(back.1, "web/0");
    assert!(serde_json::from_str::<EndpointName>(r#""a b""#).is_err());
    assert!(serde_json::from_str::<UnitName>(r#""web""#).is_err());
    assert!(serde_json::from_str::<SecretId>(r#""https://x/abc""#).is_err());
}

#[test]
fn versions_that_agents_have_are_read() {
    for (text, major, minor, patch) in [
        ("3.6.14", 3, 6, 14),
        ("3.6", 3, 6, 0),
        ("4.0-beta4", 4, 0, 0),
        ("3.0-rc1.2", 3, 0, 0),
        ("2.9.49.1", 2, 9, 49),
        ("10.0.0", 10, 0, 0),
    ] {
        let version: JujuVersion = text.parse().unwrap();
        assert_eq!(version, JujuVersion::new(major, minor, patch), "{text}");
        assert_eq!(version.major(), major);
        assert_eq!(version.to_string(), format!("{major}.{minor}.{patch}"));
    }
}

#[test]
fn what_is_not_a_version_is_refused_and_quoted() {
    for wrong in [
        "",
        "3",
        "3.",
        ".6",
        "3.x",
        "3.6.",
        "3.6.1.2.3",
        "3.6-",
        "3.6-a b",
        "v3.6",
        "+3.6",
        "3.+6",
        " 3.6",
        "3.6 ",
        "-1.0",
        "3,6",
        "99999999999.0",
    ] {
        let error = wrong.parse::<JujuVersion>().map(|v| v.to_string()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{wrong:?} is not a Juju version")), "{error}");
    }
}

#[test]
fn versions_compare_by_number() {
    let version = |text: &str| text.parse::<JujuVersion>().unwrap();
    assert!(version("3.10") > version("3.9.9"));
    assert!(version("4.0-beta4") > version("3.6.14"));
    assert!(!version("2.9.49").has_secrets());
    assert!(!version("3.0.2").has_secrets());
    assert!(version("3.0.3").has_secrets());
    assert_eq!(serde_json::to_string(&version("3.6.1")).unwrap(), r#""3.6.1""#);
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC*|[a-z0-9:/.+-]{0,40}") {
        let _ = EndpointName::new(text.as_str());
        let _ = UnitName::new(text.as_str()).map(|unit| (unit.application(), unit.number()));
        let _ = RelationId::parse(&text);
        let _ = SecretId::parse(&text);
        let _ = text.parse::<JujuVersion>();
    }

    #[test]
    fn what_is_parsed_prints_as_what_parses_to_the_same(
        name in "[a-z][a-z0-9-]{0,20}", number in any::<u32>(), id in "[0-9a-z]{20}",
    ) {
        let unit = UnitName::new(format!("{name}/{number}")).unwrap();
        prop_assert_eq!(UnitName::new(unit.to_string()).unwrap(), unit);
        let relation = RelationId::parse(&format!("{name}:{number}")).unwrap();
        prop_assert_eq!(RelationId::parse(&relation.to_string()).unwrap(), relation);
        let secret = SecretId::parse(&id).unwrap();
        prop_assert_eq!(SecretId::parse(secret.as_str()).unwrap(), secret);
    }
}
