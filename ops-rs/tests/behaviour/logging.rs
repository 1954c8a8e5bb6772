//! The log of a charm: warnings at once, all else in batches, and never a reason to fail.

use crate::app::app;
use ops::{Outcome, hook_command::PortRange};
use ops_testing::{
    State,
    emulator::juju::{Hook, Script, Trouble},
};

fn talks() -> crate::app::App {
    app().on(|_, live| {
        log::info!("one");
        log::info!("two");
        live.model().leadership()?;
        log::warn!("mind");
        live.model().ports()?;
        log::info!("three");
        log::debug!("not at this level");
        live.open_port(PortRange::tcp(80))?;
        Ok(Outcome::done())
    })
}

#[test]
fn information_is_batched_and_a_warning_goes_at_once_behind_it() {
    let output = talks().run(Hook::Start, &State::default());
    let calls: Vec<_> = output.calls.iter().map(|call| call.replace("--log-level ", "")).collect();
    assert_eq!(
        calls[..4],
        [
            "is-leader --format=json",
            "juju-log INFO -- one\ntwo",
            "juju-log WARNING -- mind",
            "opened-ports --format=json"
        ]
    );
    assert_eq!(calls.last().unwrap(), "juju-log INFO -- three");
}

#[test]
fn a_log_that_juju_does_not_take_goes_to_standard_error_and_fails_no_hook() {
    for trouble in [
        Trouble::Fails { code: 1, stderr: "ERROR boom".into() },
        Trouble::Missing,
        Trouble::Hangs,
        Trouble::Killed(9),
    ] {
        let ctx = talks().context().script(Script::default().always("juju-log", trouble));
        let output = ctx.run(ctx.on().start(), &State::default());
        assert!(output.is_success());
        assert_eq!(output.state.ports.len(), 1);
        let stderr = output.ended.stderr;
        for text in ["cannot log to Juju", "one\ntwo", "mind", "three"] {
            assert!(stderr.contains(text), "{stderr}");
        }
    }
}
