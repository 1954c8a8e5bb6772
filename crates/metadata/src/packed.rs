//! What charmcraft makes of a `charmcraft.yaml` when it packs: Juju reads none. It must not know what
//! the keys mean, only into which file they go.

use crate::{
    problem::{Problem, Problems},
    read::SourceFile,
    yaml::{Key, Node, Value, compose},
};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// What charmcraft copies into `metadata.yaml`, under the same name.
const METADATA: &[&str] = &[
    "name",
    "summary",
    "description",
    "assumes",
    "charm-user",
    "containers",
    "devices",
    "extra-bindings",
    "peers",
    "provides",
    "requires",
    "resources",
    "storage",
    "subordinate",
    "terms",
];

/// The files that packing makes of `charmcraft.yaml`, by name: `metadata.yaml`, `config.yaml`,
/// `actions.yaml`, each if there is something to say in it and it is not in `beside`, the names of the
/// files that are there already. As JSON, which every reader of YAML takes for the same.
///
/// # Errors
/// It is not YAML, is no mapping, or has a key that belongs into one of the files in `beside`.
pub fn packed(
    charmcraft: SourceFile<'_>,
    beside: &[&str],
) -> Result<BTreeMap<&'static str, String>, Problems> {
    let name = charmcraft.name();
    let problem = |line, message: String, hint: &str| {
        Problems::new(vec![Problem::new(name, line, message, hint)])
    };
    let root = match compose(charmcraft.content()) {
        Ok(composed) => composed.root,
        Err(refusal) => return Err(problem(refusal.line, refusal.message, refusal.hint)),
    };
    let entries = match &root.value {
        Value::Map(entries) => entries.as_slice(),
        _ if root.is_null() => &[],
        _ => {
            let message = format!("the file is {}, but must be a mapping", root.shown());
            return Err(problem(root.line, message, "write `key: value` on each line"));
        }
    };
    let mut files: BTreeMap<&'static str, Json> = BTreeMap::new();
    let mut metadata = Map::new();
    for (key, node) in entries {
        let Some(file) = file_of(key) else { continue };
        if beside.contains(&file) {
            let message = format!("`{}` is here and in {file}", key.text);
            return Err(problem(key.line, message, "charmcraft refuses that: keep one of them"));
        }
        match file {
            "metadata.yaml" => metadata.extend(metadata_of(key, node)),
            file => drop(files.insert(file, node.json())),
        }
    }
    if metadata.contains_key("name") {
        files.insert("metadata.yaml", Json::Object(metadata));
    }
    Ok(files.into_iter().map(|(name, content)| (name, format!("{content:#}\n"))).collect())
}

fn file_of(key: &Key) -> Option<&'static str> {
    match key.text.as_str() {
        "config" => Some("config.yaml"),
        "actions" => Some("actions.yaml"),
        "title" | "links" => Some("metadata.yaml"),
        other => METADATA.contains(&other).then_some("metadata.yaml"),
    }
}

fn metadata_of(key: &Key, node: &Node) -> Map<String, Json> {
    match (key.text.as_str(), node.json()) {
        ("links", Json::Object(links)) => {
            let named = |(name, value): (String, Json)| match name.as_str() {
                "documentation" => ("docs".to_owned(), value),
                "contact" => ("maintainers".to_owned(), value),
                _ => (name, value),
            };
            links.into_iter().map(named).collect()
        }
        ("links", _) => Map::new(),
        ("title", value) => Map::from_iter([("display-name".to_owned(), value)]),
        (name, value) => Map::from_iter([(name.to_owned(), value)]),
    }
}
