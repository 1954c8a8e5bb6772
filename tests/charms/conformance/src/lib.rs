//! A charm that does what its option `do` says, and logs what it saw.
//!
//! A step is a list: a verb and what it needs, such as `["write", "db", 1, "app", {"url": "x"}]`. What it came
//! to is logged as `said ["write", null]`, or `said ["write", {"error": "denied"}]`: the charm goes on. The
//! charm of `tests/peers/scenario-behaviours` understands the same steps.

mod interface;
mod juju;
mod pebble;
mod said;
mod step;

use ops::{hook_command::Juju, prelude::*};
use said::Said;
use serde_json::Value;
use step::Step;

ops::charm_metadata!(pub mod meta, "charmcraft.yaml");

/// The charm.
#[derive(Debug)]
pub struct Conformance;

impl Charm for Conformance {
    type Meta = meta::Meta;
    const DEFERS: bool = true;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.by_hand(|_, _| Ok(()))
    }

    fn on(&self, event: &Event, cx: &mut Live<'_>) -> Result<Outcome<Self>, Fault> {
        for step in steps(cx.model())? {
            match step.verb() {
                "defer" => return Ok(Outcome::defer(step.text(0)?)),
                "event" => say("event", Ok(juju::event(event))),
                _ => take(&step, cx)?,
            }
        }
        Ok(Outcome::done())
    }

    fn action(
        &self,
        action: meta::Action,
        cx: &mut ActionContext<'_>,
    ) -> Result<ActionResults, Fault> {
        let mut results = ActionResults::new();
        for step in steps(cx.model())? {
            match step.verb() {
                "action-params" => {
                    let meta::Action::Backup(backup) = &action;
                    let params = serde_json::json!({"to": backup.to, "keep": backup.keep});
                    say("action-params", Ok(params));
                }
                "action-results" => results.extend(step.texts(0)?),
                "action-error" => return Err(Fault::blocked(step.text(0)?)),
                _ => take(&step, cx)?,
            }
        }
        Ok(results)
    }
}

fn steps(model: &Model) -> Result<Vec<Step>, Fault> {
    let config: meta::Config = model.config()?;
    serde_json::from_str(&config.r#do).map_err(|why| Fault::bug(format!("option do: {why}")))
}

/// Takes a step, and says what it came to. Fails only where the charm is told to.
fn take(step: &Step, cx: &mut Live<'_>) -> Result<(), Fault> {
    let verb = step.verb();
    match verb {
        "fail" => return Err(Fault::bug(step.text(0)?)),
        #[expect(clippy::panic, reason = "it is told to")]
        "panic" => panic!("{}", step.text(0)?),
        _ => {}
    }
    let said = match pebble::take(step, cx) {
        Some(said) => said,
        None => juju::take(step, cx),
    };
    if let Err(said::Failure::Step(fault)) = said {
        return Err(fault);
    }
    say(verb, said);
    Ok(())
}

fn say(verb: &str, said: Said) {
    let value = said.unwrap_or_else(|failure| serde_json::json!({"error": failure.word()}));
    log::info!("said {}", Value::from(vec![Value::from(verb), value]));
}

/// The hook commands, for steps that need them as they are.
fn juju<'l>(cx: &'l mut Live<'_>) -> &'l Juju {
    cx.hook_commands()
}
