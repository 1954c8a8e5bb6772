//! A charm that panics, built as the real one is packed. A test runs it: a program whose unwinder does not work
//! would be aborted, and Juju would never hear why.

use hook_service::meta::Meta;
use ops::prelude::*;
use std::process::ExitCode;

struct Panics;

impl Charm for Panics {
    type Meta = Meta;

    #[expect(clippy::panic, reason = "this is what it is for")]
    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|_, _| panic!("no water"))
    }
}

fn main() -> ExitCode {
    ops::run(Panics)
}
