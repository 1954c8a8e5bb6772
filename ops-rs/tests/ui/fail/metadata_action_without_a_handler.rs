use ops::prelude::*;

ops::charm_metadata!(mod meta, "tests/fixtures/web/charmcraft.yaml");

struct Web;

impl Charm for Web {
    type Meta = meta::Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|_, _| Ok(()))
    }

    fn action(
        &self,
        action: meta::Action,
        _: &mut ActionContext<'_>,
    ) -> Result<ActionResults, Fault> {
        match action {
            meta::Action::Version => Ok(ActionResults::new()),
        }
    }
}

fn main() -> std::process::ExitCode {
    ops::run(Web)
}
