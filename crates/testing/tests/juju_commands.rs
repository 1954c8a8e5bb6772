//! Hook commands about one unit: the rows of Juju's contract, one by one.
#![allow(clippy::unwrap_used)]

mod juju_support;

use juju_support::{World, model, unit};
use ops_testing::emulator::juju::{Hook, ModelKind, Network, Status, StatusName};

fn failures(world: &mut World, rows: &[(&str, i32, &str)]) {
    for (line, code, message) in rows {
        assert_eq!(world.fail(line), (*code, (*message).to_owned()), "{line}");
    }
}

fn outputs(world: &mut World, rows: &[(&str, &str)]) {
    for (line, out) in rows {
        assert_eq!(world.print(line), *out, "{line}");
    }
}

#[test]
fn config_get_prints_defaults_and_what_was_set() {
    let mut model = model();
    model.set_config("web", "title", "Bye").unwrap();
    let mut world = World::new(model, "web/0", Hook::ConfigChanged);
    outputs(
        &mut world,
        &[
            ("config-get title", "Bye\n"),
            ("config-get port", "8080\n"),
            ("config-get ratio --format=json", "1.5\n"),
            ("config-get debug", "False\n"),
            ("config-get debug --format yaml", "false\n"),
            ("config-get token", ""),
            ("config-get token --format=json", "null\n"),
            ("config-get nothing --format=json", "null\n"),
            ("config-get", "debug: false\nport: 8080\nratio: 1.5\ntitle: Bye\n"),
            (
                "config-get --format=json",
                "{\"debug\":false,\"port\":8080,\"ratio\":1.5,\"title\":\"Bye\"}\n",
            ),
            (
                "config-get -a --format=json",
                "{\"debug\":false,\"port\":8080,\"ratio\":1.5,\"title\":\"Bye\",\"token\":null}\n",
            ),
        ],
    );
    failures(
        &mut world,
        &[
            ("config-get --all title", 2, "cannot use argument --all together with key \"title\""),
            (
                "config-get --format=xml",
                2,
                "invalid value \"xml\" for option --format: unknown format \"xml\"",
            ),
            ("config-get a b c", 2, "unrecognized args: [\"b\" \"c\"]"),
            ("config-get --wrong", 2, "option provided but not defined: --wrong"),
        ],
    );
}

#[test]
fn config_get_of_a_charm_without_options_is_an_empty_map() {
    let mut world = World::new(model(), "db/0", Hook::ConfigChanged);
    outputs(&mut world, &[("config-get", "{}\n"), ("config-get --format=json", "{}\n")]);
}

#[test]
fn config_does_not_change_within_a_hook() {
    let mut world = World::leader();
    assert_eq!(world.print("config-get title"), "Hello\n");
    world.model.set_config("web", "title", "Bye").unwrap();
    assert_eq!(world.print("config-get title"), "Hello\n");
    world.next("web/0", Hook::ConfigChanged).unwrap();
    assert_eq!(world.print("config-get title"), "Bye\n");
}

#[test]
fn a_value_of_another_type_is_not_accepted_as_configuration() {
    let mut model = model();
    assert!(model.set_config("web", "port", "http").is_err());
    assert!(model.set_config("web", "token", "plain text").is_err());
    assert!(model.set_config("web", "nothing", true).is_err());
}

#[test]
fn juju_log_keeps_level_and_text() {
    let mut world = World::leader();
    for line in [
        "juju-log plain words",
        "juju-log --log-level debug -- -dashed",
        "juju-log -l ERROR bad",
        "juju-log --debug small",
        "juju-log --log-level SHOUT what",
    ] {
        assert_eq!(world.print(line), "");
    }
    let logs: Vec<String> =
        world.session.record().logs.iter().map(|l| format!("{} {}", l.level, l.message)).collect();
    assert_eq!(
        logs,
        [
            "INFO plain words",
            "DEBUG -dashed",
            "ERROR bad",
            "DEBUG small",
            "WARNING Specified log level of \"SHOUT\" is invalid",
            "INFO what",
        ]
    );
    assert!(world.session.record().effects.is_empty());
    failures(&mut world, &[("juju-log", 2, "no message specified")]);
}

#[test]
fn juju_log_names_the_relation_of_the_hook() {
    let mut world =
        World::new(model(), "web/0", Hook::RelationCreated { relation: juju_support::DATABASE });
    world.print("juju-log hello");
    assert_eq!(world.session.record().logs[0].message, "database:1: hello");
}

#[test]
fn status_set_is_applied_at_once_and_keeps_history() {
    let mut world = World::leader();
    world.call(&["status-set", "blocked", "--", "- no database"], None);
    world.session.drop_writes();
    let found = world.model.unit(&unit("web/0")).unwrap();
    assert_eq!(found.status.status, Status::new(StatusName::Blocked, "- no database"));
    assert_eq!(found.history[0].status.name, StatusName::Waiting);
    world.print("status-set active");
    assert_eq!(world.model.unit(&unit("web/0")).unwrap().status.status.message, "");
    failures(
        &mut world,
        &[
            (
                "status-set foo",
                2,
                "invalid status \"foo\", expected one of [maintenance blocked waiting active]",
            ),
            (
                "status-set error",
                2,
                "invalid status \"error\", expected one of [maintenance blocked waiting active]",
            ),
            ("status-set", 2, "invalid args, require <status> [message]"),
            ("status-set active a b", 2, "unrecognized args: [\"b\"]"),
        ],
    );
}

#[test]
fn only_the_leader_has_an_application_status() {
    let mut world = World::follower();
    failures(
        &mut world,
        &[
            ("status-set --application active", 1, "this unit is not the leader"),
            (
                "status-get --application --format=json",
                1,
                "finding application status: this unit is not the leader",
            ),
        ],
    );
    let mut world = World::leader();
    world.print("status-set --application=True active fine");
    outputs(
        &mut world,
        &[
            ("status-get --application", "active\n"),
            (
                "status-get --application=true --include-data --format=json",
                "{\"application-status\":{\"message\":\"fine\",\"status\":\"active\",\"status-data\":{},\"units\":{\"web/0\":{\"message\":\"installing agent\",\"status\":\"waiting\",\"status-data\":{}},\"web/1\":{\"message\":\"installing agent\",\"status\":\"waiting\",\"status-data\":{}}}}}\n",
            ),
        ],
    );
}

#[test]
fn an_application_without_a_status_has_the_worst_of_its_units() {
    let mut world = World::leader();
    world.print("status-set blocked no");
    assert_eq!(world.print("status-get --application"), "blocked\n");
}

#[test]
fn status_get_answers_the_same_for_the_whole_hook() {
    let mut world = World::leader();
    outputs(
        &mut world,
        &[
            ("status-get", "waiting\n"),
            ("status-set active", ""),
            ("status-get", "waiting\n"),
            ("status-get --format=json", "{\"status\":\"waiting\"}\n"),
            (
                "status-get --include-data --application=false --format=json",
                "{\"message\":\"installing agent\",\"status\":\"waiting\",\"status-data\":{}}\n",
            ),
            (
                "status-get --include-data",
                "message: installing agent\nstatus: waiting\nstatus-data: {}\n",
            ),
        ],
    );
}

#[test]
fn status_get_sees_a_status_set_before_it() {
    let mut world = World::leader();
    world.print("status-set active");
    assert_eq!(world.print("status-get"), "active\n");
}

#[test]
fn the_workload_version_is_applied_at_once() {
    let mut world = World::leader();
    world.print("application-version-set -- -1.2");
    world.session.drop_writes();
    assert_eq!(world.model.application("web").unwrap().workload_version, "-1.2");
    failures(
        &mut world,
        &[
            ("application-version-set", 2, "no version specified"),
            ("application-version-set 1 2", 2, "unrecognized args: [\"2\"]"),
        ],
    );
}

#[test]
fn leadership_that_was_denied_stays_denied_in_this_hook() {
    let mut world = World::follower();
    assert_eq!(world.print("is-leader"), "False\n");
    world.model.set_leader(&unit("web/1")).unwrap();
    assert_eq!(world.print("is-leader --format=json"), "false\n");
    world.next("web/1", Hook::LeaderElected).unwrap();
    assert_eq!(world.print("is-leader"), "True\n");
    assert_eq!(world.print("is-leader --format json"), "true\n");
    world.model.set_leader(&unit("web/0")).unwrap();
    assert_eq!(world.print("is-leader"), "False\n");
}

#[test]
fn goal_state_lists_units_and_related_applications() {
    let mut world = World::leader();
    world.model.unit_mut(&unit("web/1")).unwrap().dying = true;
    assert_eq!(
        world.print("goal-state --format=json"),
        "{\"units\":{\
         \"web/0\":{\"status\":\"waiting\",\"since\":\"2024-01-02 03:04:05Z\"},\
         \"web/1\":{\"status\":\"dying\",\"since\":\"2024-01-02 03:04:05Z\"}},\
         \"relations\":{\"database\":{\
         \"db\":{\"status\":\"joined\",\"since\":\"2024-01-02 03:04:05Z\"},\
         \"db/0\":{\"status\":\"waiting\",\"since\":\"2024-01-02 03:04:05Z\"}}}}\n"
    );
    failures(
        &mut world,
        &[(
            "goal-state --format=smart",
            2,
            "invalid value \"smart\" for option --format: unknown format \"smart\"",
        )],
    );
}

#[test]
fn network_get_prints_all_or_what_was_asked_for() {
    let mut world = World::leader();
    world
        .model
        .unit_mut(&unit("web/0"))
        .unwrap()
        .networks
        .insert("admin".to_owned(), Network::default());
    outputs(
        &mut world,
        &[
            (
                "network-get database --format=json",
                "{\"bind-addresses\":[{\"mac-address\":\"\",\"interface-name\":\"eth0\",\"addresses\":[{\"hostname\":\"\",\"value\":\"10.1.0.1\",\"cidr\":\"\"}]}],\"egress-subnets\":[\"10.1.0.1/32\"],\"ingress-addresses\":[\"10.1.0.1\"]}\n",
            ),
            (
                "network-get database",
                "bind-addresses:\n- mac-address: \"\"\n  interface-name: eth0\n  addresses:\n  - hostname: \"\"\n    value: 10.1.0.1\n    cidr: \"\"\n    address: 10.1.0.1\n  macaddress: \"\"\n  interfacename: eth0\negress-subnets:\n- 10.1.0.1/32\ningress-addresses:\n- 10.1.0.1\n",
            ),
            ("network-get database --bind-address", "10.1.0.1\n"),
            ("network-get juju-info --egress-subnets", "10.1.0.1/32\n"),
            ("network-get database --primary-address", "10.1.0.1\n"),
            (
                "network-get database --ingress-address --bind-address --format=json -r 1",
                "{\"bind-address\":\"10.1.0.1\",\"ingress-address\":\"10.1.0.1\"}\n",
            ),
            ("network-get admin --format=json", "{}\n"),
        ],
    );
    failures(
        &mut world,
        &[
            ("network-get", 2, "no arguments specified"),
            ("network-get ", 2, "no binding name specified"),
            ("network-get x", 1, "no network config found for binding \"x\""),
            (
                "network-get database --primary-address --bind-address",
                1,
                "--primary-address must be the only flag specified",
            ),
            (
                "network-get admin --bind-address",
                1,
                "no addresses attached to space for binding \"admin\"",
            ),
            (
                "network-get database -r 9",
                2,
                "invalid value \"9\" for option -r: relation not found",
            ),
        ],
    );
}

#[test]
fn ports_are_opened_and_closed_at_the_end_of_the_hook() {
    let mut world = World::leader();
    outputs(
        &mut world,
        &[
            ("opened-ports", ""),
            ("opened-ports --format=json", "[]\n"),
            ("open-port 8080", ""),
            ("open-port 53/UDP", ""),
            ("open-port icmp", ""),
            ("open-port 80/tcp --endpoints database,website", ""),
            ("opened-ports", "icmp\n80/tcp\n8080/tcp\n53/udp\n"),
            (
                "opened-ports --endpoints",
                "icmp (*)\n80/tcp (database, website)\n8080/tcp (*)\n53/udp (*)\n",
            ),
            ("close-port icmp", ""),
            ("close-port 9999", ""),
            ("opened-ports --format=json", "[\"80/tcp\",\"8080/tcp\",\"53/udp\"]\n"),
        ],
    );
    assert!(world.model.unit(&unit("web/0")).unwrap().ports.is_empty());
    world.next("web/0", Hook::UpdateStatus).unwrap();
    world.print("open-port 8080/tcp");
    assert!(!world.session.has_writes());
    assert!(world.session.record().effects.is_empty());
    world.print("close-port 8080");
    world.print("close-port 80");
    assert_eq!(world.print("opened-ports"), "53/udp\n");
    world.next("web/0", Hook::UpdateStatus).unwrap();
    assert_eq!(world.print("opened-ports"), "53/udp\n");
}

#[test]
fn wrong_ports_are_refused_in_jujus_words() {
    let mut world = World::leader();
    failures(
        &mut world,
        &[
            ("open-port", 2, "no port or range specified"),
            (
                "open-port abc",
                2,
                "invalid port \"abc\": strconv.Atoi: parsing \"abc\": invalid syntax",
            ),
            ("open-port 1-2-3", 2, "invalid port range \"1-2-3\""),
            ("open-port 20-10", 2, "invalid port range 20-10/tcp"),
            ("open-port 0-70000", 2, "port range bounds must be between 0 and 65535, got 0-70000"),
            ("open-port 80/x", 2, "invalid protocol \"x\", expected \"tcp\", \"udp\", or \"icmp\""),
            ("close-port 80/icmp", 2, "protocol \"icmp\" doesn't support any ports; got \"80\""),
            (
                "open-port 80-90",
                1,
                "port ranges are not supported for k8s applications, please specify a single port",
            ),
        ],
    );
    assert_eq!(
        World::of_version((2, 9, 49)).fail("open-port 0").1,
        "port range bounds must be between 1 and 65535, got 0-0"
    );
}

#[test]
fn overlapping_ranges_of_one_machine_are_refused() {
    let mut model = model();
    model.kind = ModelKind::Machine;
    for name in ["web/0", "web/1", "db/0"] {
        let machine = if name == "web/1" { "1" } else { "0" };
        model.unit_mut(&unit(name)).unwrap().machine = machine.to_owned();
    }
    let mut world = World::new(model, "db/0", Hook::Install);
    world.print("open-port 70-90");
    world.next("web/1", Hook::Install).unwrap();
    world.print("open-port 80");
    world.next("web/0", Hook::Install).unwrap();
    world.print("open-port 100-110/tcp");
    failures(
        &mut world,
        &[
            (
                "open-port 80",
                1,
                "cannot open 80/tcp (unit \"web/0\"): port range conflicts with 70-90/tcp (unit \"db/0\")",
            ),
            (
                "open-port 105-120",
                1,
                "cannot open 105-120/tcp (unit \"web/0\"): port range conflicts with 100-110/tcp (unit \"web/0\") requested earlier",
            ),
        ],
    );
    world.print("open-port 80/udp");
}

#[test]
fn state_is_read_back_and_lands_at_the_end_of_the_hook() {
    let mut world = World::leader();
    outputs(
        &mut world,
        &[
            ("state-get", "{}\n"),
            ("state-get --format=json", "null\n"),
            ("state-get a", ""),
            ("state-get a --format=json", "\"\"\n"),
            ("state-get a --format=yaml", "\"\"\n"),
            ("state-set a=1 b=x=y empty=", ""),
            ("state-get b", "x=y\n"),
            ("state-get -", "a: \"1\"\nb: x=y\nempty: \"\"\n"),
            ("state-delete a", ""),
            ("state-delete never", ""),
            ("state-get --format=json", "{\"b\":\"x=y\",\"empty\":\"\"}\n"),
        ],
    );
    failures(
        &mut world,
        &[
            ("state-get a --strict", 1, "\"a\" not found"),
            ("state-set a", 2, "expected \"key=value\", got \"a\""),
            ("state-set a=1 a=2", 2, "key \"a\" specified more than once"),
            ("state-delete", 2, "missing required key"),
        ],
    );
    let input = Some("{\"a\": \"from file\", \"b\": \"1\"}");
    assert_eq!(world.call(&["state-set", "--file", "-", "b=2"], input).0, 0);
    world.next("web/0", Hook::UpdateStatus).unwrap();
    assert_eq!(
        world.print("state-get --format=json"),
        "{\"a\":\"from file\",\"b\":\"2\",\"empty\":\"\"}\n"
    );
    let long = format!("state-set {}=x", "k".repeat(257));
    assert_eq!(world.fail(&long), (1, "max allowed key length (256) exceeded".to_owned()));
    let long = format!("state-set k={}", "v".repeat(65_537));
    assert_eq!(world.fail(&long), (1, "max allowed value length (65536) exceeded".to_owned()));
    assert!(!world.session.has_writes());
}

fn action(params: &str) -> World {
    let params = serde_json::from_str(params).unwrap();
    let hook = Hook::Action { name: "backup".to_owned(), id: "7".to_owned(), params };
    World::new(model(), "web/0", hook)
}

#[test]
fn action_get_prints_parameters_as_go_decodes_them() {
    let mut world = action("{\"a\": {\"b\": \"deep\"}, \"n\": 12345678, \"list\": [\"x\"]}");
    outputs(
        &mut world,
        &[
            ("action-get a.b", "deep\n"),
            ("action-get a.nothing.c", ""),
            ("action-get nothing --format=json", "null\n"),
            ("action-get n", "1.2345678e+07\n"),
            ("action-get n --format=json", "12345678\n"),
            (
                "action-get --format=json",
                "{\"a\":{\"b\":\"deep\"},\"list\":[\"x\"],\"n\":12345678}\n",
            ),
        ],
    );
    assert_eq!(action("{}").print("action-get"), "{}\n");
}

#[test]
fn action_results_nest_and_survive_a_failing_process() {
    let mut world = action("{}");
    outputs(
        &mut world,
        &[
            ("action-set", ""),
            ("action-set a=1 b.c=2", ""),
            ("action-set a.x=3", ""),
            ("action-log some words", ""),
            ("action-fail", ""),
            ("action-fail -- no", ""),
        ],
    );
    failures(
        &mut world,
        &[
            ("action-set x", 2, "argument \"x\" must be of the form key...=value"),
            (
                "action-set X=1",
                2,
                "key \"X\" must start and end with lowercase alphanumeric, and contain only lowercase alphanumeric, hyphens and periods",
            ),
            ("action-set a.stdout=1", 2, "cannot set reserved action key \"stdout\""),
            ("action-log", 2, "no message specified"),
        ],
    );
    world.session.drop_writes();
    let run = world.session.action().unwrap();
    assert_eq!(
        serde_json::Value::Object(run.results.clone()).to_string(),
        "{\"a\":{\"x\":\"3\"},\"b\":{\"c\":\"2\"}}"
    );
    assert_eq!(run.failed.as_deref(), Some("no"));
    assert_eq!(run.messages, ["some words"]);
}

#[test]
fn an_action_that_fails_without_a_reason_says_where_to_look() {
    let mut world = action("{}");
    world.print("action-fail");
    assert_eq!(
        world.session.action().unwrap().failed.as_deref(),
        Some("action failed without reason given, check action for errors")
    );
}

#[test]
fn action_commands_need_an_action() {
    let mut world = World::leader();
    for line in ["action-get", "action-set a=1", "action-fail", "action-log x"] {
        assert_eq!(world.fail(line), (1, "not running an action".to_owned()), "{line}");
    }
}

#[test]
fn commands_that_do_not_exist_are_refused() {
    let mut world = World::leader();
    failures(
        &mut world,
        &[
            ("no-such-thing", 1, "bad request: unknown command: no-such-thing"),
            ("k8s-raw-get", 1, "k8s-raw-get is not supported by this emulator yet"),
        ],
    );
    assert_eq!(
        World::of_version((2, 9, 49)).fail("secret-ids").1,
        "bad request: unknown command: secret-ids"
    );
    assert_eq!(
        World::of_version((4, 0, 0)).fail("leader-get").1,
        "bad request: unknown command: leader-get"
    );
}

#[test]
fn help_is_no_failure() {
    let mut world = World::leader();
    assert!(world.print("config-get --help").starts_with("Usage: config-get"));
    assert!(world.print("status-set -h").starts_with("Usage: status-set"));
}
