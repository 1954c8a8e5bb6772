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
        let _first = cx.converge(self);
        cx.converge(self)
    }
}

impl Reconcile for Bad {
    type Seen = ();

    fn observe(&self, _: &Model) -> Result<(), Fault> {
        Ok(())
    }

    fn plan(&self, _: &()) -> Result<Plan, Fault> {
        Ok(Plan::new())
    }
}

fn main() -> std::process::ExitCode {
    ops::run(Bad)
}
