ops::charm_metadata!("tests/fixtures/web/charmcraft.yaml");

ops::charm_metadata!(mod meta);

fn main() {}
