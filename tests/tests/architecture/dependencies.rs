//! What each crate may depend on, and what must never get into a charm.

use crate::{none, root};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

/// The normal dependencies that each crate of the workspace may have. Another one is a decision: it needs
/// a line in docs/design/dependencies.md too.
const ALLOWED: &[(&str, &[&str])] = &[
    ("juju-ops-core", &["serde"]),
    (
        "juju-ops-pebble",
        &["httparse", "juju-ops-core", "rustix", "serde", "serde_json", "thiserror", "tungstenite"],
    ),
    (
        "juju-ops",
        &[
            "juju-ops-core",
            "juju-ops-macros",
            "juju-ops-pebble",
            "log",
            "rustix",
            "serde",
            "serde_json",
            "tempfile",
            "thiserror",
        ],
    ),
    ("juju-ops-metadata", &["saphyr-parser", "serde", "serde_json", "sha2"]),
    ("juju-ops-macros", &["juju-ops-metadata", "proc-macro2", "quote", "serde_json", "syn"]),
    ("juju-ops-interfaces", &["juju-ops-core", "serde", "serde_json"]),
    (
        "juju-ops-testing",
        &[
            "httparse",
            "juju-ops",
            "juju-ops-core",
            "juju-ops-metadata",
            "juju-ops-pebble",
            "log",
            "mimalloc",
            "rustix",
            "serde",
            "serde_json",
            "tempfile",
            "thiserror",
            "tungstenite",
            "yaml_serde",
        ],
    ),
    (
        "cargo-charm",
        &[
            "clap",
            "juju-ops-core",
            "juju-ops-pebble",
            "juju-ops-testing",
            "rustix",
            "serde",
            "serde_json",
            "tempfile",
            "thiserror",
            "yaml_serde",
        ],
    ),
    ("charm-example", &["juju-ops", "juju-ops-interfaces", "log", "serde", "serde_json"]),
    ("conformance-charm", &["juju-ops", "log", "serde", "serde_json"]),
    ("ops-tests", &["serde_json"]),
    ("shop-charm", &["juju-ops", "serde"]),
];

/// What charms are made of: nothing heavy gets into these, through whatever it comes.
const IN_A_CHARM: &[&str] =
    &["charm-example", "juju-ops", "juju-ops-core", "juju-ops-interfaces", "juju-ops-pebble"];

/// Crates, or parts of their names, that a charm must not contain, and what they stand for.
const NEVER_IN_A_CHARM: &[(&str, &str)] = &[
    ("clap", "a command line: Juju passes none"),
    ("yaml", "YAML: metadata is compiled in"),
    ("saphyr", "YAML: metadata is compiled in"),
    ("juju-ops-metadata", "YAML: metadata is compiled in"),
    ("rustls", "TLS"),
    ("native-tls", "TLS"),
    ("openssl", "TLS"),
    ("tokio", "an async runtime"),
    ("async-std", "an async runtime"),
    ("smol", "an async runtime"),
    ("hyper", "an async HTTP library"),
];

/// Build dependencies that compile or look for C code.
const BUILDS_C: &[&str] = &["bindgen", "cc", "cmake", "pkg-config", "vcpkg"];

#[test]
fn every_crate_depends_only_on_what_its_row_allows() {
    let workspace = Workspace::read();
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let mut found = Vec::new();
    for package in workspace.members() {
        let name = text(&package["name"]);
        let Some(row) = allowed.get(name) else {
            found.push(format!("{name} has no row in the table of allowed dependencies"));
            continue;
        };
        let normal = package["dependencies"].as_array().unwrap().iter();
        for dependency in normal.filter(|dependency| dependency["kind"].is_null()) {
            let dependency = text(&dependency["name"]);
            if !row.contains(&dependency) {
                found.push(format!("{name} depends on {dependency}"));
            }
        }
    }
    none("dependencies that nobody decided on", &found);
}

#[test]
fn nothing_heavy_gets_into_a_charm() {
    let workspace = Workspace::read();
    let mut found = Vec::new();
    for package in workspace.members() {
        if !IN_A_CHARM.contains(&text(&package["name"])) {
            continue;
        }
        for (id, path) in workspace.tree(text(&package["id"])) {
            found.extend(workspace.objections(&id).map(|why| format!("{path}: {why}")));
        }
    }
    none("what must not be in a charm", &found);
}

/// The test above would pass if the macro had no parser, too: it has one, and that is where it ends.
#[test]
fn the_parser_of_yaml_ends_in_the_macro() {
    let workspace = Workspace::read();
    let id = |name| workspace.packages.keys().find(|id| workspace.name(id) == name).unwrap();
    let linked = |name| workspace.tree(id(name));
    assert!(linked("juju-ops-macros").contains_key(id("saphyr-parser")));
    assert!(workspace.edges[id("juju-ops")].iter().any(|(to, _)| to == id("juju-ops-macros")));
    let in_the_charm = linked("charm-example");
    for never in ["juju-ops-macros", "juju-ops-metadata", "saphyr-parser", "yaml_serde"] {
        assert!(!in_the_charm.contains_key(id(never)), "{never}");
    }
}

#[test]
fn every_dependency_has_its_line_in_the_design_notes() {
    let notes = std::fs::read_to_string(root().join("docs/design/dependencies.md")).unwrap();
    let ours = |name: &str| ALLOWED.iter().any(|(member, _)| *member == name);
    let used: BTreeSet<String> = Workspace::read()
        .members()
        .flat_map(|package| package["dependencies"].as_array().unwrap())
        .map(|dependency| text(&dependency["name"]).to_owned())
        .filter(|name| !ours(name))
        .collect();
    let found: Vec<_> =
        used.into_iter().filter(|name| !notes.contains(&format!("`{name}`"))).collect();
    none("dependencies without a line in docs/design/dependencies.md", &found);
}

/// What cargo knows about the workspace, for the machine that the test runs on.
struct Workspace {
    members: Vec<String>,
    packages: BTreeMap<String, Value>,
    /// Package to (dependency, its kinds).
    edges: BTreeMap<String, Vec<(String, Vec<String>)>>,
}

impl Workspace {
    fn read() -> Self {
        let version = Command::new("rustc").arg("-vV").output().unwrap();
        let version = String::from_utf8(version.stdout).unwrap();
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--filter-platform", host])
            .current_dir(root())
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo metadata failed: {complaint}");
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        Self {
            members: list(&metadata["workspace_members"])
                .iter()
                .map(|id| text(id).to_owned())
                .collect(),
            packages: list(&metadata["packages"])
                .into_iter()
                .map(|package| (text(&package["id"]).to_owned(), package))
                .collect(),
            edges: list(&metadata["resolve"]["nodes"])
                .iter()
                .map(|node| (text(&node["id"]).to_owned(), edges(node)))
                .collect(),
        }
    }

    fn members(&self) -> impl Iterator<Item = &Value> {
        self.members.iter().map(|id| &self.packages[id])
    }

    fn name(&self, id: &str) -> &str {
        text(&self.packages[id]["name"])
    }

    /// Everything that is linked into this package, each with one way to get there. What runs in the
    /// compiler (derive macros) is not linked.
    fn tree(&self, start: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::from([(start.to_owned(), self.name(start).to_owned())]);
        let mut pending = vec![start.to_owned()];
        while let Some(id) = pending.pop() {
            let way = found[&id].clone();
            for (to, kinds) in &self.edges[&id] {
                let linked = kinds.iter().any(|kind| kind == "normal") && !self.is_macro(to);
                if linked && !found.contains_key(to) {
                    found.insert(to.clone(), format!("{way} > {}", self.name(to)));
                    pending.push(to.clone());
                }
            }
        }
        found
    }

    fn is_macro(&self, id: &str) -> bool {
        let targets = self.packages[id]["targets"].as_array().unwrap();
        targets.iter().any(|target| target["kind"][0] == "proc-macro")
    }

    /// Why this package must not be in a charm.
    fn objections(&self, id: &str) -> impl Iterator<Item = String> {
        let name = self.name(id);
        let never = NEVER_IN_A_CHARM
            .iter()
            .filter(move |(part, _)| name.contains(part))
            .map(|(_, why)| (*why).to_owned());
        let links = self.packages[id]["links"].as_str().map(|to| format!("links to {to}"));
        // Bindings to the kernel, all in Rust.
        let binds = name.ends_with("-sys") && name != "linux-raw-sys";
        let builds = self.edges[id]
            .iter()
            .filter(|(_, kinds)| kinds.iter().any(|kind| kind == "build"))
            .map(|(to, _)| self.name(to))
            .filter(|name| BUILDS_C.contains(name))
            .map(|name| format!("builds C code with {name}"));
        never.chain(links).chain(binds.then(|| "binds C code".to_owned())).chain(builds)
    }
}

fn edges(node: &Value) -> Vec<(String, Vec<String>)> {
    node["deps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dependency| {
            let kinds = dependency["dep_kinds"].as_array().unwrap().iter();
            let kinds = kinds.map(|kind| kind["kind"].as_str().unwrap_or("normal").to_owned());
            (text(&dependency["pkg"]).to_owned(), kinds.collect())
        })
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
