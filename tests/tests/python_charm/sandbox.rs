//! The same charm deployed by hand: `cargo charm sandbox`, one process for each command.

use super::charm;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

struct Typed {
    cargo_charm: PathBuf,
    directory: PathBuf,
}

impl Typed {
    fn sandbox(&self, arguments: &[&str]) -> String {
        let output = Command::new(&self.cargo_charm)
            .args(["sandbox", "--model-dir"])
            .arg(self.directory.join("model"))
            .args(arguments)
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let text = self.sandbox(&[arguments, &["--format", "json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why}: {text}"))
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.directory.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn unit(&self) -> String {
        let status = self.json(&["status"]);
        let unit = &status["applications"]["python-charm"]["units"]["python-charm/0"];
        let status = &unit["workload-status"];
        format!("{}: {}", status["current"].as_str().unwrap(), status["message"].as_str().unwrap())
    }

    fn environment(&self) -> Value {
        let plan = self.json(&["container", "plan", "python-charm/0"]);
        plan["services"]["web"]["environment"].clone()
    }

    fn report(&self) -> Value {
        let ran = self.json(&["run", "python-charm/0", "report", "wanted=3"]);
        assert_eq!(ran["python-charm/0"]["status"], "completed", "{ran}");
        ran["python-charm/0"]["results"].clone()
    }
}

#[test]
fn it_lives_its_life_as_it_is_typed() {
    let Some(first) = charm("1") else { return };
    let second = charm("2").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let typed = Typed {
        cargo_charm: ops_tests::built("cargo-charm", &["--bin", "cargo-charm"]),
        directory: directory.path().to_owned(),
    };
    let path = |charm: &Path| charm.to_str().unwrap().to_owned();
    let image =
        typed.file("image.yaml", "web: {commands: [{command: [web, --version], stdout: 1.2.3}]}\n");
    typed.sandbox(&["deploy", &path(first.path()), "--image", &image]);
    assert_eq!(typed.unit(), "waiting: no database");
    assert_eq!(typed.json(&["status"])["applications"]["python-charm"]["version"], "1.2.3");

    typed.sandbox(&["config", "python-charm", "workers=4", "title=Typed by hand"]);
    assert_eq!(typed.environment(), json!({ "WORKERS": "4" }));

    let says = typed.file("database.yaml", "application: {url: postgresql://one}\n");
    typed.sandbox(&["integrate", "python-charm:database", "database:db", "--data", &says]);
    assert_eq!(typed.unit(), "active: ");
    assert_eq!(typed.environment(), json!({ "DATABASE": "postgresql://one", "WORKERS": "4" }));
    let seen = typed.json(&["show-unit", "database/0"]);
    let told = &seen["database/0"]["relation-info"][0]["application-data"];
    assert_eq!(*told, json!({ "database": "python-charm" }));

    let report = typed.report();
    assert_eq!((&report["wanted"], &report["version"]), (&json!("3"), &json!("1")));

    typed.sandbox(&["refresh", "python-charm", "--path", &path(second.path())]);
    assert_eq!(typed.unit(), "active: ");
    assert_eq!(typed.report()["version"], "2");
    let log = typed.sandbox(&["debug-log", "--include", "python-charm"]);
    assert!(log.contains("ran \"upgrade-charm\" hook"), "{log}");

    typed.sandbox(&["remove-application", "python-charm"]);
    let applications = typed.json(&["status"])["applications"].clone();
    let left: Vec<_> = applications.as_object().unwrap().keys().collect();
    assert_eq!(left, ["database"]);
    typed.sandbox(&["destroy"]);
    assert!(!typed.directory.join("model").exists());
}
