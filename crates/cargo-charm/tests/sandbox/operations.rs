//! Options, secrets, actions, commands, events, logs: what a person does to a running application.

use super::{Model, is};
use serde_json::json;

#[test]
fn config_shows_sets_and_resets() {
    let model = Model::deployed("web");
    let shown = model.run(&["config", "web", "--format", "json"]).json();
    assert_eq!(shown["application"], "web");
    assert_eq!(
        shown["settings"]["workers"],
        json!({ "default": 2, "source": "default", "type": "int", "value": 2 })
    );
    assert_eq!(shown["settings"]["token"], json!({ "source": "unset", "type": "secret" }));
    model.run(&["config", "web", "workers=5", "title=with = and spaces"]);
    assert_eq!(model.run(&["config", "web", "workers"]).stdout, "5\n");
    assert_eq!(model.run(&["config", "web", "title"]).stdout, "with = and spaces\n");
    model.run(&["config", "web", "--reset", "workers,title"]);
    assert_eq!(model.run(&["config", "web", "workers"]).stdout, "2\n");
    let file = model.file("title", "from a file");
    model.run(&["config", "web", &format!("title=@{file}")]);
    assert_eq!(model.run(&["config", "web", "title"]).stdout, "from a file\n");
}

#[test]
fn config_refuses_what_does_not_fit() {
    let model = Model::deployed("web");
    model.try_run(&["config", "nobody"]).fails(1, "application \"nobody\" not found");
    model.try_run(&["config", "web", "nope"]).fails(1, "unknown option \"nope\"");
    model.try_run(&["config", "web", "--reset", "nope"]).fails(1, "unknown option \"nope\"");
    model.try_run(&["config", "web", "workers=x"]).fails(1, "expects int");
    model.try_run(&["config", "web", "token=nonsense"]).fails(1, "expects secret");
    model.try_run(&["config", "web", "title", "workers=1"]).fails(1, "not both");
}

#[test]
fn secrets_are_shown_when_asked_for_and_not_before() {
    let model = Model::deployed("web");
    let file = model.file("value", "sentinel-file");
    let uri = model.run(&[
        "add-secret",
        "token",
        "value=sentinel-one",
        &format!("other#file={file}"),
        "--info",
        "for the web",
    ]);
    let uri = uri.stdout.trim();
    model.run(&["update-secret", "token", "value=sentinel-two"]);
    model.run(&["grant-secret", uri, "web"]);
    let quiet = [
        model.run(&["secrets"]).stdout,
        model.run(&["show-secret", "token"]).stdout,
        model.run(&["status"]).stdout,
        model.run(&["debug-log"]).stdout,
    ];
    for text in quiet {
        assert!(!text.contains("sentinel"), "{text}");
    }
    let shown = model.run(&["show-secret", uri, "--reveal", "--format", "json"]).json();
    let shown = &shown[uri.trim_start_matches("secret:")];
    assert_eq!(shown["revision"], 2);
    assert_eq!(shown["name"], "token");
    assert_eq!(shown["description"], "for the web");
    assert_eq!(shown["granted-to"], "web");
    assert_eq!(shown["content"], json!({ "value": "sentinel-two" }));
}

#[test]
fn a_new_revision_and_the_end_of_a_grant_reach_the_charm() {
    let model = Model::deployed("web");
    model.run(&["add-secret", "token", "value=sentinel-one"]);
    model.run(&["grant-secret", "token", "web"]);
    model.run(&["config", "web", "token=token"]);
    assert_eq!(model.workload("web/0"), is("active", "a web site"));
    model.run(&["update-secret", "token", "value=sentinel-two"]);
    assert_eq!(model.events("web/0").last().unwrap(), "secret-changed");
    model.run(&["revoke-secret", "token", "web"]);
    model.run(&["emit", "web/0", "update-status"]);
    assert_eq!(model.workload("web/0"), is("blocked", "token is not granted"));
}

#[test]
fn secrets_refuse_what_does_not_fit() {
    let model = Model::deployed("web");
    model.run(&["add-secret", "token", "value=sentinel-one"]);
    let again = model.try_run(&["add-secret", "token", "value=sentinel-one"]);
    again.fails(1, "already exists");
    assert!(!again.stderr.contains("sentinel"), "{again:?}");
    let keyless = model.try_run(&["add-secret", "other", "sentinel-one"]);
    keyless.fails(1, "expected KEY=VALUE");
    assert!(!keyless.stderr.contains("sentinel"), "{keyless:?}");
    model.try_run(&["add-secret", "other", "K=sentinel-one"]).fails(1, "key \"K\" not valid");
    model.try_run(&["grant-secret", "nope", "web"]).fails(1, "secret \"nope\" not found");
    model
        .try_run(&["grant-secret", "token", "nobody"])
        .fails(1, "application \"nobody\" not found");
    let file = model.file("values.yaml", "value: [sentinel-list]");
    let list = model.try_run(&["add-secret", "other", "--file", &file]);
    list.fails(1, "it must be keys with texts as their values");
    assert!(!list.stderr.contains("sentinel"), "{list:?}");
}

#[test]
fn an_action_prints_its_results() {
    let model = Model::deployed("web");
    let ran = model.run(&["run", "web/0", "greet"]);
    assert_eq!(ran.stdout, "depth:\n  inner: '1'\ngreeting: hello world\n", "{ran:?}");
    assert!(ran.stderr.contains("web/0: greeting"), "{ran:?}");
    let ran = model.run(&["run", "web/leader", "greet", "name=Ada", "--format", "json"]).json();
    assert_eq!(
        ran["web/0"],
        json!({
            "id": "2",
            "log": ["greeting"],
            "results": { "depth": { "inner": "1" }, "greeting": "hello Ada", "return-code": 0 },
            "status": "completed",
            "unit": "web/0",
        })
    );
}

#[test]
fn an_action_that_fails_fails_the_command() {
    let model = Model::deployed("web");
    let ran = model.try_run(&["run", "web/0", "refuse", "--format", "json"]);
    ran.fails(1, "Action id 1 on web/0 failed: it refuses");
    assert_eq!(ran.json()["web/0"]["status"], "failed");
    model
        .try_run(&["run", "web/0", "nope"])
        .fails(1, "action \"nope\" not defined on unit \"web/0\"");
    model.try_run(&["run", "web/7", "greet"]).fails(1, "unit \"web/7\" not found");
    model.try_run(&["run", "greet"]).fails(1, "expected UNIT ACTION");
}

#[test]
fn commands_run_with_the_hook_commands_at_hand() {
    let model = Model::deployed("web");
    let ran = model.run(&["exec", "--unit", "web/0", "--", "config-get title; pwd"]);
    assert!(ran.stdout.starts_with("a web site\n/"), "{ran:?}");
    let set =
        "status-set maintenance busy; echo ${JUJU_HOOK_NAME}- ${JUJU_DISPATCH_PATH-unset}; exit 3";
    let ran = model.try_run(&["exec", "--unit", "web/0", "--", set]);
    ran.fails(1, "the commands failed on web/0: exit code 3");
    assert_eq!(ran.stdout, "- unset\n");
    // What they wrote is taken all the same.
    assert_eq!(model.workload("web/0"), is("maintenance", "busy"));
    let ran = model.run(&["exec", "--application", "web", "--format", "json", "--", "echo hi"]);
    assert_eq!(ran.json()["web/0"]["results"]["stdout"], "hi\n");
}

#[test]
fn any_event_can_be_emitted() {
    let model = Model::deployed("web");
    for (event, options) in [
        ("update-status", &[][..]),
        ("config-changed", &[]),
        ("web-pebble-ready", &[]),
        ("web-pebble-custom-notice", &["--key", "example.com/backup/done"]),
        ("web-pebble-check-failed", &["--check", "up"]),
        ("web-pebble-check-recovered", &["--check", "up"]),
        ("something-else", &[]),
    ] {
        model.run(&[&["emit", "web/0", event], options].concat());
        assert_eq!(model.events("web/0").last().unwrap(), event);
    }
    model.try_run(&["emit", "web/0", "web-pebble-check-failed"]).fails(1, "needs --check");
    model.try_run(&["emit", "web/0", "db-pebble-ready"]).fails(1, "no container \"db\"");
    model.try_run(&["emit", "web/0", "site-relation-changed"]).fails(1, "has no relation");
    model.try_run(&["emit", "web/0", "secret-changed"]).fails(1, "needs --secret");
}

#[test]
fn the_log_has_what_charms_and_agents_say() {
    let model = Model::deployed("web");
    let log = model.run(&["debug-log"]).stdout;
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "unit-web-0: 03:04:05 INFO unit.web/0.juju-log dispatched install",
            "unit-web-0: 03:04:05 INFO juju.worker.uniter.operation ran \"install\" hook (via hook \
             dispatching script: dispatch)",
        ]
    );
    model.try_run(&["config", "web", "fail=config-changed", "--no-retry"]).fails(1, "told to fail");
    let errors = model.run(&["debug-log", "--level", "warning", "--include", "web"]).stdout;
    assert_eq!(
        errors,
        "unit-web-0: 03:04:05 WARNING unit.web/0.config-changed told to fail\n\
         unit-web-0: 03:04:05 ERROR juju.worker.uniter.operation hook \"config-changed\" (via hook \
         dispatching script: dispatch) failed: exit code 1\n"
    );
    assert_eq!(model.run(&["debug-log", "-n", "1"]).stdout.lines().count(), 1);
    assert_eq!(model.run(&["debug-log", "--include", "nobody"]).stdout, "");
}

#[test]
fn a_charm_that_floods_its_output_is_no_trouble() {
    let model = Model::deployed("web");
    model.run(&["config", "web", "flood=true"]);
    let ran = model.run(&["emit", "web/0", "update-status"]);
    assert!(ran.stdout.len() + ran.stderr.len() < 1000);
    assert_eq!(model.workload("web/0"), is("blocked", "no token"));
}

#[test]
fn a_charm_that_hangs_is_ended() {
    let model = Model::deployed("web");
    model.run(&["config", "web", "hang=update-status"]);
    model
        .try_run(&["emit", "web/0", "update-status", "--hook-timeout", "1", "--no-retry"])
        .fails(1, "update-status has failed once (failed: did not end in time)");
    assert_eq!(model.workload("web/0"), is("error", "hook failed: \"update-status\""));
}

#[test]
fn time_passes_when_somebody_says_so() {
    let model = Model::deployed("web");
    model.run(&["advance", "3600"]);
    assert_eq!(model.status()["controller"]["timestamp"], "2024-01-02 04:04:05Z");
}

#[test]
fn options_are_set_from_a_file() {
    let model = Model::new();
    let file = model.file("options.yaml", "web: {title: from a file, workers: 4}\nother: {}");
    model.deploy(&["--config", &file]);
    assert_eq!(model.run(&["config", "web", "title"]).stdout, "from a file\n");
    let file = model.file("options.yaml", "web: {workers: 5}");
    model.run(&["config", "web", "--file", &file, "title=typed"]);
    assert_eq!(model.run(&["config", "web", "workers"]).stdout, "5\n");
    assert_eq!(model.run(&["config", "web", "title"]).stdout, "typed\n");
    for (text, expected) in [
        ("shop: {}", "no settings found for \"web\""),
        ("web: {wrkers: 1}", "unknown option \"wrkers\""),
        ("web: {workers: many}", "expects int, got \"many\""),
        ("web: {workers: [1]}", "option \"workers\" is no text, number or boolean"),
        ("- web", "cannot read options from"),
    ] {
        let file = model.file("options.yaml", text);
        model.try_run(&["config", "web", "--file", &file]).fails(1, expected);
    }
    model.try_run(&["config", "web", "--file", "/nowhere.yaml"]).fails(1, "/nowhere.yaml");
}

#[test]
fn a_parameter_of_another_type_is_refused_in_jujus_words() {
    let model = Model::deployed("web");
    model
        .try_run(&["run", "web/0", "greet", "name=3"])
        .fails(1, "validation failed: (root).name : must be of type string, given 3");
    model.run(&["run", "web/0", "greet", "name=3", "--string-args"]);
}

#[test]
fn trust_is_told_to_the_charm_as_juju_tells_it() {
    let model = Model::deployed("web");
    let told = |arguments: &[&str]| {
        let before = model.events("web/0").len();
        model.run(arguments);
        model.events("web/0").split_off(before)
    };
    assert_eq!(told(&["trust", "web"]), ["config-changed"]);
    assert!(told(&["trust", "web"]).is_empty());
    assert_eq!(told(&["trust", "web", "--remove"]), ["config-changed"]);
    model.try_run(&["trust", "nobody"]).fails(1, "nobody");
}
