//! The session of the README, as it stands there: the Hook Service charm from nothing to active.

use super::{Model, is};
use std::{path::PathBuf, process::Command, sync::OnceLock};

/// The charm, built once, without the optimizations that only cost time here.
fn charm() -> &'static PathBuf {
    static CHARM: OnceLock<PathBuf> = OnceLock::new();
    CHARM.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--package", "charm-example", "--bin", "hook-service"])
            .args(["--message-format", "json-render-diagnostics"])
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        String::from_utf8(built.stdout)
            .unwrap()
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .find_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
            .unwrap()
    })
}

#[test]
fn the_hook_service_charm_becomes_active() {
    let model = Model::new();
    model.run(&["deploy", charm().to_str().unwrap()]);
    let missing =
        "Missing required configuration: ['salesforce_domain', 'salesforce_consumer_secret']";
    assert_eq!(model.workload("hook-service/0"), is("blocked", missing));
    let values = ["consumer-key=sentinel-key", "consumer-secret=sentinel-secret"];
    model.run(&[&["add-secret", "salesforce"], &values[..]].concat());
    model.run(&["grant-secret", "salesforce", "hook-service"]);
    model.run(&[
        "config",
        "hook-service",
        "salesforce_domain=https://example.my.salesforce.com",
        "salesforce_consumer_secret=salesforce",
    ]);
    assert_eq!(model.workload("hook-service/0"), is("active", ""));
    model.run(&["integrate", "hook-service:hydra-token-hook", "hydra", "--scripted"]);
    let shown = model.run(&["show-unit", "hydra/0"]).stdout;
    for line in [
        "auth_config_in: header",
        "auth_config_name: Authorization",
        "auth_config_value: <secret>",
        "url: http://hook-service.sandbox.svc.cluster.local:8080/api/v0/hook/hydra",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let everything = [
        model.run(&["status"]).stdout,
        model.run(&["debug-log", "--hook-commands", "--level", "TRACE"]).stdout,
        model.run(&["workload-logs", "hook-service/0"]).stdout,
    ];
    for text in everything {
        assert!(!text.contains("sentinel"), "{text}");
    }
    model.run(&["destroy"]);
}
