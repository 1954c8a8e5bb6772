//! A charm whose service reads a file as it starts. A test kills it between every two steps.

use hook_service::meta::{Config, Meta, containers::HOOK_SERVICE};
use ops::{pebble::layer::Service, prelude::*};
use std::process::ExitCode;

struct Restarts;

const FILE: &str = "/etc/web/level";

impl Charm for Restarts {
    type Meta = Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.converge(self)
    }
}

impl Reconcile for Restarts {
    type Seen = String;

    fn observe(&self, model: &Model) -> Result<String, Fault> {
        model.config::<Config>().map(|config| config.log_level)
    }

    fn plan(&self, level: &String) -> Result<Plan, Fault> {
        let mut plan = Plan::new();
        plan.container(HOOK_SERVICE, |web| {
            web.service("web", Service::new("web")).file(FILE, level).restart_on("web", FILE);
            Ok(())
        });
        Ok(plan)
    }

    fn collect_status(&self, _: Observed<'_, String>, _: &Report, statuses: &mut Statuses) {
        statuses.unit(Status::active());
    }
}

fn main() -> ExitCode {
    ops::run(Restarts)
}
