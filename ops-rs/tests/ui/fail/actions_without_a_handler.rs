use ops::{
    metadata::{ActionSet, NoOptions, Options},
    prelude::*,
};

struct Meta;

impl Metadata for Meta {
    type Config = NoOptions;
    type Action = Action;
    const NAME: &'static str = "bad";
}

#[derive(Debug)]
enum Action {
    Backup,
}

impl ActionSet for Action {
    const NAMES: &'static [&'static str] = &["backup"];

    fn parse(_: &str, _: Options<'_>) -> Result<Self, Fault> {
        Ok(Self::Backup)
    }
}

struct Bad;

impl Charm for Bad {
    type Meta = Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|_, _| Ok(()))
    }
}

fn main() -> std::process::ExitCode {
    ops::run(Bad)
}
