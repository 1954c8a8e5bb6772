//! The session of the README, as it stands there: the Hook Service charm from nothing to active.

use super::{Model, charm::charm, is};

/// The commands of the README's section, without what follows as a remark. The charm is not built for
/// it: `deploy` is told which executable it is.
fn typed() -> Vec<Vec<String>> {
    let readme = include_str!("../../../../README.md");
    let (_, section) = readme.split_once("## A model to deploy into").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let commands = section.lines().filter_map(|line| line.strip_prefix("cargo charm sandbox "));
    let mut typed: Vec<Vec<String>> = commands
        .map(|line| line.split("  #").next().unwrap().split_whitespace().map(str::to_owned))
        .map(Iterator::collect)
        .collect();
    assert_eq!(typed[0], ["deploy"]);
    typed[0].push(charm().to_str().unwrap().to_owned());
    typed
}

#[test]
fn the_readme_is_right_word_for_word() {
    let model = Model::new();
    let mut seen = Vec::new();
    for command in typed() {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let ran = model.run(&words);
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains("a-secret") && !text.contains("a-key"), "{text}");
        }
        match words[0] {
            "deploy" => {
                let missing = "Missing required configuration: ['salesforce_domain', \
                               'salesforce_consumer_secret']";
                assert_eq!(model.workload("hook-service/0"), is("blocked", missing));
            }
            "status" => {
                let unit = ran.stdout.lines().find(|line| line.starts_with("hook-service/0*"));
                assert_eq!(unit.unwrap().split_whitespace().nth(1), Some("active"));
            }
            "show-unit" => {
                for line in [
                    "auth_config_in: header",
                    "auth_config_name: Authorization",
                    "auth_config_value: <secret>",
                    "url: http://hook-service.sandbox.svc.cluster.local:8080/api/v0/hook/hydra",
                ] {
                    assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
                }
            }
            _ => {}
        }
        seen.push(command[0].clone());
    }
    assert_eq!(seen.last().unwrap(), "destroy");
    assert!(!model.path().exists());
}

#[test]
fn the_contents_of_secrets_are_nowhere_to_be_seen() {
    let model = Model::new();
    for command in typed().iter().filter(|command| command[0] != "destroy") {
        model.run(&command.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let everything = [
        model.run(&["debug-log", "--hook-commands", "--level", "TRACE"]).stdout,
        model.run(&["workload-logs", "hook-service/0"]).stdout,
        model.run(&["show-unit", "hook-service/0"]).stdout,
    ];
    for text in everything {
        assert!(!text.contains("a-secret"), "{text}");
    }
    assert!(!model.run(&["show-secret", "salesforce"]).stdout.contains("a-secret"));
    assert!(model.run(&["show-secret", "salesforce", "--reveal"]).stdout.contains("a-secret"));
}
