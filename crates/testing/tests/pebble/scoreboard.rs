//! What docs/pebble.md promises, held against the tests that it names.

use std::{collections::BTreeMap, fs, path::Path};

/// What the page leaves out, as it says: nobody asked for it yet.
const LEFT_OUT: &[u32] = &[5, 11, 35, 38, 41, 77];
const LAST: u32 = 90;

fn root() -> &'static Path {
    ops_tests::root()
}

/// The rows of the table: number, and the tests in the last column.
fn rows() -> Vec<(u32, Vec<String>)> {
    let page = fs::read_to_string(root().join("docs/pebble.md")).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let number = cells.first()?.parse().ok()?;
        assert_eq!(cells.len(), 4, "{line}");
        assert!(cells.iter().all(|cell| !cell.is_empty()), "{line}");
        let tests = cells[3].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some((number, tests))
    };
    page.lines().filter_map(row).collect()
}

/// The file that a test is in: one of the suite, unless it says so.
fn source(test: &str) -> (String, &str) {
    let (file, name) = test.rsplit_once("::").unwrap_or_else(|| panic!("{test} names no file"));
    let file = if file.contains('/') {
        file.to_owned()
    } else {
        format!("crates/testing/tests/pebble/{file}.rs")
    };
    (file, name)
}

fn is_a_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let function = format!("fn {name}(");
    let of_a_case = |line: &str| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest == ";" || rest.starts_with(' ') && rest.ends_with(';'))
    };
    let is_defined = lines.iter().any(|line| line.starts_with(&function));
    let is_marked =
        lines.windows(2).any(|two| two[0] == "#[test]" && two[1].starts_with(&function));
    is_defined && (is_marked || lines.iter().any(|line| of_a_case(line)))
}

#[test]
fn every_row_of_the_page_names_a_test_that_exists() {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut missing = Vec::new();
    for (number, tests) in rows() {
        if tests.is_empty() {
            missing.push(format!("row {number} names no test"));
        }
        for test in &tests {
            let (file, name) = source(test);
            let text = texts.entry(file).or_insert_with_key(|file| {
                fs::read_to_string(root().join(file)).unwrap_or_default()
            });
            if !is_a_test(text, name) {
                missing.push(format!("row {number}: there is no test {test}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn no_row_of_the_page_is_left_out() {
    let numbers: Vec<u32> = rows().into_iter().map(|(number, _)| number).collect();
    let expected: Vec<u32> = (1..=LAST).filter(|number| !LEFT_OUT.contains(number)).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn a_test_that_is_not_there_is_found_out() {
    let text = "cases! {\n    one;\n    two since Three;\n}\nfn one(door: &Door) {}\nfn two(door: &Door) {}\n\
        #[test]\nfn three() {}\nfn helper() {}\n";
    for (name, is_there) in
        [("one", true), ("two", true), ("three", true), ("helper", false), ("four", false)]
    {
        assert_eq!(is_a_test(text, name), is_there, "{name}");
    }
}
