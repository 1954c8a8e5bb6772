ops::charm_metadata!(mod meta, "tests/fixtures/mistakes/tab.yaml");

fn main() {}
