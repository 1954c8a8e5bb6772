use ops::prelude::*;
use std::error::Error;

fn cause() -> Box<dyn Error> {
    Box::new(Fault::blocked("no"))
}

fn main() {
    let _ = cause();
}
