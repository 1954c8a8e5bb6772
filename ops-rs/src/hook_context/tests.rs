//! Every hook of Juju 2.9, 3.x and 4.x as Juju announces it, and what happens to nonsense.

use super::*;
use crate::host::Environment;
use ops_core::names::ApplicationName;
use std::{ffi::OsString, os::unix::ffi::OsStringExt as _};

const ID: &str = "9m4e2mr0ui3e8a215n4g";
const ID_WITH_MODEL: &str = "secret://1f7e6c3c-6b2c-4a3b-8f6d-0a4a3d8b9c11/9m4e2mr0ui3e8a215n4g";

const DECLARED: Declared = Declared {
    endpoint: |name| matches!(name, "database" | "my-db_2" | "a-relation-changed"),
    container: |name| name == "web",
    storage: |name| matches!(name, "data" | "web"),
};

type Pairs<'a> = &'a [(&'static str, &'a str)];

/// What Juju sets in every run. What does not apply is exported empty.
fn environment(path: &str, more: Pairs<'_>) -> Environment {
    let always = [
        ("JUJU_DISPATCH_PATH", path),
        ("JUJU_UNIT_NAME", "hook-service/3"),
        ("JUJU_MODEL_NAME", "production"),
        ("JUJU_MODEL_UUID", "1f7e6c3c-6b2c-4a3b-8f6d-0a4a3d8b9c11"),
        ("JUJU_VERSION", "3.6.14"),
        ("JUJU_CHARM_DIR", "/var/lib/juju/agents/unit-hook-service-3/charm"),
        ("JUJU_MACHINE_ID", ""),
        ("JUJU_PRINCIPAL_UNIT", ""),
        ("JUJU_AVAILABILITY_ZONE", ""),
        ("JUJU_HOOK_NAME", "never read"),
    ];
    always.iter().chain(more).copied().collect()
}

fn read(path: &str, more: Pairs<'_>) -> Result<HookContext, ContextError> {
    HookContext::read(&environment(path, more), DECLARED)
}

fn event_of(path: &str, more: Pairs<'_>) -> Event {
    match read(path, more).unwrap().wake {
        Wake::Hook(event) => event,
        action @ Wake::Action { .. } => panic!("{action:?}"),
    }
}

fn relation_event(application: Option<&str>, unit: Option<&str>) -> RelationEvent {
    RelationEvent {
        endpoint: EndpointName::new("database").unwrap(),
        id: RelationId::new(7),
        application: application.map(|name| ApplicationName::new(name).unwrap()),
        unit: unit.map(|name| UnitName::new(name).unwrap()),
    }
}

fn web() -> ContainerName {
    ContainerName::new("web").unwrap()
}

fn secret_event(label: Option<&str>) -> SecretEvent {
    SecretEvent { id: SecretId::parse(ID).unwrap(), label: label.map(str::to_owned) }
}

const RELATION: [(&str, &str); 2] =
    [("JUJU_RELATION", "database"), ("JUJU_RELATION_ID", "database:7")];

fn with<'a>(more: Pairs<'a>) -> Vec<(&'static str, &'a str)> {
    RELATION.into_iter().chain(more.iter().copied()).collect()
}

#[test]
fn hooks_without_details_become_their_events() {
    for (hook, event) in [
        ("install", Event::Install),
        ("start", Event::Start),
        ("stop", Event::Stop),
        ("remove", Event::Remove),
        ("config-changed", Event::ConfigChanged),
        ("update-status", Event::UpdateStatus),
        ("upgrade-charm", Event::UpgradeCharm),
        ("leader-elected", Event::LeaderElected),
        ("leader-settings-changed", Event::LeaderSettingsChanged),
        ("pre-series-upgrade", Event::PreSeriesUpgrade),
        ("post-series-upgrade", Event::PostSeriesUpgrade),
        ("collect-metrics", Event::CollectMetrics),
        ("meter-status-changed", Event::MeterStatusChanged),
    ] {
        assert_eq!(event_of(&format!("hooks/{hook}"), &[]), event);
    }
}

#[test]
fn relation_hooks_say_who_they_are_about() {
    let both = with(&[("JUJU_REMOTE_UNIT", "pg/0"), ("JUJU_REMOTE_APP", "pg")]);
    let application = with(&[("JUJU_REMOTE_UNIT", ""), ("JUJU_REMOTE_APP", "pg")]);
    let of_unit = relation_event(Some("pg"), Some("pg/0"));
    let of_application = relation_event(Some("pg"), None);
    let hook = |kind: &str, more: Pairs<'_>| event_of(&format!("hooks/database-{kind}"), more);
    assert_eq!(
        hook("relation-created", &application),
        Event::RelationCreated(of_application.clone())
    );
    assert_eq!(hook("relation-joined", &both), Event::RelationJoined(of_unit.clone()));
    assert_eq!(hook("relation-changed", &both), Event::RelationChanged(of_unit.clone()));
    assert_eq!(
        hook("relation-changed", &application),
        Event::RelationChanged(of_application.clone())
    );
    assert_eq!(hook("relation-broken", &application), Event::RelationBroken(of_application));
    let departing = [both, vec![("JUJU_DEPARTING_UNIT", "hook-service/3")]].concat();
    assert_eq!(
        hook("relation-departed", &departing),
        Event::RelationDeparted {
            relation: of_unit,
            departing: Some(UnitName::new("hook-service/3").unwrap()),
        }
    );
}

#[test]
fn an_application_that_juju_leaves_out_is_taken_from_the_unit() {
    let unit_only = with(&[("JUJU_REMOTE_UNIT", "pg/0"), ("JUJU_REMOTE_APP", "")]);
    assert_eq!(
        event_of("hooks/database-relation-joined", &unit_only),
        Event::RelationJoined(relation_event(Some("pg"), Some("pg/0")))
    );
    assert_eq!(
        event_of("hooks/database-relation-broken", &RELATION),
        Event::RelationBroken(relation_event(None, None))
    );
    assert_eq!(
        event_of("hooks/database-relation-departed", &RELATION),
        Event::RelationDeparted { relation: relation_event(None, None), departing: None }
    );
}

#[test]
fn an_endpoint_may_be_called_like_a_hook() {
    let variables =
        [("JUJU_RELATION", "a-relation-changed"), ("JUJU_RELATION_ID", "a-relation-changed:1")];
    let event = event_of("hooks/a-relation-changed-relation-joined", &variables);
    assert_eq!(event.name(), "a-relation-changed-relation-joined");
    assert!(matches!(event, Event::RelationJoined(_)));
}

#[test]
fn storage_hooks_say_which_instance() {
    let variables = [
        ("JUJU_STORAGE_ID", "data/12"),
        ("JUJU_STORAGE_LOCATION", "/srv/data"),
        ("JUJU_STORAGE_KIND", "filesystem"),
    ];
    let storage = StorageEvent {
        storage: StorageName::new("data").unwrap(),
        index: Some(12),
        location: Some("/srv/data".to_owned()),
    };
    assert_eq!(
        event_of("hooks/data-storage-attached", &variables),
        Event::StorageAttached(storage.clone())
    );
    let nowhere = StorageEvent { location: None, ..storage };
    assert_eq!(
        event_of(
            "hooks/data-storage-detaching",
            &[("JUJU_STORAGE_ID", "data/12"), ("JUJU_STORAGE_LOCATION", "")]
        ),
        Event::StorageDetaching(nowhere)
    );
}

#[test]
fn secret_hooks_say_which_secret_in_any_spelling() {
    for id in [ID, ID_WITH_MODEL, &format!("secret:{ID}")] {
        let variables = [("JUJU_SECRET_ID", id), ("JUJU_SECRET_LABEL", "")];
        assert_eq!(
            event_of("hooks/secret-changed", &variables),
            Event::SecretChanged(secret_event(None))
        );
    }
    let variables =
        [("JUJU_SECRET_ID", ID), ("JUJU_SECRET_LABEL", "token"), ("JUJU_SECRET_REVISION", "4")];
    let secret = secret_event(Some("token"));
    assert_eq!(event_of("hooks/secret-rotate", &variables), Event::SecretRotate(secret.clone()));
    assert_eq!(
        event_of("hooks/secret-expired", &variables),
        Event::SecretExpired { secret: secret.clone(), revision: 4 }
    );
    assert_eq!(
        event_of("hooks/secret-remove", &variables),
        Event::SecretRemove { secret, revision: 4 }
    );
}

#[test]
fn workload_hooks_say_which_container() {
    let ready = [("JUJU_WORKLOAD_NAME", "web")];
    assert_eq!(event_of("hooks/web-pebble-ready", &ready), Event::PebbleReady { container: web() });
    let notice = [
        ("JUJU_WORKLOAD_NAME", "web"),
        ("JUJU_NOTICE_ID", "123"),
        ("JUJU_NOTICE_TYPE", "custom"),
        ("JUJU_NOTICE_KEY", "example.com/backup/done"),
    ];
    assert_eq!(
        event_of("hooks/web-pebble-custom-notice", &notice),
        Event::PebbleCustomNotice {
            container: web(),
            id: "123".into(),
            kind: "custom".into(),
            key: "example.com/backup/done".into(),
        }
    );
    let check = [("JUJU_WORKLOAD_NAME", "web"), ("JUJU_PEBBLE_CHECK_NAME", "up")];
    assert_eq!(
        event_of("hooks/web-pebble-check-failed", &check),
        Event::PebbleCheckFailed { container: web(), check: "up".into() }
    );
    assert_eq!(
        event_of("hooks/web-pebble-check-recovered", &check),
        Event::PebbleCheckRecovered { container: web(), check: "up".into() }
    );
}

#[test]
fn an_action_is_not_a_hook() {
    for id in ["7", "f47ac10b-58cc-4372-a567-0e02b2c3d479"] {
        let wake = read("actions/backup", &[("JUJU_ACTION_UUID", id)]).unwrap().wake;
        assert_eq!(wake, Wake::Action { name: "backup".into(), id: id.into() });
    }
    // An action may be called like a hook, and a hook is never mistaken for one.
    let wake = read("actions/install", &[("JUJU_ACTION_UUID", "7")]).unwrap().wake;
    assert!(matches!(wake, Wake::Action { .. }));
    assert!(matches!(read("hooks/actions", &[]).unwrap().wake, Wake::Hook(Event::Unknown { .. })));
}

#[test]
fn a_hook_about_what_the_metadata_does_not_declare_is_unknown() {
    for hook in [
        "cache-relation-created",
        "cache-relation-broken",
        "logs-storage-attached",
        "sidecar-pebble-ready",
        "web-relation-joined",
        "data-pebble-ready",
        "database-storage-attached",
        "database-relation-paused",
        "-relation-created",
        "database_relation_created",
        "secret-shared",
        "cluster_topology_change",
    ] {
        // No variable is asked for: nobody knows which an unknown hook has.
        assert_eq!(
            event_of(&format!("hooks/{hook}"), &[]),
            Event::Unknown { name: hook.to_owned() }
        );
    }
}

#[test]
fn storage_that_juju_says_nothing_of_is_still_detached() {
    for variables in [&[][..], &[("JUJU_STORAGE_ID", "")]] {
        let expected = StorageEvent {
            storage: StorageName::new("data").unwrap(),
            index: None,
            location: None,
        };
        assert_eq!(
            event_of("hooks/data-storage-detaching", variables),
            Event::StorageDetaching(expected)
        );
    }
}

#[test]
fn a_name_that_no_file_can_have_is_no_hook() {
    let longest = "x".repeat(255);
    assert_eq!(
        event_of(&format!("hooks/{longest}"), &[]),
        Event::Unknown { name: longest.clone() }
    );
    for path in [format!("hooks/x{longest}"), format!("actions/x{longest}"), longest + "é"] {
        let error = HookContext::read(&environment(&path, &[]), DECLARED).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("JUJU_DISPATCH_PATH holds \""), "{text}");
        assert!(text.ends_with("expected hooks/<hook> or actions/<action>"), "{text}");
    }
}

#[test]
fn a_path_without_directory_is_a_hook() {
    assert_eq!(event_of("install", &[]), Event::Install);
    assert_eq!(event_of("/charm/hooks/install", &[]), Event::Install);
}

#[test]
fn the_context_says_who_and_where_this_is() {
    let context = read("hooks/install", &[]).unwrap();
    assert_eq!(context.unit, "hook-service/3");
    assert_eq!(context.model_name, "production");
    assert_eq!(context.model_uuid, "1f7e6c3c-6b2c-4a3b-8f6d-0a4a3d8b9c11");
    assert_eq!(context.juju_version, JujuVersion::new(3, 6, 14));
    assert_eq!(context.charm_dir, PathBuf::from("/var/lib/juju/agents/unit-hook-service-3/charm"));
    assert_eq!(context.relation(), None);
    assert_eq!(context.availability_zone, None);
    assert_eq!(context.machine_id, None);
    assert_eq!(context.principal_unit, None);
}

#[test]
fn a_machine_charm_knows_its_machine_and_principal() {
    let machine = [
        ("JUJU_MACHINE_ID", "0/lxd/1"),
        ("JUJU_AVAILABILITY_ZONE", "eu-1a"),
        ("JUJU_PRINCIPAL_UNIT", "ubuntu/0"),
    ];
    let context = read("hooks/install", &machine).unwrap();
    assert_eq!(context.machine_id.as_deref(), Some("0/lxd/1"));
    assert_eq!(context.availability_zone.as_deref(), Some("eu-1a"));
    assert_eq!(context.principal_unit.unwrap(), "ubuntu/0");
}

#[test]
fn the_relation_of_a_hook_is_at_hand() {
    let context = read("hooks/database-relation-broken", &RELATION).unwrap();
    assert_eq!(context.relation().unwrap().id, RelationId::new(7));
    let action = read("actions/backup", &[("JUJU_ACTION_UUID", "7")]).unwrap();
    assert_eq!(action.relation(), None);
}

#[test]
fn agents_of_every_major_version_are_understood() {
    for (text, version) in [
        ("2.9.49", JujuVersion::new(2, 9, 49)),
        ("3.0-beta4", JujuVersion::new(3, 0, 0)),
        ("3.6.14", JujuVersion::new(3, 6, 14)),
        ("4.0-beta4", JujuVersion::new(4, 0, 0)),
    ] {
        let context = read("hooks/install", &[("JUJU_VERSION", text)]).unwrap();
        assert_eq!(context.juju_version, version);
    }
}

#[test]
fn only_meter_status_changed_may_come_without_a_version() {
    let mut environment = environment("hooks/meter-status-changed", &[]);
    environment.remove("JUJU_VERSION");
    let context = HookContext::read(&environment, DECLARED).unwrap();
    assert_eq!(context.juju_version, JujuVersion::new(0, 0, 0));
    environment.set("JUJU_DISPATCH_PATH", "hooks/install");
    let error = HookContext::read(&environment, DECLARED).unwrap_err();
    assert_eq!(error.to_string(), "JUJU_VERSION is not set");
    // Where it is told, it counts.
    let told = read("hooks/meter-status-changed", &[("JUJU_VERSION", "2.9.49")]).unwrap();
    assert_eq!(told.juju_version, JujuVersion::new(2, 9, 49));
}

/// Each variable, and a wake with all the variables that need it.
fn needed() -> Vec<(&'static str, Environment)> {
    let relation = with(&[]);
    let secret = [("JUJU_SECRET_ID", ID), ("JUJU_SECRET_REVISION", "4")];
    let notice = [
        ("JUJU_WORKLOAD_NAME", "web"),
        ("JUJU_NOTICE_ID", "1"),
        ("JUJU_NOTICE_TYPE", "custom"),
        ("JUJU_NOTICE_KEY", "a.b/c"),
    ];
    let check = [("JUJU_WORKLOAD_NAME", "web"), ("JUJU_PEBBLE_CHECK_NAME", "up")];
    let wakes: [(&[&'static str], &str, Pairs<'_>); 7] = [
        (
            &[
                "JUJU_DISPATCH_PATH",
                "JUJU_UNIT_NAME",
                "JUJU_MODEL_NAME",
                "JUJU_MODEL_UUID",
                "JUJU_VERSION",
                "JUJU_CHARM_DIR",
            ],
            "hooks/install",
            &[],
        ),
        (&["JUJU_ACTION_UUID"], "actions/backup", &[("JUJU_ACTION_UUID", "7")]),
        (&["JUJU_RELATION", "JUJU_RELATION_ID"], "hooks/database-relation-changed", &relation),
        (&["JUJU_SECRET_ID", "JUJU_SECRET_REVISION"], "hooks/secret-remove", &secret),
        (&["JUJU_SECRET_ID", "JUJU_SECRET_REVISION"], "hooks/secret-expired", &secret),
        (
            &["JUJU_WORKLOAD_NAME", "JUJU_NOTICE_ID", "JUJU_NOTICE_TYPE", "JUJU_NOTICE_KEY"],
            "hooks/web-pebble-custom-notice",
            &notice,
        ),
        (
            &["JUJU_WORKLOAD_NAME", "JUJU_PEBBLE_CHECK_NAME"],
            "hooks/web-pebble-check-failed",
            &check,
        ),
    ];
    let of_wake = |(variables, path, more): (&[&'static str], &str, Pairs<'_>)| {
        let environment = environment(path, more);
        assert!(HookContext::read(&environment, DECLARED).is_ok(), "{path}");
        variables.iter().map(|name| (*name, environment.clone())).collect::<Vec<_>>()
    };
    wakes.into_iter().flat_map(of_wake).collect()
}

fn error_with(
    variable: &'static str,
    mut environment: Environment,
    value: Option<OsString>,
) -> String {
    match value {
        Some(value) => environment.set(variable, value),
        None => environment.remove(variable),
    }
    let error = HookContext::read(&environment, DECLARED).unwrap_err();
    assert_eq!(error.variable(), variable);
    error.to_string()
}

#[test]
fn a_needed_variable_that_is_unset_or_empty_is_named() {
    for (variable, environment) in needed() {
        let expected = format!("{variable} is not set");
        assert_eq!(error_with(variable, environment.clone(), None), expected);
        assert_eq!(error_with(variable, environment, Some("".into())), expected);
    }
}

#[test]
fn a_needed_variable_that_is_not_text_is_named_and_shown() {
    for (variable, environment) in needed() {
        let value = OsString::from_vec(b"we\xffb/0".to_vec());
        let error = error_with(variable, environment, Some(value));
        assert_eq!(error, format!(r#"{variable} is not UTF-8: it holds "we\xFFb/0""#));
    }
}

#[test]
fn an_optional_variable_that_is_not_text_is_an_error_too() {
    for variable in ["JUJU_MACHINE_ID", "JUJU_PRINCIPAL_UNIT", "JUJU_AVAILABILITY_ZONE"] {
        let environment = environment("hooks/install", &[]);
        let error = error_with(variable, environment, Some(OsString::from_vec(vec![0xff])));
        assert!(error.contains(variable), "{error}");
    }
    for variable in ["JUJU_REMOTE_UNIT", "JUJU_REMOTE_APP", "JUJU_DEPARTING_UNIT"] {
        let environment = environment("hooks/database-relation-departed", &RELATION);
        let error = error_with(variable, environment, Some(OsString::from_vec(vec![0xff])));
        assert!(error.contains(variable), "{error}");
    }
}

#[test]
fn nonsense_is_named_and_quoted_with_what_was_expected() {
    let wrong = |variable: &'static str, value: &str, path: &str, more: Pairs<'_>| {
        error_with(variable, environment(path, more), Some(value.into()))
    };
    let relation = "hooks/database-relation-departed";
    let secret = "hooks/secret-remove";
    let of_secret = [("JUJU_SECRET_ID", ID), ("JUJU_SECRET_REVISION", "4")];
    for (variable, value, path, more) in [
        ("JUJU_DISPATCH_PATH", "hooks/", "", &[] as Pairs<'_>),
        ("JUJU_UNIT_NAME", "web", "hooks/install", &[]),
        ("JUJU_VERSION", "three", "hooks/install", &[]),
        ("JUJU_PRINCIPAL_UNIT", "a/b/c", "hooks/install", &[]),
        ("JUJU_RELATION", "other", relation, &RELATION),
        ("JUJU_RELATION", "data base", relation, &RELATION),
        ("JUJU_RELATION_ID", "database", relation, &RELATION),
        ("JUJU_RELATION_ID", "database:-1", relation, &RELATION),
        ("JUJU_REMOTE_UNIT", "pg", relation, &RELATION),
        ("JUJU_REMOTE_APP", "p g", relation, &RELATION),
        ("JUJU_DEPARTING_UNIT", "pg/x", relation, &RELATION),
        ("JUJU_STORAGE_ID", "data", "hooks/data-storage-attached", &[]),
        ("JUJU_STORAGE_ID", "web/0", "hooks/data-storage-attached", &[]),
        ("JUJU_STORAGE_ID", "data/x", "hooks/data-storage-attached", &[]),
        ("JUJU_SECRET_ID", "https://x/abc", secret, &of_secret),
        ("JUJU_SECRET_REVISION", "latest", secret, &of_secret),
        ("JUJU_SECRET_REVISION", "-1", secret, &of_secret),
        ("JUJU_WORKLOAD_NAME", "other", "hooks/web-pebble-ready", &[]),
    ] {
        let error = wrong(variable, value, path, more);
        let beginning = format!("{variable} holds {value:?}, expected ");
        assert!(error.starts_with(&beginning), "{error}");
    }
}

#[test]
fn a_megabyte_is_shortened_and_nothing_breaks() {
    let long = "é".repeat(512 * 1024);
    for (variable, environment) in needed() {
        let mut changed = environment.clone();
        changed.set(variable, long.clone());
        // Some variables hold any text: then it is kept as it is.
        if let Err(error) = HookContext::read(&changed, DECLARED) {
            let text = error.to_string();
            assert_eq!(error.variable(), variable);
            assert!(text.len() < 500, "{} bytes", text.len());
            assert!(text.contains("... (1048576 bytes)"), "{text}");
        }
    }
    let all_invalid = OsString::from_vec(vec![0xff; 1 << 20]);
    let error = error_with("JUJU_UNIT_NAME", environment("hooks/install", &[]), Some(all_invalid));
    assert!(error.len() < 500 && error.contains("(1048576 bytes)"), "{error}");
}

#[test]
fn a_wrong_environment_is_a_bug_of_whoever_started_the_charm() {
    fn ask() -> Result<HookContext, ops_core::Fault> {
        Ok(HookContext::read(&Environment::new(), DECLARED)?)
    }
    assert_eq!(ask().unwrap_err().kind(), ops_core::FaultKind::Bug);
}

proptest::proptest! {
    #[test]
    fn no_environment_makes_reading_panic(
        path in "(hooks/|actions/)?[a-z-]{0,12}(-relation-changed|-storage-attached|-pebble-ready)?",
        values in proptest::collection::vec(proptest::collection::vec(0_u8.., 0..20), 20),
    ) {
        let names = [
            "JUJU_UNIT_NAME", "JUJU_VERSION", "JUJU_RELATION", "JUJU_RELATION_ID",
            "JUJU_REMOTE_UNIT", "JUJU_REMOTE_APP", "JUJU_STORAGE_ID", "JUJU_SECRET_ID",
            "JUJU_SECRET_REVISION", "JUJU_WORKLOAD_NAME", "JUJU_ACTION_UUID",
        ];
        let mut environment = environment(&path, &[]);
        for (name, value) in names.iter().zip(values) {
            environment.set(name, OsString::from_vec(value));
        }
        let _ = HookContext::read(&environment, DECLARED).map_err(|error| error.to_string());
    }
}
