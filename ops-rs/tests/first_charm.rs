//! The charm of `docs/first-charm.md`, with the tests that stand in it.

#[expect(dead_code, reason = "here its `main` is not called")]
#[path = "../../docs/notes/main.rs"]
mod notes;

/// Copied, it needs another path to its YAML and nothing else: the page says so with `sed`.
#[test]
fn the_page_names_what_is_to_be_replaced() {
    let (page, charm) =
        (include_str!("../../docs/first-charm.md"), include_str!("../../docs/notes/main.rs"));
    assert_eq!(charm.matches("../docs/notes/").count(), 1);
    assert!(page.contains("sed 's|../docs/notes/||'"));
}
