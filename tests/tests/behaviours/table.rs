//! `docs/behaviours.md`: made of the cases, and held against the tests.

use crate::case::Case;
use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

const HEAD: &str = "\
# Sixty behaviours that a test of a charm may rely on

Each is a test, runs in the test's process and as a program, and is held against what `ops.testing` (ops 3.9.0 with
ops-scenario 8.9.0) answers to the same case. This page is made of `tests/peers/scenario-behaviours/cases.yaml`; a test
fails when it is not what the cases and the tests say. `WRITE_DOCS=1 cargo test -p ops-tests --test behaviours table`
writes it anew.

\"Same\": the answer of ops.testing is the same. \"Differs\": where, and why. \"Nearest\": ops has something that this SDK has
no word for, and the test is about what comes nearest. \"Apart\": ops.testing is not asked.

| id | behaviour | test | beside ops.testing |
| --- | --- | --- | --- |
";

/// The tests whose names begin with an id or a word, by file.
fn tests(begin: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/behaviours");
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for after in text.split("#[test]\nfn ").skip(1) {
            let name = after.split('(').next().unwrap();
            let (id, _) = name.split_once('_').unwrap();
            if begin(id) {
                found.insert(if id == "fidelity" { name } else { id }.to_owned(), name.to_owned());
            }
        }
    }
    found
}

fn is_id(text: &str) -> bool {
    text.len() == 3 && text.strip_prefix('b').is_some_and(|it| it.parse::<u32>().is_ok())
}

fn page() -> String {
    let tests = tests(is_id);
    let mut page = HEAD.to_owned();
    for (id, case) in Case::all() {
        let mut beside = match (&case.apart, case.differs.is_empty()) {
            (Some(why), _) => format!("Apart: {why}"),
            (None, true) => "Same.".to_owned(),
            (None, false) => {
                let reasons = case.differs.iter().map(|(at, why)| format!("`{at}`: {why}"));
                format!("Differs: {}", reasons.collect::<Vec<_>>().join(" "))
            }
        };
        if let Some(nearest) = &case.nearest {
            write!(beside, " Nearest: {nearest}").unwrap();
        }
        let test = tests.get(&id).map_or("none", String::as_str);
        writeln!(page, "| {id} | {} | `{test}` | {beside} |", case.what).unwrap();
    }
    page.push_str(FIDELITY);
    for (name, _) in self::tests(|id| id == "fidelity") {
        let words = name.trim_start_matches("fidelity_").replace('_', " ");
        writeln!(page, "- `{name}`: {words}").unwrap();
    }
    page
}

const FIDELITY: &str = "
# Where the real ones are not as ops.testing has them

Each is a test, in process and as a program: Juju and Pebble do it so, ops.testing does not.

";

#[test]
fn all_sixty_behaviours_are_cases_and_tests() {
    let ids: Vec<String> = (1..=60).map(|number| format!("b{number:02}")).collect();
    assert_eq!(Case::all().into_keys().collect::<Vec<_>>(), ids);
    assert_eq!(tests(is_id).into_keys().collect::<Vec<_>>(), ids);
}

#[test]
fn the_table_of_behaviours_is_what_the_cases_and_the_tests_say() {
    let path = ops_tests::root().join("docs/behaviours.md");
    let page = page();
    if std::env::var_os("WRITE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    let line = page.lines().zip(written.lines()).find(|(page, written)| page != written);
    assert_eq!(line, None, "write docs/behaviours.md anew: it says how");
    assert_eq!(page, written);
}
