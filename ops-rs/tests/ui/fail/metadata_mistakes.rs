ops::charm_metadata!(
    mod meta,
    "tests/fixtures/mistakes/metadata.yaml",
    "tests/fixtures/mistakes/charmcraft.yaml",
);

fn main() {}
