//! What ops.testing answers to the same cases: `outcomes.json`, made by `outcomes.py`.

use crate::{case::Case, folder};
use serde_json::Value;
use std::{collections::BTreeSet, fs, process::Command};

/// Fails on a difference without a reason, and on a reason without a difference.
pub(crate) fn compare(name: &str, case: &Case, ours: &[Value]) {
    let text = fs::read_to_string(folder().join("outcomes.json")).unwrap();
    let theirs: Value = serde_json::from_str(&text).unwrap();
    let theirs = theirs[name].as_array().unwrap_or_else(|| panic!("outcomes.json has no {name}"));
    let mut found = BTreeSet::new();
    let ours = Value::from(ours.to_vec());
    differences(&ours, &Value::from(theirs.clone()), String::new(), &mut found);
    let listed: BTreeSet<String> = case.differs.keys().cloned().collect();
    let unlisted: Vec<String> = found
        .difference(&listed)
        .map(|at| {
            let shown =
                |value: &Value| value.pointer(at).map_or("nothing".into(), Value::to_string);
            format!("{at}: {} here, {} in ops.testing", shown(&ours), shown(&theirs.clone().into()))
        })
        .collect();
    assert!(
        unlisted.is_empty(),
        "{name} differs, and no reason is given:\n{}",
        unlisted.join("\n")
    );
    let settled: Vec<_> = listed.difference(&found).collect();
    assert!(settled.is_empty(), "{name} no longer differs: take out {settled:?}");
}

/// The pointers at which two values differ: as deep as both go.
fn differences(one: &Value, other: &Value, at: String, found: &mut BTreeSet<String>) {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => differences(a, b, at, found),
                    _ => drop(found.insert(at)),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(a, b, format!("{at}/{index}"), found);
            }
        }
        _ if one == other => {}
        _ => drop(found.insert(at)),
    }
}

#[test]
fn differences_are_found_where_they_are() {
    let mut found = BTreeSet::new();
    let one = serde_json::json!({"a": [1, {"b/c": 2}], "d": 3, "e": [1]});
    let other = serde_json::json!({"a": [1, {"b/c": 4}], "f": 3, "e": [1, 2]});
    differences(&one, &other, String::new(), &mut found);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["/a/1/b~1c", "/d", "/e", "/f"]);
}

#[test]
fn the_answers_of_ops_testing_are_those_that_are_written_down() {
    let Some(python) = ops_tests::PYTHON_OPS.find() else { return };
    let output = Command::new(python)
        .arg(folder().join("outcomes.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let now = String::from_utf8(output.stdout).unwrap();
    let kept = fs::read_to_string(folder().join("outcomes.json")).unwrap();
    let line = now.lines().zip(kept.lines()).find(|(now, kept)| now != kept);
    assert_eq!(line, None, "run outcomes.py again: see its first lines");
    assert_eq!(now, kept);
}
