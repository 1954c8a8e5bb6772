//! Pebble's rules for layers, one test each: how entries meet, what a plan comes to, what counts as the same,
//! and what a replan does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use ops_pebble::layer::{
    Action, Change, Check, Layer, Level, LogTarget, Override, Plan, Replan, Service, Stack,
    Started, Startup,
};
use std::{collections::BTreeMap, time::Duration};

const SECOND: Duration = Duration::from_secs(1);

fn plan(layers: &[(&str, &Layer)]) -> Plan {
    Plan::combine(layers.iter().copied()).unwrap()
}

/// What the daemon would print of this layer alone, read back.
fn printed(layer: &Layer) -> Plan {
    Plan::read(&plan(&[("a", layer)]).to_text()).unwrap()
}

fn over(service: Service) -> Service {
    service.override_(Override::Merge)
}

fn merged(base: Service, later: Service) -> Service {
    let base = Layer::new().service("web", base);
    let later = Layer::new().service("web", over(later));
    plan(&[("base", &base), ("over", &later)]).services.remove("web").unwrap()
}

fn merged_check(base: Check, later: Check) -> Check {
    let base = Layer::new().check("c", base);
    let later = Layer::new().check("c", later.override_(Override::Merge));
    plan(&[("base", &base), ("over", &later)]).checks.remove("c").unwrap()
}

/// A check that says nothing of what it does.
fn no_kind() -> Check {
    let mut check = Check::tcp(1);
    check.tcp = None;
    check
}

/// A check of a port (0: not said) at a host (empty: not said).
fn tcp(port: u32, host: &str) -> Check {
    let mut check = Check::tcp(1);
    let tcp = check.tcp.as_mut().unwrap();
    (tcp.port, tcp.host) = (port, host.to_owned());
    check
}

/// A service with every field set.
fn full() -> Service {
    Service::new("web serve")
        .summary("summary")
        .description("description")
        .startup(Startup::Enabled)
        .after("db")
        .before("log")
        .requires("db")
        .env("A", "1")
        .user_id(0)
        .user("root")
        .group_id(0)
        .group("root")
        .working_dir("/srv")
        .on_success(Action::Ignore)
        .on_failure(Action::Shutdown)
        .on_check_failure("c", Action::Restart)
        .backoff(SECOND, 3.0, SECOND * 60)
        .kill_delay(SECOND * 9)
}

// How entries meet.

#[test]
fn merging_keeps_every_field_that_the_later_entry_does_not_set() {
    assert_eq!(merged(full(), Service::new("")), full());
}

#[test]
fn merging_takes_every_field_that_the_later_entry_sets() {
    let base = Service::new("old").env("B", "2").user_id(7).on_failure(Action::Ignore);
    let mut expected = full().env("B", "2");
    expected.override_ = Some(Override::Replace);
    assert_eq!(merged(base, full()), expected);
}

#[test]
fn merging_appends_lists_and_repeats_what_is_there() {
    let base = Service::new("w").after("a").before("b").requires("c");
    let web = merged(base, Service::new("").after("a").before("x").requires("c"));
    assert_eq!(web.after, ["a", "a"]);
    assert_eq!(web.before, ["b", "x"]);
    assert_eq!(web.requires, ["c", "c"]);
}

#[test]
fn merging_lays_maps_over_each_other_key_by_key() {
    let base = Service::new("w").env("A", "1").env("B", "1").on_check_failure("c", Action::Ignore);
    let later = Service::new("").env("B", "2").env("C", "2").on_check_failure("c", Action::Restart);
    let web = merged(base, later);
    let environment: Vec<_> =
        web.environment.iter().map(|(name, value)| format!("{name}={}", value.expose())).collect();
    assert_eq!(environment, ["A=1", "B=2", "C=2"]);
    assert_eq!(web.on_check_failure["c"], Action::Restart);
}

#[test]
fn merging_can_set_a_user_id_of_zero_and_unset_nothing() {
    let web = merged(Service::new("w").user_id(7).user("u"), Service::new("").user_id(0));
    assert_eq!((web.user_id, &*web.user), (Some(0), "u"));
}

#[test]
fn the_first_entry_is_taken_as_it_is_even_if_it_merges() {
    let layer = Layer::new().service("web", over(Service::new("w")));
    let web = &plan(&[("a", &layer)]).services["web"];
    assert_eq!((&*web.command, web.override_), ("w", Some(Override::Merge)));
}

#[test]
fn replacing_forgets_every_field_of_the_earlier_entry() {
    let base = Layer::new().service("web", full());
    let later = Layer::new().service("web", Service::new("new"));
    assert_eq!(plan(&[("a", &base), ("b", &later)]).services["web"], Service::new("new"));
}

#[test]
fn a_merging_check_keeps_a_threshold_for_which_it_says_zero() {
    let check = merged_check(Check::tcp(1).threshold(5), no_kind().threshold(0));
    assert_eq!(check.threshold, Some(5));
}

#[test]
fn a_merging_check_changes_durations_level_and_startup_when_it_sets_them() {
    let base = Check::tcp(1).period(SECOND * 8).timeout(SECOND * 2).level(Level::Alive);
    let kept = merged_check(base.clone(), no_kind());
    assert_eq!((kept.period, kept.timeout), (base.period, base.timeout));
    assert_eq!((kept.level, kept.startup), (base.level.clone(), None));
    let later = no_kind().period(SECOND * 9).timeout(SECOND).level(Level::Ready);
    let changed = merged_check(base, later.startup(Startup::Disabled));
    assert_eq!((changed.period, changed.timeout), (Some(SECOND * 9), Some(SECOND)));
    assert_eq!((changed.level, changed.startup), (Some(Level::Ready), Some(Startup::Disabled)));
}

#[test]
fn a_merging_http_check_replaces_the_url_and_adds_headers() {
    let with = |url: &str, name: &str| {
        let mut check = Check::http(url);
        check.http.as_mut().unwrap().headers.insert(name.to_owned(), "x".into());
        check
    };
    let http = merged_check(with("http://a", "A"), with("http://b", "B")).http.unwrap();
    assert_eq!(http.url, "http://b");
    assert_eq!(http.headers.keys().collect::<Vec<_>>(), ["A", "B"]);
}

#[test]
fn a_merging_tcp_check_replaces_the_port_and_the_host_that_it_sets() {
    let merged = |later| merged_check(tcp(1, "a"), later).tcp;
    assert_eq!(merged(tcp(0, "b")), tcp(1, "b").tcp);
    assert_eq!(merged(tcp(2, "")), tcp(2, "a").tcp);
}

#[test]
fn a_check_that_merges_another_kind_has_two_and_is_refused() {
    let base = Layer::new().check("c", Check::tcp(1));
    let later = Layer::new().check("c", Check::exec("true").override_(Override::Merge));
    let error = plan(&[("a", &base), ("b", &later)]).validate().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"plan must specify one of "http", "tcp", or "exec" for check "c""#
    );
    let later = Layer::new().check("c", Check::exec("true"));
    assert!(plan(&[("a", &base), ("b", &later)]).validate().is_ok(), "replacing changes the kind");
}

#[test]
fn a_merging_log_target_appends_services_and_adds_labels() {
    let base = LogTarget::new("loki", "http://a").service("all").label("A", "1");
    let later = LogTarget::new("", "http://b").service("-web").label("A", "2").label("B", "2");
    let base = Layer::new().log_target("t", base);
    let later = Layer::new().log_target("t", later.override_(Override::Merge));
    let plan = plan(&[("a", &base), ("b", &later)]);
    let target = &plan.log_targets["t"];
    assert_eq!((&*target.protocol, &*target.location), ("loki", "http://b"));
    assert_eq!(target.services, ["all", "-web"]);
    assert_eq!((target.labels["A"].expose(), target.labels["B"].expose()), ("2", "2"));
}

#[test]
fn an_entry_of_any_section_needs_an_override() {
    let mut check = Check::tcp(1);
    check.override_ = None;
    let mut target = LogTarget::new("loki", "http://a");
    target.override_ = None;
    for (layer, what) in [
        (Layer::new().check("q", check), "check"),
        (Layer::new().log_target("q", target), "log target"),
    ] {
        let error = Plan::combine([("x", &layer)]).unwrap_err().to_string();
        assert_eq!(error, format!(r#"layer "x" must define "override" for {what} "q""#));
    }
}

// What a stack comes to.

#[test]
fn a_layer_that_is_combined_stays_in_its_place_below_later_ones() {
    let web = |level: &str| Layer::new().service("web", Service::new("w").env("LEVEL", level));
    let mut stack = Stack::new();
    stack.add("base", &web("base"), false, false).unwrap();
    stack.add("top", &web("top"), false, false).unwrap();
    let plan = stack.add("base", &web("new"), true, false).unwrap();
    assert_eq!(plan.services["web"].environment["LEVEL"].expose(), "top");
    let labels: Vec<_> = stack.into_layers().into_iter().map(|(label, _)| label).collect();
    assert_eq!(labels, ["base", "top"]);
}

#[test]
fn adding_a_replacing_layer_again_changes_nothing() {
    let layer = Layer::new().service("web", full().requires("db")).service("db", Service::new("d"));
    let layer = layer.log_target("t", LogTarget::new("loki", "http://a").service("all"));
    let mut stack = Stack::new();
    let first = stack.add("a", &layer, true, false).unwrap();
    assert_eq!(stack.add("a", &layer, true, false).unwrap(), first);
}

#[test]
fn adding_a_merging_layer_again_makes_its_lists_grow() {
    let base = Layer::new().service("web", Service::new("w"));
    let target = LogTarget::new("loki", "http://a").service("all").service("-web");
    let merging = Layer::new()
        .service("web", over(Service::new("").after("db")))
        .log_target("t", target.override_(Override::Merge));
    let mut stack = Stack::new();
    stack.add("base", &base, true, false).unwrap();
    stack.add("over", &merging, true, false).unwrap();
    let plan = stack.add("over", &merging, true, false).unwrap();
    assert_eq!(plan.services["web"].after, ["db", "db"]);
    assert_eq!(plan.log_targets["t"].services, ["all", "-web", "all", "-web"]);
    assert!(plan.difference(&merging).is_empty(), "so that nobody adds it again");
}

#[test]
fn combining_takes_the_default_threshold_and_leaves_durations_open() {
    let five = Layer::new().check("c", Check::tcp(1).threshold(5).period(SECOND * 20));
    let level = Layer::new().check("c", no_kind().level(Level::Alive).override_(Override::Merge));
    let mut stack = Stack::new();
    stack.add("a", &five, true, false).unwrap();
    let before = stack.add("b", &level, true, false).unwrap();
    assert_eq!(before.checks["c"].threshold, Some(5));
    let after = stack.add("b", &level, true, false).unwrap();
    assert_eq!(after.checks["c"].threshold, Some(3));
    assert_eq!(after.checks["c"].period, Some(SECOND * 20));
}

#[test]
fn a_combined_layer_has_the_summary_and_description_of_the_later_one() {
    let mut layer = Layer::new().summary("old").description("old");
    layer.combine("a", &Layer::new().summary("new")).unwrap();
    assert_eq!((&*layer.summary, &*layer.description), ("new", ""));
}

#[test]
fn a_group_is_kept_together_and_what_goes_between_must_be_called_inner() {
    let mut stack = Stack::new();
    for label in ["group/one", "other", "group2/one"] {
        stack.add(label, &Layer::new(), false, false).unwrap();
    }
    assert!(!stack.needs_inner("group/one") && !stack.needs_inner("group2/two"));
    for label in ["group/two", "group", "other/two"] {
        let error = stack.add(label, &Layer::new(), true, false).unwrap_err().to_string();
        let text = "cannot insert sub-directory layer without 'inner' attribute set";
        assert_eq!((&*error, stack.needs_inner(label)), (text, true));
    }
    stack.add("group/two", &Layer::new(), false, true).unwrap();
    stack.add("plain", &Layer::new(), false, true).unwrap();
    let labels: Vec<_> = stack.into_layers().into_iter().map(|(label, _)| label).collect();
    assert_eq!(labels, ["group/one", "group/two", "other", "group2/one", "plain"]);
}

#[test]
fn a_layer_that_makes_no_plan_leaves_the_stack_as_it_was() {
    let mut stack = Stack::new();
    stack.add("a", &Layer::new().service("web", Service::new("w")), false, false).unwrap();
    let before = stack.clone();
    let bad = Layer::new().service("q", Service::new("x").requires("nothere"));
    assert!(stack.add("b", &bad, false, false).is_err());
    assert!(stack.add("a", &bad, true, false).is_err());
    assert!(stack.add("a", &Layer::new(), false, false).is_err(), "the label is taken");
    assert_eq!(stack, before);
}

#[test]
fn an_order_may_name_services_that_do_not_exist_and_a_requirement_may_not() {
    let with = |service: Service| plan(&[("a", &Layer::new().service("q", service))]).validate();
    assert!(with(Service::new("x").after("no").before("no")).is_ok());
    assert!(with(Service::new("x").requires("no")).is_err());
}

// What counts as the same.

#[test]
fn what_the_daemon_prints_of_every_field_is_what_was_sent() {
    let mut exec = Check::exec("true").threshold(7).level(Level::Ready);
    exec.exec.as_mut().unwrap().service_context = "web".into();
    exec.exec.as_mut().unwrap().environment.insert("A".into(), "1".into());
    exec.exec.as_mut().unwrap().user_id = Some(0);
    exec.exec.as_mut().unwrap().working_dir = "/srv".into();
    let layer = Layer::new()
        .service("web", full())
        .check("exec", exec.startup(Startup::Disabled).period(SECOND * 90).timeout(SECOND))
        .check("http", Check::http("http://x"))
        .check("tcp", Check::tcp(1).timeout(SECOND * 99))
        .log_target("t", LogTarget::new("loki", "http://a").service("-all").label("A", "$B"))
        .log_target("none", LogTarget::new("syslog", "tcp://a:1"));
    let difference = printed(&layer).difference(&layer);
    assert!(difference.is_empty(), "{difference:?}");
}

#[test]
fn a_difference_in_any_field_of_a_service_is_seen() {
    let others = [
        full().summary("x"),
        full().description("x"),
        full().startup(Startup::Disabled),
        full().after("x"),
        full().before("x"),
        full().requires("x"),
        full().env("A", "x"),
        full().env("X", "x"),
        full().user_id(1),
        full().user("x"),
        full().group_id(1),
        full().group("x"),
        full().working_dir("/x"),
        full().on_success(Action::Restart),
        full().on_failure(Action::Restart),
        full().on_check_failure("c", Action::Ignore),
        full().on_check_failure("x", Action::Ignore),
        full().backoff(SECOND * 2, 3.0, SECOND * 60),
        full().backoff(SECOND, 4.0, SECOND * 60),
        full().backoff(SECOND, 3.0, SECOND * 61),
        full().kill_delay(SECOND),
    ];
    let live = printed(&Layer::new().service("web", full()));
    for other in others {
        assert!(!other.same_as(&live.services["web"]), "{other:?}");
        assert!(!live.difference(&Layer::new().service("web", other)).is_empty());
    }
}

#[test]
fn a_difference_in_any_field_of_a_check_is_seen() {
    let tcp = || Check::tcp(1).level(Level::Alive);
    let live = printed(&Layer::new().check("c", tcp()));
    let others = [
        tcp().level(Level::Ready),
        tcp().startup(Startup::Disabled),
        tcp().period(SECOND),
        tcp().timeout(SECOND),
        tcp().threshold(4),
        Check::tcp(2).level(Level::Alive),
        Check::http("http://x").level(Level::Alive),
        Check::exec("true").level(Level::Alive),
        Check::tcp(1),
    ];
    for other in others {
        assert!(!other.same_as(&live.checks["c"]), "{other:?}");
    }
    assert!(tcp().startup(Startup::Enabled).threshold(3).same_as(&live.checks["c"]));
}

#[test]
fn plans_are_the_same_only_if_each_section_has_the_same_entries() {
    let full = Layer::new().service("web", Service::new("w")).check("c", Check::tcp(1));
    let full = full.log_target("t", LogTarget::new("loki", "http://a"));
    let others = [
        full.clone().service("web", Service::new("x")),
        full.clone().service("more", Service::new("m")),
        full.clone().check("c", Check::tcp(2)),
        full.clone().check("more", Check::tcp(2)),
        full.clone().log_target("t", LogTarget::new("loki", "http://b")),
        full.clone().log_target("more", LogTarget::new("loki", "http://b")),
    ];
    let full = printed(&full);
    assert!(full.same_as(&full));
    for other in others {
        let other = printed(&other);
        assert!(!full.same_as(&other) && !other.same_as(&full), "{other:?}");
    }
}

#[test]
fn a_check_that_merges_needs_only_what_it_says_and_one_that_replaces_needs_all() {
    let live = printed(&Layer::new().check("c", Check::tcp(1).level(Level::Alive).threshold(5)));
    let wants = |check: Check| live.difference(&Layer::new().check("c", check)).checks;
    let merging = |check: Check| check.override_(Override::Merge);
    assert!(wants(merging(no_kind().threshold(5))).is_empty());
    assert_eq!(wants(merging(no_kind().threshold(4)))["c"], Change::Differs(texts(["threshold"])));
    assert_eq!(wants(Check::tcp(1).threshold(5))["c"], Change::Differs(texts(["level"])));
}

#[test]
fn a_log_target_that_merges_needs_only_what_it_says_and_one_that_replaces_needs_all() {
    let target = || LogTarget::new("loki", "http://a").service("all");
    let live = printed(&Layer::new().log_target("t", target().label("A", "1").label("B", "2")));
    let wants = |target| live.difference(&Layer::new().log_target("t", target)).log_targets;
    let merging = LogTarget::new("", "").service("all").label("B", "2");
    assert!(wants(merging.override_(Override::Merge)).is_empty());
    assert_eq!(wants(target().label("A", "1"))["t"], Change::Differs(texts(["labels.B"])));
    let other = LogTarget::new("syslog", "tcp://a:1").label("A", "1").label("B", "2");
    let fields = texts(["type", "location", "services"]);
    assert_eq!(wants(other)["t"], Change::Differs(fields));
}

#[test]
fn a_threshold_of_zero_means_the_default() {
    assert!(Check::tcp(1).threshold(0).same_as(&Check::tcp(1).threshold(3)));
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

// What is sent, and what is read.

#[test]
fn a_layer_is_sent_with_what_it_says_and_nothing_else() {
    let check = tcp(0, "web").override_(Override::Merge);
    let layer = Layer::new().summary("one line").description("some lines").check("c", check);
    let layer = layer.service("w", over(Service::new("")).envs([("A", "1"), ("B", "2")]));
    let layer = layer.log_target("t", LogTarget::new("loki", "http://a").label("A", "1"));
    assert_eq!(
        layer.to_wire(),
        concat!(
            r#"{"summary":"one line","description":"some lines","#,
            r#""services":{"w":{"override":"merge","environment":{"A":"1","B":"2"}}},"#,
            r#""checks":{"c":{"override":"merge","tcp":{"host":"web"}}},"#,
            r#""log-targets":{"t":{"type":"loki","location":"http://a","services":[],"#,
            r#""override":"replace","labels":{"A":"1"}}}}"#
        )
    );
}

#[test]
fn a_field_that_is_null_is_not_set() {
    for null in ["null", "~"] {
        let text =
            format!("services:\n    web:\n        command: {null}\n        user-id: {null}\n");
        assert_eq!(Plan::read(&text).unwrap().services["web"], Service::default());
    }
}

#[test]
fn the_layers_of_a_daemon_that_are_known_already_make_a_stack() {
    let layers = || vec![("a".to_owned(), Layer::new()), ("b".to_owned(), Layer::new())];
    let mut stack = Stack::from(layers());
    assert!(stack.add("a", &Layer::new(), false, false).is_err(), "the label is taken");
    assert_eq!(stack.into_layers(), layers());
}

#[test]
fn words_print_as_pebble_has_them() {
    let words = [
        (Action::Restart.to_string(), "restart"),
        (Level::Alive.to_string(), "alive"),
        (Startup::Enabled.to_string(), "enabled"),
        (Override::Merge.to_string(), "merge"),
    ];
    for (printed, word) in words {
        assert_eq!(printed, word);
    }
}

// What a replan does.

/// Enabled services `web` and `log`, a disabled `db` that `web` requires, and a disabled `job`.
fn services() -> Plan {
    let enabled = |command: &str| Service::new(command).startup(Startup::Enabled);
    let layer = Layer::new()
        .service("web", enabled("w").requires("db").after("db"))
        .service("log", enabled("l"))
        .service("db", Service::new("d"))
        .service("job", Service::new("j"));
    plan(&[("a", &layer)])
}

/// What a replan of the changed plan does after these were started, of which some run.
fn replan(started: &[(&str, bool)], change: impl FnOnce(&mut Plan)) -> Replan {
    let old = services();
    let state = |(name, running): &(&str, bool)| {
        let config = old.services[*name].clone();
        ((*name).to_owned(), Started { config, running: *running })
    };
    let started: BTreeMap<String, Started> = started.iter().map(state).collect();
    let mut new = old.clone();
    change(&mut new);
    new.replan(&started).unwrap()
}

fn summarised(plan: &mut Plan, name: &str) {
    plan.services.get_mut(name).unwrap().summary = "changed".to_owned();
}

#[test]
fn a_replan_of_an_unchanged_plan_stops_nothing() {
    let replan = replan(&[("web", true), ("db", true), ("log", true), ("job", true)], |_| ());
    assert_eq!(replan.stop, [""; 0]);
    assert_eq!(replan.start, ["db", "log", "web"], "which run already, so that nothing happens");
}

#[test]
fn a_replan_starts_an_enabled_service_that_somebody_stopped() {
    assert!(replan(&[("log", false)], |_| ()).start.contains(&"log".to_owned()));
}

#[test]
fn a_replan_leaves_a_disabled_service_that_never_ran() {
    let replan = replan(&[], |plan| summarised(plan, "job"));
    assert!(!replan.start.contains(&"job".to_owned()) && replan.stop.is_empty());
}

#[test]
fn a_replan_restarts_a_service_of_which_only_the_summary_changed() {
    let replan = replan(&[("log", true)], |plan| summarised(plan, "log"));
    assert_eq!(replan.stop, ["log"]);
    assert!(replan.start.contains(&"log".to_owned()));
}

#[test]
fn a_replan_starts_a_disabled_service_that_was_stopped_and_changed() {
    let replan = replan(&[("job", false)], |plan| summarised(plan, "job"));
    assert!(replan.start.contains(&"job".to_owned()));
}

#[test]
fn a_replan_restarts_an_enabled_service_that_requires_a_changed_one() {
    let replan = replan(&[("web", true), ("db", true)], |plan| summarised(plan, "db"));
    assert_eq!(replan.stop, ["web", "db"]);
    assert_eq!(replan.start, ["db", "log", "web"]);
}

#[test]
fn a_replan_does_not_bring_back_a_disabled_service_that_requires_a_changed_one() {
    let old = |plan: &mut Plan| plan.services.get_mut("web").unwrap().startup = None;
    let mut base = services();
    old(&mut base);
    let started = ["web", "db"].map(|name| {
        (name.to_owned(), Started { config: base.services[name].clone(), running: true })
    });
    let mut new = base.clone();
    summarised(&mut new, "db");
    let replan = new.replan(&started.into()).unwrap();
    assert_eq!(replan.stop, ["web", "db"]);
    assert_eq!(replan.start, ["db", "log"]);
}

#[test]
fn a_default_that_is_written_out_makes_a_replan_restart_and_is_no_difference() {
    let written = |plan: &mut Plan| {
        let log = plan.services.get_mut("log").unwrap();
        log.kill_delay = Some(SECOND * 5);
    };
    assert_eq!(replan(&[("log", true)], written).stop, ["log"]);
    let mut new = services();
    written(&mut new);
    assert!(
        new.same_as(&services()),
        "so a charm that looks at the difference first has no restart"
    );
}
