#![deny(unused_must_use)]
use ops::prelude::*;

fn done<C: Charm>() {
    Outcome::<C>::done();
    Plan::new();
}

fn main() {}
