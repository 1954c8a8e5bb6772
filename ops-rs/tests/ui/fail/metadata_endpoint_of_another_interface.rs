use ops::interface::{Interface, Typed};

ops::charm_metadata!(mod meta, "tests/fixtures/web/charmcraft.yaml");

struct Ingress;

impl Interface for Ingress {
    const NAME: &'static str = "ingress";
    type Provider = ((), ());
    type Requirer = ((), ());
}

const DATABASE: Typed<meta::endpoints::Database, Ingress> = Typed::new(meta::endpoints::Database);

fn main() {
    let _ = DATABASE;
}
