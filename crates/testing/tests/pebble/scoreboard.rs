//! What docs/pebble.md promises, held against the tests that it names.

use ops_tests::Scoreboard;

/// What the page leaves out, as it says: nobody asked for it yet.
const LEFT_OUT: &[u32] = &[5, 11, 35, 38, 41, 77];
const LAST: u32 = 90;

#[test]
fn every_row_of_the_page_names_a_test_that_exists() {
    let wrong = Scoreboard::of("pebble.md").unwrap().wrong(4, "crates/testing/tests/pebble");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_row_of_the_page_is_left_out() {
    let expected: Vec<u32> = (1..=LAST).filter(|number| !LEFT_OUT.contains(number)).collect();
    assert_eq!(Scoreboard::of("pebble.md").unwrap().numbers(), expected);
}
