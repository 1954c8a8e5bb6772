//! Layers and the plan that they come to.

use crate::support::*;

cases! {
    an_empty_layer_is_taken;
    a_layer_as_text_is_taken;
    text_that_is_no_layer_is_refused;
    lists_grow_each_time_a_merging_layer_is_added differs COMBINED_ALONE;
    an_inner_layer_goes_to_its_group since InnerLayers;
    a_layer_between_others_needs_to_be_called_inner since InnerLayers;
    a_layer_comes_back_as_the_plan;
    a_timeout_over_the_period_is_cut_to_it;
    a_check_that_waits_to_be_started_comes_back since StartChecks;
    a_log_target_for_syslog_comes_back;
    labels_of_log_targets_come_back since LogTargetLabels;
    shutdowns_with_a_code_come_back since ShutdownWithCode;
    a_log_target_for_opentelemetry_comes_back since OpenTelemetry;
    hostile_values_come_back_as_they_were;
    adding_a_layer_twice_is_refused_or_combined;
    bad_layers_are_refused_in_the_same_words;
}

fn full_service() -> Service {
    Service::new("sleep 1000")
        .summary("s")
        .description("d")
        .startup(Startup::Disabled)
        .after("b")
        .before("z")
        .user_id(0)
        .working_dir("/")
        .on_success(Action::Ignore)
        .on_failure(Action::Shutdown)
        .on_check_failure("tcp", Action::Restart)
        .backoff(Duration::from_millis(1500), 2.5, Duration::from_secs(60))
        .kill_delay(Duration::from_secs(3600))
        .env("A", "1")
        .env("TOKEN", Secret::new("hunter2".to_owned(), "secret:1/token@1"))
}

fn a_layer_comes_back_as_the_plan(door: &Door) -> Outcome {
    assert_eq!(door.client.plan().unwrap(), ops_pebble::layer::Plan::default());
    let layer = Layer::new()
        .summary("layer")
        .service("web", full_service())
        .service("plain", Service::new("sleep 1"))
        .check("tcp", Check::tcp(1).level(Level::Alive))
        .check("http", Check::http("http://localhost:1/").period(Duration::from_secs(90)))
        .check("exec", Check::exec("true").threshold(7))
        .log_target("loki", LogTarget::new("loki", "http://x").service("all"));
    add(door, &layer);
    let plan = door.client.plan().unwrap();
    let difference = plan.difference(&layer);
    assert!(difference.is_empty(), "{difference:#?}");
    assert_eq!(plan.services["web"].user_id, Some(0));
    assert_eq!(plan.checks["http"].threshold, Some(3));
    assert!(!format!("{plan:?}").contains("hunter2"));

    let over = Layer::new()
        .service("web", Service::new("").override_(Override::Merge).env("B", "2").summary("t"));
    door.client.add_layer("over", &over, Combine::No).unwrap();
    let plan = door.client.plan().unwrap();
    assert!(plan.difference(&over).is_empty());
    let web = &plan.services["web"];
    assert_eq!((web.summary.as_str(), web.environment.len()), ("t", 3));
    Ok(())
}

fn comes_back(door: &Door, layer: &Layer) -> Outcome {
    door.client.add_layer("test", layer, Combine::Yes)?;
    let difference = door.client.plan()?.difference(layer);
    assert!(difference.is_empty(), "{difference:#?}");
    Ok(())
}

fn a_check_that_waits_to_be_started_comes_back(door: &Door) -> Outcome {
    comes_back(door, &Layer::new().check("off", Check::tcp(1).startup(Startup::Disabled)))
}

fn a_timeout_over_the_period_is_cut_to_it(door: &Door) -> Outcome {
    let check = Check::tcp(1).period(Duration::from_secs(5)).timeout(Duration::from_secs(3600));
    let result = door.client.add_layer("test", &Layer::new().check("c", check), Combine::Yes);
    if door.differs(&differences::TIMEOUT_OVER_PERIOD) {
        let error = result.unwrap_err();
        assert_eq!(api_message(&error), r#"plan check "c" timeout must be less than period"#);
    } else {
        assert_eq!(door.client.plan()?.checks["c"].timeout, Some(Duration::from_secs(5)));
    }
    Ok(())
}

fn a_log_target_for_syslog_comes_back(door: &Door) -> Outcome {
    let target = LogTarget::new("syslog", "tcp://localhost:514").service("all");
    comes_back(door, &Layer::new().log_target("t", target))
}

fn labels_of_log_targets_come_back(door: &Door) -> Outcome {
    let target = LogTarget::new("loki", "http://x").service("all").label("a", "$A");
    comes_back(door, &Layer::new().log_target("loki", target))
}

fn shutdowns_with_a_code_come_back(door: &Door) -> Outcome {
    let service = Service::new("sleep 1000")
        .on_success(Action::FailureShutdown)
        .on_failure(Action::SuccessShutdown)
        .on_check_failure("c", Action::SuccessShutdown);
    comes_back(door, &Layer::new().service("web", service))
}

fn a_log_target_for_opentelemetry_comes_back(door: &Door) -> Outcome {
    let target = LogTarget::new("opentelemetry", "http://x").service("all");
    comes_back(door, &Layer::new().log_target("collector", target))
}

fn hostile_values_come_back_as_they_were(door: &Door) -> Outcome {
    let values = [
        "",
        " ",
        "  lead",
        "trail ",
        "a\nb",
        "a\nb\n",
        "a\nb\n\n",
        "\na",
        "\n",
        " \na",
        "a \nb",
        "it's",
        "say \"x\"",
        "a: b",
        "a #b",
        "# a",
        "- a",
        "? a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "[a]",
        "{a}",
        "a,b",
        "yes",
        "no",
        "on",
        "y",
        "true",
        "null",
        "~",
        "1",
        "1.0",
        "0x1f",
        "010",
        "1_000",
        "1:20",
        "2020-01-01",
        ".inf",
        "<<",
        "=",
        "a\tb",
        "\ta",
        "a\n\tb",
        "a\rb",
        "a\r\nb",
        "a\u{1}b",
        "\u{0}",
        "\u{7f}",
        "a\u{85}b",
        "a\u{2028}b",
        "a\u{2029}",
        "\u{feff}a",
        "\u{ffff}",
        "\u{e000}",
        "\u{a0}",
        "héllo ☃ 😀",
        "😀\n😀",
        "---\na",
        "...",
        "a\\b\\",
        "{\"a\":\"b\\n\"}",
        "a: b\n# c\n- d",
    ];
    let long = "word ".repeat(2000);
    let mut service = Service::new("sleep 1000").env("long", long.as_str());
    for (index, value) in values.iter().enumerate() {
        service = service.env(format!("V{index}"), *value);
    }
    let layer = Layer::new().service("web", service);
    add(door, &layer);
    let plan = door.client.plan().unwrap();
    let difference = plan.difference(&layer);
    assert!(difference.is_empty(), "{difference:#?}");
    let lost = values.iter().enumerate().filter(|(index, value)| {
        plan.services["web"].environment[&format!("V{index}")].expose() != **value
    });
    let lost: Vec<&str> = lost.map(|(_, value)| *value).collect();
    assert_eq!(lost, ["\na", "\n"], "Pebble itself prints these without their first line break");
    Ok(())
}

fn adding_a_layer_twice_is_refused_or_combined(door: &Door) -> Outcome {
    let layer = Layer::new().service("web", Service::new("sleep 1"));
    door.client.add_layer("base", &layer, Combine::No).unwrap();
    let error = door.client.add_layer("base", &layer, Combine::No).unwrap_err();
    assert_eq!(api_message(&error), r#"layer "base" already exists"#);
    assert_eq!(Fault::from(error).kind(), FaultKind::Bug);
    let layer = Layer::new().service("web", Service::new("sleep 2"));
    door.client.add_layer("base", &layer, Combine::Yes).unwrap();
    assert_eq!(door.client.plan().unwrap().services["web"].command, "sleep 2");
    Ok(())
}

fn bad_layers_are_refused_in_the_same_words(door: &Door) -> Outcome {
    let without_override = {
        let mut service = Service::new("x");
        service.override_ = None;
        service
    };
    for (layer, message) in [
        (
            Layer::new().service("q", without_override),
            r#"layer "x" must define "override" for service "q""#,
        ),
        (
            Layer::new().service("q", Service::new("")),
            r#"plan must define "command" for service "q""#,
        ),
        (
            Layer::new().service("q", Service::new("x").requires("no")),
            r#"service "no" does not exist"#,
        ),
        (
            Layer::new().service("q", Service::new("x").on_failure(Action::Other("dance".into()))),
            r#"cannot parse layer YAML: plan service "q" on-failure action "dance" invalid"#,
        ),
        (
            Layer::new().check("c", Check::http("")),
            // An empty map is what reaches the daemon.
            r#"plan must set "url" for http check "c""#,
        ),
        (
            Layer::new().check("c", Check::tcp(1).period(Duration::ZERO)),
            r#"cannot parse layer YAML: plan check "c" period must not be zero"#,
        ),
        (
            Layer::new().log_target("t", LogTarget::new("loki", "x").service("zz")),
            r#"log target "t" specifies unknown service "zz""#,
        ),
        (
            Layer::new().service("pebble", Service::new("x")),
            r#"cannot parse layer YAML: cannot use reserved service name "pebble""#,
        ),
    ] {
        let error = door.client.add_layer("x", &layer, Combine::Yes).unwrap_err();
        let prefix = "cannot parse layer YAML: ";
        let without = |message: &str| message.trim_start_matches(prefix).to_owned();
        if door.differs(&differences::PARSE_PREFIX) {
            assert_eq!(without(api_message(&error)), without(message));
            continue;
        }
        assert_eq!(api_message(&error), message);
    }
    assert!(door.client.plan().unwrap().services.is_empty(), "the old plan stays in force");
    Ok(())
}

fn an_empty_layer_is_taken(door: &Door) -> Outcome {
    door.client.add_layer("empty", &Layer::new(), Combine::No)?;
    assert!(door.client.plan()?.services.is_empty());
    Ok(())
}

fn a_layer_as_text_is_taken(door: &Door) -> Outcome {
    let text = "services:\n  web:\n    override: replace\n    command: sleep 1\n";
    door.client.add_layer_text("text", text, Combine::No)?;
    assert_eq!(door.client.plan()?.services["web"].command, "sleep 1");
    Ok(())
}

fn text_that_is_no_layer_is_refused(door: &Door) -> Outcome {
    for text in ["]", "bogus: {}", "services: {web: {override: replace, nope: 1}}"] {
        let error = door.client.add_layer_text("text", text, Combine::No).unwrap_err();
        assert!(error.is_status(400), "{text}");
        assert!(api_message(&error).starts_with("cannot parse layer YAML: "), "{error:?}");
    }
    Ok(())
}

fn lists_grow_each_time_a_merging_layer_is_added(door: &Door) -> Outcome {
    let base = Layer::new().service("web", Service::new("sleep 1"));
    door.client.add_layer("base", &base, Combine::Yes)?;
    let over = Service::new("").override_(Override::Merge).after("db");
    let over = Layer::new().service("web", over);
    for _ in 0..3 {
        door.client.add_layer("over", &over, Combine::Yes)?;
    }
    let plan = door.client.plan()?;
    assert_eq!(plan.services["web"].after, ["db", "db", "db"]);
    assert!(plan.difference(&over).is_empty(), "so nobody needs to add it again");
    Ok(())
}

/// A layer that sets the level of a service.
fn level(level: &str) -> Layer {
    Layer::new().service("web", Service::new("sleep 1").env("LEVEL", level))
}

fn planned_level(door: &Door) -> Result<String, Error> {
    Ok(door.client.plan()?.services["web"].environment["LEVEL"].expose().to_owned())
}

fn an_inner_layer_goes_to_its_group(door: &Door) -> Outcome {
    door.client.add_layer("group/one", &level("one"), Combine::No)?;
    door.client.add_layer("last", &level("last"), Combine::No)?;
    door.client.add_inner_layer("group/two", &level("two"), Combine::No)?;
    assert_eq!(planned_level(door)?, "last", "it is above its group and below what follows");
    door.client.add_layer("last", &Layer::new(), Combine::Yes)?;
    let two = Layer::new()
        .service("two", Service::new("sleep 2"))
        .service("web", Service::new("").override_(Override::Merge).env("TWO", "2"));
    door.client.add_layer("group/two", &two, Combine::Yes)?;
    let plan = door.client.plan()?;
    assert_eq!(plan.services["two"].command, "sleep 2");
    assert!(!plan.services["web"].environment.contains_key("TWO"), "`last` replaces the service");
    Ok(())
}

fn a_layer_between_others_needs_to_be_called_inner(door: &Door) -> Outcome {
    door.client.add_layer("group/one", &level("one"), Combine::No)?;
    door.client.add_layer("group/two", &level("two"), Combine::No)?;
    door.client.add_layer("last", &level("last"), Combine::No)?;
    for (label, combine) in
        [("group/three", Combine::No), ("group/three", Combine::Yes), ("group", Combine::No)]
    {
        let error = door.client.add_layer(label, &level("three"), combine).err();
        let Some(error) = error else {
            // Too old to know of groups: the method for inner layers says so.
            return door.client.add_inner_layer("group/four", &level("four"), Combine::No);
        };
        assert!(error.is_status(500), "{label}");
        let text = "cannot insert sub-directory layer without 'inner' attribute set";
        assert_eq!(api_message(&error), text);
    }
    assert_eq!(planned_level(door)?, "last");
    door.client.add_layer("group/two", &level("again"), Combine::Yes)?;
    assert_eq!(
        planned_level(door)?,
        "last",
        "one that is there needs it not, and stays in its place"
    );
    door.client.add_inner_layer("new", &level("new"), Combine::No)?;
    assert_eq!(planned_level(door)?, "new", "without a group it is at the end as ever");
    Ok(())
}
