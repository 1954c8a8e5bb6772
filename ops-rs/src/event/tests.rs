//! One of every variant: its name, its class, and its way to the disk and back.

use super::*;

fn relation() -> RelationEvent {
    RelationEvent {
        endpoint: EndpointName::new("database").unwrap(),
        id: RelationId::new(7),
        application: Some(ApplicationName::new("pg").unwrap()),
        unit: Some(UnitName::new("pg/0").unwrap()),
    }
}

fn bare_relation() -> RelationEvent {
    RelationEvent { application: None, unit: None, ..relation() }
}

fn storage(location: Option<&str>) -> StorageEvent {
    let storage = StorageName::new("data").unwrap();
    StorageEvent { storage, index: Some(1), location: location.map(str::to_owned) }
}

fn secret(label: Option<&str>) -> SecretEvent {
    let id = SecretId::parse("9m4e2mr0ui3e8a215n4g").unwrap();
    SecretEvent { id, label: label.map(str::to_owned) }
}

/// Name, class, told once, event. A variant that is missing here is found by `listed`.
fn all() -> Vec<(&'static str, EventClass, bool, Event)> {
    use EventClass::{Ordinary, RelationEnding, Restricted, Teardown, Unknown};
    let container = || ContainerName::new("web").unwrap();
    let check = || "up".to_owned();
    let departing = Some(UnitName::new("pg/0").unwrap());
    vec![
        ("install", Ordinary, false, Event::Install),
        ("start", Ordinary, false, Event::Start),
        ("stop", Teardown, true, Event::Stop),
        ("remove", Teardown, true, Event::Remove),
        ("config-changed", Ordinary, false, Event::ConfigChanged),
        ("update-status", Ordinary, false, Event::UpdateStatus),
        ("upgrade-charm", Ordinary, false, Event::UpgradeCharm),
        ("leader-elected", Ordinary, false, Event::LeaderElected),
        ("leader-settings-changed", Ordinary, false, Event::LeaderSettingsChanged),
        ("pre-series-upgrade", Ordinary, false, Event::PreSeriesUpgrade),
        ("post-series-upgrade", Ordinary, false, Event::PostSeriesUpgrade),
        ("collect-metrics", Restricted, false, Event::CollectMetrics),
        ("meter-status-changed", Restricted, false, Event::MeterStatusChanged),
        ("database-relation-created", Ordinary, false, Event::RelationCreated(bare_relation())),
        ("database-relation-joined", Ordinary, false, Event::RelationJoined(relation())),
        ("database-relation-changed", Ordinary, false, Event::RelationChanged(relation())),
        (
            "database-relation-departed",
            RelationEnding,
            true,
            Event::RelationDeparted { relation: relation(), departing },
        ),
        ("database-relation-broken", RelationEnding, true, Event::RelationBroken(bare_relation())),
        ("data-storage-attached", Ordinary, false, Event::StorageAttached(storage(Some("/srv")))),
        ("data-storage-detaching", Teardown, true, Event::StorageDetaching(storage(None))),
        ("secret-changed", Ordinary, false, Event::SecretChanged(secret(None))),
        ("secret-rotate", Ordinary, true, Event::SecretRotate(secret(Some("token")))),
        (
            "secret-expired",
            Ordinary,
            true,
            Event::SecretExpired { secret: secret(Some("token")), revision: 4 },
        ),
        (
            "secret-remove",
            Ordinary,
            true,
            Event::SecretRemove { secret: secret(None), revision: u64::MAX },
        ),
        ("web-pebble-ready", Ordinary, false, Event::PebbleReady { container: container() }),
        (
            "web-pebble-custom-notice",
            Ordinary,
            true,
            Event::PebbleCustomNotice {
                container: container(),
                id: "123".into(),
                kind: "custom".into(),
                key: "example.com/\"backup\"\n✓".into(),
            },
        ),
        (
            "web-pebble-check-failed",
            Ordinary,
            false,
            Event::PebbleCheckFailed { container: container(), check: check() },
        ),
        (
            "web-pebble-check-recovered",
            Ordinary,
            false,
            Event::PebbleCheckRecovered { container: container(), check: check() },
        ),
        ("secret-shared", Unknown, false, Event::Unknown { name: "secret-shared".into() }),
    ]
}

/// Does not compile when a variant comes that nobody thought of here.
fn listed(event: &Event) -> usize {
    match event {
        Event::Install => 0,
        Event::Start => 1,
        Event::Stop => 2,
        Event::Remove => 3,
        Event::ConfigChanged => 4,
        Event::UpdateStatus => 5,
        Event::UpgradeCharm => 6,
        Event::LeaderElected => 7,
        Event::LeaderSettingsChanged => 8,
        Event::PreSeriesUpgrade => 9,
        Event::PostSeriesUpgrade => 10,
        Event::CollectMetrics => 11,
        Event::MeterStatusChanged => 12,
        Event::RelationCreated(_) => 13,
        Event::RelationJoined(_) => 14,
        Event::RelationChanged(_) => 15,
        Event::RelationDeparted { .. } => 16,
        Event::RelationBroken(_) => 17,
        Event::StorageAttached(_) => 18,
        Event::StorageDetaching(_) => 19,
        Event::SecretChanged(_) => 20,
        Event::SecretRotate(_) => 21,
        Event::SecretExpired { .. } => 22,
        Event::SecretRemove { .. } => 23,
        Event::PebbleReady { .. } => 24,
        Event::PebbleCustomNotice { .. } => 25,
        Event::PebbleCheckFailed { .. } => 26,
        Event::PebbleCheckRecovered { .. } => 27,
        Event::Unknown { .. } => 28,
    }
}

#[test]
fn the_table_has_every_variant() {
    let numbers: Vec<usize> = all().iter().map(|(.., event)| listed(event)).collect();
    assert_eq!(numbers, (0..=28).collect::<Vec<_>>());
}

#[test]
fn every_event_has_the_name_that_juju_gives_it() {
    for (name, .., event) in all() {
        assert_eq!(event.name(), name);
    }
}

#[test]
fn every_event_has_its_class() {
    for (name, class, _, event) in all() {
        assert_eq!(event.class(), class, "{name}");
    }
}

#[test]
fn what_juju_tells_once_is_known_as_such() {
    for (name, _, once, event) in all() {
        assert_eq!(event.is_one_shot(), once, "{name}");
    }
}

#[test]
fn every_event_survives_storage() {
    for (name, .., event) in all() {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{name}: {text}");
    }
}

#[test]
fn the_stored_form_does_not_change() {
    // Written by an earlier version of the charm, read by a later one.
    for (text, event) in [
        (r#""config-changed""#, Event::ConfigChanged),
        (
            r#"{"relation-joined":{"endpoint":"database","id":7,"application":"pg","unit":"pg/0"}}"#,
            Event::RelationJoined(relation()),
        ),
        (
            r#"{"secret-expired":{"secret":{"id":"secret:9m4e2mr0ui3e8a215n4g","label":null},"revision":4}}"#,
            Event::SecretExpired { secret: secret(None), revision: 4 },
        ),
        (
            r#"{"unknown":{"name":"secret-shared"}}"#,
            Event::Unknown { name: "secret-shared".into() },
        ),
    ] {
        assert_eq!(serde_json::from_str::<Event>(text).unwrap(), event);
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
    }
}

#[test]
fn a_stored_event_with_impossible_names_is_refused() {
    let text = r#"{"pebble-ready":{"container":"../etc"}}"#;
    assert!(serde_json::from_str::<Event>(text).is_err());
}

#[test]
fn relation_events_alone_have_a_relation() {
    for (name, .., event) in all() {
        assert_eq!(event.relation().is_some(), name.contains("-relation-"), "{name}");
    }
}
