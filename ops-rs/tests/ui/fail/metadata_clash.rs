ops::charm_metadata!(mod meta, "tests/fixtures/mistakes/clash.yaml");

fn main() {}
