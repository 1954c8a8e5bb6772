use ops::interface::{EndpointSpec, Interface, Requires, Typed};

#[derive(Clone, Copy)]
struct Database;

impl EndpointSpec for Database {
    type Role = Requires;
    const NAME: &'static str = "database";
    const INTERFACE: &'static str = "postgresql_client";
}

struct Ingress;

impl Interface for Ingress {
    const NAME: &'static str = "ingress";
    type Provider = ((), ());
    type Requirer = ((), ());
}

const DATABASE: Typed<Database, Ingress> = Typed::new(Database);

fn main() {
    let _ = DATABASE;
}
