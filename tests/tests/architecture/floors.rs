//! The floors of a crate: a module stands above what it uses, and nothing looks up.

use crate::{files, none, root, source::from_root};
use std::path::Path;

/// Each floor with the modules on it, from the top. What they must not know is what stands above them.
type Floors = &'static [(usize, &'static [&'static str])];

const OPS: Floors = &[
    (7, &["prelude"]),
    (6, &["dispatch"]),
    (5, &["action", "charm"]),
    (4, &["reconcile", "status"]),
    (3, &["model", "secret_config"]),
    (2, &["event", "hook_context", "macros", "metadata", "record", "store"]),
    (1, &["hook_command", "host", "log"]),
];

const OPS_TESTING: Floors = &[
    (7, &["explore"]),
    (6, &["world"]),
    (5, &["kit"]),
    (4, &["consistency", "replay"]),
    (3, &["process"]),
    (2, &["engine", "state"]),
    (1, &["emulator"]),
];

#[test]
fn no_module_of_ops_looks_up() {
    nobody_looks_up("ops-rs/src", OPS);
}

#[test]
fn no_module_of_ops_testing_looks_up() {
    nobody_looks_up("crates/testing/src", OPS_TESTING);
}

fn nobody_looks_up(source: &str, floors: Floors) {
    let folder = root().join(source);
    let mut found = Vec::new();
    for file in files::below(&folder, "rs") {
        let inside = file.strip_prefix(&folder).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        found.extend(objections(floors, inside, &text));
    }
    none(&format!("in {source}"), &found);
}

/// What is wrong with the paths of one file.
fn objections(floors: Floors, inside: &Path, text: &str) -> Vec<String> {
    let modules = modules(inside);
    let Some(module) = modules.first() else { return Vec::new() };
    let file = inside.display();
    let Some(floor) = floor(floors, module) else {
        return vec![format!("{file}: the module {module} is on no floor")];
    };
    from_root(text, modules.len())
        .into_iter()
        .filter_map(|used| match self::floor(floors, &used.name) {
            None => Some(format!("{file}, {used}: not a module; name the one where it is defined")),
            Some(other) if other > floor => {
                Some(format!("{file}, {used}: looks up from floor {floor} to floor {other}"))
            }
            Some(_) => None,
        })
        .collect()
}

fn floor(floors: Floors, module: &str) -> Option<usize> {
    floors.iter().find(|(_, modules)| modules.contains(&module)).map(|(floor, _)| *floor)
}

/// The module that a file is, from the root; the root itself (`lib.rs`) is empty.
fn modules(inside: &Path) -> Vec<String> {
    inside
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .filter(|part| part != "mod" && part != "lib")
        .collect()
}

#[test]
fn looking_up_and_names_that_are_no_modules_are_found() {
    let text = "use crate::{host::Host, reconcile::Plan};\nuse crate::Fault;";
    let found = objections(OPS, Path::new("model/config.rs"), text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("model/config.rs, line 1: crate::reconcile: looks up"), "{found:?}");
    assert!(found[1].contains("line 2: crate::Fault: not a module"), "{found:?}");
}

#[test]
fn a_module_on_no_floor_is_found() {
    assert_eq!(
        objections(OPS, Path::new("cellar/mod.rs"), ""),
        ["cellar/mod.rs: the module cellar is on no floor"]
    );
    assert!(objections(OPS, Path::new("lib.rs"), "pub use crate::cellar::Wine;").is_empty());
}
