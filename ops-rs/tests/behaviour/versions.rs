//! Where versions of Juju differ.

use crate::app::{app, commands};
use ops::{JujuVersion, Status};
use ops_testing::{State, emulator::juju::Hook};

#[test]
fn a_juju_without_secrets_is_named_and_not_asked() {
    let app = app().plan(|_, plan| {
        plan.port(80);
        plan.secret("token", |secret| {
            secret.random_hex("value", 16);
            Ok(())
        });
        Ok(())
    });
    let ctx = app.context().juju_version(JujuVersion::new(2, 9, 52));
    let output = ctx.attempt(Hook::ConfigChanged, &State::default().leader());
    assert!(!output.is_success(), "the charm should have said what it assumes");
    let line = crate::app::logged(&output, "ERROR")[0];
    assert!(line.contains("needs Juju 3.0.3 or later, this is 2.9.52"), "{line}");
    assert!(!commands(&output).iter().any(|command| command.starts_with("secret-")));
}

#[test]
fn an_ordinary_charm_lives_under_every_version() {
    let app = app().plan(|_, plan| {
        plan.port(80);
        plan.workload_version("1.2");
        Ok(())
    });
    for version in [(2, 9, 52), (3, 1, 10), (3, 6, 14), (4, 0, 0)] {
        let ctx = app.context().juju_version(JujuVersion::new(version.0, version.1, version.2));
        let output = ctx.run(Hook::ConfigChanged, &State::default().leader());
        assert!(output.is_success(), "{version:?}: {:?}", output.logs);
        assert_eq!(output.state.unit_status, Status::active());
        let _ = app.trace.take();
    }
}
