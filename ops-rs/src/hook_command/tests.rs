//! What each function sends, to the letter, and what it makes of what Juju prints.

use super::{fake::Fake, *};
use ops_core::{
    Secret,
    names::{ApplicationName, EndpointName, RelationId, SecretId, UnitName},
};
use std::collections::{BTreeMap, BTreeSet};

const DB: EndpointName = EndpointName::from_static("db");
const WEB: ApplicationName = ApplicationName::from_static("web");
const WEB_0: UnitName = UnitName::from_static("web/0");
const SEVEN: RelationId = RelationId::new(7);

/// Runs one function against one printed output; gives its result and the command it sent.
fn sent<T>(stdout: &str, run: impl FnOnce(&Juju) -> T) -> (T, String) {
    let fake = Fake::new([Reply::ok(stdout)]);
    let result = run(&fake.juju());
    let typed = fake.typed();
    assert_eq!(typed.len(), 1, "{typed:?}");
    (result, typed.concat())
}

/// The error of a function whose command must not be sent.
fn unsent<T: std::fmt::Debug>(run: impl FnOnce(&Juju) -> Result<T, CommandError>) -> CommandError {
    let fake = Fake::new([]);
    let error = run(&fake.juju()).unwrap_err();
    assert_eq!(fake.typed(), Vec::<String>::new());
    error
}

fn garbage<T: std::fmt::Debug>(
    stdout: &str,
    run: impl FnOnce(&Juju) -> Result<T, CommandError>,
) -> bool {
    sent(stdout, run).0.unwrap_err().kind() == CommandErrorKind::Garbage
}

fn id() -> SecretId {
    SecretId::parse("secret:9m4e2mr0ui3e8a215n4g").unwrap()
}

fn strings<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

fn content<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, Secret> {
    pairs.map(|(key, value)| (key.to_owned(), Secret::new(value.to_owned(), "test"))).into()
}

#[test]
fn config_get_reads_every_type() {
    let stdout = r#"{"a":1,"b":true,"c":"x","d":1.5}"#;
    let (options, typed) = sent(stdout, config_get);
    assert_eq!(typed, "config-get --format=json");
    let options = options.unwrap();
    assert_eq!((options["a"].as_i64(), options["b"].as_bool()), (Some(1), Some(true)));
    assert_eq!(sent("{}\n", config_get).0.unwrap(), BTreeMap::new());
    assert!(garbage("[]", config_get) && garbage("", config_get) && garbage("{", config_get));
}

#[test]
fn is_leader_is_true_or_false() {
    assert_eq!(sent("true\n", |j| is_leader(j).unwrap()), (true, "is-leader --format=json".into()));
    assert!(!sent("false\n", is_leader).0.unwrap());
    assert!(garbage("null", is_leader) && garbage("True", is_leader));
}

#[test]
fn relation_ids_are_sorted_by_number() {
    let (ids, typed) = sent(r#"["db:10","db:9"]"#, |j| relation_ids(j, &DB));
    assert_eq!(typed, "relation-ids db --format=json");
    assert_eq!(ids.unwrap(), [RelationId::new(9), RelationId::new(10)]);
    assert_eq!(sent("null", |j| relation_ids(j, &DB)).0.unwrap(), []);
    assert!(garbage(r#"["db"]"#, |j| relation_ids(j, &DB)));
}

#[test]
fn relation_list_gives_units_or_the_application() {
    let (units, typed) = sent(r#"["web/0"]"#, |j| relation_list(j, &DB, SEVEN));
    assert_eq!(typed, "relation-list --format=json -r db:7");
    assert_eq!(units.unwrap(), [WEB_0]);

    let (application, typed) = sent("\"web\"\n", |j| relation_application(j, &DB, SEVEN));
    assert_eq!(typed, "relation-list --format=json --app -r db:7");
    assert_eq!(application.unwrap(), Some(WEB));
    for nobody in ["null", "\"\""] {
        assert_eq!(sent(nobody, |j| relation_application(j, &DB, SEVEN)).0.unwrap(), None);
    }
    assert!(garbage("\"not a name\"", |j| relation_application(j, &DB, SEVEN)));

    let gone = Fake::new([Reply::failed(2, "ERROR invalid value ...: relation not found\n")]);
    assert_eq!(relation_application(&gone.juju(), &DB, SEVEN).unwrap(), None);
    let gone = Fake::new([Reply::failed(1, "ERROR permission denied\n")]);
    assert!(relation_application(&gone.juju(), &DB, SEVEN).unwrap_err().is_gone());
}

#[test]
fn relation_get_names_whose_databag_it_wants() {
    let (bag, typed) =
        sent(r#"{"k":"v"}"#, |j| relation_get(j, &DB, SEVEN, Bag::Application(&WEB)));
    assert_eq!(typed, "relation-get --format=json -r db:7 --app - web");
    assert_eq!(bag.unwrap(), strings([("k", "v")]));

    let (bag, typed) = sent("{}", |j| relation_get(j, &DB, SEVEN, Bag::Unit(&WEB_0)));
    assert_eq!(typed, "relation-get --format=json -r db:7 - web/0");
    assert_eq!(bag.unwrap(), strings([]));
}

#[test]
fn relation_set_writes_through_its_input() {
    let settings = strings([("token", "a\u{7f}"), ("gone", "")]);
    let fake = Fake::new([]);
    relation_set(&fake.juju(), &DB, SEVEN, Scope::Application, &settings).unwrap();
    relation_set(&fake.juju(), &DB, SEVEN, Scope::Unit, &settings).unwrap();
    relation_set(&fake.juju(), &DB, SEVEN, Scope::Unit, &strings([])).unwrap();
    let expected = ["relation-set -r db:7 --app --file -", "relation-set -r db:7 --file -"];
    assert_eq!(fake.typed(), expected);
    let input = fake.calls.borrow()[0].input.clone().unwrap();
    assert_eq!(input.expose(), br#"{"gone":"","token":"a\u007f"}"#);

    let long = strings([(&*"k".repeat(2000), "v")]);
    let error = unsent(|j| relation_set(j, &DB, SEVEN, Scope::Unit, &long));
    assert_eq!(error.kind(), CommandErrorKind::Exhausted);
}

#[test]
fn secret_get_tags_what_it_reads() {
    let secret = id();
    let read = |read, secret| {
        let (content, typed) = sent(r#"{"token":"hunter2"}"#, |j| secret_get(j, secret, read));
        let content = content.unwrap();
        assert_eq!(content["token"].expose(), "hunter2");
        (content["token"].tag().to_owned(), typed)
    };
    assert_eq!(
        read(Read::Tracked, SecretRef::Id(&secret)),
        (
            "secret:9m4e2mr0ui3e8a215n4g/token@tracked".into(),
            "secret-get --format=json secret:9m4e2mr0ui3e8a215n4g".into()
        )
    );
    assert_eq!(
        read(Read::Peek, SecretRef::Label("api")),
        ("api/token@latest".into(), "secret-get --format=json --label api --peek".into())
    );
    assert_eq!(
        read(Read::Refresh, SecretRef::Label("api")),
        ("api/token@latest".into(), "secret-get --format=json --label api --refresh".into())
    );
}

#[test]
fn secret_content_is_not_in_the_error_about_it() {
    for stdout in [r#"{"token":["hunter2"]}"#, "\"hunter2\"", "hunter2", r#"{"token":"hunter2"#] {
        let (result, _) = sent(stdout, |j| secret_get(j, SecretRef::Label("api"), Read::Peek));
        let error = result.unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }
}

#[test]
fn secret_info_get_reads_what_there_is() {
    let stdout = r#"{"9m4e2mr0ui3e8a215n4g":{"revision":3,"label":"api","owner":"application",
        "rotation":"daily","rotates":"2026-01-02T03:04:05Z","access":[{"target":"application-hydra",
        "scope":"relation-web.db#hydra.db","role":"view"}],"new-in-juju-5":1}}"#;
    let secret = id();
    let (info, typed) = sent(stdout, |j| secret_info_get(j, SecretRef::Id(&secret)));
    assert_eq!(typed, "secret-info-get --format=json secret:9m4e2mr0ui3e8a215n4g");
    let info = info.unwrap();
    assert_eq!((info.id, info.revision, info.label.as_deref()), (id(), 3, Some("api")));
    assert_eq!((info.owner, info.rotation), (SecretOwner::Application, Rotation::Daily));
    assert_eq!((info.description, info.expiry, info.access.len()), (None, None, 1));

    let stdout = r#"{"9m4e2mr0ui3e8a215n4g":{"revision":1,"label":"","owner":"unit"}}"#;
    let (info, typed) = sent(stdout, |j| secret_info_get(j, SecretRef::Label("api")));
    assert_eq!(typed, "secret-info-get --format=json --label api");
    let info = info.unwrap();
    assert_eq!((info.label, info.owner, info.rotation), (None, SecretOwner::Unit, Rotation::Never));
    assert!(garbage("{}", |j| secret_info_get(j, SecretRef::Label("api"))));
}

#[test]
fn secret_add_and_set_send_content_in_files() {
    let new = NewSecret {
        description: Some("for hydra".into()),
        expire: Some("24h".into()),
        rotate: Some(Rotation::Weekly),
        ..NewSecret::new(SecretOwner::Unit).label("api")
    };
    let stdout = "secret:9m4e2mr0ui3e8a215n4g\n";
    let (added, typed) = sent(stdout, |j| secret_add(j, &new, &content([("token", "hunter2")])));
    assert_eq!(
        typed,
        "secret-add --label api --description for hydra --expire 24h --rotate weekly --owner unit \
         token#file=<file>"
    );
    assert_eq!(added.unwrap(), id());
    assert!(garbage("", |j| secret_add(j, &new, &content([("token", "x")]))));

    let update = SecretUpdate { label: Some("api".into()), ..SecretUpdate::default() };
    let (_, typed) = sent("", |j| secret_set(j, &id(), &update, None).unwrap());
    assert_eq!(typed, "secret-set --label api secret:9m4e2mr0ui3e8a215n4g");
    let both = content([("token", "hunter2"), ("user-name", "web")]);
    let (_, typed) =
        sent("", |j| secret_set(j, &id(), &SecretUpdate::default(), Some(&both)).unwrap());
    assert_eq!(
        typed,
        "secret-set secret:9m4e2mr0ui3e8a215n4g token#file=<file> user-name#file=<file>"
    );
}

#[test]
fn secret_keys_follow_jujus_rule() {
    for key in ["abc", "a-bc", "a1-b2-c3", "token"] {
        let new = NewSecret::new(SecretOwner::Application);
        let (added, _) =
            sent("secret:9m4e2mr0ui3e8a215n4g", |j| secret_add(j, &new, &content([(key, "x")])));
        added.unwrap();
    }
    for key in ["", "ab", "a-b", "1ab", "-abc", "abc-", "a--bc", "Abc", "a_bc", "a=b#file", "äbc"]
    {
        let new = NewSecret::new(SecretOwner::Application);
        let error = unsent(|j| secret_add(j, &new, &content([(key, "x")])));
        assert_eq!(error.kind(), CommandErrorKind::Usage, "{key}");
    }
}

#[test]
fn secret_grant_revoke_remove_and_ids() {
    let (_, typed) = sent("", |j| secret_grant(j, &id(), &DB, SEVEN, None).unwrap());
    assert_eq!(typed, "secret-grant -r db:7 secret:9m4e2mr0ui3e8a215n4g");
    let (_, typed) = sent("", |j| secret_revoke(j, &id(), &DB, SEVEN, Some(&WEB_0)).unwrap());
    assert_eq!(typed, "secret-revoke -r db:7 --unit web/0 secret:9m4e2mr0ui3e8a215n4g");
    let (_, typed) = sent("", |j| secret_remove(j, &id(), Some(3)).unwrap());
    assert_eq!(typed, "secret-remove secret:9m4e2mr0ui3e8a215n4g --revision 3");
    let (_, typed) = sent("", |j| secret_remove(j, &id(), None).unwrap());
    assert_eq!(typed, "secret-remove secret:9m4e2mr0ui3e8a215n4g");

    let (ids, typed) = sent(r#"["9m4e2mr0ui3e8a215n4g"]"#, secret_ids);
    assert_eq!((ids.unwrap(), &*typed), (vec![id()], "secret-ids --format=json"));
    assert_eq!(sent("null\n", secret_ids).0.unwrap(), []);
}

#[test]
fn status_is_read_for_unit_and_application() {
    let stdout = r#"{"message":"hi","status":"active","status-data":{}}"#;
    let (status, typed) = sent(stdout, |j| status_get(j, StatusScope::Unit));
    assert_eq!(typed, "status-get --include-data --format=json --application=false");
    let active = StatusRecord { kind: StatusKind::Active, message: "hi".into() };
    assert_eq!(status.unwrap(), active);

    let stdout = r#"{"application-status":{"message":"hi","status":"active","status-data":{},
        "units":{"web/0":{"message":"","status":"error","status-data":{}}}}}"#;
    let (status, typed) = sent(stdout, |j| status_get(j, StatusScope::Application));
    assert_eq!(typed, "status-get --include-data --format=json --application=true");
    assert_eq!(status.unwrap(), active);

    let newer = sent(r#"{"status":"hibernating"}"#, |j| status_get(j, StatusScope::Unit)).0;
    assert_eq!(newer.unwrap().kind, StatusKind::Other("hibernating".into()));
    assert!(garbage("{}", |j| status_get(j, StatusScope::Application)));
}

#[test]
fn status_set_sends_free_text_behind_two_hyphens_and_cuts_it() {
    let (_, typed) =
        sent("", |j| status_set(j, StatusScope::Unit, &StatusKind::Blocked, "-x").unwrap());
    assert_eq!(typed, "status-set --application=false blocked -- -x");
    let (_, typed) =
        sent("", |j| status_set(j, StatusScope::Application, &StatusKind::Active, "").unwrap());
    assert_eq!(typed, "status-set --application=true active -- ");
    let (_, typed) = sent("", |j| application_version_set(j, "1.2").unwrap());
    assert_eq!(typed, "application-version-set -- 1.2");

    let endless = "🦀".repeat(300_000);
    let fake = Fake::new([]);
    status_set(&fake.juju(), StatusScope::Application, &StatusKind::Waiting, &endless).unwrap();
    action_fail(&fake.juju(), &endless).unwrap();
    action_log(&fake.juju(), &endless).unwrap();
    juju_log(&fake.juju(), ::log::Level::Warn, &endless).unwrap();
    assert!(fake.typed().iter().all(|typed| typed.len() < ARGUMENTS_LIMIT));
}

#[test]
fn ports_are_spelt_as_juju_spells_them() {
    for text in ["80/tcp", "8000-8999/udp", "icmp", "0/tcp", "65535/udp"] {
        assert_eq!(text.parse::<PortRange>().unwrap().to_string(), text);
    }
    assert_eq!("80".parse::<PortRange>().unwrap(), PortRange::tcp(80));
    assert_eq!("80/TCP".parse::<PortRange>().unwrap(), 80.into());
    assert_eq!("80-80/udp".parse::<PortRange>().unwrap(), PortRange::udp(80));
    for text in ["", "x", "-1", "65536", "20-10", "1-2-3", "80/x", "80/icmp", "80/", "/tcp"] {
        assert!(text.parse::<PortRange>().is_err(), "{text}");
    }
}

#[test]
fn ports_are_opened_closed_and_listed() {
    let range = PortRange::range(8000, 8999, Protocol::Udp).unwrap();
    assert_eq!(sent("", |j| open_port(j, range).unwrap()).1, "open-port 8000-8999/udp");
    assert_eq!(sent("", |j| close_port(j, PortRange::ICMP).unwrap()).1, "close-port icmp");
    let (ports, typed) = sent(r#"["80/tcp","icmp","8000-8999/udp"]"#, opened_ports);
    assert_eq!(typed, "opened-ports --format=json");
    assert_eq!(ports.unwrap(), BTreeSet::from([PortRange::ICMP, PortRange::tcp(80), range]));
    assert!(garbage(r#"["eighty"]"#, opened_ports));
}

#[test]
fn state_is_read_whole_and_written_through_input() {
    let (state, typed) = sent(r#"{"k":"v"}"#, state_get);
    assert_eq!((state.unwrap(), &*typed), (strings([("k", "v")]), "state-get --format=json"));
    for empty in ["null\n", "{}\n"] {
        assert_eq!(sent(empty, state_get).0.unwrap(), strings([]));
    }
    let fake = Fake::new([]);
    state_set(&fake.juju(), &strings([("k", "")])).unwrap();
    state_set(&fake.juju(), &strings([])).unwrap();
    state_delete(&fake.juju(), "-k").unwrap();
    assert_eq!(fake.typed(), ["state-set --file -", "state-delete -- -k"]);
    assert_eq!(fake.calls.borrow()[0].input.as_ref().unwrap().expose(), br#"{"k":""}"#);
}

#[test]
fn state_that_juju_would_refuse_is_not_sent() {
    let (key, value) = ("k".repeat(KEY_LIMIT), "v".repeat(VALUE_LIMIT));
    let (_, typed) = sent("", |j| state_set(j, &strings([(&*key, &*value)])).unwrap());
    assert_eq!(typed, "state-set --file -");
    let (long_key, long_value) = (format!("{key}k"), format!("{value}v"));
    for settings in [strings([(&*long_key, "")]), strings([("k", &*long_value)])] {
        let error = unsent(|j| state_set(j, &settings));
        assert_eq!(error.kind(), CommandErrorKind::Exhausted);
    }
}

#[test]
fn network_get_reads_addresses() {
    let stdout = r#"{"bind-addresses":[{"mac-address":"","interface-name":"","addresses":[
        {"hostname":"","value":"10.1.2.3","cidr":""}]}],"egress-subnets":["10.1.2.3/32"],
        "ingress-addresses":["10.152.183.2"]}"#;
    let (network, typed) = sent(stdout, |j| network_get(j, &DB, None));
    assert_eq!(typed, "network-get --format=json db");
    let network = network.unwrap();
    assert_eq!(network.bind_address(), Some("10.1.2.3"));
    assert_eq!(network.ingress_address(), Some("10.152.183.2"));
    let (network, typed) = sent("{}", |j| network_get(j, &DB, Some(SEVEN)));
    assert_eq!(typed, "network-get --format=json -r db:7 db");
    assert_eq!(network.unwrap(), Network::default());
}

#[test]
fn units_that_are_dying_are_not_planned() {
    let stdout = r#"{"units":{"web/0":{"status":"active","since":"2024-01-02 03:04:05Z"},
        "web/1":{"status":"dying"}},"relations":{"db":{"pg":{"status":"joined"}}}}"#;
    let (goal, typed) = sent(stdout, goal_state);
    assert_eq!(typed, "goal-state --format=json");
    let goal = goal.unwrap();
    assert_eq!((goal.planned_units(), goal.relations["db"].len()), (1, 1));
}

#[test]
fn an_action_gets_parameters_and_gives_results() {
    let (parameters, typed) = sent(r#"{"count":3,"nested":{"a":[1]}}"#, action_get);
    assert_eq!((parameters.unwrap().len(), &*typed), (2, "action-get --format=json"));
    let fake = Fake::new([]);
    let results = strings([("a.b-c", "x=y"), ("d", "")]);
    action_set(&fake.juju(), &results).unwrap();
    action_set(&fake.juju(), &strings([])).unwrap();
    action_fail(&fake.juju(), "").unwrap();
    action_log(&fake.juju(), "-v").unwrap();
    assert_eq!(fake.typed(), ["action-set a.b-c=x=y d=", "action-fail -- ", "action-log -- -v"]);
}

#[test]
fn result_keys_that_juju_refuses_are_not_sent() {
    for key in ["", "A", "a.", ".a", "-a", "a-", "a_b", "a b", "a=b", "stdout", "x.stderr"] {
        let error = unsent(|j| action_set(j, &strings([(key, "v")])));
        assert_eq!(error.kind(), CommandErrorKind::Usage, "{key}");
    }
    let large = "v".repeat(ARGUMENTS_LIMIT);
    let error = unsent(|j| action_set(j, &strings([("key", &*large)])));
    assert_eq!(error.kind(), CommandErrorKind::Exhausted);
}

#[test]
fn log_levels_have_jujus_names() {
    use ::log::Level::{Debug, Error, Info, Trace, Warn};
    let fake = Fake::new([]);
    for level in [Error, Warn, Info, Debug, Trace] {
        juju_log(&fake.juju(), level, "-x").unwrap();
    }
    let expected = ["ERROR", "WARNING", "INFO", "DEBUG", "TRACE"];
    assert_eq!(fake.typed(), expected.map(|level| format!("juju-log --log-level {level} -- -x")));
}
