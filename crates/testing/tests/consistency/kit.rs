//! What the kit makes of findings: errors refuse the run, all of them at once; warnings are in the output;
//! an allowed rule is neither.

use super::*;
use ops::prelude::*;
use ops_testing::{Container, Context, raw};
use std::panic::{AssertUnwindSafe, catch_unwind};

struct Web;

impl Charm for Web {
    type Meta = meta::Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|_, status| {
            status.unit(Status::active());
            Ok(())
        })
    }

    fn action(&self, _: ActionOf<Self>, _: &mut ActionContext<'_>) -> Result<ActionResults, Fault> {
        Ok(ActionResults::default())
    }
}

pub(super) fn context() -> Context {
    Context::new(|| Web)
}

fn refusal(ctx: &Context, hook: &Hook, state: &State) -> String {
    let run = || drop(ctx.attempt(hook.clone(), state));
    *catch_unwind(AssertUnwindSafe(run)).unwrap_err().downcast::<String>().unwrap()
}

fn wrong() -> State {
    let state = state().config(raw("prot"), 80_i64).config(raw("port"), "80");
    state.container(raw("wed")).relation(&database().interface("sql"))
}

#[test]
fn a_run_is_refused_with_everything_that_is_wrong() {
    let text = refusal(&context(), &Hook::LeaderElected, &wrong());
    let ids: Vec<&str> =
        text.lines().filter_map(|line| line.trim().split_once(" (").map(|(id, _)| id)).collect();
    assert_eq!(ids, ["R5", "R13", "R10", "A4", "A1"], "{text}");
    assert!(text.contains("the option port is a text, but is declared as int; give it a value"));
    assert!(text.ends_with("`Context::allow(Rule::R5)`."), "{text}");
}

#[test]
fn rules_that_are_allowed_are_not_mentioned_and_refuse_nothing() {
    let ctx = context().allow(Rule::R5).allow(Rule::R10).allow(Rule::R13);
    let text = refusal(&ctx, &Hook::UpdateStatus, &wrong());
    assert_eq!(text.matches("(error)").count(), 1, "{text}");
    let out = ctx.allow(Rule::A1).run(Hook::UpdateStatus, &wrong());
    assert_eq!(out.warnings, []);
}

#[test]
fn a_warning_refuses_nothing_and_is_in_the_output() {
    let hook = Hook::PebbleReady { container: WEB };
    let unreachable = state().with_container(WEB, Container::unreachable());
    let out = context().run(hook.clone(), &unreachable);
    let rules: Vec<Rule> = out.warnings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [Rule::R23]);
    assert_eq!(context().allow(Rule::R23).run(hook, &unreachable).warnings, []);
}

#[test]
fn the_kit_knows_of_the_charm_what_its_files_say() {
    let ctx = context();
    assert_eq!(*ctx.charm(), web().charm);
    assert_eq!(ctx.charm().endpoints["database"].limit, Some(1));
    assert!(ctx.charm().actions["backup"].params.contains_key("keep"));
}

#[test]
fn under_a_pre_release_the_rules_of_the_release_hold() {
    let release: ops_testing::JujuRelease = "3.4-beta1".parse().unwrap();
    assert_eq!(context().juju_version(release).check(&Hook::UpdateStatus, &state()), []);
}
