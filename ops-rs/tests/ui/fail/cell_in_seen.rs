use ops::prelude::*;
use std::cell::Cell;

#[derive(Debug, PartialEq, serde::Serialize)]
struct Seen {
    looks: Cell<u32>,
}

struct Bad;

impl Reconcile for Bad {
    type Seen = Seen;

    fn observe(&self, _: &Model) -> Result<Seen, Fault> {
        Ok(Seen { looks: Cell::new(1) })
    }

    fn plan(&self, _: &Seen) -> Result<Plan, Fault> {
        Ok(Plan::new())
    }
}

fn main() {}
