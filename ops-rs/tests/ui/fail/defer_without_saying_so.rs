use ops::prelude::*;

struct Meta;

impl Metadata for Meta {
    type Config = ops::metadata::NoOptions;
    type Action = ops::metadata::NoActions;
    const NAME: &'static str = "bad";
}

struct Bad;

impl Charm for Bad {
    type Meta = Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|_, _| Ok(()))
    }

    fn on(&self, _: &Event, _: &mut Live<'_>) -> Result<Outcome<Self>, Fault> {
        Ok(Outcome::defer("not now"))
    }
}

fn main() -> std::process::ExitCode {
    ops::run(Bad)
}
