//! The exact hook commands of each event: nothing is run that was not needed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::*;
use hook_service::meta;
use ops::Status;
use ops_testing::{Output, State};

/// The unit after its first life: installed, elected, configured, started, and its container up.
fn settled() -> State {
    let ctx = context();
    let out = ctx.run(ctx.on().install(), &deployed());
    let state = out.state.with_container(meta::containers::HOOK_SERVICE, up());
    let out = ctx.run(ctx.on().pebble_ready(meta::containers::HOOK_SERVICE), &state);
    assert_eq!(out.state.unit_status, Status::active());
    // Juju refreshes the unit's addresses in its databags after config-changed.
    ctx.run(ctx.on().config_changed(), &out.state).state
}

#[track_caller]
fn assert_calls(out: &Output, expected: &[&str]) {
    assert!(out.is_success(), "{:?}", out.ended);
    let calls: Vec<String> =
        out.calls.iter().map(|call| call.replace(" --format=json", "")).collect();
    assert_eq!(calls, expected);
}

const WHILE_UNREACHABLE: [&str; 7] = [
    "config-get",
    "is-leader",
    "relation-ids hook-service",
    "relation-get -r hook-service:0 --app - hook-service",
    "secret-get --label apitokensecret --peek",
    "relation-ids ingress",
    "status-get --include-data --application=false",
];

const WITH_NOTHING_TO_DO: [&str; 13] = [
    "config-get",
    "is-leader",
    "secret-get secret:d0erdgfmp25c762i8np0",
    "secret-get secret:d0erdgfmp25c762i8np0 --peek",
    "relation-ids logging",
    "relation-ids tracing",
    "relation-ids hook-service",
    "relation-get -r hook-service:0 --app - hook-service",
    "secret-get --label apitokensecret --peek",
    "relation-ids ingress",
    "relation-ids hydra-token-hook",
    "opened-ports",
    "status-get --include-data --application=false",
];

#[test]
fn install_makes_the_token_and_says_what_it_waits_for() {
    let ctx = context();
    let out = ctx.run(ctx.on().install(), &deployed());
    assert_calls(
        &out,
        &[
            "config-get",
            "is-leader",
            "relation-ids hook-service",
            "relation-get -r hook-service:0 --app - hook-service",
            "secret-get --label apitokensecret --peek",
            "secret-add --label apitokensecret --owner application api-token#file=<file0>",
            "relation-set -r hook-service:0 --app --file -",
            "status-get --include-data --application=false",
            "status-set --application=false waiting -- Container is not connected yet",
        ],
    );
}

#[test]
fn leader_elected_config_changed_and_start_only_look_while_the_container_is_not_up() {
    let ctx = context();
    let state = ctx.run(ctx.on().install(), &deployed()).state;
    for hook in [ctx.on().leader_elected(), ctx.on().config_changed(), ctx.on().start()] {
        assert_calls(&ctx.run(hook, &state), &WHILE_UNREACHABLE);
    }
}

#[test]
fn pebble_ready_starts_the_workload() {
    let ctx = context();
    let state = ctx.run(ctx.on().install(), &deployed()).state;
    let state = state.with_container(meta::containers::HOOK_SERVICE, up());
    let out = ctx.run(ctx.on().pebble_ready(meta::containers::HOOK_SERVICE), &state);
    assert_calls(
        &out,
        &[
            "application-version-set -- 1.10.0",
            "config-get",
            "is-leader",
            "secret-get secret:d0erdgfmp25c762i8np0 --refresh",
            "relation-ids logging",
            "relation-ids tracing",
            "relation-ids hook-service",
            "relation-get -r hook-service:0 --app - hook-service",
            "secret-get --label apitokensecret --peek",
            "relation-ids ingress",
            "relation-ids hydra-token-hook",
            "open-port 8080/tcp",
            "status-get --include-data --application=false",
            "status-set --application=false active -- ",
        ],
    );
}

#[test]
fn a_settled_unit_only_looks() {
    let ctx = context();
    let state = settled();
    let mut with_all_to_tell = vec![
        "is-leader",
        "relation-ids metrics-endpoint",
        "relation-ids grafana-dashboard",
        "relation-ids tracing",
    ];
    let asked = |call: &&&str| !["is-leader", "relation-ids tracing"].contains(call);
    with_all_to_tell.extend(WITH_NOTHING_TO_DO.iter().filter(asked));
    for (hook, expected) in [
        (ctx.on().config_changed(), WITH_NOTHING_TO_DO.to_vec()),
        (ctx.on().start(), WITH_NOTHING_TO_DO.to_vec()),
        (ctx.on().update_status(), with_all_to_tell),
    ] {
        let out = ctx.run(hook, &state);
        assert_calls(&out, &expected);
        assert!(out.effects.is_empty(), "{:?}", out.effects);
        assert_eq!(out.state, state);
    }
}

#[test]
fn ingress_relation_changed_reads_the_one_databag_and_writes_the_one_route() {
    let ctx = context();
    let state = settled().relation(&ingress());
    let out = ctx.run(ctx.on().relation_changed(&ingress()), &state);
    let mut expected = WITH_NOTHING_TO_DO.to_vec();
    expected.insert(10, "relation-get -r ingress:1 --app - traefik");
    expected.insert(12, "relation-get -r ingress:1 --app - hook-service");
    expected.insert(14, "relation-set -r ingress:1 --app --file -");
    assert_calls(&out, &expected);
}

#[test]
fn the_first_five_events_run_at_most_50_hook_commands_and_none_of_them_more_than_14() {
    let ctx = context();
    let mut counts = Vec::new();
    let mut state = deployed();
    for hook in [ctx.on().install(), ctx.on().leader_elected(), ctx.on().config_changed()] {
        let out = ctx.run(hook, &state);
        counts.push(out.calls.len());
        state = out.state;
    }
    let out = ctx.run(ctx.on().start(), &state);
    counts.push(out.calls.len());
    let state = out.state.with_container(meta::containers::HOOK_SERVICE, up());
    let out = ctx.run(ctx.on().pebble_ready(meta::containers::HOOK_SERVICE), &state);
    counts.push(out.calls.len());
    assert_eq!(counts, [9, 7, 7, 7, 14]);
    // With the container up, config-changed has more to look at.
    let settled = ctx.run(ctx.on().config_changed(), &out.state).calls.len();
    assert!(counts.iter().sum::<usize>() - 7 + settled <= 50);
}

#[test]
fn an_observed_unit_asks_what_the_four_relations_say_and_tells_them_nothing_twice() {
    let ctx = context();
    let related = [logging(), metrics(), dashboard(), tracing()];
    let state = related.iter().fold(settled(), State::relation);
    let told = ctx.run(ctx.on().update_status(), &state).state;
    let out = ctx.run(ctx.on().config_changed(), &told);
    let mut expected = WITH_NOTHING_TO_DO.to_vec();
    expected.insert(5, "relation-list -r logging:11");
    expected.insert(6, "relation-get -r logging:11 - loki/0");
    expected.insert(8, "relation-list --app -r tracing:14");
    expected.insert(9, "relation-get -r tracing:14 --app - tempo");
    expected.insert(15, "relation-get -r logging:11 --app - hook-service");
    assert_calls(&out, &expected);
}
