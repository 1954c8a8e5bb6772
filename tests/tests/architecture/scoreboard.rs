//! What docs/scoreboard.md promises of the test kit, held against the tests that it names.

use crate::none;
use ops_tests::Scoreboard;

#[test]
fn every_row_of_the_page_names_a_test_that_exists_or_says_why_not() {
    let page = Scoreboard::of("scoreboard.md").unwrap();
    none("docs/scoreboard.md", &page.wrong(3, "crates/testing/tests"));
}

#[test]
fn the_page_has_a_hundred_rows() {
    let numbers = Scoreboard::of("scoreboard.md").unwrap().numbers();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
}
